"""The raw events as one clean select: ids as text, blanks as null, times as UTC, duplicates removed."""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, FromClause, and_, case, cast, func, null, or_, select

from sessionmodels.model import AnySelect
from sessionmodels.source.parts import Source
from sessionmodels.sql.instant import Instant, finite, utc
from sessionmodels.sql.order import nulls_last
from sessionmodels.sql.text import as_text, blank_as_null

NO_EVENT_ID, NO_ID, NO_TIME = REASONS = "no_event_id", "no_id", "no_time"
"""Why an event can be left out: no `id` of its own; neither an `anonymous_id` nor a `user_id`; no `timestamp`."""


def raw_events(source: Source) -> FromClause:
    """One row a raw row, in clean types; a missing optional column is null."""

    def text(part: str) -> ColumnElement[Any]:
        column = source.columns.get(part)
        return as_text(null() if column is None else column)

    def instant(part: str) -> ColumnElement[Any]:
        column = source.columns.get(part)
        return cast(null(), Instant) if column is None else utc(column)

    typed = (
        select(
            text("id").label("event_id"),
            text("anonymous_id").label("anonymous_id"),
            text("user_id").label("user_id"),
            text("event").label("event"),
            instant("timestamp").label("timestamp"),
            instant("loaded_at").label("loaded_at"),
        )
        .select_from(source.table)
        .cte("typed_events")
    )
    return select(
        blank_as_null(typed.c.event_id).label("event_id"),
        blank_as_null(typed.c.anonymous_id).label("anonymous_id"),
        blank_as_null(typed.c.user_id).label("user_id"),
        typed.c.event,
        finite(typed.c.timestamp).label("timestamp"),
        finite(typed.c.loaded_at).label("loaded_at"),
    ).cte("raw_events")


def clean_events(source: Source, *, deduplicate: bool) -> AnySelect:
    """One row an event that belongs to somebody.

    Of rows with one `id` the one with the smallest time stands; then the earliest loaded; then by the remaining columns.
    """
    raw = raw_events(source)
    usable = select(raw).where(
        raw.c.event_id.is_not(None),
        raw.c.timestamp.is_not(None),
        or_(raw.c.anonymous_id.is_not(None), raw.c.user_id.is_not(None)),
    )
    if not deduplicate:
        return _event(usable.cte("usable_events"))
    events = usable.cte("usable_events")
    standing = func.row_number(type_=BigInteger).over(
        partition_by=events.c.event_id,
        order_by=(
            events.c.timestamp,
            *nulls_last(events.c.loaded_at),
            *nulls_last(events.c.anonymous_id),
            *nulls_last(events.c.user_id),
            *nulls_last(events.c.event),
        ),
    )
    ranked = select(events, standing.label("standing")).cte("ranked_events")
    return _event(ranked).where(ranked.c.standing == 1)


def _event(events: FromClause) -> AnySelect:
    return select(events.c.event_id, events.c.anonymous_id, events.c.user_id, events.c.event, events.c.timestamp)


def left_out(source: Source) -> AnySelect:
    """One row a reason for which raw rows are left out, and one with a null reason for the rest: `reason`, `events`."""
    raw = raw_events(source)
    reason = case(
        (raw.c.event_id.is_(None), NO_EVENT_ID),
        (and_(raw.c.anonymous_id.is_(None), raw.c.user_id.is_(None)), NO_ID),
        (raw.c.timestamp.is_(None), NO_TIME),
    )
    reasons = select(reason.label("reason")).cte("reasons")
    return select(reasons.c.reason, func.count(type_=BigInteger).label("events")).group_by(reasons.c.reason)
