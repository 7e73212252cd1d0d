"""Whose id is whose now, and was before: for the ids that stand in changed events, since no other mapping can change."""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, or_, select, union, union_all

from sessionmodels.model import AnySelect
from sessionmodels.models import MODELS
from sessionmodels.source.clean import of_event


def affected_aliases(changed: FromClause, retained: FromClause, aliases_mapping: FromClause) -> AnySelect:
    """One row per alias of a changed event: whose it was (`visitor_before`), and whose it is now; null where nobody's.

    `kept` are the events as they are now, `aliases_mapping` the mapping as the last build left it. The model is handed all events
    of these aliases, of which alone its answer is taken.
    """
    named = union(
        select(changed.c.anonymous_id.label("alias")).where(changed.c.anonymous_id.is_not(None)),
        select(changed.c.user_id.label("alias")).where(changed.c.user_id.is_not(None)),
    ).cte("named_aliases")
    theirs = union_all(*(_events_of(named, retained, retained.c[column]) for column in ("anonymous_id", "user_id"))).cte(
        "their_events"
    )
    now = MODELS["aliases_mapping"](theirs).subquery("mapping_now")
    before = aliases_mapping.alias("mapping_before")
    return select(
        named.c.alias,
        before.c.dbt_visitor_id.label("visitor_before"),
        now.c.dbt_visitor_id.label("visitor_now"),
    ).select_from(
        named.outerjoin(before, before.c.alias == named.c.alias).outerjoin(now, now.c.alias == named.c.alias),
    )


def is_reassigned(aliases: Any) -> ColumnElement[bool]:
    """Whether an alias is mapped otherwise than before, or no longer."""
    changed_hands = and_(aliases.c.visitor_before.is_not(None), aliases.c.visitor_before != aliases.c.visitor_now)
    is_gone = and_(aliases.c.visitor_before.is_not(None), aliases.c.visitor_now.is_(None))
    return or_(changed_hands, is_gone)


def is_added(aliases: Any) -> ColumnElement[bool]:
    """Whether an alias has a mapping now that it had not before."""
    is_new = aliases.c.visitor_before.is_(None)
    return and_(aliases.c.visitor_now.is_not(None), or_(is_new, aliases.c.visitor_before != aliases.c.visitor_now))


def _events_of(named: FromClause, retained: FromClause, alias: ColumnElement[Any]) -> AnySelect:
    return select(*of_event(retained)).where(retained.c.standing == 1, alias.in_(select(named.c.alias)))
