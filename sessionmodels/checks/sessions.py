"""Each session by itself: its id, its length, and why it starts."""

from typing import Final

from sqlalchemy import CTE, ColumnElement, FromClause, and_, or_, select

from sessionmodels.checks.check import check, scan
from sessionmodels.rules.session_rule import FIRST, SessionRules, reasons_in_force
from sessionmodels.settings import Settings
from sessionmodels.sql.elapsed import elapsed, minutes
from sessionmodels.sql.local_date import local_date
from sessionmodels.sql.session_id import session_id as id_of

SHOWN: Final = "session_id", "dbt_visitor_id", "session_sequence_number"
TIMES: Final = "session_start_at", "ended_at"


@scan
def each_session(sessions: FromClause) -> CTE:
    """One row per session."""
    return select(*(sessions.c[name] for name in (*SHOWN, *TIMES, "session_duration", "start_reason"))).cte("each_session")


@check("sessions", each_session, "`session_id` is `'<session_sequence_number> - <dbt_visitor_id>'`.", shows=SHOWN)
def session_id(rows: FromClause) -> ColumnElement[bool]:
    """Return whether it is something else."""
    return rows.c.session_id != id_of(rows.c.session_sequence_number, rows.c.dbt_visitor_id)


@check("sessions", each_session, "No session ends before it starts.", shows=(*SHOWN, *TIMES))
def ends_after_start(rows: FromClause) -> ColumnElement[bool]:
    """Return whether the end is the earlier one."""
    return rows.c.ended_at < rows.c.session_start_at


@check(
    "sessions",
    each_session,
    "`session_duration` is the time from the session's start to its end.",
    shows=(*SHOWN, *TIMES, "session_duration"),
)
def duration(rows: FromClause, *, whole_minutes: bool) -> ColumnElement[bool]:
    """Return whether it is another time, computed as a build does."""
    return rows.c.session_duration != minutes(elapsed(rows.c.session_start_at, rows.c.ended_at), whole=whole_minutes)


@check(
    "sessions",
    each_session,
    "`start_reason` is `first` for a visitor's first session, and a reason that the settings allow for any other.",
    shows=(*SHOWN, "start_reason"),
)
def start_reason(rows: FromClause, *, session_rules: SessionRules) -> ColumnElement[bool]:
    """Return whether it is a reason that cannot be."""
    is_first, reason = rows.c.session_sequence_number == 1, rows.c.start_reason
    after_first = reasons_in_force(session_rules)[1:]
    others = and_(rows.c.session_sequence_number != 1, reason.not_in(after_first))
    return or_(and_(is_first, reason != FIRST), others)


def _no_midnight(settings: Settings) -> str:
    return "" if settings.cut_at_midnight else "cut_at_midnight is off"


@check(
    "sessions",
    each_session,
    "With `cut_at_midnight`, a session ends on the day on which it starts.",
    shows=(*SHOWN, *TIMES),
    about=("time_zone",),
    why_not=_no_midnight,
)
def midnights(rows: FromClause, *, time_zone: str) -> ColumnElement[bool]:
    """Return whether it goes on past midnight."""
    return local_date(rows.c.session_start_at, time_zone) != local_date(rows.c.ended_at, time_zone)


def _no_longest(settings: Settings) -> str:
    return "max_session_minutes is not set" if settings.max_session_minutes is None else ""


@check(
    "sessions",
    each_session,
    "With `max_session_minutes`, every session is shorter than that.",
    shows=(*SHOWN, *TIMES),
    about=("max_session_minutes",),
    why_not=_no_longest,
)
def longest(rows: FromClause, *, session_rules: SessionRules) -> ColumnElement[bool]:
    """Return whether it should have been cut."""
    return elapsed(rows.c.session_start_at, rows.c.ended_at) >= session_rules.longest_microseconds
