"""The raw rows of one event id: what became of each. Only they are read."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import BigInteger, ColumnElement, String, and_, case, func, literal_column, or_, select

from sessionmodels.model import AnySelect
from sessionmodels.rules.event import FAILED_CONDITION, RANK, REASON, WRITTEN_TIME, of_event
from sessionmodels.source.clean import duplicate_rank
from sessionmodels.source.columns import Source
from sessionmodels.source.ids import typed_text
from sessionmodels.source.loaded_since import is_excluded
from sessionmodels.source.raw import raw_events
from sessionmodels.source.reasons import reason_of, unless_forgotten, written_time
from sessionmodels.source.stream import Stream
from sessionmodels.sql.text import as_text
from sessionmodels.sql.time_range import is_unknown, not_before

LOADED_BEFORE: Final = "loaded_before"
"""The reason of a row that was loaded before the setting `loaded_since`, or at an unknown time. No build reads such a row."""

ROWS: Final = "rows_of_the_id"
"""The column with the number of raw rows of the id, of which only the first are returned."""


@dataclass(frozen=True)
class OneId:
    """An event id, and optionally the load times of its rows: from `since` on, and before `until`.

    Rows without a load time are always included.
    """

    event_id: str
    since: datetime | None = None
    until: datetime | None = None

    def holds(self, source: Source) -> ColumnElement[bool]:
        """Whether a raw row is one of them. Texts and times stay bare, so that indexes and partitions can be used."""
        column, loaded_at = source.columns["id"], source.columns.get("loaded_at")
        is_it = (column if isinstance(column.type, String) else typed_text(column)) == self.event_id
        if loaded_at is None or self.since is None or self.until is None:
            return is_it
        near = and_(not_before(loaded_at, self.since), ~not_before(loaded_at, self.until))
        return and_(is_it, or_(near, is_unknown(loaded_at)))


def rows_of_id(stream: Stream, one: OneId, most: int) -> AnySelect:
    """One row per raw row of an id, those that are usable first, in the order of their ranks.

    Each has the `reason` why it is rejected, null if it is usable; its rank among the rows with the same reason; its time as
    written, if that is text; and with a filter, the number of the first condition that it fails. `most` limits the rows.
    """
    raw = raw_events(of_id(stream, one), with_reasons=True)
    reason = reason_of(raw, stream.ignored_events)
    if since := stream.first.since:
        reason = case((is_excluded(raw, since), LOADED_BEFORE), else_=reason)
    rows = select(
        *unless_forgotten(raw, of_event(raw)),
        as_text(reason).label(REASON),
        written_time(raw).label(WRITTEN_TIME),
        *(raw.c[name] for name in (FAILED_CONDITION,) if name in raw.c),
    ).cte("rows_of_id")
    rank = duplicate_rank(rows, several=stream.several, within=(rows.c[REASON],))
    ranked = select(rows, rank.label(RANK), func.count(type_=BigInteger).over().label(ROWS)).cte("ranked_rows")
    is_rejected = case((ranked.c[REASON].is_(None), 0), else_=1)
    return select(ranked).order_by(is_rejected, ranked.c[REASON], ranked.c[RANK]).limit(literal_column(str(most)))


def lines_of_id(source: Source, one: OneId, most: int) -> AnySelect:
    """One row per type of the lines with that id that are not events: `type`."""
    raw = raw_events(Stream((_of_id(source, one),)))
    return select(raw.c.event.label("type")).distinct().order_by(raw.c.event).limit(literal_column(str(most)))


def of_id(stream: Stream, one: OneId) -> Stream:
    """Return the same stream, limited to the rows of an id, also those that no build reads by their load time."""
    return replace(stream, sources=tuple(_of_id(source, one) for source in stream.sources))


def _of_id(source: Source, one: OneId) -> Source:
    return replace(source, only=one.holds(source), since=None, window=None)
