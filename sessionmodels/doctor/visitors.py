"""The visitors, the pauses between their events, and how many sessions each timeout would give."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BigInteger, FromClause, case, cast, func, literal_column, select

from sessionmodels.model import AnySelect
from sessionmodels.relations.graph import identity_of
from sessionmodels.settings import Settings
from sessionmodels.source.clean import clean_events
from sessionmodels.source.stream import Stream
from sessionmodels.sql.elapsed import MICROSECONDS_A_MINUTE, MICROSECONDS_A_SECOND, elapsed
from sessionmodels.sql.instant import as_utc
from sessionmodels.sql.text import by_code_point

TIMEOUTS: Final = 5, 15, 30, 60, 120
"""The timeouts in minutes for which sessions are counted, beside the one in force."""

PAUSES: Final[Mapping[str, int]] = {
    "1 second": MICROSECONDS_A_SECOND,
    "10 seconds": 10 * MICROSECONDS_A_SECOND,
    "1 minute": MICROSECONDS_A_MINUTE,
    "5 minutes": 5 * MICROSECONDS_A_MINUTE,
    "15 minutes": 15 * MICROSECONDS_A_MINUTE,
    "30 minutes": 30 * MICROSECONDS_A_MINUTE,
    "1 hour": 60 * MICROSECONDS_A_MINUTE,
    "2 hours": 120 * MICROSECONDS_A_MINUTE,
    "1 day": 24 * 60 * MICROSECONDS_A_MINUTE,
    "7 days": 7 * 24 * 60 * MICROSECONDS_A_MINUTE,
}
"""The upper ends, in microseconds, of the ranges in which pauses are counted."""

HEAVIEST: Final = 10


@dataclass(frozen=True)
class Visitor:
    """One of the visitors with the most events."""

    visitor: str
    events: int
    first: datetime
    last: datetime

    @property
    def minutes(self) -> float:
        """The time from the first event to the last."""
        return (self.last - self.first).total_seconds() / 60


@dataclass(frozen=True)
class Visitors:
    """The visitors of the events that were examined, as a build would find them in these events alone."""

    number: int
    events: int
    longer: Mapping[int, int]
    """By length in microseconds, the number of pauses that are longer."""

    heaviest: tuple[Visitor, ...]

    @property
    def pauses(self) -> dict[str, int]:
        """The number of pauses up to each length and longer than the one before it; the last are the rest."""
        left = self.events - self.number
        found = {}
        for name, length in PAUSES.items():
            found[f"up to {name}"] = left - self.longer[length]
            left = self.longer[length]
        return found | {"longer": left}


def timeouts(settings: Settings) -> dict[int, int]:
    """Return by timeout in minutes the longest pause in microseconds within a session."""
    minutes = sorted({*TIMEOUTS, settings.idle_minutes})
    return {one: settings.model_copy(update={"idle_minutes": one}).longest_idle_microseconds for one in minutes}


def lengths(settings: Settings) -> list[int]:
    """Return the lengths in microseconds for which longer pauses are counted."""
    return sorted({*PAUSES.values(), *timeouts(settings).values()})


def visitors(stream: Stream, settings: Settings) -> AnySelect:
    """One row for each of the visitors with the most events; beside it the totals of all visitors, equal in every row."""
    paused = _pauses(stream, settings)
    pause = paused.c.pause
    each = (
        select(
            paused.c.dbt_visitor_id,
            func.count(type_=BigInteger).label("events"),
            func.min(paused.c.timestamp, type_=paused.c.timestamp.type).label("first_at"),
            func.max(paused.c.timestamp, type_=paused.c.timestamp.type).label("last_at"),
            *(
                func.count(case((pause > literal_column(str(length), BigInteger), 1)), type_=BigInteger).label(_longer(length))
                for length in lengths(settings)
            ),
        )
        .group_by(paused.c.dbt_visitor_id)
        .cte("each_visitor")
    )
    order = each.c.events.desc(), by_code_point(each.c.dbt_visitor_id)
    totals = select(
        *(each.c[name] for name in ("dbt_visitor_id", "events", "first_at", "last_at")),
        func.row_number(type_=BigInteger).over(order_by=order).label("place"),
        func.count(type_=BigInteger).over().label("all_visitors"),
        cast(func.sum(each.c.events).over(), BigInteger).label("all_events"),
        *(cast(func.sum(each.c[name]).over(), BigInteger).label(name) for name in map(_longer, lengths(settings))),
    ).cte("ranked_visitors")
    return select(totals).where(totals.c.place <= HEAVIEST).order_by(totals.c.place)


def visitors_of(rows: Sequence[Any], settings: Settings) -> Visitors:
    """Return what rows of `visitors` say."""
    if not rows:
        return Visitors(0, 0, dict.fromkeys(lengths(settings), 0), ())
    first = rows[0]
    longer = {length: int(first._mapping[_longer(length)]) for length in lengths(settings)}  # noqa: SLF001 - public by its docs
    heaviest = tuple(Visitor(row.dbt_visitor_id, row.events, as_utc(row.first_at), as_utc(row.last_at)) for row in rows)
    return Visitors(int(first.all_visitors), int(first.all_events), longer, heaviest)


def _pauses(stream: Stream, settings: Settings) -> FromClause:
    """One row per event with its visitor and the pause before it; null on the visitor's first event."""
    events = clean_events(stream, deduplicate=settings.deduplicate).cte("events")
    identity = identity_of(settings, stream)
    mapping = identity.mapping_of(events).cte("mapping")
    visits = identity.visits(events, mapping).cte("visits")
    order = visits.c.timestamp, by_code_point(visits.c.event_id)
    before = func.lag(visits.c.timestamp, type_=visits.c.timestamp.type).over(
        partition_by=visits.c.dbt_visitor_id, order_by=order
    )
    with_previous = select(visits.c.dbt_visitor_id, visits.c.timestamp, before.label("previous_timestamp")).cte("in_order")
    pause = elapsed(with_previous.c.previous_timestamp, with_previous.c.timestamp)
    return select(with_previous.c.dbt_visitor_id, with_previous.c.timestamp, pause.label("pause")).cte("pauses")


def _longer(length: int) -> str:
    return f"longer_than_{length}"
