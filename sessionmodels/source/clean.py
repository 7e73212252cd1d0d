"""The raw events as one clean select: those that are usable, duplicates removed."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import CTE, BigInteger, ColumnElement, FromClause, func, select, union_all

from sessionmodels.model import AnySelect
from sessionmodels.rules.event import RANK, REASON, context_of, of_event
from sessionmodels.source.completion import with_completed_events
from sessionmodels.source.raw import ONE, raw_events
from sessionmodels.source.reasons import is_usable
from sessionmodels.source.stream import Stream
from sessionmodels.sql.inlined import inlined
from sessionmodels.sql.order import nulls_last
from sessionmodels.sql.repeated import repeated
from sessionmodels.sql.text import by_code_point


def clean_events(stream: Stream, *, deduplicate: bool) -> AnySelect:
    """One row per usable event.

    Of rows with the same `id`, the earliest wins; then the earliest loaded; then by the remaining columns.
    """
    if not deduplicate:
        return usable_events(stream)
    return deduplicated_events(ranked_events(stream, deduplicate=True).cte("ranked_events"))


def ranked_events(stream: Stream, *, deduplicate: bool) -> AnySelect:
    """One row per usable raw row, with its rank among the rows of its id: 1 is the event."""
    return with_ranks(_usable(stream).cte("usable_events"), deduplicate=deduplicate, several=stream.several)


def with_ranks(usable: FromClause, *, deduplicate: bool, several: bool) -> AnySelect:
    """Return usable rows with each one's rank among the rows of its id. Without deduplication, each has rank 1.

    Ids that occur once need no ranking, so only the rows of the others are sorted. With `several` sources, an event of several
    rows has a row of its own beside them, because its context is completed: `with_completed_events`.
    """
    if not deduplicate:
        return select(*of_event(usable), ONE.label(RANK))
    shared = _shared_ids(usable)
    single = _without(usable, shared, ONE.label(RANK))
    rows = union_all(single, _ranked_rows_of(usable, shared, several=several)).cte("rows_with_ranks")
    return select(*of_event(rows), rows.c[RANK])


def rows_of_shared_ids(stream: Stream) -> AnySelect:
    """One row per usable raw row whose id occurs more than once, with its rank among them, as in `with_ranks`."""
    usable = inlined(_usable(stream), "usable_events")
    return _ranked_rows_of(usable, _shared_ids(usable), several=stream.several)


def events_with(stream: Stream, ranked: FromClause) -> AnySelect:
    """One row per usable event, given the ranked rows of ids that occur more than once."""
    usable = _usable(stream).cte("usable_events")
    shared = select(ranked.c.event_id).distinct().cte("shared_ids")
    rows = union_all(_without(usable, shared), deduplicated_events(ranked)).cte("events_of_each_id")
    return select(*of_event(rows))


def _shared_ids(usable: FromClause) -> CTE:
    return repeated(usable, usable.c.event_id).cte("shared_ids")


def _without(usable: FromClause, shared: FromClause, *more: ColumnElement[Any]) -> AnySelect:
    """Return the rows whose id occurs once."""
    joined = usable.outerjoin(shared, shared.c.event_id == usable.c.event_id)
    return select(*of_event(usable), *more).select_from(joined).where(shared.c.event_id.is_(None))


def _ranked_rows_of(usable: FromClause, shared: FromClause, *, several: bool) -> AnySelect:
    joined = usable.join(shared, shared.c.event_id == usable.c.event_id)
    rows = select(*of_event(usable)).select_from(joined).cte("rows_of_shared_ids")
    ranked = select(*of_event(rows), duplicate_rank(rows, several=several).label(RANK))
    return with_completed_events(ranked.cte("ranked_rows")) if several else ranked


def usable_events(stream: Stream) -> AnySelect:
    """One row per usable raw row."""
    return select(*of_event(_usable(stream).cte("usable_events")))


def usable_rows(window: FromClause) -> AnySelect:
    """Return the usable rows of rows with a `reason`."""
    return select(*of_event(window)).where(window.c[REASON].is_(None))


def deduplicated_events(ranked: FromClause) -> AnySelect:
    """One row per event: the rows of rank 1 among ranked rows."""
    return select(*of_event(ranked)).where(ranked.c[RANK] == 1)


def kept_rows(ranked: FromClause) -> AnySelect:
    """One row per raw row that the next build needs beside the events: removed duplicates, and all rows of completed events."""
    return select(*of_event(ranked)).where(ranked.c[RANK] > 1)


def removed_duplicates(ranked: FromClause, *, several: bool) -> AnySelect:
    """One row per removed duplicate: a raw row that repeats the id of an event."""
    return select(*of_event(ranked)).where(ranked.c[RANK] > (2 if several else 1))


def _usable(stream: Stream) -> AnySelect:
    raw = raw_events(stream)
    return select(raw).where(is_usable(raw, stream.ignored_events))


def duplicate_rank(events: FromClause, *, several: bool, within: Sequence[ColumnElement[Any]] = ()) -> ColumnElement[int]:
    """Return a row's rank among the usable rows of its id, or `within` something else, too: 1 is the event."""
    return func.row_number(type_=BigInteger).over(
        partition_by=(events.c.event_id, *within),
        order_by=(
            events.c.timestamp,
            *nulls_last(events.c.loaded_at),
            *nulls_last(events.c.anonymous_id),
            *nulls_last(events.c.user_id),
            *nulls_last(events.c.event),
            *((by_code_point(events.c.source),) if several else ()),
            *(key for column in context_of(events) for key in nulls_last(column)),
        ),
    )
