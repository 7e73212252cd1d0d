"""Redshift: tables are refilled in place in one transaction; views are late-binding, so that no table waits for them."""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any

from sqlalchemy import TIMESTAMP, Connection, Dialect, Executable, Table
from sqlalchemy.types import TypeEngine

from sessionmodels.errors import SettingsError
from sessionmodels.graph import Relation
from sessionmodels.settings import Settings
from sessionmodels.sql.text import LongText
from sessionmodels.warehouses.catalogue import Named, RelationLike, comment_of
from sessionmodels.warehouses.locks.table import locked_table
from sessionmodels.warehouses.parts import BuildContext, Driver, Schemas, Tables, Transactions, comment_on, rudderstack, state_of
from sessionmodels.warehouses.pg_catalog import defined, owns, resolved
from sessionmodels.warehouses.privileges import grant_to_create, grants_to_read
from sessionmodels.warehouses.search_path import PathCatalogue, safe_search_path
from sessionmodels.warehouses.statement import Name, Schema, Statement, literal_text
from sessionmodels.warehouses.strategies.delete_and_insert import DeleteAndInsert
from sessionmodels.warehouses.tags import tag_text
from sessionmodels.warehouses.warehouse import Warehouse

TRANSIENT = "40001", "57P", "08", "53300"
"""SQLSTATEs, or how they begin: serialization failure, shutdown and start, lost connections, too many connections."""

GRANTEES = {"role": "ROLE ", "group": "GROUP ", "user": ""}


def create_view(view: RelationLike, replace: bool) -> Executable:
    """Return the late-binding view, which no table that it reads has to wait for."""
    make = "CREATE OR REPLACE VIEW" if replace else "CREATE VIEW"
    return Statement(make + " {table} AS {query} WITH NO SCHEMA BINDING", table=view.table, query=view.select)


def create_table(job: BuildContext, relation: Relation) -> Executable:
    """Return the table on the visitor's slice, sorted by time."""
    table, query = relation.table, relation.select
    if not job.settings.layout:
        return relation.ddl
    sort = relation.entity_column if relation.time_column is None else relation.time_column
    laid_out = "CREATE TABLE {table} DISTKEY ({who}) SORTKEY ({sort}) AS {query}"
    return Statement(laid_out, table=table, who=relation.entity_column, sort=sort, query=query)


def comment(dialect: Dialect, relation: RelationLike) -> Iterator[Executable]:
    """Yield the comments; a late-binding view has no columns in the catalogue that could carry one.

    The comment of a view ends in a fingerprint of its select, by which a later build knows that the view is right.
    """
    if relation.kind == "table":
        yield from comment_on(dialect, relation)
        return
    told = f"{comment_of(relation.row)} [{fingerprint(relation, dialect)}]"
    yield Statement("COMMENT ON VIEW {view} IS {told}", view=relation.table, told=told)


def fingerprint(relation: RelationLike, dialect: Dialect) -> str:
    """Return what tells this view's select from any other."""
    return sha256(literal_text(relation.select, dialect).encode()).hexdigest()[:16]


