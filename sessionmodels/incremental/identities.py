"""Each alias's visitor before and now, for the ids of changed events: no other mapping can change."""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, select, union_all

from sessionmodels.model import AnySelect
from sessionmodels.rules.event import of_event
from sessionmodels.rules.identity import aliases_in, mapping_of


def affected_aliases(changed: FromClause, retained: FromClause, mapping: FromClause) -> AnySelect:
    """One row per alias of a changed event, with `visitor_before` and `visitor_now`; null if it has none.

    `retained` are the current events, `mapping` is that of the last build. The mapping of these aliases is computed again from
    all events of theirs.
    """
    named = aliases_in(changed).cte("named_aliases")
    theirs = union_all(*(_events_of(named, retained, retained.c[column]) for column in ("anonymous_id", "user_id"))).cte(
        "their_events"
    )
    now = mapping_of(theirs).subquery("mapping_now")
    before = mapping.alias("mapping_before")
    return select(
        named.c.alias,
        before.c.dbt_visitor_id.label("visitor_before"),
        now.c.dbt_visitor_id.label("visitor_now"),
    ).select_from(
        named.outerjoin(before, before.c.alias == named.c.alias).outerjoin(now, now.c.alias == named.c.alias),
    )


def _events_of(named: FromClause, retained: FromClause, alias: ColumnElement[Any]) -> AnySelect:
    return select(*of_event(retained)).where(retained.c.standing == 1, alias.in_(select(named.c.alias)))
