"""The raw events as one clean select: ids as text, blanks as null, times as UTC, duplicates removed."""

from dataclasses import replace
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    FromClause,
    String,
    and_,
    case,
    cast,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    union_all,
)

from sessionmodels.model import AnySelect
from sessionmodels.rules.context import context_value
from sessionmodels.rules.event import ANY_TIME, IDS, RANK, REASON, WRITTEN_TIME, context_of, of_event
from sessionmodels.source.columns import TEXTS, TIMES, Source
from sessionmodels.source.ids import as_id, typed_text
from sessionmodels.sql.epoch import EpochNumber
from sessionmodels.sql.instant import Instant, ZonedInstant, instant
from sessionmodels.sql.order import nulls_last
from sessionmodels.sql.text import as_text, blank_as_null, is_too_long
from sessionmodels.sql.time_range import in_range, is_unknown, not_before
from sessionmodels.sql.to_utc import stored, utc

ONE = literal_column("1", BigInteger)

IGNORED_EVENT, NO_EVENT_ID, NO_ID, ID_TOO_LONG, UNREADABLE_TIME, TIME_OUT_OF_RANGE, NO_TIME = REASONS = (
    *("ignored_event", "no_event_id", "no_id", "id_too_long"),
    *("unreadable_time", "time_out_of_range", "no_time"),
)
"""Why an event can be excluded: the setting `ignored_events` names it; no `id` of its own; neither `anonymous_id` nor `user_id`;
one of the three has more than `LONGEST_ID` characters; text that is not a time; a time outside the years 1 to 9999; no time. An
event is counted once, under the first reason that applies, in this order."""


def raw_events(source: Source, *, with_reasons: bool = False) -> FromClause:
    """One row per raw row, in clean types. A missing optional column is null. `with_reasons` adds why a time is null."""
    typed = select(
        *(_text(source.columns.get(role)).label("event_id" if role == "id" else role) for role in TEXTS),
        *(_instant(source.columns.get(role), zoned=source.zoned).label(role) for role in TIMES),
        *(context_value(name, [_text(one) for one in columns]).label(name) for name, columns in source.context.items()),
        *(_raw_times(source) if with_reasons else []),
    ).select_from(source.table)
    loaded_at = source.columns.get("loaded_at")
    typed = typed.where(*_is_loaded_since(source))
    if loaded_at is not None and source.window is not None:
        typed = typed.where(or_(not_before(loaded_at, source.window), is_unknown(loaded_at)))
    typed = typed.cte("typed_events")
    raw = select(
        blank_as_null(typed.c.event_id).label("event_id"),
        as_text(literal(source.name)).label("source"),
        *(as_id(typed.c[name], source.ignored_ids).label(name) for name in IDS[1:]),
        typed.c.event,
        *(in_range(typed.c[role]).label(role) for role in TIMES),
        *(typed.c[name] for name in source.context),
        *(typed.c[name] for name in (ANY_TIME,) if name in typed.c),
        *(blank_as_null(typed.c[name]).label(name) for name in (WRITTEN_TIME,) if name in typed.c),
    )
    if source.window is not None:
        # The bare column prunes partitions, but its type may truncate the moment, a date to the day. This comparison is exact.
        raw = raw.where(
            or_(in_range(typed.c.loaded_at) >= instant(source.window, typed.c.loaded_at), in_range(typed.c.loaded_at).is_(None))
        )
    return raw.cte("raw_events")


def raw_rows(source: Source) -> FromClause:
    """One row per raw row that is read, without columns."""
    return select(ONE.label("one")).select_from(source.table).where(*_is_loaded_since(source)).subquery("raw_rows")


def _is_loaded_since(source: Source) -> list[ColumnElement[bool]]:
    """Return the condition that a row was loaded since the moment that the settings give, if they give one."""
    loaded_at = source.columns.get("loaded_at")
    return [] if loaded_at is None or source.since is None else [not_before(loaded_at, source.since)]


def _text(column: ColumnElement[Any] | None) -> ColumnElement[Any]:
    return as_text(null()) if column is None else typed_text(column)


