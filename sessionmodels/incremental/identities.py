"""Each alias's visitor before and now, for the ids of changed events. Only an identity graph can change another mapping."""

from typing import Any

from sqlalchemy import FromClause, select, union_all

from sessionmodels.incremental.by_event import moved_aliases
from sessionmodels.incremental.changes import Current
from sessionmodels.model import AnySelect
from sessionmodels.rules.identity.aliases import LOGIN, aliases_in
from sessionmodels.rules.identity.rule import Identity


def events_of_aliases(changed: FromClause, current: Current) -> AnySelect:
    """One row per current event of an alias of a changed event; an event with two such aliases has two."""
    named = aliases_in(changed).cte("named_aliases")

    def of_alias(column: str) -> Any:
        return lambda one: one.c[column].in_(select(named.c.alias))

    found = (current.where(of_alias(column), LOGIN) for column in ("anonymous_id", "user_id"))
    both = union_all(*(part for parts in found for part in parts)).cte("their_events")
    return select(both)


def affected_aliases(changed: FromClause, theirs: FromClause, mapping: FromClause, identity: Identity) -> AnySelect | Any:
    """One row per alias of a changed event, or of which an identity graph now says something else: its visitors.

    They are `visitor_before` and `visitor_now`; null if it has none.

    `theirs` are all current events of these aliases, by which their mapping is computed again. `mapping` is that of the last
    build.
    """
    named = aliases_in(changed).cte("named_aliases")
    now = identity.mapping_of(theirs).subquery("mapping_now")
    before = mapping.alias("mapping_before")
    of_changes = select(
        named.c.alias,
        before.c.dbt_visitor_id.label("visitor_before"),
        now.c.dbt_visitor_id.label("visitor_now"),
    ).select_from(
        named.outerjoin(before, before.c.alias == named.c.alias).outerjoin(now, now.c.alias == named.c.alias),
    )
    if identity.graph is None:
        return of_changes
    moved = moved_aliases(identity.graph, mapping).where(mapping.c.alias.not_in(select(named.c.alias)))
    return union_all(of_changes, moved)
