"""The privileges that a role lacks on PostgreSQL or Redshift, as the statements that grant them."""

from collections.abc import Iterator

from sqlalchemy import Connection, Table, func, select

from sessionmodels.warehouses.pg_catalog import CLASSES, NAMESPACES
from sessionmodels.warehouses.statement import Name, Schema, Statement


def grant_to_create(connection: Connection, schema: str, *, schema_exists: bool) -> Statement | None:
    """Return the grant that the connection's role lacks for creating in a schema, or the schema itself; None if it lacks none."""
    catalog = func.pg_catalog
    role, database = connection.execute(select(func.current_user(), catalog.current_database())).one()
    if not schema_exists:
        may = connection.scalar(select(catalog.has_database_privilege(database, "CREATE")))
        return None if may else Statement("GRANT CREATE ON DATABASE {name} TO {role}", name=Name(database), role=Name(role))
    privileges = (catalog.has_schema_privilege(schema, privilege) for privilege in ("USAGE", "CREATE"))
    may = all(connection.execute(select(*privileges)).one())
    return None if may else Statement("GRANT USAGE, CREATE ON SCHEMA {name} TO {role}", name=Schema(schema), role=Name(role))


def grants_to_read(connection: Connection, table: Table) -> Iterator[Statement]:
    """Yield the grants that the connection's role lacks for reading a table or view; none if it does not exist."""
    catalog = func.pg_catalog
    schema = select(NAMESPACES.c.oid).where(NAMESPACES.c.nspname == table.schema).scalar_subquery()
    found = select(CLASSES.c.oid).where(CLASSES.c.relname == table.name, CLASSES.c.relnamespace == schema).scalar_subquery()
    may = catalog.has_schema_privilege(schema, "USAGE"), catalog.has_table_privilege(found, "SELECT")
    role, may_use, may_read = connection.execute(select(func.current_user(), *may)).one()
    if may_use is False:
        yield Statement("GRANT USAGE ON SCHEMA {name} TO {role}", name=Schema(table.schema or ""), role=Name(role))
    if may_read is False:
        yield Statement("GRANT SELECT ON {table} TO {role}", table=table, role=Name(role))
