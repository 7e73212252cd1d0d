"""DuckDB, the embedded default."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from sqlalchemy import TIMESTAMP, URL, Connection, CreateTableAs, Dialect, Executable, Table, text

from sessionmodels.errors import SettingsError
from sessionmodels.model import Kind
from sessionmodels.relations.graph import Relation
from sessionmodels.warehouses.catalogue import Catalogue, Named, RelationLike
from sessionmodels.warehouses.in_parts import in_parts
from sessionmodels.warehouses.lineage import Where, read_on_duckdb, unseen_on_duckdb
from sessionmodels.warehouses.locks.process import process_lock
from sessionmodels.warehouses.parts import BuildContext, Driver, Schemas, Tables, Transactions, comment_on, rudderstack
from sessionmodels.warehouses.statement import Statement
from sessionmodels.warehouses.strategies.drop_and_create import DropAndCreate
from sessionmodels.warehouses.warehouse import Warehouse

MAIN: Final = "main"
"""The default schema. DuckDB reads this name as a schema even if a database has the same name."""

PLACE: Final = text(
    "SELECT schema_name FROM (SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = current_database()"
    " UNION ALL SELECT schema_name, view_name FROM duckdb_views() WHERE database_name = current_database())"
    " WHERE lower(table_name) = lower(:name) AND schema_name IN (SELECT unnest(current_schemas(false)))"
    " ORDER BY list_position(current_schemas(false), schema_name) LIMIT 1"
)
COLUMNS: Final = text(
    "SELECT lower(table_name), column_name, data_type FROM duckdb_columns()"
    " WHERE database_name = current_database() AND lower(schema_name) = lower(:schema) ORDER BY column_index"
)

LISTED: Final = text(
    "SELECT table_name, 'table', comment, NULL, coalesce(estimated_size, 0) FROM duckdb_tables()"
    " WHERE lower(database_name) = :database AND lower(schema_name) = :schema"
    " UNION ALL SELECT view_name, 'view', comment, sql, 0 FROM duckdb_views()"
    " WHERE lower(database_name) = :database AND lower(schema_name) = :schema AND NOT internal"
)
SCHEMAS: Final = text("SELECT lower(database_name), lower(schema_name), lower(current_database()) FROM duckdb_schemas()")


def create_table(job: BuildContext, relation: Relation) -> Executable:
    """Return the statement without a layout: DuckDB's columnar storage has min-max ranges and needs none.

    The events that the same build has stored are not committed yet, so one thread would read them all. They are read in parts.
    """
    events, table = job.graph.stored("events", job.chosen), relation.table
    if not events or events.table not in relation.reads:
        return relation.ddl
    return CreateTableAs(in_parts(relation.select, events.table, job.events), table.name, schema=table.schema)


def grant(_relation: Named, grantee: str) -> Executable:
    """Refuse: a file has no roles."""
    msg = f"grant_to names {grantee!r}, but DuckDB has no roles; remove grant_to"
    raise SettingsError(msg)


def comment(dialect: Dialect, relation: RelationLike) -> Iterator[Executable]:
    """Yield all comments as one text. One by one, they took a third of a small build's time."""
    comments = {f"comment_{number}": one for number, one in enumerate(comment_on(dialect, relation))}
    yield Statement(";\n".join(f"{{{name}}}" for name in comments), **comments)


def database_in(url: URL) -> str | None:
    """Return the name of the database: of a file, its name up to the first dot; of MotherDuck, what the URL names."""
    name = (url.database or ":memory:").partition("?")[0]
    if name.startswith(("md:", "motherduck:")):
        return name.partition(":")[2] or None
    return "memory" if name.startswith(":") else next(filter(None, Path(name).name.split(".")), None)


def is_transient(error: BaseException) -> bool:
    """Whether another connection of this process wrote the same rows or names at the same time."""
    return "conflict" in str(error).lower() and not is_locked(error)


def is_locked(error: BaseException) -> bool:
    """Whether another process has locked the file, as DuckDB does while it is open for writing."""
    return "Could not set lock on file" in str(error)


def in_transaction(connection: Any) -> bool:
    """Whether two statements run in the same transaction. Beginning one would also show it, but would abort an open one."""
    import duckdb  # noqa: PLC0415 - heavy

    cursor, ids = connection.cursor(), []
    for _ in range(2):
        try:
            cursor.execute("SELECT txid_current()")
        except duckdb.TransactionException:
            return True  # an aborted one
        ids.append(cursor.fetchone())
    return ids[0] == ids[1]


def interrupt(connection: Any) -> None:
    """Interrupt the running statement: while other threads work on it, DuckDB does not check for signals."""
    connection.interrupt()


def share_done(connection: Any) -> float | None:
    """Return how much of the running statement is done. DuckDB knows it for long statements, from the rows that it has read."""
    percent = connection.query_progress()
    return percent / 100 if percent >= 0 else None


def is_empty(connection: Connection) -> bool:
    """Whether the database has neither a table nor a view."""
    tables = connection.exec_driver_sql("SELECT count(*) FROM duckdb_tables() WHERE NOT internal").scalar_one()
    views = connection.exec_driver_sql("SELECT count(*) FROM duckdb_views() WHERE NOT internal").scalar_one()
    return tables + views == 0


@dataclass(frozen=True)
class Listed:
    """A table or a view, as the catalogue lists it."""

    name: str
    kind: Kind
    comment: str
    sql: str
    rows: int
    """About how many rows a table has."""


