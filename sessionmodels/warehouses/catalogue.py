"""What exists in a warehouse, according to SQLAlchemy's inspector. Warehouses override what they know better."""

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Final, Protocol

from sqlalchemy import Connection, Executable, SelectBase, inspect
from sqlalchemy.exc import NoSuchTableError, SAWarning
from sqlalchemy.schema import Table
from sqlalchemy.types import NullType, TypeEngine

from sessionmodels.errors import TargetError
from sessionmodels.model import Kind
from sessionmodels.relations.graph import Relation
from sessionmodels.warehouses.lineage import Where
from sessionmodels.warehouses.statement import Schema, Statement

MARK: Final = "Built by sessionmodels."
"""Part of the comment of every relation that a build or a migration creates. By default, only such relations are replaced."""


class Named(Protocol):
    """A table or view with a name."""

    @property
    def kind(self) -> Kind:
        """Its materialization."""
        ...

    @property
    def table(self) -> Table:
        """Its name and columns."""
        ...


class RelationLike(Named, Protocol):
    """A relation of the graph, or a view as recorded in a migration."""

    @property
    def select(self) -> SelectBase:
        """Its defining select."""
        ...

    @property
    def row(self) -> str:
        """What one row describes."""
        ...

    @property
    def comments(self) -> Mapping[str, str]:
        """A description of each column."""
        ...


def comment_of(row: str) -> str:
    """Return a relation's comment: what one row describes, and the mark that it is ours."""
    return f"{row} {MARK}".lstrip()


@dataclass(frozen=True)
class Computed:
    """When this package computed a materialized view, and whether a view that it reads has changed since."""

    at: datetime | None
    """The time in UTC, or None if it is unknown because the view is not ours."""

    is_stale: bool
    """Whether the definition of a view that it reads, directly or indirectly, has changed; true if that is unknown."""


@dataclass(frozen=True)
class Existing:
    """The table or view in the target that has a relation's name."""

    kind: Kind
    columns: Mapping[str, str]
    """Each column's name and type, as the dialect spells it."""

    layout: str = ""
    """The table's layout, if it decides whether the table can be replaced."""

    up_to_date: bool = False
    """Whether it is a view that already has the right definition."""

    replaceable: bool = True
    """If it is a view with another definition: whether `CREATE OR REPLACE` can correct it."""

    reads: frozenset[Where] = frozenset()
    """If it is a view that prevents tables from being dropped: what it reads, directly and indirectly, and itself."""

    comment: str = ""
    """Its comment in the catalogue."""

    is_ours: bool = True
    """Whether a build or a migration created it, or this build may replace it anyway."""


def neither_nor(table: Table) -> TargetError:
    """Return the error about an object that a build can neither fill nor replace."""
    found = f"{table.fullname} exists, but is neither a table nor a view"
    return TargetError(f"{found}; drop it, or set another table_prefix")


