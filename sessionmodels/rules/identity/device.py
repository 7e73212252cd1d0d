"""`device`: each device is a visitor. Nobody is stitched."""

from sqlalchemy import FromClause, func, select

from sessionmodels.model import AnySelect
from sessionmodels.rules.event import of_event
from sessionmodels.rules.identity.aliases import aliases_in


def device_mapping(events: FromClause) -> AnySelect:
    """One row per alias, which is its own visitor."""
    aliases = aliases_in(events).cte("aliases")
    return select(aliases.c.alias, aliases.c.alias.label("dbt_visitor_id"))


def visits_by_device(events: FromClause) -> AnySelect:
    """One row per event with its visitor: its device, else its user."""
    visitor = func.coalesce(events.c.anonymous_id, events.c.user_id)
    return select(*of_event(events), visitor.label("dbt_visitor_id"))
