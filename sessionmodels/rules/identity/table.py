"""`table`: somebody else's identity graph says who a visitor is."""

from typing import Any

from sqlalchemy import FromClause, func, select

from sessionmodels.model import AnySelect
from sessionmodels.rules.event import of_event
from sessionmodels.rules.identity.aliases import mapping_by


def mapping_in(events: FromClause, graph: FromClause) -> AnySelect:
    """One row per alias with its visitor: the graph's answer, else the alias itself."""
    return mapping_by(events, graph.c.alias, graph.c.visitor)


def visits_in(events: FromClause, graph: FromClause) -> AnySelect:
    """One row per event with its visitor: what the graph says of its user id, else of its device; else the one or the other."""
    of_user, of_device = select(graph).subquery("graph_of_user"), select(graph).subquery("graph_of_device")
    visitor: Any = func.coalesce(of_user.c.visitor, of_device.c.visitor, events.c.user_id, events.c.anonymous_id)
    return select(*of_event(events), visitor.label("dbt_visitor_id")).select_from(
        events.outerjoin(of_user, of_user.c.alias == events.c.user_id).outerjoin(
            of_device, of_device.c.alias == events.c.anonymous_id
        )
    )
