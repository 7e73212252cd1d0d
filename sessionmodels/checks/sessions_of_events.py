"""The sessions beside what their events add up to."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import CTE, BigInteger, ColumnElement, FromClause, and_, case, cast, func, or_, select

from sessionmodels.checks.check import check, scan
from sessionmodels.rules.session_facts import count_of, counters
from sessionmodels.settings import Settings
from sessionmodels.sql.elapsed import MINUTE, elapsed

Names = Sequence[str]
FOUND: Final = "found_"


@scan
def sessions_of_events(  # noqa: PLR0913 - all that sessions count
    session_events: FromClause,
    sessions: FromClause,
    *,
    deduplicate: bool,
    event_counters: Mapping[str, Names],
    page_events: Names,
    conversion_events: Names,
) -> CTE:
    """One row per session: what it says, and as `found_<column>` what its events say. Either side may be missing."""
    event_id, happened = session_events.c.event_id, session_events.c.timestamp
    place, idle = session_events.c.track_sequence_number, session_events.c.idle_time_minutes
    counted = counters(event_counters, page_events, conversion_events)
    paused = case((place > 1, cast(func.round(idle * MINUTE), BigInteger)), else_=0)
    found = (
        select(
            session_events.c.session_id,
            func.min(happened, type_=happened.type).label("session_start_at"),
            func.max(happened, type_=happened.type).label("ended_at"),
            func.count(*(() if deduplicate else (event_id.distinct(),)), type_=BigInteger).label("num_pvs"),
            *(count_of(session_events.c.event, names).label(name) for name, names in counted.items()),
            func.count(type_=BigInteger).label("events"),
            func.min(place, type_=BigInteger).label("first_number"),
            func.max(place, type_=BigInteger).label("last_number"),
            cast(func.sum(place), BigInteger).label("sum_of_numbers"),
            cast(func.sum(paused), BigInteger).label("microseconds_of_pauses"),
        )
        .group_by(session_events.c.session_id)
        .cte("found")
    )
    stored = "session_id", "session_start_at", "ended_at", "num_pvs", *counted
    return (
        select(
            *(sessions.c[name].label("stored_session_id" if name == "session_id" else name) for name in stored),
            func.coalesce(sessions.c.session_id, found.c.session_id, type_=sessions.c.session_id.type).label("session_id"),
            *(found.c[one.name].label(FOUND + one.name) for one in found.c),
        )
        .select_from(sessions.outerjoin(found, sessions.c.session_id == found.c.session_id, full=True))
        .cte("sessions_of_events")
    )


@check(
    "session_events",
    sessions_of_events,
    "Every event is in a session that exists.",
    shows=("session_id", "found_events", "found_session_start_at", "found_ended_at"),
)
def in_a_session(rows: FromClause) -> ColumnElement[bool]:
    """Return whether the session is missing."""
    return rows.c.stored_session_id.is_(None)


@check("sessions", sessions_of_events, "Every session has events.", shows=("session_id", "session_start_at", "num_pvs"))
def has_events(rows: FromClause) -> ColumnElement[bool]:
    """Return whether it has none."""
    return rows.c.found_events.is_(None)


@check(
    "sessions",
    sessions_of_events,
    "A session starts at its first event.",
    shows=("session_id", "session_start_at", "found_session_start_at"),
)
def starts(rows: FromClause) -> ColumnElement[bool]:
    """Return whether it starts at another time."""
    return rows.c.session_start_at != rows.c.found_session_start_at


@check("sessions", sessions_of_events, "A session ends at its last event.", shows=("session_id", "ended_at", "found_ended_at"))
def ends(rows: FromClause) -> ColumnElement[bool]:
    """Return whether it ends at another time."""
    return rows.c.ended_at != rows.c.found_ended_at


@check(
    "sessions",
    sessions_of_events,
    "`num_pvs` is the number of the session's events.",
    shows=("session_id", "num_pvs", "found_num_pvs"),
)
def num_pvs(rows: FromClause) -> ColumnElement[bool]:
    """Return whether it is another number."""
    return rows.c.num_pvs != rows.c.found_num_pvs


def _counts(settings: Settings) -> tuple[str, ...]:
    names = counters(settings.event_counters, settings.page_events, settings.conversion_events)
    return ("session_id", *(one for name in names for one in (name, FOUND + name)))


@check(
    "sessions",
    sessions_of_events,
    "Each counter, `page_views` and `conversions` is the number of the session's events with the names that it counts.",
    shows=_counts,
)
def counted(
    rows: FromClause, *, event_counters: Mapping[str, Names], page_events: Names, conversion_events: Names
) -> ColumnElement[bool]:
    """Return whether one of them is another number."""
    columns: Any = counters(event_counters, page_events, conversion_events)
    return or_(*(rows.c[name] != rows.c[FOUND + name] for name in columns))


@check(
    "session_events",
    sessions_of_events,
    "The events of a session are numbered from 1, without a gap.",
    shows=("session_id", "found_events", "found_first_number", "found_last_number", "found_sum_of_numbers"),
)
def numbered(rows: FromClause) -> ColumnElement[bool]:
    """Return whether the first number, the last one or the sum of all differs from that of a sequence without a gap."""
    events = rows.c.found_events
    are_bounds_wrong = or_(rows.c.found_first_number != 1, rows.c.found_last_number != events)
    return or_(are_bounds_wrong, rows.c.found_sum_of_numbers * 2 != events * (events + 1))


def _whole_minutes(settings: Settings) -> str:
    return "with compatibility = 'dbt', the rest of each minute is cut off" if settings.whole_minutes else ""


@check(
    "session_events",
    sessions_of_events,
    "The pauses between the events of a session add up to the time from its first event to its last.",
    shows=("session_id", "found_session_start_at", "found_ended_at", "found_microseconds_of_pauses"),
    why_not=_whole_minutes,
)
def idle_times(rows: FromClause) -> ColumnElement[bool]:
    """Return whether they add up to another time."""
    return rows.c.found_microseconds_of_pauses != elapsed(rows.c.found_session_start_at, rows.c.found_ended_at)


@scan
def first_events(session_events: FromClause, sessions: FromClause) -> CTE:
    """One row per session, beside it its first event, if the session's key is that event's id."""
    names = "event_id", "session_id"
    firsts = select(*(session_events.c[one] for one in names)).where(session_events.c.track_sequence_number == 1).cte("firsts")
    is_key = and_(firsts.c.event_id == sessions.c.session_key, firsts.c.session_id == sessions.c.session_id)
    return (
        select(sessions.c.session_id, sessions.c.session_key, sessions.c.session_start_at, firsts.c.event_id)
        .select_from(sessions.outerjoin(firsts, is_key))
        .cte("first_events")
    )


@check(
    "sessions",
    first_events,
    "`session_key` is the `event_id` of the session's first event.",
    shows=("session_id", "session_key", "session_start_at"),
)
def session_key(rows: FromClause) -> ColumnElement[bool]:
    """Return whether no first event of the session has that id."""
    return and_(rows.c.session_key.is_not(None), rows.c.event_id.is_(None))
