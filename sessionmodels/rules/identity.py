"""An event's visitor: the visitor of its user id, else of its device. A device belongs to the latest user seen on it."""

from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, FromClause, and_, func, or_, select, union

from sessionmodels.model import AnySelect
from sessionmodels.sql.text import by_code_point

LOGIN: Final = "event_id", "anonymous_id", "user_id", "timestamp"
"""The columns of an event that decide whose a device is."""


def alias_of(events: FromClause) -> ColumnElement[str]:
    """Return the id by which an event's visitor is looked up: the user id, else the device's id."""
    return func.coalesce(events.c.user_id, events.c.anonymous_id)


def visitor_of(events: FromClause, mapping: FromClause) -> ColumnElement[str]:
    """Return an event's visitor after an outer join with the mapping. An id that the mapping lacks is its own visitor."""
    return func.coalesce(mapping.c.dbt_visitor_id, events.c.user_id, events.c.anonymous_id)


def aliases_in(events: FromClause) -> AnySelect | Any:
    """One row per id of a device or a user."""
    return union(
        select(events.c.anonymous_id.label("alias")).where(events.c.anonymous_id.is_not(None)),
        select(events.c.user_id.label("alias")).where(events.c.user_id.is_not(None)),
    )


def is_login(events: FromClause) -> ColumnElement[bool]:
    """Whether an event shows a user on a device."""
    return and_(events.c.anonymous_id.is_not(None), events.c.user_id.is_not(None))


def latest_logins(events: FromClause) -> FromClause:
    """One row per device on which a user was seen, with the latest user: by time, then by event id, then by user id."""
    logins = (
        select(
            events.c.anonymous_id,
            events.c.user_id,
            func.row_number(type_=BigInteger)
            .over(
                partition_by=events.c.anonymous_id,
                order_by=(
                    events.c.timestamp.desc(),
                    by_code_point(events.c.event_id).desc(),
                    by_code_point(events.c.user_id).desc(),
                ),
            )
            .label("recency"),
        )
        .where(is_login(events))
        .cte("logins")
    )
    return select(logins.c.anonymous_id, logins.c.user_id).where(logins.c.recency == 1).cte("latest_logins")


def mapping_of(events: FromClause) -> AnySelect:
    """One row per alias with its visitor: the latest user seen on it as a device, else the alias itself."""
    latest = latest_logins(events)
    aliases = aliases_in(events).cte("aliases")
    return select(
        aliases.c.alias,
        func.coalesce(latest.c.user_id, aliases.c.alias).label("dbt_visitor_id"),
    ).select_from(aliases.outerjoin(latest, latest.c.anonymous_id == aliases.c.alias))


def is_reassigned(aliases: Any) -> ColumnElement[bool]:
    """Whether an alias has another visitor than before, or no longer has one."""
    has_another = and_(aliases.c.visitor_before.is_not(None), aliases.c.visitor_before != aliases.c.visitor_now)
    has_none = and_(aliases.c.visitor_before.is_not(None), aliases.c.visitor_now.is_(None))
    return or_(has_another, has_none)


def is_added(aliases: Any) -> ColumnElement[bool]:
    """Whether an alias has a visitor that it did not have before."""
    is_new = aliases.c.visitor_before.is_(None)
    return and_(aliases.c.visitor_now.is_not(None), or_(is_new, aliases.c.visitor_before != aliases.c.visitor_now))