def _instant(column: ColumnElement[Any] | None, *, zoned: bool) -> ColumnElement[Any]:
    return cast(null(), ZonedInstant if zoned else Instant) if column is None else stored(column, zoned=zoned)


def _raw_times(source: Source) -> list[ColumnElement[Any]]:
    """Return the time even if it is out of range, and a text as written, to distinguish unusable times from missing ones.

    A number out of range cannot be converted, so the number itself is returned.
    """
    column = source.columns["timestamp"]
    any_time = (column if isinstance(column.type, EpochNumber) else utc(column)).label(ANY_TIME)
    return [any_time, column.label(WRITTEN_TIME)] if isinstance(column.type, String) else [any_time]


def clean_events(source: Source, *, deduplicate: bool) -> AnySelect:
    """One row per usable event.

    Of rows with the same `id`, the earliest wins; then the earliest loaded; then by the remaining columns.
    """
    if not deduplicate:
        return usable_events(source)
    return deduplicated_events(ranked_events(source, deduplicate=True).cte("ranked_events"))


def ranked_events(source: Source, *, deduplicate: bool) -> AnySelect:
    """One row per usable raw row, with its rank among the rows of its id: 1 is the event."""
    return with_ranks(_usable(source).cte("usable_events"), deduplicate=deduplicate)


def with_ranks(usable: FromClause, *, deduplicate: bool) -> AnySelect:
    """Return usable rows with each one's rank among the rows of its id. Without deduplication, each has rank 1.

    Ids that occur once need no ranking, so only the rows of the others are sorted.
    """
    if not deduplicate:
        return with_duplicate_rank(usable, deduplicate=False)
    shared = _shared_ids(usable)
    single = _without(usable, shared, ONE.label(RANK))
    rows = union_all(single, _ranked_rows_of(usable, shared)).cte("rows_with_ranks")
    return select(*of_event(rows), rows.c[RANK])


def rows_of_shared_ids(source: Source) -> AnySelect:
    """One row per usable raw row whose id occurs more than once, with its rank among them: 1 is the event."""
    usable = _usable(source).cte("usable_events")
    return _ranked_rows_of(usable, _shared_ids(usable))


def events_with(source: Source, ranked: FromClause) -> AnySelect:
    """One row per usable event, given the ranked rows of ids that occur more than once."""
    usable = _usable(source).cte("usable_events")
    shared = select(ranked.c.event_id).distinct().cte("shared_ids")
    rows = union_all(_without(usable, shared), deduplicated_events(ranked)).cte("events_of_each_id")
    return select(*of_event(rows))


def _shared_ids(usable: FromClause) -> CTE:
    return select(usable.c.event_id).group_by(usable.c.event_id).having(func.count() > 1).cte("shared_ids")


def _without(usable: FromClause, shared: FromClause, *more: ColumnElement[Any]) -> AnySelect:
    """Return the rows whose id occurs once."""
    joined = usable.outerjoin(shared, shared.c.event_id == usable.c.event_id)
    return select(*of_event(usable), *more).select_from(joined).where(shared.c.event_id.is_(None))


def _ranked_rows_of(usable: FromClause, shared: FromClause) -> AnySelect:
    joined = usable.join(shared, shared.c.event_id == usable.c.event_id)
    return with_duplicate_rank(select(*of_event(usable)).select_from(joined).cte("rows_of_shared_ids"), deduplicate=True)


def usable_events(source: Source) -> AnySelect:
    """One row per usable raw row."""
    return select(*of_event(_usable(source).cte("usable_events")))


def rows_of_window(source: Source) -> AnySelect:
    """One row per raw row, with the `reason` why it is rejected; null if it is usable."""
    raw = raw_events(source, with_reasons=True)
    return select(*of_event(raw), _reason(raw, source).label(REASON))


def usable_rows(window: FromClause) -> AnySelect:
    """Return the usable rows of rows with a `reason`."""
    return select(*of_event(window)).where(window.c[REASON].is_(None))


def with_duplicate_rank(rows: FromClause, *, deduplicate: bool) -> AnySelect:
    """Return the rows with each one's rank among the rows of its id. Without deduplication, each has rank 1."""
    rank = _duplicate_rank(rows) if deduplicate else ONE
    return select(*of_event(rows), rank.label(RANK))


