"""Finds the affected visitors, since when each is affected, and what precedes that moment."""

from typing import Any

from sqlalchemy import BigInteger, FromClause, and_, case, cast, func, or_, select

from sessionmodels.model import AnySelect
from sessionmodels.rules.session_rule import may_still_join
from sessionmodels.sql.text import is_same_id


def affected_visitors(moments: Any, sessions: FromClause, *, longest_idle_microseconds: int) -> AnySelect:
    """One row per visitor whose sessions change: since when, and what precedes.

    Columns:
        dbt_visitor_id: the visitor.
        since: where recomputation starts: at the session that the first changed moment may join, or at that moment.
        sessions_before: how many sessions precede it.
        last_session_id: the last of these.
        last_event_at: the time of its last event, which is the visitor's last event before `since`.

    `moments` are the changed ones, each with its visitor. The sessions are those of the last build. Everything before a visitor's
    first changed moment is the same in both builds.
    """
    moments = moments.cte("moments")
    first = (
        select(moments.c.visitor, func.min(moments.c.moment).label("moment"))
        .where(moments.c.visitor.is_not(None))
        .group_by(moments.c.visitor)
        .cte("first_moments")
    )
    near = _last_session_until(first, sessions)
    may_join = may_still_join(near, first.c.moment, longest_idle_microseconds)
    number = near.c.session_sequence_number
    return select(
        first.c.visitor.label("dbt_visitor_id"),
        case((may_join, near.c.session_start_at), else_=first.c.moment).label("since"),
        cast(func.coalesce(case((may_join, number - 1), else_=number), 0), BigInteger).label("sessions_before"),
        case((may_join, near.c.session_id_before), else_=near.c.session_id).label("last_session_id"),
        case((may_join, near.c.ended_at_before), else_=near.c.ended_at).label("last_event_at"),
    ).select_from(first.outerjoin(near, near.c.dbt_visitor_id == first.c.visitor))


def _last_session_until(first: FromClause, sessions: FromClause) -> Any:
    """Return each visitor's last session that started by their first changed moment, together with the session before it."""
    visit: Any = {"partition_by": sessions.c.dbt_visitor_id, "order_by": sessions.c.session_sequence_number}
    backwards = {**visit, "order_by": sessions.c.session_sequence_number.desc()}
    until = (
        select(
            sessions.c.dbt_visitor_id,
            sessions.c.session_id,
            sessions.c.session_start_at,
            sessions.c.session_sequence_number,
            sessions.c.ended_at,
            func.lag(sessions.c.session_id, type_=sessions.c.session_id.type).over(**visit).label("session_id_before"),
            func.lag(sessions.c.ended_at, type_=sessions.c.ended_at.type).over(**visit).label("ended_at_before"),
            func.row_number(type_=BigInteger).over(**backwards).label("recency"),
        )
        .select_from(sessions.join(first, is_same_id(sessions.c.dbt_visitor_id, first.c.visitor)))
        .where(sessions.c.session_start_at <= first.c.moment)
        .cte("sessions_until")
    )
    return select(until).where(until.c.recency == 1).cte("last_sessions_until")


def is_since(row: Any, visitors: Any, moment: Any) -> Any:
    """Whether a row belongs to an affected visitor and to the recomputed time."""
    return and_(is_same_id(row.c.dbt_visitor_id, visitors.c.dbt_visitor_id), moment >= visitors.c.since)


def ends_before_or_at(sessions: Any, visitors: Any) -> Any:
    """Whether a session is affected, or is the last one before, whose next session may have changed."""
    is_last = sessions.c.session_id == visitors.c.last_session_id
    of_visitor = is_same_id(sessions.c.dbt_visitor_id, visitors.c.dbt_visitor_id)
    return and_(of_visitor, or_(sessions.c.session_start_at >= visitors.c.since, is_last))
