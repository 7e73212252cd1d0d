"""Which raw rows are usable, and the reasons why the others are not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, FromClause, and_, case, func, null, or_, select

from sessionmodels.model import AnySelect
from sessionmodels.rules.event import ANY_TIME, FAILED_CONDITION, IDS, IS_FORGOTTEN, REASON, WRITTEN_TIME, of_event
from sessionmodels.source.columns import Source
from sessionmodels.source.raw import raw_events
from sessionmodels.source.stream import Stream
from sessionmodels.sql.text import as_text, is_too_long

FILTERED: Final = "filtered"
"""The reason of a row that does not satisfy the setting `where`. It is counted separately, and under no other reason."""

FORGOTTEN: Final = "forgotten"
"""The reason of a row that belongs to a forgotten person. It is counted like a filtered row."""

SHOWN_OF_FORGOTTEN: Final = "event_id", "source", "loaded_at"
"""The columns of such rows that are read: what rows are counted and found by."""

IGNORED_EVENT, NO_EVENT_ID, NO_ID, ID_TOO_LONG, UNREADABLE_TIME, TIME_OUT_OF_RANGE, NO_TIME = REASONS = (
    *("ignored_event", "no_event_id", "no_id", "id_too_long"),
    *("unreadable_time", "time_out_of_range", "no_time"),
)
"""Why an event can be excluded: the setting `ignored_events` names it; no `id` of its own; neither `anonymous_id` nor `user_id`;
one of the three has more than `LONGEST_ID` characters; text that is not a time; a time outside the years 1 to 9999; no time. An
event is counted once, under the first reason that applies, in this order. Results, guards and explanations have words for it."""


def rejections(stream: Stream) -> AnySelect:
    """One row per reason for rejecting raw rows, and one with a null reason for the usable ones: `reason`, `events`, `example`.

    If there are several sources, there are such rows of each `source`. If times are text, the example is a time as written,
    preferably one with a time of day.
    """
    raw = raw_events(stream, with_reasons=True)
    of_source = [raw.c.source] if stream.several else []
    reason = reason_of(raw, stream.ignored_events).label("reason")
    reasons = select(*of_source, reason, written_time(raw).label(WRITTEN_TIME)).cte("reasons")
    counted = func.count(type_=BigInteger).label("events")
    text = reasons.c[WRITTEN_TIME]
    example = func.coalesce(func.min(case((text.like("%:%"), text))), func.min(text))
    grouped = [*(reasons.c[one.name] for one in of_source), reasons.c.reason]
    return select(*grouped, counted, example.label("example")).group_by(*grouped)


@dataclass(frozen=True)
class Requirement:
    """What a usable row must satisfy."""

    is_broken: ColumnElement[bool]
    """Whether a row does not satisfy it; false or null if it does."""

    is_met: ColumnElement[bool]
    """The opposite, never null, and written so that planners estimate well how many rows it matches."""


def _requirements(raw: FromClause, ignored_events: Sequence[str]) -> dict[str, Requirement]:
    """Return the requirements of a usable row. Each key is the reason for rejecting a row that breaks it.

    The order is that of the WHERE clause. `reason_of` uses the order of `REASONS`.
    """
    anonymous_id, user_id, has_long_id = raw.c.anonymous_id, raw.c.user_id, or_(*(is_too_long(raw.c[name]) for name in IDS))
    found = {
        NO_EVENT_ID: Requirement(raw.c.event_id.is_(None), raw.c.event_id.is_not(None)),
        NO_TIME: Requirement(raw.c.timestamp.is_(None), raw.c.timestamp.is_not(None)),
        NO_ID: Requirement(and_(anonymous_id.is_(None), user_id.is_(None)), or_(anonymous_id.is_not(None), user_id.is_not(None))),
        # Planners expect `<>` to match nearly every row, and a comparison of lengths to match few.
        ID_TOO_LONG: Requirement(has_long_id, case((has_long_id, 1), else_=0) != 1),
    }
    if FAILED_CONDITION in raw.c:
        found[FILTERED] = Requirement(raw.c[FAILED_CONDITION] != 0, raw.c[FAILED_CONDITION] == 0)
    if IS_FORGOTTEN in raw.c:
        found[FORGOTTEN] = Requirement(raw.c[IS_FORGOTTEN] == 1, raw.c[IS_FORGOTTEN] == 0)
    if ignored_events:
        event = raw.c.event
        found[IGNORED_EVENT] = Requirement(event.in_(ignored_events), or_(event.is_(None), event.not_in(ignored_events)))
    return found


def is_usable(raw: FromClause, ignored_events: Sequence[str]) -> ColumnElement[bool]:
    """Whether a raw row is usable."""
    return and_(*(one.is_met for one in _requirements(raw, ignored_events).values()))


def reason_of(raw: FromClause, ignored_events: Sequence[str]) -> ColumnElement[Any]:
    """Return why a raw row, read `with_reasons`, is rejected; null if it is usable."""
    broken = {reason: one.is_broken for reason, one in _requirements(raw, ignored_events).items()} | {
        # Two reasons why a row has no usable time.
        UNREADABLE_TIME: and_(raw.c[ANY_TIME].is_(None), written_time(raw).is_not(None)),
        TIME_OUT_OF_RANGE: and_(raw.c.timestamp.is_(None), raw.c[ANY_TIME].is_not(None)),
    }
    return case(*((broken[reason], reason) for reason in (FILTERED, FORGOTTEN, *REASONS) if reason in broken))


def ignored_ids(stream: Stream) -> AnySelect:
    """One row per pair of ignored ids, `user_id` and `anonymous_id`, with the number of raw rows. Other ids are null."""
    raw, ignored = raw_events(stream.as_sent()), stream.ignored_ids
    pair = [case((raw.c[name].in_(ignored), raw.c[name])).label(name) for name in ("user_id", "anonymous_id")]
    found = select(*pair).where(or_(*(raw.c[one.name].in_(ignored) for one in pair))).cte("ignored_ids")
    return select(found, func.count(type_=BigInteger).label("events")).group_by(*found.c)


def written_time(raw: FromClause) -> ColumnElement[Any]:
    """Return a raw row's time as text, if the source has texts for times; else null."""
    return raw.c.get(WRITTEN_TIME, as_text(null()))


def skipped_lines(source: Source) -> AnySelect:
    """One row per type of the lines that are not events: `type`, `lines`."""
    raw = raw_events(Stream((source,)))
    counted = func.count(type_=BigInteger).label("lines")
    return select(raw.c.event.label("type"), counted).group_by(raw.c.event).order_by(counted.desc(), raw.c.event)


def rows_of_window(stream: Stream) -> AnySelect:
    """One row per raw row, with the `reason` why it is rejected; null if it is usable."""
    raw = raw_events(stream, with_reasons=True)
    return select(*unless_forgotten(raw, of_event(raw)), reason_of(raw, stream.ignored_events).label(REASON))


def unless_forgotten(raw: FromClause, columns: Iterable[ColumnElement[Any]]) -> list[ColumnElement[Any]]:
    """Return columns that are null in rows of forgotten people, which are neither shown nor kept in a working table."""
    if IS_FORGOTTEN not in raw.c:
        return list(columns)
    is_known = raw.c[IS_FORGOTTEN] == 0
    return [one if one.name in SHOWN_OF_FORGOTTEN else case((is_known, one)).label(one.name) for one in columns]
