"""PostgreSQL: rows are deleted and inserted in place, so that other users' views on the tables survive."""

from collections.abc import Iterable, Iterator, Mapping

from sqlalchemy import TIMESTAMP, Connection, CreateView, Dialect, Executable, Table, cast, func, literal, select
from sqlalchemy.dialects.postgresql import REGCLASS
from sqlalchemy.dialects.postgresql.base import PGInspector
from sqlalchemy.exc import DBAPIError

from sessionmodels.model import Kind
from sessionmodels.relations.graph import Relation
from sessionmodels.settings import Settings
from sessionmodels.sql.keyed_hash import SETTINGS, Blocks
from sessionmodels.warehouses.catalogue import Computed, Named, RelationLike, comment_of
from sessionmodels.warehouses.columns_at_once import Described, described
from sessionmodels.warehouses.foreign import foreign, untrusted
from sessionmodels.warehouses.indexes import LONGEST_NAME, indexes
from sessionmodels.warehouses.lineage import Where, read_on_postgresql, readers_on_postgresql, unseen_on_postgresql
from sessionmodels.warehouses.locks.advisory import advisory
from sessionmodels.warehouses.materialized import computed, mark
from sessionmodels.warehouses.missing_privileges import grant_to_create, grants_to_read
from sessionmodels.warehouses.parts import BuildContext, Driver, Schemas, Tables, Transactions, comment_on, rudderstack, state_of
from sessionmodels.warehouses.pg_catalog import owns, resolved
from sessionmodels.warehouses.search_path import PathCatalogue, safe_search_path
from sessionmodels.warehouses.statement import Name, Schema, Statement
from sessionmodels.warehouses.step import Step
from sessionmodels.warehouses.strategies.delete_and_insert import DeleteAndInsert
from sessionmodels.warehouses.tags import tag_text
from sessionmodels.warehouses.warehouse import Warehouse

COMPARED = "sessionmodels_compared"
TRANSIENT = "40001", "40P01", "57P", "08", "53300"
"""SQLSTATEs or their prefixes: serialization failure, deadlock, shutdown and start, lost connections, too many connections."""


def create_table(_job: BuildContext, relation: Relation) -> Executable:
    """Return the plain statement. Indexes are created once the table is filled."""
    return relation.ddl


def finish(job: BuildContext, relation: Relation) -> Iterator[Step]:
    """Yield indexes on ids and time, and statistics for the planner about rows inserted in this transaction."""
    if job.settings.layout:
        yield Step(relation.name, "index it", tuple(indexes(relation, job.dialect)))
    yield Step(relation.name, "update the planner's statistics", (Statement("ANALYZE {table}", table=relation.table),))


def grant(relation: Named, grantee: str) -> Executable:
    """Return the grant to a role; `public` means everybody."""
    return Statement("GRANT SELECT ON {table} TO {role}", table=relation.table, role=Name(grantee))


def grant_usage(schema: str, grantee: str) -> Executable:
    """Return the grant of usage of a schema."""
    return Statement("GRANT USAGE ON SCHEMA {schema} TO {role}", schema=Schema(schema), role=Name(grantee))


def tag(connection: Connection, _settings: Settings, relation_name: str) -> None:
    """Show in `pg_stat_activity` what is running, until the transaction ends."""
    connection.execute(select(func.set_config("application_name", tag_text(relation_name)[:LONGEST_NAME], True)))


def keep_blocks(connection: Connection, blocks: Blocks | None) -> None:
    """Set parameters of the session, by a statement whose values are no part of its text."""
    for block, name in SETTINGS.items():
        connection.execute(select(func.set_config(name, getattr(blocks, block) if blocks else "", False)))


def comment(dialect: Dialect, relation: RelationLike) -> Iterator[Executable]:
    """Yield the comments. A materialized view's comment also says when it was computed, and from which definitions."""
    yield from comment_on(dialect, relation)
    if relation.kind == "materialized_view":
        yield mark(relation.table, comment_of(relation.row), dialect)


def is_transient(error: BaseException) -> bool:
    """Whether transactions conflicted, the server is restarting, or it has no connection left."""
    return state_of(error).startswith(TRANSIENT) or "the database system is " in str(error)  # starting up, shutting down


