"""Where a session starts, and until when an event may still join it: both by the longest pause that a session may hold."""

from typing import Any

from sqlalchemy import ColumnElement, and_, case

from sessionmodels.sql.elapsed import elapsed


def starts_session(previous: ColumnElement[Any], current: ColumnElement[Any], longest_idle_microseconds: int) -> Any:
    """Return 1 where an event starts a session, else 0: the visitor's first event, and any after a longer pause."""
    return case((previous.is_(None), 1), (elapsed(previous, current) > longest_idle_microseconds, 1), else_=0)


def may_still_join(sessions: Any, moment: ColumnElement[Any], longest_idle_microseconds: int) -> ColumnElement[bool]:
    """Whether an event of that moment may join a session that began before it; no, where there is no session."""
    return and_(
        sessions.c.session_id.is_not(None),
        elapsed(sessions.c.ended_at, moment) <= longest_idle_microseconds,
    )