def deduplicated_events(ranked: FromClause) -> AnySelect:
    """One row per event: the rows of rank 1 among ranked rows."""
    return select(*of_event(ranked)).where(ranked.c[RANK] == 1)


def removed_duplicates(ranked: FromClause) -> AnySelect:
    """One row per raw row that lost to another row of its id."""
    return select(*of_event(ranked)).where(ranked.c[RANK] > 1)


def _usable(source: Source) -> AnySelect:
    raw = raw_events(source)
    return select(raw).where(
        raw.c.event_id.is_not(None),
        raw.c.timestamp.is_not(None),
        or_(raw.c.anonymous_id.is_not(None), raw.c.user_id.is_not(None)),
        # Planners expect `<>` to match nearly every row, and a comparison of lengths to match few.
        case((_has_long_id(raw), 1), else_=0) != 1,
        *([or_(raw.c.event.is_(None), raw.c.event.not_in(source.ignored_events))] if source.ignored_events else []),
    )


def _has_long_id(raw: FromClause) -> ColumnElement[bool]:
    return or_(*(is_too_long(raw.c[name]) for name in IDS))


def _duplicate_rank(events: FromClause) -> ColumnElement[int]:
    return func.row_number(type_=BigInteger).over(
        partition_by=events.c.event_id,
        order_by=(
            events.c.timestamp,
            *nulls_last(events.c.loaded_at),
            *nulls_last(events.c.anonymous_id),
            *nulls_last(events.c.user_id),
            *nulls_last(events.c.event),
            *(key for column in context_of(events) for key in nulls_last(column)),
        ),
    )


def rejections(source: Source) -> AnySelect:
    """One row per reason for rejecting raw rows, and one with a null reason for the usable ones: `reason`, `events`, `example`.

    If times are text, the example is a time as written, preferably one with a time of day.
    """
    raw = raw_events(source, with_reasons=True)
    reasons = select(_reason(raw, source).label("reason"), _written_time(raw).label(WRITTEN_TIME)).cte("reasons")
    counted = func.count(type_=BigInteger).label("events")
    text = reasons.c[WRITTEN_TIME]
    example = func.coalesce(func.min(case((text.like("%:%"), text))), func.min(text))
    return select(reasons.c.reason, counted, example.label("example")).group_by(reasons.c.reason)


def ignored_ids(source: Source) -> AnySelect:
    """One row per pair of ignored ids, `user_id` and `anonymous_id`, with the number of raw rows. An id that is not is null."""
    raw = raw_events(replace(source, ignored_ids=()))
    pair = [case((raw.c[name].in_(source.ignored_ids), raw.c[name])).label(name) for name in ("user_id", "anonymous_id")]
    found = select(*pair).where(or_(*(raw.c[one.name].in_(source.ignored_ids) for one in pair))).cte("ignored_ids")
    return select(found, func.count(type_=BigInteger).label("events")).group_by(*found.c)


def _reason(raw: FromClause, source: Source) -> ColumnElement[Any]:
    return case(
        *([(raw.c.event.in_(source.ignored_events), IGNORED_EVENT)] if source.ignored_events else []),
        (raw.c.event_id.is_(None), NO_EVENT_ID),
        (and_(raw.c.anonymous_id.is_(None), raw.c.user_id.is_(None)), NO_ID),
        (_has_long_id(raw), ID_TOO_LONG),
        (and_(raw.c[ANY_TIME].is_(None), _written_time(raw).is_not(None)), UNREADABLE_TIME),
        (and_(raw.c.timestamp.is_(None), raw.c[ANY_TIME].is_not(None)), TIME_OUT_OF_RANGE),
        (raw.c.timestamp.is_(None), NO_TIME),
    )


def _written_time(raw: FromClause) -> ColumnElement[Any]:
    return raw.c.get(WRITTEN_TIME, as_text(null()))


def skipped_lines(source: Source) -> AnySelect:
    """One row per type of the lines that are not events: `type`, `lines`."""
    raw = raw_events(source)
    counted = func.count(type_=BigInteger).label("lines")
    return select(raw.c.event.label("type"), counted).group_by(raw.c.event).order_by(counted.desc(), raw.c.event)
