"""Snowflake: each statement commits at once, so everything is built in shadow tables and cloned into place without copying."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from sqlalchemy import TIMESTAMP, URL, Connection, CreateTableAs, Dialect, Executable, Table, column, func, select, table
from sqlalchemy.exc import DBAPIError

from sessionmodels.errors import SettingsError
from sessionmodels.relations.graph import Relation
from sessionmodels.settings import Settings
from sessionmodels.warehouses.catalogue import Catalogue, Existing, Named, RelationLike, comment_of
from sessionmodels.warehouses.locks.lease import lease
from sessionmodels.warehouses.parts import BuildContext, Driver, Schemas, Tables, Transactions, each_column, rudderstack
from sessionmodels.warehouses.statement import Name, Schema, Statement
from sessionmodels.warehouses.strategies.shadow import ShadowTables
from sessionmodels.warehouses.tags import package_version
from sessionmodels.warehouses.warehouse import Warehouse

TRANSIENT = {250001, 250003, 250005, 390112, 390114, 390189, 625, 639}
"""Error numbers: no connection, no answer, an expired session or token, a lock timeout."""


def create_view(view: RelationLike, replace: bool) -> Executable:
    """Return the statement for the view, with descriptions. A replaced view keeps its grants."""
    columns = each_column(view, "{column} COMMENT {text}")
    verb = "CREATE OR REPLACE VIEW {table} ({columns}) COPY GRANTS" if replace else "CREATE VIEW {table} ({columns})"
    parts = {"table": view.table, "columns": columns, "row": comment_of(view.row), "query": view.select}
    return Statement(verb + " COMMENT = {row} AS {query}", **parts)


def create_table(job: BuildContext, relation: Relation) -> Executable:
    """Return the statement for a transient table (results need no fail-safe), clustered above a certain size.

    Its comment marks it as ours from the start, and is cloned with it.
    """
    parts = {"table": relation.table, "row": comment_of(relation.row), "query": relation.select}
    if not job.settings.layout or relation.time_column is None or job.events <= job.settings.snowflake_cluster_above:
        return Statement("CREATE TRANSIENT TABLE {table} COMMENT = {row} AS {query}", **parts)
    # A clone's clustering is suspended, and CREATE TABLE AS does not sort by its clustering key, so the rows are sorted here.
    keys = Statement("TO_DATE({time}), {entity}", time=relation.time_column, entity=relation.entity_column)
    columns = each_column(relation, "{column} {kind}")
    clustered = (
        "CREATE TRANSIENT TABLE {table} ({columns}) CLUSTER BY ({keys}) COMMENT = {row}"
        " AS SELECT * FROM ({query}) ORDER BY {keys}"
    )
    return Statement(clustered, columns=columns, keys=keys, **parts)


def stage(working: CreateTableAs) -> Executable:
    """Return the statement for a transient table, which other statements find by its full name."""
    return Statement("CREATE TRANSIENT TABLE {table} AS {query}", table=working.table, query=working.selectable)


def put_in_place(real: Table, shadow: Table, _comment: str) -> Executable:
    """Return the atomic statement that gives the real table the new rows and the comment, and keeps its grants."""
    return Statement("CREATE OR REPLACE TRANSIENT TABLE {real} CLONE {shadow} COPY GRANTS", real=real, shadow=shadow)


def clone(real: Table, shadow: Table) -> tuple[Executable, ...]:
    """Return the statement that clones a table. The clone copies rows only when they change."""
    return (Statement("CREATE TRANSIENT TABLE {shadow} CLONE {real}", real=real, shadow=shadow),)


def comment(_dialect: Dialect, relation: RelationLike) -> Iterator[Executable]:
    """Yield only two statements per table, because each is a round trip. A view gets its comments on creation."""
    if relation.kind == "table":
        yield Statement("COMMENT ON TABLE {table} IS {text}", table=relation.table, text=comment_of(relation.row))
        columns = each_column(relation, "COLUMN {column} COMMENT {text}")
        yield Statement("ALTER TABLE {table} MODIFY {columns}", table=relation.table, columns=columns)


def grant(relation: Named, grantee: str) -> Executable:
    """Return the grant to a role."""
    if ":" in grantee:
        msg = f"grant_to: found {grantee!r}; on Snowflake write the name of a role, such as 'ANALYST'"
        raise SettingsError(msg)
    kind = relation.kind.upper()
    return Statement(f"GRANT SELECT ON {kind} {{table}} TO ROLE {{role}}", table=relation.table, role=Name(grantee))


def grant_usage(schema: str, grantee: str) -> Executable:
    """Return the grant of usage of a schema."""
    return Statement("GRANT USAGE ON SCHEMA {schema} TO ROLE {role}", schema=Schema(schema), role=Name(grantee))


def schema_in(url: URL) -> str | None:
    """Return the second part of `DATABASE/SCHEMA`."""
    return (url.database or "").partition("/")[2] or None


def database_in(url: URL) -> str | None:
    """Return the first part of `DATABASE/SCHEMA`."""
    return (url.database or "").partition("/")[0] or None


def tag(connection: Connection, _settings: Settings, relation_name: str) -> None:
    """Set the session's query tag, a JSON text that the query history shows."""
    text = json.dumps({"app": "sessionmodels", "version": package_version(), "relation": relation_name})
    connection.execute(Statement("ALTER SESSION SET QUERY_TAG = {tag}", tag=text))