class PostgreSQLCatalogue(PathCatalogue):
    """PostgreSQL's catalogue, with view definitions and materialized views."""

    def __init__(self, connection: Connection) -> None:
        """Store the connection to read through."""
        super().__init__(connection)
        self._described: dict[str | None, Mapping[str, Described]] = {}

    def grant_to_create(self, schema: str) -> Statement | None:
        """Return the grant that the connection's role lacks for creating objects in a schema, or the schema itself."""
        return grant_to_create(self.connection, schema, schema_exists=self.has_schema(schema))

    def grants_to_read(self, table: Table) -> Iterable[Statement]:
        """Return the grants that the connection's role lacks to read a table."""
        return grants_to_read(self.connection, table)

    def listed(self, schema: str | None) -> Mapping[str, Kind]:
        """Read the names of the tables and views in a schema, including materialized ones."""
        materialized: Kind = "materialized_view"
        names = self.inspector.get_materialized_view_names(schema)
        return {**super().listed(schema), **dict.fromkeys(names, materialized)}

    def columns(self, name: str, schema: str | None) -> dict[str, str]:
        """Return each column with its type."""
        found = self._ours(schema).get(name)
        return super().columns(name, schema) if found is None else found.columns

    def comment(self, name: str, schema: str | None) -> str:
        """Return the comment of a table or a view."""
        found = self._ours(schema).get(name)
        return super().comment(name, schema) if found is None else found.comment

    def _ours(self, schema: str | None) -> Mapping[str, Described]:
        """Return what may be ours in a schema, by its name. Read one by one, it took half the round trips of a small build."""
        if schema not in self._described:
            self._described[schema] = described(self.inspector, schema, self.maybe_ours(schema), self.spelt)
        return self._described[schema]

    def is_something_else(self, name: str, schema: str | None) -> bool:
        """Whether it is a foreign table: one question for all names."""
        return isinstance(self.inspector, PGInspector) and name in self.inspector.get_foreign_table_names(schema)

    def computed(self, schema: str | None) -> Mapping[str, Computed]:
        """Return the materialized views in a schema by name: when each was computed, and whether it is stale."""
        return computed(self.connection, schema or self.default_schema or "")

    def place(self, table: Table) -> Where:
        """Return the schema and the name. They are case-sensitive."""
        return table.schema or self.default_schema or "", table.name

    def read_by(self, table: Table) -> frozenset[Where]:
        """Return the location that the name resolves to on the search path, and all that it reads."""
        return read_on_postgresql(self.connection, self.connection.dialect.identifier_preparer.format_table(table))

    def readers(self, table: Table) -> frozenset[Where]:
        """Return the views that read a table directly, all of which PostgreSQL keeps from being orphaned."""
        return readers_on_postgresql(self.connection, self.connection.dialect.identifier_preparer.format_table(table))

    def unseen(self, table: Table) -> tuple[str, ...]:
        """Return the functions besides PostgreSQL's own, and the foreign tables, that a view reads through."""
        return unseen_on_postgresql(self.connection, self.connection.dialect.identifier_preparer.format_table(table))

    def stored_name(self, name: str, schema: str | None) -> str:
        """Return the name unchanged: `"DBT_Sessions"` and `dbt_sessions` are different names."""
        del schema
        return name

    binds_views = True

    def can_replace(self, view: RelationLike) -> bool:
        """Whether every existing column keeps its name, type and position."""
        existing = self.columns(view.table.name, view.table.schema or self.default_schema)
        wanted = [(one.name, one.type.compile(dialect=self.connection.dialect)) for one in view.table.c]
        return wanted[: len(existing)] == list(existing.items())

    def resolved(self, table: Table) -> str:
        """Return the schema that the search path resolves to, and the name."""
        return resolved(self.connection, table) or super().resolved(table)

    def owns_schema(self, schema: str) -> bool:
        """Whether the schema belongs to the connection's role itself."""
        return owns(self.connection, schema)

    def foreign(self, schema: str) -> Mapping[str, str]:
        """Return the tables and views that belong to other roles or call their functions."""
        return foreign(self.connection, schema)

    def untrusted(self, schema: str) -> Mapping[str, str]:
        """Return the tables and views of roles that a reader must not trust."""
        return untrusted(self.connection, schema)

    def is_up_to_date(self, relation: RelationLike) -> bool:
        """Whether the view has the right definition, comparing both as PostgreSQL writes them.

        Replacing a view blocks its readers and waits for running ones, so a correct view is not replaced. For the comparison,
        the same select becomes a temporary view inside a savepoint that is rolled back.
        """
        wanted = CreateView(relation.select, COMPARED, temporary=True)
        savepoint = self.connection.begin_nested()
        try:
            self.connection.execute(wanted)
            words = self.connection.dialect.identifier_preparer
            names = (words.format_table(table) for table in (wanted.table, relation.table))
            one, other = (func.pg_get_viewdef(cast(literal(name), REGCLASS)) for name in names)
            return bool(self.connection.scalar(select(one == other)))
        except DBAPIError:
            return False  # a table that it reads does not exist yet, or lacks the columns
        finally:
            savepoint.rollback()


def encoding(connection: Connection) -> str:
    """Return the connection's encoding, which is the database's unless another one was set."""
    info = getattr(connection.connection.driver_connection, "info", None)
    return getattr(info, "encoding", "utf-8")  # psycopg2 has no such attribute


POSTGRESQL = Warehouse(
    dialect="postgresql",
    title="PostgreSQL",
    loaded=rudderstack(TIMESTAMP(timezone=True)),
    driver=Driver(
        extra="postgresql",
        name="psycopg",
        engine_options={driver: {"use_native_hstore": False} for driver in ("psycopg", "psycopg2")},
        reads_only={"postgresql_readonly": True},
        is_transient=is_transient,
        encoding=encoding,
        keep_blocks=keep_blocks,
    ),
    transactions=Transactions(
        # With the default level, each statement could see rows that arrived since the previous one.
        isolation_level="REPEATABLE READ",
        rolls_back=True,
        lock=advisory,
        safe_names=safe_search_path,
        tag=tag,
    ),
    schemas=Schemas(usual="public"),
    tables=Tables(
        create=create_table,
        finish=finish,
        comment=comment,
        grant=grant,
        grant_usage=grant_usage,
        no_materialized_views=None,
    ),
    strategy=DeleteAndInsert(alters=True),
    catalogue=PostgreSQLCatalogue,
)
