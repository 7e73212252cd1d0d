"""Where a session starts, and until when an event may still join it. Both depend on the longest pause within a session."""

from typing import Any

from sqlalchemy import ColumnElement, and_, case

from sessionmodels.sql.elapsed import elapsed


def starts_session(previous: ColumnElement[Any], current: ColumnElement[Any], longest_idle_microseconds: int) -> Any:
    """Return 1 if an event starts a session, else 0. A visitor's first event does, and every event after a longer pause."""
    return case((previous.is_(None), 1), (elapsed(previous, current) > longest_idle_microseconds, 1), else_=0)


def may_still_join(sessions: Any, moment: ColumnElement[Any], longest_idle_microseconds: int) -> ColumnElement[bool]:
    """Whether an event at that moment may join the given earlier session; false if there is no session."""
    return and_(
        sessions.c.session_id.is_not(None),
        elapsed(sessions.c.ended_at, moment) <= longest_idle_microseconds,
    )
