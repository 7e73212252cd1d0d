"""Each alias's visitor before and now, for the ids of changed events. Only an identity graph can change another mapping.

A device belongs to one of the users seen on it. So an alias keeps its visitor unless another user was seen on it, or a login on
it was removed, or it lost an event and got none. Only for such aliases are stored events read.
"""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, FromClause, and_, case, func, literal_column, null, or_, select, union_all

from sessionmodels.incremental.by_event import moved_aliases
from sessionmodels.incremental.changes import Current
from sessionmodels.model import AnySelect
from sessionmodels.rules.event import chosen
from sessionmodels.rules.identity.aliases import LOGIN, aliases_in, is_login
from sessionmodels.rules.identity.identity import Identity
from sessionmodels.sql.text import as_text

YES, NO = literal_column("1", BigInteger), literal_column("0", BigInteger)


def changed_aliases(changed: FromClause, mapping: FromClause) -> AnySelect:
    """One row per alias of a changed event.

    Columns:
        alias: an id of a device or a user.
        visitor_before: its visitor in the last build; null if it had none.
        logins_in_doubt: 1 if another login than before may decide its visitor, else 0.
        events_in_doubt: 1 if it may have no event any more, else 0.
    """
    found = _changes_by_alias(changed)
    before = mapping.alias("mapping_before")
    visitor = before.c.dbt_visitor_id
    is_other = or_(found.c.first_user != visitor, found.c.last_user != visitor)
    return select(
        found.c.alias,
        visitor.label("visitor_before"),
        _flag(and_(visitor.is_not(None), or_(found.c.removed_logins > 0, is_other))).label("logins_in_doubt"),
        _flag(found.c.added == 0).label("events_in_doubt"),
    ).select_from(found.outerjoin(before, before.c.alias == found.c.alias))


def _changes_by_alias(changed: FromClause) -> Any:
    """One row per alias: its numbers of added events and of removed logins, and the first and last user seen by added logins."""
    as_device = select(
        changed.c.anonymous_id.label("alias"), changed.c.change, _if(is_login(changed), changed.c.user_id).label("login")
    )
    as_user = select(changed.c.user_id.label("alias"), changed.c.change, as_text(null()).label("login"))
    named = union_all(as_device.where(changed.c.anonymous_id.is_not(None)), as_user.where(changed.c.user_id.is_not(None))).cte(
        "ids_of_changes"
    )
    is_added = named.c.change > 0
    user = _if(is_added, named.c.login)
    return (
        select(
            named.c.alias,
            func.count(_if(is_added, YES), type_=BigInteger).label("added"),
            func.count(_if(and_(~is_added, named.c.login.is_not(None)), YES), type_=BigInteger).label("removed_logins"),
            func.min(user, type_=user.type).label("first_user"),
            func.max(user, type_=user.type).label("last_user"),
        )
        .group_by(named.c.alias)
        .cte("changes_by_alias")
    )


def deciding_events(changed: FromClause, aliases: FromClause, current: Current) -> AnySelect:
    """Return the current events that decide the mapping of each alias in doubt, and the added ones. Rows may be repeated."""
    by_login, by_event = (
        select(aliases.c.alias).where(aliases.c[doubt] == YES) for doubt in ("logins_in_doubt", "events_in_doubt")
    )
    conditions = (
        lambda one: and_(is_login(one), one.c.anonymous_id.in_(by_login)),
        lambda one: one.c.anonymous_id.in_(by_event),
        lambda one: one.c.user_id.in_(by_event),
    )
    found = [part for condition in conditions for part in current.where(condition, LOGIN)]
    added = select(*(changed.c[name] for name in LOGIN)).where(changed.c.change > 0)
    return select(union_all(*found, added).cte("deciding_events"))


def resolved_aliases(aliases: FromClause, deciding: FromClause, mapping: FromClause, identity: Identity) -> AnySelect | Any:
    """One row per alias of a changed event, or to which an identity graph now gives another visitor: its visitors.

    They are `visitor_before`, that of the `mapping` of the last build, and `visitor_now`; null if it has none.
    """
    now = identity.mapping_of(deciding).subquery("mapping_now")
    if identity.graph is not None:
        found = _resolved(aliases, now, now.c.dbt_visitor_id)
        named = select(aliases.c.alias)
        return union_all(found, moved_aliases(identity.graph, mapping).where(mapping.c.alias.not_in(named)))
    is_decided = or_(aliases.c.visitor_before.is_(None), aliases.c.logins_in_doubt == YES, aliases.c.events_in_doubt == YES)
    visitor_now = case((is_decided, now.c.dbt_visitor_id), else_=aliases.c.visitor_before)
    return _resolved(aliases, now, visitor_now)


def _resolved(aliases: FromClause, now: FromClause, visitor_now: ColumnElement[Any]) -> AnySelect:
    joined = aliases.outerjoin(now, now.c.alias == aliases.c.alias)
    return select(aliases.c.alias, aliases.c.visitor_before, visitor_now.label("visitor_now")).select_from(joined)


def events_of_aliases(changed: FromClause, current: Current) -> AnySelect:
    """One row per current event of an alias of a changed event or id; an event with two such aliases has two.

    An event can stay the same although a row of its id was added or deleted. It is found, too, because all rows of that id are
    computed again.
    """
    again = select(*chosen(current.rows, LOGIN)).where(current.is_event)
    events = union_all(select(*chosen(changed, LOGIN)), again).cte("events_of_changed_ids")
    named = aliases_in(events).cte("named_aliases")

    def of_alias(column: str) -> Any:
        return lambda one: one.c[column].in_(select(named.c.alias))

    found = (current.where(of_alias(column), LOGIN) for column in ("anonymous_id", "user_id"))
    both = union_all(*(part for parts in found for part in parts)).cte("their_events")
    return select(both)


def _if(condition: ColumnElement[bool], value: ColumnElement[Any]) -> ColumnElement[Any]:
    return case((condition, value))


def _flag(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, YES), else_=NO)
