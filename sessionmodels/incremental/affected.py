"""Finds since when each affected visitor is affected, and what precedes that moment. `moments` says which visitors these are."""

from typing import Any

from sqlalchemy import BigInteger, FromClause, and_, case, cast, func, or_, select

from sessionmodels.model import AnySelect
from sessionmodels.rules.session_rule import TOO_LONG, SessionRules, may_still_join
from sessionmodels.sql.session_id import session_id
from sessionmodels.sql.text import is_same_id


def affected_visitors(moments: Any, sessions: FromClause, rules: SessionRules) -> AnySelect:
    """One row per visitor whose sessions change: since when, and what precedes.

    Columns:
        dbt_visitor_id: the visitor.
        since: where recomputation starts: at the first changed moment, or at the start of a session that it may change.
        sessions_before: how many sessions precede it.
        last_session_id: the last of these.
        last_event_at: the time of its last event, which is the visitor's last event before `since`.

    `moments` are the changed ones, each with its visitor. The sessions are those of the last build. Everything before a visitor's
    first changed moment is the same in both builds, so the last session that started before it is the earliest that can change.
    """
    moments = moments.cte("moments")
    first = (
        select(moments.c.visitor, func.min(moments.c.moment).label("moment"))
        .where(moments.c.visitor.is_not(None))
        .group_by(moments.c.visitor)
        .cte("first_moments")
    )
    near = _last_session_before(first, sessions, rules)
    may_join = may_still_join(near, first.c.moment, rules)
    number = case((may_join, near.c.start_number - 1), else_=near.c.session_sequence_number)
    return select(
        first.c.visitor.label("dbt_visitor_id"),
        case((may_join, near.c.start_at), else_=first.c.moment).label("since"),
        cast(func.coalesce(number, 0), BigInteger).label("sessions_before"),
        session_id(func.nullif(number, 0, type_=BigInteger), first.c.visitor).label("last_session_id"),
        case((may_join, near.c.ended_at_before), else_=near.c.ended_at).label("last_event_at"),
    ).select_from(first.outerjoin(near, near.c.dbt_visitor_id == first.c.visitor))


def _last_session_before(first: FromClause, sessions: FromClause, rules: SessionRules) -> Any:
    """Return each visitor's last session that started before their first changed moment, and where work on it has to start.

    Numbers and times only grow from one session to the next, so the greatest of each belong together.
    """
    before = _sessions_before(first, sessions, rules)

    def last(column: Any) -> Any:
        return func.max(column, type_=column.type)

    def last_start(column: Any) -> Any:
        return last(column) if rules.only_idle else func.max(case((_can_start_work(before), column)), type_=column.type)

    number = before.c.session_sequence_number
    return (
        select(
            before.c.dbt_visitor_id,
            last(number).label("session_sequence_number"),
            last(before.c.ended_at).label("ended_at"),
            last_start(number).label("start_number"),
            last_start(before.c.session_start_at).label("start_at"),
            last_start(before.c.ended_at_before).label("ended_at_before"),
        )
        .group_by(before.c.dbt_visitor_id)
        .cte("last_sessions_before")
    )


def _sessions_before(first: FromClause, sessions: FromClause, rules: SessionRules) -> FromClause:
    """One row per session that started before its visitor's first changed moment, with the end of the session before it."""
    visit: Any = {"partition_by": sessions.c.dbt_visitor_id, "order_by": sessions.c.session_sequence_number}
    ended = sessions.c.ended_at
    return (
        select(
            sessions.c.dbt_visitor_id,
            sessions.c.session_sequence_number,
            sessions.c.session_start_at,
            ended,
            func.lag(ended, type_=ended.type).over(**visit).label("ended_at_before"),
            *([] if rules.only_idle else [sessions.c.start_reason]),
        )
        .select_from(sessions.join(first, is_same_id(sessions.c.dbt_visitor_id, first.c.visitor)))
        .where(sessions.c.session_start_at < first.c.moment)
        .cte("sessions_before")
    )


def _can_start_work(sessions: Any) -> Any:
    """Whether a session can be computed from its start on, given the event before.

    All events since its start are read again, so no event before it may have the same time. A session that was cut for its length
    is cut again from where the uncut one started.
    """
    is_apart = or_(sessions.c.ended_at_before.is_(None), sessions.c.ended_at_before < sessions.c.session_start_at)
    return and_(is_apart, sessions.c.start_reason != TOO_LONG)


def is_since(row: Any, visitors: Any, moment: Any) -> Any:
    """Whether a row belongs to an affected visitor and to the recomputed time."""
    return and_(is_same_id(row.c.dbt_visitor_id, visitors.c.dbt_visitor_id), moment >= visitors.c.since)


def is_affected_or_last_before(sessions: Any, visitors: Any) -> Any:
    """Whether a session is affected, or is the last one before, whose next session may have changed."""
    is_last = sessions.c.session_id == visitors.c.last_session_id
    of_visitor = is_same_id(sessions.c.dbt_visitor_id, visitors.c.dbt_visitor_id)
    return and_(of_visitor, or_(sessions.c.session_start_at >= visitors.c.since, is_last))