class DuckDBCatalogue(Catalogue):
    """Reads a schema in two queries: what is there, and its columns. One query per table took a third of a small build."""

    def __init__(self, connection: Connection) -> None:
        """Store the connection to read through."""
        super().__init__(connection)
        self._columns: dict[str, dict[str, dict[str, str]]] = {}
        self._contents: dict[tuple[str, str], dict[str, Listed]] = {}

    def unambiguous(self, schema: str | None) -> str | None:
        """Return the name with its database if a database has the same name, as a file may have: `sales.sales`."""
        if schema is None or "." in schema or schema.lower() == MAIN:
            return schema
        return f"{self._database}.{schema}" if schema.lower() in self._databases else schema

    @cached_property
    def _database(self) -> str:
        return self.connection.exec_driver_sql("SELECT current_database()").scalar_one()

    @cached_property
    def _databases(self) -> frozenset[str]:
        names = self.connection.exec_driver_sql("SELECT lower(database_name) FROM duckdb_databases()").scalars()
        return frozenset(names)

    def listed(self, schema: str | None) -> Mapping[str, Kind]:
        """Return the names of the tables and views in a schema."""
        return {one.name: one.kind for one in self._in(schema).values()}

    def _in(self, schema: str | None) -> Mapping[str, Listed]:
        """Return the tables and views in a schema by their names in lower case."""
        place = self.located(schema)
        if place not in self._contents:
            found = self.connection.execute(LISTED, {"database": place[0], "schema": place[1]})
            self._contents[place] = {
                name.lower(): Listed(name, kind, comment or "", sql or "", rows) for name, kind, comment, sql, rows in found
            }
        return self._contents[place]

    def rows(self, raw: Table) -> int:
        """Return about how many rows a table has: 0 for a view, and for a table found in a later schema of the search path."""
        found = self._in(raw.schema or self.schema_of_source(raw.name)).get(raw.name.lower())
        return found.rows if found else 0

    def is_something_else(self, name: str, schema: str | None) -> bool:
        """Return False. DuckDB has tables and views only."""
        del name, schema
        return False

    def columns(self, name: str, schema: str | None) -> dict[str, str]:
        """Return each column with its type. DuckDB's names ignore case. Tables of other databases are inspected one by one."""
        if schema is None or "." in schema:
            return super().columns(name, schema)
        if schema not in self._columns:
            found: dict[str, dict[str, str]] = defaultdict(dict)
            for table, column, kind in self.connection.execute(COLUMNS, {"schema": schema}):
                found[table][column] = kind
            self._columns[schema] = found
        return self._columns[schema].get(name.lower(), {})

    def definition(self, view: Table) -> str | None:
        """Return the view's select as DuckDB stores it, without quotes: types are quoted until the file is reopened."""
        found = self._in(view.schema).get(view.name.lower())
        return found.sql.replace('"', "") if found and found.kind == "view" else None

    def resolved(self, table: Table) -> str:
        """Return the schema that the search path resolves to, and the name."""
        schema = table.schema or self.connection.scalar(PLACE, {"name": table.name}) or self.default_schema or ""
        return f"{schema}.{table.name}".lower()

    def comment(self, name: str, schema: str | None) -> str:
        """Return the comment of a table or a view."""
        found = self._in(schema).get(name.lower())
        return found.comment if found else ""

    def place(self, table: Table) -> Where:
        """Return the database, schema and name that the table's name resolves to."""
        return *self.located(table.schema), table.name.lower()

    def read_by(self, table: Table) -> frozenset[Where]:
        """Return the location of a table or view, and of everything that it reads."""
        return read_on_duckdb(self.connection, self.place(table))

    def unseen(self, table: Table) -> tuple[str, ...]:
        """Return the macros that a view calls, and its functions that read a table named by a text."""
        return unseen_on_duckdb(self.connection, self.place(table))

    def located(self, schema: str | None) -> tuple[str, str]:
        """Return the database and schema that a name resolves to: `schema`, `database.schema`, or `database` for its `main`."""
        name = (schema or self.default_schema or "").lower()
        here = next(current for _, _, current in self._schemas)
        if name in {bare for owner, bare, _ in self._schemas if owner == here}:
            return here, name
        if name in {owner for owner, _, _ in self._schemas}:
            return name, "main"
        database, _, bare = name.rpartition(".")
        return (database.strip('"'), bare.strip('"')) if database else (here, bare)

    @cached_property
    def _schemas(self) -> list[tuple[str, str, str]]:
        return [(owner, name, here) for owner, name, here in self.connection.execute(SCHEMAS)]


DUCKDB = Warehouse(
    dialect="duckdb",
    title="DuckDB",
    loaded=rudderstack(TIMESTAMP(timezone=True)),
    driver=Driver(
        extra="duckdb",
        is_transient=is_transient,
        is_locked=is_locked,
        is_empty_file=is_empty,
        interrupt=interrupt,
        on_connect=("SET enable_progress_bar = true", "SET enable_progress_bar_print = false"),
        share_done=share_done,
        in_transaction=in_transaction,
        opens_to_read={"read_only": True},
        unreachable="check the URL and that no other program has the file open",
    ),
    transactions=Transactions(
        # Its only level is a snapshot; this is the dialect's name for it.
        isolation_level="READ COMMITTED",
        rolls_back=True,
        lock=process_lock,
    ),
    schemas=Schemas(usual=MAIN, database_in_url=database_in, may_name_database=True),
    tables=Tables(create=create_table, comment=comment, grant=grant, no_materialized_views="has none"),
    # DDL is versioned like rows: readers keep the old table until the commit, and views find the new one by name.
    strategy=DropAndCreate(),
    catalogue=DuckDBCatalogue,
)
