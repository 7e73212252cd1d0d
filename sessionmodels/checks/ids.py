"""The mapping of ids beside the events and the sessions: every id and every visitor is in it, and nothing else is."""

from sqlalchemy import CTE, BigInteger, ColumnElement, FromClause, and_, cast, func, null, select, union

from sessionmodels.checks.check import check, scan
from sessionmodels.rules.identity.rule import Identity, IdentityName
from sessionmodels.settings import Settings


@scan
def ids_of_events(session_events: FromClause, aliases_mapping: FromClause, *, identity: IdentityName) -> CTE:
    """One row per id of a device or a user: as `seen`, if an event has it, and as `alias`, if the mapping has it.

    One more row for each visitor of the events that the id decides: as `dbt_visitor_id`, beside it the mapping's visitor. Events
    have few combinations of ids, so they are read once for all checks.
    """
    names = ("anonymous_id", "user_id", "dbt_visitor_id")
    ids = select(*(session_events.c[name] for name in names)).distinct().cte("ids")
    nobody = cast(null(), ids.c.dbt_visitor_id.type).label("dbt_visitor_id")
    each = [select(ids.c[name].label("seen"), nobody).where(ids.c[name].is_not(None)) for name in names[:2]]
    if Identity(identity).is_by_alias:
        each.append(select(Identity(identity).alias_of(ids).label("seen"), ids.c.dbt_visitor_id))
    seen, mapped = union(*each).cte("seen"), aliases_mapping
    return (
        select(seen, mapped.c.alias, mapped.c.dbt_visitor_id.label("mapped_visitor_id"))
        .select_from(seen.outerjoin(mapped, seen.c.seen == mapped.c.alias, full=True))
        .cte("ids_of_events")
    )


@check("aliases_mapping", ids_of_events, "Every id of a device or a user has a row.", shows=("seen",))
def every_id(rows: FromClause) -> ColumnElement[bool]:
    """Return whether it has none."""
    return and_(rows.c.seen.is_not(None), rows.c.dbt_visitor_id.is_(None), rows.c.alias.is_(None))


@check(
    "aliases_mapping",
    ids_of_events,
    "Every alias is the id of a device or a user in some event.",
    shows=("alias", "mapped_visitor_id"),
)
def seen(rows: FromClause) -> ColumnElement[bool]:
    """Return whether no event has it."""
    return rows.c.seen.is_(None)


def _not_by_id(settings: Settings) -> str:
    others = f"identity is {settings.identity!r}, which looks at more than one id"
    return "" if Identity(settings.identity).is_by_alias else others


@check(
    "session_events",
    ids_of_events,
    "An event's visitor is the one that its id has in `aliases_mapping`.",
    shows=("alias", "dbt_visitor_id", "mapped_visitor_id"),
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
    "Every visitor is an alias, or the visitor of one.",
    shows=("dbt_visitor_id", "number_of_sessions"),
)
def every_visitor(rows: FromClause) -> ColumnElement[bool]:
    """Return whether it is missing."""
    return rows.c.mapped_visitor_id.is_(None)