class Catalogue:
    """The tables, views and schemas in a warehouse, read once per build."""

    def __init__(self, connection: Connection) -> None:
        """Store the connection to read through."""
        self.connection = connection
        self._listed: dict[str | None, Mapping[str, Kind]] = {}

    @cached_property
    def inspector(self):  # noqa: ANN201 - its class depends on the dialect
        """SQLAlchemy's inspector, which caches what it reads."""
        return inspect(self.connection)

    @property
    def default_schema(self) -> str | None:
        """The connection's default schema."""
        return self.inspector.default_schema_name

    def schema_of_source(self, _name: str) -> str | None:
        """Return the schema in which a source without a schema is found."""
        return self.default_schema

    def has_schema(self, schema: str) -> bool:
        """Whether the schema exists."""
        return self.inspector.has_schema(schema)

    def make_schema(self, schema: str, _source_schema: str | None) -> tuple[Executable, ...]:
        """Return the statements that create a schema, in the source's location if the warehouse has locations."""
        return (Statement("CREATE SCHEMA {schema}", schema=Schema(schema)),)

    def grant_to_create(self, schema: str) -> Statement | None:
        """Return the missing grant for creating objects in a schema, or the schema itself, if the warehouse can tell."""
        del schema
        return None

    def grants_to_read(self, table: Table) -> Iterable[Statement]:
        """Return the missing grants for reading a table, if the warehouse can tell."""
        del table
        return ()

    def place(self, table: Table) -> Where:
        """Return a table's location in a canonical spelling. Few databases distinguish case."""
        return self.whole_name(table.schema or self.default_schema or "").lower(), table.name.lower()

    def read_by(self, table: Table) -> frozenset[Where]:
        """Return the locations that a table or view reads, including its own, as far as the database tells."""
        return frozenset({self.place(table)})

    def readers(self, table: Table) -> frozenset[Where]:
        """Return the views that prevent a table from being dropped."""
        del table
        return frozenset()

    def unseen(self, table: Table) -> tuple[str, ...]:
        """Return what a table or view calls, such as functions, that may read tables unknown to `read_by`."""
        del table
        return ()

    def unambiguous(self, schema: str | None) -> str | None:
        """Return a schema's name in a form that cannot be mistaken for another object."""
        return schema

    def whole_name(self, schema: str) -> str:
        """Return a schema's name with its database or project, if names can have one."""
        return schema

    def rows(self, _table: Table) -> int:
        """Return a table's number of rows if the catalogue knows it and a build uses it, else 0."""
        return 0

    def relations(self, schema: str | None) -> Mapping[str, Kind]:
        """Return the tables and views in a schema by name."""
        if schema not in self._listed:
            self._listed[schema] = self.listed(schema)
        return self._listed[schema]

    def listed(self, schema: str | None) -> Mapping[str, Kind]:
        """Read the names of the tables and views in a schema."""
        listed: dict[Kind, list[str]] = {
            "table": self.inspector.get_table_names(schema),
            "view": self.inspector.get_view_names(schema),
        }
        return {name: kind for kind, names in listed.items() for name in names}

    def find(self, relation: Relation, *, comparing: bool = True) -> Existing | None:
        """Return the table or view with the relation's name. `comparing` also checks a view's definition.

        Raises:
            TargetError: it is neither a table nor a view.
        """
        found = self.existing(relation.table)
        if comparing and self.binds_views and found and found.kind != "table":
            found = replace(found, reads=self.read_by(relation.table))
        if not comparing or found is None or found.kind == "table" or found.kind != relation.kind:
            return found
        return replace(found, up_to_date=self.is_up_to_date(relation), replaceable=self.can_replace(relation))

    def existing(self, table: Table) -> Existing | None:
        """Return the table or view with a table's name.

        Raises:
            TargetError: it is neither a table nor a view.
        """
        name, schema = table.name, table.schema or self.default_schema
        kind = self.kind(name, schema)
        if kind:
            return Existing(kind, self.columns(name, schema), comment=self.comment(name, schema))
        if self.is_something_else(name, schema):
            raise neither_nor(table)
        return None

    def is_something_else(self, name: str, schema: str | None) -> bool:
        """Whether a name that is neither a table's nor a view's is that of something else that can be read."""
        return self.inspector.has_table(name, schema)

    def kind(self, name: str, schema: str | None) -> Kind | None:
        """Return the kind of the object with a name, ignoring case, since not every database distinguishes case."""
        return self.relations(schema).get(self.stored_name(name, schema))

    def stored_name(self, name: str, schema: str | None) -> str:
        """Return a name as the database stores it, ignoring case; a name that does not exist is unchanged."""
        return next((one for one in self.relations(schema) if one.lower() == name.lower()), name)

    def comment(self, name: str, schema: str | None) -> str:
        """Return the comment of the object with a name, ignoring case; empty if it has none."""
        try:
            return self.inspector.get_table_comment(self.stored_name(name, schema), schema)["text"] or ""
        except NoSuchTableError:
            return ""

    def is_up_to_date(self, relation: RelationLike) -> bool:
        """Whether the view has the right definition. False on warehouses where replacing a view disturbs nobody."""
        del relation
        return False

    def computed(self, schema: str | None) -> Mapping[str, Computed]:
        """Return the materialized views in a schema by name: when each was computed, and whether it is stale."""
        del schema
        return {}

    def definition(self, view: Table) -> str | None:
        """Return a view's definition as the warehouse shows it, or None if there is no view or the warehouse shows none."""
        del view
        return None

    def resolved(self, table: Table) -> str:
        """Return a table's schema and name, resolved by the search path."""
        return ".".join(self.place(table))

    def owns_schema(self, schema: str) -> bool:
        """Whether the connected role owns the schema and so may grant its usage. False if the warehouse does not tell."""
        del schema
        return False

    def foreign(self, schema: str) -> Mapping[str, str]:
        """Return the tables and views that could run other roles' code if a build wrote there, each with the reason."""
        del schema
        return {}

    def untrusted(self, schema: str) -> Mapping[str, str]:
        """Return the tables and views that could run other roles' code if they were read, each with its owner."""
        del schema
        return {}

    compares_columns = True
    """Whether existing tables are compared by columns. False if tables are always replaced as a whole."""

    binds_views = False
    """Whether a table cannot be dropped while a view reads it."""

    def can_replace(self, view: RelationLike) -> bool:
        """Whether the existing view can be replaced by this one."""
        del view
        return True

    def columns(self, name: str, schema: str | None) -> dict[str, str]:
        """Return each column with its type, as the dialect spells it."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)  # an unknown type counts as a different type
            found = self.inspector.get_columns(name, schema)
        return {column["name"]: self.spelt(column["type"]) for column in found}

    def spelt(self, kind: TypeEngine[Any]) -> str:
        """Return a type as the dialect spells it, or an empty text for an unknown type."""
        return "" if isinstance(kind, NullType) else kind.compile(dialect=self.inspector.dialect)
