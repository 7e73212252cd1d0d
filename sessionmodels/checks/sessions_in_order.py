"""The sessions of each visitor, one after the other: their numbers, and the times between them."""

from typing import Any, Final

from sqlalchemy import CTE, BigInteger, ColumnElement, FromClause, and_, func, select

from sessionmodels.checks.check import check, scan
from sessionmodels.rules.session_rule import SessionRules
from sessionmodels.sql.differ import differ
from sessionmodels.sql.elapsed import elapsed

SHOWN: Final = "session_id", "dbt_visitor_id", "session_sequence_number"
COLUMNS: Final = (*SHOWN, "session_start_at", "ended_at", "next_session_start_at", "start_reason")


@scan
def sessions_in_order(sessions: FromClause) -> CTE:
    """One row per session, beside it the visitor's session before it and after it, in the order of their numbers."""
    number, start, end = sessions.c.session_sequence_number, sessions.c.session_start_at, sessions.c.ended_at
    visit: Any = {"partition_by": sessions.c.dbt_visitor_id, "order_by": number}
    return select(
        *(sessions.c[name] for name in COLUMNS),
        func.lag(number, type_=BigInteger).over(**visit).label("previous_session_sequence_number"),
        func.lag(end, type_=end.type).over(**visit).label("previous_ended_at"),
        func.lead(start, type_=start.type).over(**visit).label("following_start_at"),
    ).cte("sessions_in_order")


@check(
    "sessions",
    sessions_in_order,
    "The sessions of a visitor are numbered from 1, without a gap.",
    shows=(*SHOWN, "previous_session_sequence_number"),
)
def numbered(rows: FromClause) -> ColumnElement[bool]:
    """Return whether a number does not follow the one before."""
    before = func.coalesce(rows.c.previous_session_sequence_number, 0, type_=BigInteger)
    return rows.c.session_sequence_number != before + 1


@check(
    "sessions",
    sessions_in_order,
    "No session starts before the visitor's previous session has ended.",
    shows=(*SHOWN, "previous_ended_at", "session_start_at"),
)
def overlap(rows: FromClause) -> ColumnElement[bool]:
    """Return whether the session before goes on."""
    return rows.c.session_start_at < rows.c.previous_ended_at


@check(
    "sessions",
    sessions_in_order,
    "`next_session_start_at` is the start of the visitor's following session, and null on the last one.",
    shows=(*SHOWN, "next_session_start_at", "following_start_at"),
)
def next_start(rows: FromClause) -> ColumnElement[bool]:
    """Return whether it is something else."""
    return differ(rows.c.next_session_start_at, rows.c.following_start_at)


@check(
    "sessions",
    sessions_in_order,
    "If the `start_reason` of a session is `idle`, the pause before it is longer than `idle_minutes`.",
    shows=(*SHOWN, "previous_ended_at", "session_start_at"),
    about=("idle_minutes",),
)
def pauses(rows: FromClause, *, session_rules: SessionRules) -> ColumnElement[bool]:
    """Return whether the pause is too short to start a session."""
    pause = elapsed(rows.c.previous_ended_at, rows.c.session_start_at)
    return and_(rows.c.start_reason == "idle", pause <= session_rules.longest_idle_microseconds)
