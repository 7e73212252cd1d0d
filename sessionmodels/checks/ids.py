"""The mapping of ids beside the events and the sessions: every id and every visitor is in it, and nothing else is."""

from sqlalchemy import CTE, BigInteger, ColumnElement, FromClause, and_, func, select, union

from sessionmodels.checks.check import check, scan
from sessionmodels.rules.identity.aliases import aliases_in
from sessionmodels.rules.identity.identity import Identity, IdentityName
from sessionmodels.settings import Settings


@scan
def ids_of_events(session_events: FromClause, aliases_mapping: FromClause) -> CTE:
    """One row per id of a device or a user: as `seen`, if an event has it, and as `alias`, if the mapping has it."""
    seen, mapped = aliases_in(session_events).cte("seen"), aliases_mapping
    return (
        select(seen.c.alias.label("seen"), mapped.c.alias, mapped.c.dbt_visitor_id)
        .select_from(seen.outerjoin(mapped, seen.c.alias == mapped.c.alias, full=True))
        .cte("ids_of_events")
    )


@check("aliases_mapping", ids_of_events, "Every id of a device or a user has a row.", shows=("seen",))
def every_id(rows: FromClause) -> ColumnElement[bool]:
    """Return whether it has none."""
    return and_(rows.c.seen.is_not(None), rows.c.alias.is_(None))


@check(
    "aliases_mapping",
    ids_of_events,
    "Every alias is the id of a device or a user in some event.",
    shows=("alias", "dbt_visitor_id"),
)
def seen(rows: FromClause) -> ColumnElement[bool]:
    """Return whether no event has it."""
    return rows.c.seen.is_(None)


@scan
def events_by_id(session_events: FromClause, aliases_mapping: FromClause, *, identity: IdentityName) -> CTE:
    """One row per event whose id the mapping has: the event's visitor, and that of its id."""
    alias = Identity(identity).alias_of(session_events)
    return (
        select(
            session_events.c.event_id,
            alias.label("alias"),
            session_events.c.dbt_visitor_id,
            aliases_mapping.c.dbt_visitor_id.label("mapped_visitor_id"),
        )
        .select_from(session_events.join(aliases_mapping, aliases_mapping.c.alias == alias))
        .cte("events_by_id")
    )


def _not_by_id(settings: Settings) -> str:
    why = f"identity is {settings.identity!r}, so a visitor does not depend on one id alone"
    return "" if Identity(settings.identity).is_by_alias else why


@check(
    "session_events",
    events_by_id,
    "An event's visitor is the one to whom `aliases_mapping` maps the event's user id or device id.",
    shows=("event_id", "alias", "dbt_visitor_id", "mapped_visitor_id"),
    about=("identity",),
    why_not=_not_by_id,
)
def visitor(rows: FromClause) -> ColumnElement[bool]:
    """Return whether it is another one."""
    return rows.c.dbt_visitor_id != rows.c.mapped_visitor_id


@scan
def visitors(sessions: FromClause, aliases_mapping: FromClause) -> CTE:
    """One row per visitor: as `mapped_visitor_id`, if the mapping has it."""
    columns = aliases_mapping.c.alias, aliases_mapping.c.dbt_visitor_id
    mapped = union(*(select(column.label("mapped_visitor_id")) for column in columns)).cte("mapped")
    ours = (
        select(sessions.c.dbt_visitor_id, func.count(type_=BigInteger).label("number_of_sessions"))
        .group_by(sessions.c.dbt_visitor_id)
        .cte("ours")
    )
    return (
        select(ours, mapped.c.mapped_visitor_id)
        .select_from(ours.outerjoin(mapped, ours.c.dbt_visitor_id == mapped.c.mapped_visitor_id))
        .cte("visitors")
    )


@check(
    "aliases_mapping",
    visitors,
    "Every visitor is in `aliases_mapping`, as an alias or as the visitor of one.",
    shows=("dbt_visitor_id", "number_of_sessions"),
)
def every_visitor(rows: FromClause) -> ColumnElement[bool]:
    """Return whether it is missing."""
    return rows.c.mapped_visitor_id.is_(None)
