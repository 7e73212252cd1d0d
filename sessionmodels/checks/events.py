"""Each event by itself, and beside its session."""

from sqlalchemy import CTE, ColumnElement, FromClause, and_, or_, select

from sessionmodels.checks.check import check, scan
from sessionmodels.models import session_events as model
from sessionmodels.settings import Settings

OWN = "event", "idle_time_minutes"
SHOWN = "event_id", "session_id", "track_sequence_number"


@scan(is_whole="session_events")
def each_event(session_events: FromClause) -> CTE:
    """One row per event."""
    return select(*(session_events.c[name] for name in (*model.key, *model.not_null, *OWN))).cte("each_event")


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
    """Return whether the pause before an event should have started a session. In whole minutes, so it is, too."""
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
    "No event of `start_events` is inside a session.",
    shows=(*SHOWN, "event"),
    about=("start_events",),
    why_not=_no_start_events,
)
def start_events(rows: FromClause, *, start_events: list[str]) -> ColumnElement[bool]:
    """Return whether an event should have started a session."""
    return and_(rows.c.track_sequence_number > 1, rows.c.event.in_(start_events))


@scan()
def events_of_sessions(session_events: FromClause, sessions: FromClause) -> CTE:
    """One row per event, beside it its session as `session_<column>`; null if there is none."""
    own = (*SHOWN, "dbt_visitor_id", "session_sequence_number")
    return (
        select(
            *(session_events.c[name] for name in own),
            sessions.c.session_id.label("stored_session_id"),
            sessions.c.dbt_visitor_id.label("visitor_of_session"),
            sessions.c.session_sequence_number.label("number_of_session"),
            sessions.c.session_key,
        )
        .select_from(session_events.outerjoin(sessions, sessions.c.session_id == session_events.c.session_id))
        .cte("events_of_sessions")
    )


@check("session_events", events_of_sessions, "Every event is in a session that exists.", shows=SHOWN)
def in_a_session(rows: FromClause) -> ColumnElement[bool]:
    """Return whether its session is missing."""
    return rows.c.stored_session_id.is_(None)


@check(
    "session_events",
    events_of_sessions,
    "An event has the visitor and the number of its session.",
    shows=(*SHOWN, "dbt_visitor_id", "visitor_of_session", "session_sequence_number", "number_of_session"),
)
def of_the_session(rows: FromClause) -> ColumnElement[bool]:
    """Return whether it is another visitor's session, or has another number."""
    is_another = rows.c.session_sequence_number != rows.c.number_of_session
    return or_(rows.c.dbt_visitor_id != rows.c.visitor_of_session, is_another)


@check(
    "sessions",
    events_of_sessions,
    "`session_key` is the `event_id` of the session's first event.",
    shows=("session_id", "session_key", "event_id"),
)
def session_key(rows: FromClause) -> ColumnElement[bool]:
    """Return whether a first event is not the session's key."""
    return and_(rows.c.track_sequence_number == 1, rows.c.session_key != rows.c.event_id)
