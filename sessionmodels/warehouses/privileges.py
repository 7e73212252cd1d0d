"""What a role of PostgreSQL or Redshift needs to create something in a schema, as a statement for whoever may grant it."""

from sqlalchemy import Connection, func, select

from sessionmodels.warehouses.statement import Name, Schema, Statement


def grant_to_create(connection: Connection, schema: str, *, is_there: bool) -> Statement | None:
    """Return the grant that the connection's role lacks to create in a schema, or the schema itself; None where it lacks none."""
    catalog = func.pg_catalog
    role, database = connection.execute(select(func.current_user(), catalog.current_database())).one()
    if not is_there:
        may = connection.scalar(select(catalog.has_database_privilege(database, "CREATE")))
        return None if may else Statement("GRANT CREATE ON DATABASE {name} TO {role}", name=Name(database), role=Name(role))
    asked = (catalog.has_schema_privilege(schema, privilege) for privilege in ("USAGE", "CREATE"))
    may = all(connection.execute(select(*asked)).one())
    return None if may else Statement("GRANT USAGE, CREATE ON SCHEMA {name} TO {role}", name=Schema(schema), role=Name(role))
