"""Aliases, the ids of devices and users, and how the visitor of one changes."""

from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, and_, func, or_, select, union

from sessionmodels.model import AnySelect

LOGIN: Final = "event_id", "anonymous_id", "user_id", "timestamp"
"""The columns of an event that decide whose a device is."""


def aliases_in(events: FromClause) -> AnySelect | Any:
    """One row per id of a device or a user."""
    return union(
        select(events.c.anonymous_id.label("alias")).where(events.c.anonymous_id.is_not(None)),
        select(events.c.user_id.label("alias")).where(events.c.user_id.is_not(None)),
    )


def mapping_by(events: FromClause, alias: ColumnElement[str], visitor: ColumnElement[str]) -> AnySelect:
    """One row per alias with its visitor: what a table of answers says, else the alias itself. The columns are that table's."""
    aliases = aliases_in(events).cte("aliases")
    return select(aliases.c.alias, func.coalesce(visitor, aliases.c.alias).label("dbt_visitor_id")).select_from(
        aliases.outerjoin(alias.table, alias == aliases.c.alias)
    )


def is_login(events: FromClause) -> ColumnElement[bool]:
    """Whether a user was seen on a device."""
    return and_(events.c.anonymous_id.is_not(None), events.c.user_id.is_not(None))


def is_reassigned(aliases: Any) -> ColumnElement[bool]:
    """Whether an alias has another visitor than before, or no longer has one."""
    has_another = and_(aliases.c.visitor_before.is_not(None), aliases.c.visitor_before != aliases.c.visitor_now)
    has_none = and_(aliases.c.visitor_before.is_not(None), aliases.c.visitor_now.is_(None))
    return or_(has_another, has_none)


def is_added(aliases: Any) -> ColumnElement[bool]:
    """Whether an alias has a visitor that it did not have before."""
    is_new = aliases.c.visitor_before.is_(None)
    return and_(aliases.c.visitor_now.is_not(None), or_(is_new, aliases.c.visitor_before != aliases.c.visitor_now))
