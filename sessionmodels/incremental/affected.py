"""Who is touched, and since when: the session that the first touched moment can still reach, and what lies before it."""

from typing import Any

from sqlalchemy import BigInteger, FromClause, and_, case, cast, func, or_, select, union_all

from sessionmodels.model import AnySelect
from sessionmodels.rules.identity import alias_of, is_reassigned
from sessionmodels.rules.session_rule import may_still_join
from sessionmodels.sql.instant import Instant
from sessionmodels.sql.text import is_same_id


def affected_visitors(  # noqa: PLR0913 - all that tells of a visitor
    changed: FromClause,
    aliases: FromClause,
    retained: FromClause,
    sessions: FromClause,
    session_ends: FromClause,
    *,
    longest_idle_microseconds: int,
) -> AnySelect:
    """One row per visitor whose sessions change: since when, and what is carried in from before.

    Columns:
        dbt_visitor_id: the visitor.
        since: where the work starts: the beginning of the session that the first touched moment can reach, or that moment.
        sessions_before: how many sessions lie before.
        last_session_id, last_session_start_at: the last of them.
        last_event_at: its last event's time, and the visitor's last before `since`.

    The sessions are those of the last build. What lies before the first touched moment is the same in both.
    """
    moments = _moments(changed, aliases, retained).cte("moments")
    first = (
        select(moments.c.visitor, func.min(moments.c.moment).label("moment"))
        .where(moments.c.visitor.is_not(None))
        .group_by(moments.c.visitor)
        .cte("first_moments")
    )
    near = _last_session_until(first, sessions, session_ends)
    reached = may_still_join(near, first.c.moment, longest_idle_microseconds)
    number = near.c.session_sequence_number
    return select(
        first.c.visitor.label("dbt_visitor_id"),
        case((reached, near.c.session_start_at), else_=first.c.moment).label("since"),
        cast(func.coalesce(case((reached, number - 1), else_=number), 0), BigInteger).label("sessions_before"),
        case((reached, near.c.session_id_before), else_=near.c.session_id).label("last_session_id"),
        case((reached, near.c.session_start_at_before), else_=near.c.session_start_at).label("last_session_start_at"),
        case((reached, near.c.ended_at_before), else_=near.c.ended_at).label("last_event_at"),
    ).select_from(first.outerjoin(near, near.c.dbt_visitor_id == first.c.visitor))


def _moments(changed: FromClause, aliases: FromClause, retained: FromClause) -> Any:
    """Return each touched moment with its visitor: of changed events, and of the first event of each alias that moves."""
    own = aliases.c.alias == alias_of(changed)
    visitor = case((changed.c.change > 0, aliases.c.visitor_now), else_=aliases.c.visitor_before)
    changes = select(visitor.label("visitor"), changed.c.timestamp.label("moment")).select_from(changed.join(aliases, own))
    moving = select(aliases).where(is_reassigned(aliases)).cte("moving_aliases")
    firsts = (
        select(moving.c.visitor_before, moving.c.visitor_now, func.min(retained.c.timestamp).label("moment"))
        .select_from(retained.join(moving, moving.c.alias == alias_of(retained)))
        .where(retained.c.standing == 1)
        .group_by(moving.c.alias, moving.c.visitor_before, moving.c.visitor_now)
        .cte("first_events")
    )
    return union_all(
        changes,
        select(firsts.c.visitor_before.label("visitor"), firsts.c.moment),
        select(firsts.c.visitor_now.label("visitor"), firsts.c.moment),
    )


def _last_session_until(first: FromClause, sessions: FromClause, session_ends: FromClause) -> Any:
    """Return each visitor's last session that began by their first touched moment, and beside it the one before."""
    visit: Any = {"partition_by": sessions.c.dbt_visitor_id, "order_by": sessions.c.session_sequence_number}
    backwards = {**visit, "order_by": sessions.c.session_sequence_number.desc()}
    ended_at = session_ends.c.ended_at
    until = (
        select(
            sessions.c.dbt_visitor_id,
            sessions.c.session_id,
            sessions.c.session_start_at,
            sessions.c.session_sequence_number,
            ended_at,
            func.lag(sessions.c.session_id, type_=sessions.c.session_id.type).over(**visit).label("session_id_before"),
            func.lag(sessions.c.session_start_at, type_=Instant()).over(**visit).label("session_start_at_before"),
            func.lag(ended_at, type_=Instant()).over(**visit).label("ended_at_before"),
            func.row_number(type_=BigInteger).over(**backwards).label("recency"),
        )
        .select_from(
            sessions.join(first, is_same_id(sessions.c.dbt_visitor_id, first.c.visitor)).join(
                session_ends, session_ends.c.session_id == sessions.c.session_id
            )
        )
        .where(sessions.c.session_start_at <= first.c.moment)
        .cte("sessions_until")
    )
    return select(until).where(until.c.recency == 1).cte("last_sessions_until")


def is_since(row: Any, visitors: Any, moment: Any) -> Any:
    """Whether a row is of a touched visitor, and of the time that is worked on."""
    return and_(is_same_id(row.c.dbt_visitor_id, visitors.c.dbt_visitor_id), moment >= visitors.c.since)


def ends_before_or_at(sessions: Any, visitors: Any) -> Any:
    """Whether a session is touched, or the last one before, whose follower may be another one now."""
    is_last = sessions.c.session_id == visitors.c.last_session_id
    of_visitor = is_same_id(sessions.c.dbt_visitor_id, visitors.c.dbt_visitor_id)
    return and_(of_visitor, or_(sessions.c.session_start_at >= visitors.c.since, is_last))
