"""The moments at which something changes for a visitor."""

from typing import Any

from sqlalchemy import FromClause, and_, case, func, select, union_all

from sessionmodels.rules.identity.aliases import is_reassigned
from sessionmodels.rules.identity.identity import Identity
from sessionmodels.sql.text import is_same_id


def moments_by_alias(changed: FromClause, aliases: FromClause, events: FromClause, identity: Identity) -> Any:
    """Return each changed moment with its visitor: of changed events, and of the first event of each reassigned alias.

    The stored events of an alias are those of its visitor before, by whom they are found.
    """
    own = aliases.c.alias == identity.alias_of(changed)
    visitor = case((changed.c.change > 0, aliases.c.visitor_now), else_=aliases.c.visitor_before)
    changes = select(visitor.label("visitor"), changed.c.timestamp.label("moment")).select_from(changed.join(aliases, own))
    reassigned = select(aliases).where(is_reassigned(aliases)).cte("reassigned_aliases")
    of_visitor = is_same_id(events.c.dbt_visitor_id, reassigned.c.visitor_before)
    is_theirs = and_(of_visitor, identity.alias_of(events) == reassigned.c.alias)
    firsts = (
        select(reassigned.c.visitor_before, reassigned.c.visitor_now, func.min(events.c.timestamp).label("moment"))
        .select_from(events.join(reassigned, is_theirs))
        .group_by(reassigned.c.alias, reassigned.c.visitor_before, reassigned.c.visitor_now)
        .cte("first_events")
    )
    return union_all(
        changes,
        select(firsts.c.visitor_before.label("visitor"), firsts.c.moment),
        select(firsts.c.visitor_now.label("visitor"), firsts.c.moment),
    )
