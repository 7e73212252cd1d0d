"""Each event by itself."""

from sqlalchemy import CTE, ColumnElement, FromClause, and_, select

from sessionmodels.checks.check import check, scan
from sessionmodels.settings import Settings
from sessionmodels.sql.session_id import session_id as id_of

NAMES = "session_id", "session_sequence_number", "dbt_visitor_id"
SHOWN = "event_id", "session_id", "track_sequence_number"
COLUMNS = "session_sequence_number", "timestamp", "event", "idle_time_minutes"


@scan
def each_event(session_events: FromClause) -> CTE:
    """One row per event."""
    return select(*(session_events.c[name] for name in (*SHOWN, *COLUMNS))).cte("each_event")


def _follows_the_sdk(settings: Settings) -> str:
    return "sdk_sessions is on, and session_events.sdk_sessions checks the pauses" if settings.sdk_sessions else ""


@check(
    "session_events",
    each_event,
    "No pause inside a session is longer than `idle_minutes`.",
    shows=(*SHOWN, "timestamp", "idle_time_minutes"),
    about=("idle_minutes",),
    why_not=_follows_the_sdk,
)
def pauses(rows: FromClause, *, idle_minutes: int) -> ColumnElement[bool]:
    """Return whether the pause before an event should have started a session. This also holds for pauses in whole minutes."""
    return and_(rows.c.track_sequence_number > 1, rows.c.idle_time_minutes > idle_minutes)


@check(
    "session_events",
    each_event,
    "`idle_time_minutes` is null on a visitor's first event, and on no other.",
    shows=(*SHOWN, "session_sequence_number", "idle_time_minutes"),
)
def first_idle_time(rows: FromClause) -> ColumnElement[bool]:
    """Return whether the pause is missing, or is there before the first event."""
    is_first = and_(rows.c.session_sequence_number == 1, rows.c.track_sequence_number == 1)
    return is_first != rows.c.idle_time_minutes.is_(None)


def _no_start_events(settings: Settings) -> str:
    return "" if settings.start_events else "start_events names none"


@check(
    "session_events",
    each_event,
    "Every event named in `start_events` is the first of its session.",
    shows=(*SHOWN, "event"),
    about=("start_events",),
    why_not=_no_start_events,
)
def start_events(rows: FromClause, *, start_events: list[str]) -> ColumnElement[bool]:
    """Return whether an event should have started a session."""
    return and_(rows.c.track_sequence_number > 1, rows.c.event.in_(start_events))


@scan
def named_sessions(session_events: FromClause) -> CTE:
    """One row per session, as events name it: how it is written in each event is compared once, not in every event."""
    names = (session_events.c[name] for name in NAMES)
    return select(*names).distinct().cte("named_sessions")


@check(
    "session_events",
    named_sessions,
    "`session_id` is `'<session_sequence_number> - <dbt_visitor_id>'`.",
    shows=NAMES,
)
def session_id(rows: FromClause) -> ColumnElement[bool]:
    """Return whether it is something else."""
    return rows.c.session_id != id_of(rows.c.session_sequence_number, rows.c.dbt_visitor_id)