@contextmanager
def session(connection: Connection) -> Iterator[None]:
    """Remove our tag before the session returns to its pool."""
    try:
        yield
    finally:
        try:
            with connection.begin():
                connection.execute(Statement("ALTER SESSION UNSET QUERY_TAG"))
        except DBAPIError:
            connection.invalidate()


def is_transient(error: BaseException) -> bool:
    """Whether the service did not answer, a login expired, or a statement timed out waiting for a lock."""
    return getattr(error, "errno", None) in TRANSIENT


class SnowflakeCatalogue(Catalogue):
    """Schemas, also of other databases, as `database.schema`."""

    compares_columns = False

    def __init__(self, connection: Connection) -> None:
        """Store the connection to read through."""
        super().__init__(connection)
        self._comments: dict[str, dict[str, str]] = {}

    def make_schema(self, schema: str, source_schema: str | None) -> tuple[Executable, ...]:
        """Return the statements that create the schema and return to the session's schema, which creation would change."""
        creation = super().make_schema(schema, source_schema)
        where = self.connection.execute(select(func.current_database(), func.current_schema())).one()
        if None in where:
            return creation
        database, current = (Name(name) for name in where)
        return (*creation, Statement("USE SCHEMA {database}.{current}", database=database, current=current))

    def existing(self, table: Table) -> Existing | None:
        """Return the table or view with the table's name, without columns: it is replaced as a whole."""
        kind = self.kind(table.name, table.schema)
        return Existing(kind, {}, comment=self.comment(table.name, table.schema)) if kind else None

    def comment(self, name: str, schema: str | None) -> str:
        """Return the comment of a table or a view: the dialect's own query covers only tables.

        All comments of a schema are read at once, because each query of this view takes long.
        """
        where = schema or self.default_schema or ""
        if where not in self._comments:
            *database, bare = self._parts(where)
            tables = self._information("tables", database, "table_schema", "table_name", "comment")
            found = select(tables.c.table_name, tables.c.comment).where(tables.c.table_schema == self._stored(bare))
            self._comments[where] = {row[0]: row[1] or "" for row in self.connection.execute(found)}
        return self._comments[where].get(self._stored(name) or "", "")

    def whole_name(self, schema: str) -> str:
        """Return the schema's name with its database."""
        return schema if len(self._parts(schema)) > 1 else f"{self._database}.{schema}"

    @cached_property
    def _database(self) -> str | None:
        return self.connection.scalar(select(func.current_database()))

    def has_schema(self, schema: str) -> bool:
        """Whether the schema exists."""
        *database, name = self._parts(schema)
        schemata = self._information("schemata", database, "schema_name")
        found = select(func.count()).select_from(schemata).where(schemata.c.schema_name == self._stored(name))
        return bool(self.connection.scalar(found))

    def rows(self, raw: Table) -> int:
        """Return a table's number of rows from the catalogue; 0 for a view."""
        *database, schema = self._parts(raw.schema or self.default_schema or "")
        tables = self._information("tables", database, "table_schema", "table_name", "row_count")
        is_it = tables.c.table_schema == self._stored(schema), tables.c.table_name == self._stored(raw.name)
        return self.connection.scalar(select(tables.c.row_count).where(*is_it)) or 0

    def _information(self, name: str, database: list[str], *columns: str) -> Any:
        schema = ".".join([*database, "information_schema"])
        return table(name, *map(column, columns), schema=schema).alias("known")

    def _parts(self, schema: str) -> list[str]:
        words: Any = self.connection.dialect.identifier_preparer
        return words._split_schema_by_dot(schema)  # noqa: SLF001 - splits it as the dialect does

    def _stored(self, name: str) -> str | None:
        words: Any = self.connection.dialect
        return str(name) if getattr(name, "quote", None) else words.denormalize_name(name)


SNOWFLAKE = Warehouse(
    dialect="snowflake",
    title="Snowflake",
    # The loader creates `TIMESTAMP_TZ`.
    loaded=rudderstack(TIMESTAMP(timezone=True)),
    driver=Driver(extra="snowflake", is_transient=is_transient),
    transactions=Transactions(isolation_level="AUTOCOMMIT", rolls_back=False, lock=lease, session=session, tag=tag),
    # Shadow tables must be in the same schema, whatever the session's schema is.
    schemas=Schemas(always_named=True, default="public", in_url=schema_in, database_in_url=database_in, may_name_database=True),
    tables=Tables(
        create=create_table,
        create_view=create_view,
        stage=stage,
        comment=comment,
        grant=grant,
        grant_usage=grant_usage,
        no_materialized_views="has none that can contain window functions or joins",
    ),
    strategy=ShadowTables(put_in_place, clone),
    catalogue=SnowflakeCatalogue,
)
