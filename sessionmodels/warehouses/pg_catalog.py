"""Queries of PostgreSQL's system catalogue, which Redshift also has: on views, schemas and names."""

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import Connection, Table, column, func, select, table

CLASSES: Final = table("pg_class", *map(column, ("oid", "relname", "relnamespace", "relkind", "relowner")), schema="pg_catalog")
NAMESPACES: Final = table("pg_namespace", *map(column, ("oid", "nspname", "nspowner", "nspacl")), schema="pg_catalog")

_NAMED: Final = CLASSES.join(NAMESPACES, NAMESPACES.c.oid == CLASSES.c.relnamespace)
_VISIBLE: Final = func.pg_catalog.pg_table_is_visible(CLASSES.c.oid)


def defined(connection: Connection, names: Sequence[str], schema: str | None) -> Mapping[str, str]:
    """Return the selects of the views of these names that exist in a schema."""
    views = CLASSES.c.relname.in_(names), NAMESPACES.c.nspname == schema, CLASSES.c.relkind.in_(["v", "m"])
    found = select(CLASSES.c.relname, func.pg_catalog.pg_get_viewdef(CLASSES.c.oid)).select_from(_NAMED).where(*views)
    return {row[0]: row[1] for row in connection.execute(found)}


def resolved(connection: Connection, raw: Table) -> str | None:
    """Return the schema and name that a table's name resolves to: in its schema, or by the search path."""
    where = NAMESPACES.c.nspname == raw.schema if raw.schema else _VISIBLE
    found = select(NAMESPACES.c.nspname, CLASSES.c.relname).select_from(_NAMED).where(CLASSES.c.relname == raw.name, where)
    row = connection.execute(found).first()
    return f"{row.nspname}.{row.relname}" if row else None


def owns(connection: Connection, schema: str) -> bool:
    """Whether a schema belongs to the connection's role itself."""
    owner = func.pg_catalog.pg_get_userbyid(NAMESPACES.c.nspowner)
    return bool(connection.scalar(select(owner == func.current_user()).where(NAMESPACES.c.nspname == schema)))
