"""Redshift: rows are deleted and inserted in one transaction. Views are late-binding, so that they never block a table."""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any

from sqlalchemy import TIMESTAMP, Connection, Dialect, Executable, Table
from sqlalchemy.types import TypeEngine

from sessionmodels.errors import SettingsError
from sessionmodels.relations.graph import Relation
from sessionmodels.settings import Settings
from sessionmodels.sql.text import LongText
from sessionmodels.warehouses.catalogue import Named, RelationLike, comment_of
from sessionmodels.warehouses.locks.table import locked_table
from sessionmodels.warehouses.missing_privileges import grant_to_create, grants_to_read
from sessionmodels.warehouses.parts import BuildContext, Driver, Schemas, Tables, Transactions, comment_on, rudderstack, state_of
from sessionmodels.warehouses.pg_catalog import owns, resolved
from sessionmodels.warehouses.search_path import PathCatalogue, safe_search_path
from sessionmodels.warehouses.statement import Name, Schema, Statement, literal_text
from sessionmodels.warehouses.strategies.delete_and_insert import DeleteAndInsert
from sessionmodels.warehouses.tags import tag_text
from sessionmodels.warehouses.warehouse import Warehouse

TRANSIENT = "40001", "57P", "08", "53300"
"""SQLSTATEs or their prefixes: serialization failure, shutdown and start, lost connections, too many connections."""

GRANTEES = {"role": "ROLE ", "group": "GROUP ", "user": ""}


def create_view(view: RelationLike, replace: bool) -> Executable:
    """Return the statement for a late-binding view, which does not block the tables that it reads."""
    verb = "CREATE OR REPLACE VIEW" if replace else "CREATE VIEW"
    return Statement(verb + " {table} AS {query} WITH NO SCHEMA BINDING", table=view.table, query=view.select)


def create_table(job: BuildContext, relation: Relation) -> Executable:
    """Return the statement for a table distributed by visitor and sorted by time."""
    table, query = relation.table, relation.select
    if not job.settings.layout:
        return relation.ddl
    sort = relation.entity_column if relation.time_column is None else relation.time_column
    laid_out = "CREATE TABLE {table} DISTKEY ({entity}) SORTKEY ({sort}) AS {query}"
    return Statement(laid_out, table=table, entity=relation.entity_column, sort=sort, query=query)


def comment(dialect: Dialect, relation: RelationLike) -> Iterator[Executable]:
    """Yield the comments. The columns of a late-binding view cannot have any.

    A view's comment ends in a fingerprint of its select, by which a later build recognizes the view as up to date.
    """
    if relation.kind == "table":
        yield from comment_on(dialect, relation)
        return
    text = f"{comment_of(relation.row)} [{fingerprint(relation, dialect)}]"
    yield Statement("COMMENT ON VIEW {view} IS {text}", view=relation.table, text=text)


def fingerprint(relation: RelationLike, dialect: Dialect) -> str:
    """Return a hash of the view's select."""
    return sha256(literal_text(relation.select, dialect).encode()).hexdigest()[:16]


class RedshiftCatalogue(PathCatalogue):
    """Redshift's catalogue: view fingerprints in comments, and one type for texts that are wide enough."""

    def grant_to_create(self, schema: str) -> Statement | None:
        """Return the grant that the connection's role lacks for creating objects in a schema, or the schema itself."""
        return grant_to_create(self.connection, schema, schema_exists=self.has_schema(schema))

    def grants_to_read(self, table: Table) -> Iterable[Statement]:
        """Return the grants that the connection's role lacks to read a table."""
        return grants_to_read(self.connection, table)

    def spelt(self, kind: TypeEngine[Any]) -> str:
        """Return the type. A text of unlimited width, which the dialect may not recognize, counts as ours."""
        spelt = super().spelt(kind)
        return LongText().compile(dialect=self.connection.dialect) if spelt in {"", "VARCHAR", "TEXT"} else spelt

    def columns(self, name: str, schema: str | None) -> dict[str, str]:
        """Return a table's columns. Those of a late-binding view may be unknown to the catalogue, and are not needed."""
        return {} if self.kind(name, schema) == "view" else super().columns(name, schema)

    def resolved(self, table: Table) -> str:
        """Return the schema that the search path resolves to, and the name. External schemas are not in the catalogue."""
        return resolved(self.connection, table) or super().resolved(table)

    def owns_schema(self, schema: str) -> bool:
        """Whether the schema belongs to the connection's user."""
        return owns(self.connection, schema)

    def is_up_to_date(self, relation: RelationLike) -> bool:
        """Whether the view's comment has the right fingerprint. Replacing a view blocks its readers until the build ends."""
        comment = self.inspector.get_table_comment(relation.table.name, relation.table.schema)["text"] or ""
        return comment.endswith(f"[{fingerprint(relation, self.connection.dialect)}]")


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
    """Set the query group until the transaction ends. System views show it, and workload management can use it."""
    connection.execute(Statement("SET LOCAL query_group TO {tag}", tag=tag_text(relation_name)))


def grant_usage(schema: str, grantee: str) -> Executable:
    """Return the grant of usage of a schema."""
    kind, name = _grantee(grantee)
    return Statement(f"GRANT USAGE ON SCHEMA {{schema}} TO {GRANTEES[kind]}{{name}}", schema=Schema(schema), name=Name(name))


def patch_dialect(dialect: Dialect) -> None:
    """Double backslashes in literals: Redshift reads them as escapes, as old versions of PostgreSQL did."""
    dialect._backslash_escapes = True  # noqa: SLF001  # pyright: ignore[reportAttributeAccessIssue]


def is_transient(error: BaseException) -> bool:
    """Whether transactions conflicted (error 1023, which may lack a state), or the cluster is restarting."""
    return state_of(error).startswith(TRANSIENT) or "Serializable isolation violation" in str(error)


REDSHIFT = Warehouse(
    dialect="redshift",
    title="Redshift",
    # The loader creates `TIMESTAMP` without zone, in UTC.
    loaded=rudderstack(TIMESTAMP(timezone=False)),
    driver=Driver(extra="redshift", name="psycopg2", patch_dialect=patch_dialect, is_transient=is_transient),
    transactions=Transactions(
        # Whatever the level's name, a transaction sees one snapshot.
        isolation_level="SERIALIZABLE",
        rolls_back=True,
        lock=locked_table,
        safe_names=safe_search_path,
        tag=tag,
    ),
    # In a late-binding view, every name needs its schema.
    schemas=Schemas(always_named=True, default="public"),
    tables=Tables(
        create=create_table,
        create_view=create_view,
        comment=comment,
        grant=grant,
        grant_usage=grant_usage,
        # And it cannot read a late-binding view.
        no_materialized_views="cannot refresh one within a build's transaction, so that it would lag behind the tables",
        longest_text=65_535,
    ),
    # Neither a DISTKEY nor a SORTKEY column can be dropped.
    strategy=DeleteAndInsert(alters=False),
    catalogue=RedshiftCatalogue,
)