class RedshiftCatalogue(PathCatalogue):
    """What a view's comment says of it, and text of any width that loses nothing as one type."""

    def grant_to_create(self, schema: str) -> Statement | None:
        """Return the grant that the connection's role lacks to create something in a schema, or the schema itself."""
        return grant_to_create(self.connection, schema, is_there=self.has_schema(schema))

    def grants_to_read(self, table: Table) -> Iterable[Statement]:
        """Return the grants that the connection's role lacks to read a table."""
        return grants_to_read(self.connection, table)

    def spelt(self, kind: TypeEngine[Any]) -> str:
        """Return the type; a text that may be of any width, which the dialect may not know as one, is as wide as ours."""
        spelt = super().spelt(kind)
        return LongText().compile(dialect=self.connection.dialect) if spelt in {"", "VARCHAR", "TEXT"} else spelt

    def columns(self, name: str, schema: str | None) -> dict[str, str]:
        """Return a table's columns; those of a late-binding view the catalogue may not know, and nobody needs."""
        return {} if self.kind(name, schema) == "view" else super().columns(name, schema)

    def definition(self, view: Table) -> str | None:
        """Return the view's select: `CREATE OR REPLACE VIEW` may keep the comment of the one before."""
        return defined(self.connection, view.name, view.schema or self.default_schema)

    def resolved(self, table: Table) -> str:
        """Return the schema that the search path leads to, and the name; those of an external schema are not in the catalogue."""
        return resolved(self.connection, table) or super().resolved(table)

    def owns_schema(self, schema: str) -> bool:
        """Whether the schema belongs to the connection's user."""
        return owns(self.connection, schema)

    def is_up_to_date(self, relation: RelationLike) -> bool:
        """Whether the view's comment bears the fingerprint: replacing it would lock its readers out until the build ends."""
        told = self.inspector.get_table_comment(relation.table.name, relation.table.schema)["text"] or ""
        return told.endswith(f"[{fingerprint(relation, self.connection.dialect)}]")


def grant(relation: Named, grantee: str) -> Executable:
    """Return the grant to a role, or to `group:name` or `user:name`."""
    kind, name = _grantee(grantee)
    return Statement(f"GRANT SELECT ON {{table}} TO {GRANTEES[kind]}{{name}}", table=relation.table, name=Name(name))


def _grantee(grantee: str) -> tuple[str, str]:
    kind, _, name = grantee.partition(":") if ":" in grantee else ("role", "", grantee)
    if kind not in GRANTEES or not name:
        msg = f"grant_to: found {grantee!r}; on Redshift write 'analyst' for a role, 'group:analysts' or 'user:ann'"
        raise SettingsError(msg)
    return kind, name


def tag(connection: Connection, _settings: Settings, relation_name: str) -> None:
    """Set the query group, which the system views show and workload management may look at, until the transaction ends."""
    connection.execute(Statement("SET LOCAL query_group TO {tag}", tag=tag_text(relation_name)))


def grant_usage(schema: str, grantee: str) -> Executable:
    """Return the grant to look into a schema."""
    kind, name = _grantee(grantee)
    return Statement(f"GRANT USAGE ON SCHEMA {{schema}} TO {GRANTEES[kind]}{{name}}", schema=Schema(schema), name=Name(name))


def patch_dialect(dialect: Dialect) -> None:
    """Let backslashes in literals be doubled: Redshift takes them for escapes, as PostgreSQL did of old."""
    dialect._backslash_escapes = True  # noqa: SLF001  # pyright: ignore[reportAttributeAccessIssue]


def is_transient(error: BaseException) -> bool:
    """Whether transactions stood in each other's way (1023, which may come without a state), or the cluster restarts."""
    return state_of(error).startswith(TRANSIENT) or "Serializable isolation violation" in str(error)


REDSHIFT = Warehouse(
    dialect="redshift",
    title="Redshift",
    # The loader creates `TIMESTAMP` without zone, in UTC.
    loaded=rudderstack(TIMESTAMP(timezone=False)),
    driver=Driver(extra="redshift", name="psycopg2", patch_dialect=patch_dialect, is_transient=is_transient),
    transactions=Transactions(
        # Whatever it is called, a transaction there sees one snapshot.
        isolation_level="SERIALIZABLE",
        rolls_back=True,
        lock=locked_table,
        safe_names=safe_search_path,
        tag=tag,
    ),
    # A late-binding view takes no name without its schema.
    schemas=Schemas(always_named=True, default="public"),
    tables=Tables(
        create=create_table,
        create_view=create_view,
        comment=comment,
        grant=grant,
        grant_usage=grant_usage,
        # And none may read a late-binding view.
        no_materialized_views="refreshes none within a build's transaction, so that it would stay behind the tables",
        longest_text=65_535,
    ),
    # Neither a DISTKEY nor a SORTKEY column can be dropped.
    strategy=DeleteAndInsert(alters=False),
    catalogue=RedshiftCatalogue,
)
