"""What stands in a warehouse: by SQLAlchemy's inspector, where a warehouse does not know better."""

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
from sessionmodels.graph import Relation
from sessionmodels.model import Kind
from sessionmodels.warehouses.lineage import Where
from sessionmodels.warehouses.statement import Schema, Statement

MARK: Final = "Built by sessionmodels."
"""Ends the comment of every relation that a build or a migration makes: only what bears it is replaced unasked."""


class Named(Protocol):
    """Anything that stands under a name."""

    @property
    def kind(self) -> Kind:
        """How it is kept."""
        ...

    @property
    def table(self) -> Table:
        """Its name and columns."""
        ...


class RelationLike(Named, Protocol):
    """What a catalogue shows of a relation: one of the graph, or a view as a migration has written it down."""

    @property
    def select(self) -> SelectBase:
        """What fills it."""
        ...

    @property
    def row(self) -> str:
        """What one row is."""
        ...

    @property
    def comments(self) -> Mapping[str, str]:
        """What each column means."""
        ...


def comment_of(row: str) -> str:
    """Return the comment that a relation gets: what one row is, and who made it."""
    return f"{row} {MARK}".lstrip()


@dataclass(frozen=True)
class Computed:
    """When this package computed a materialized view, and whether what it reads has changed since."""

    at: datetime | None
    """When, UTC; None where it is not known: somebody else has made it."""

    is_stale: bool
    """Whether a view that it reads, directly or through others, is another one now; true where that is not known."""


@dataclass(frozen=True)
class Existing:
    """What stands in the target under a relation's name."""

    kind: Kind
    columns: Mapping[str, str]
    """Each column's name with its type, in the words of the dialect."""

    layout: str = ""
    """How the table is laid out, where that decides whether it can be replaced."""

    up_to_date: bool = False
    """Whether it is a view that already says what it should."""

    replaceable: bool = True
    """Whether, being a view that does not, it can be replaced by the right one as it stands."""

    comment: str = ""
    """What the catalogue says of it."""

    is_ours: bool = True
    """Whether a build or a migration made it, or this build was told to replace it whoever made it."""


def neither_nor(table: Table) -> TargetError:
    """Return the refusal of what a build can neither fill nor replace."""
    found = f"{table.fullname} is there, but neither a table nor a view"
    return TargetError(f"{found}; drop it, or set another table_prefix")


class Catalogue:
    """The names in a warehouse, read once a build."""

    def __init__(self, connection: Connection) -> None:
        """Take the connection to read through."""
        self.connection = connection
        self._listed: dict[str | None, Mapping[str, Kind]] = {}

    @cached_property
    def inspector(self):  # noqa: ANN201 - SQLAlchemy's, of the dialect's own class
        """SQLAlchemy's inspector, which keeps what it has read."""
        return inspect(self.connection)

    @property
    def default_schema(self) -> str | None:
        """The connection's own schema."""
        return self.inspector.default_schema_name

    def schema_of_source(self, _name: str) -> str | None:
        """Return the schema in which a source without one is found."""
        return self.default_schema

    def has_schema(self, schema: str) -> bool:
        """Whether the schema is there."""
        return self.inspector.has_schema(schema)

    def make_schema(self, schema: str, _source_schema: str | None) -> tuple[Executable, ...]:
        """Return what makes a schema, near that of the source where a warehouse has places."""
        return (Statement("CREATE SCHEMA {schema}", schema=Schema(schema)),)

    def grant_to_create(self, schema: str) -> Statement | None:
        """Return the grant that is missing to create something in a schema, or the schema itself, where the warehouse tells."""
        del schema
        return None

    def grants_to_read(self, table: Table) -> Iterable[Statement]:
        """Return the grants that are missing to read a table, where the warehouse tells."""
        del table
        return ()

    def place(self, table: Table) -> Where:
        """Return where a table is, so that two spellings of one place are the same; case tells few databases apart."""
        return self.whole_name(table.schema or self.default_schema or "").lower(), table.name.lower()

    def read_by(self, table: Table) -> frozenset[Where]:
        """Return the places that are read where a table or view is, as far as the database tells: its own, and those below."""
        return frozenset({self.place(table)})

    def unseen(self, table: Table) -> tuple[str, ...]:
        """Return what is called where a table or view is, such as functions, and may read what `read_by` does not tell."""
        del table
        return ()

    def unambiguous(self, schema: str | None) -> str | None:
        """Return a schema's name as it must be written, where it could be taken for something else."""
        return schema

    def whole_name(self, schema: str) -> str:
        """Return a schema's name with that of its database or project, where names may have one."""
        return schema

    def rows(self, _table: Table) -> int:
        """Return how many rows a table has, where the catalogue tells and a build goes by it; else 0."""
        return 0

    def relations(self, schema: str | None) -> Mapping[str, Kind]:
        """Return the tables and views in a schema by their names."""
        if schema not in self._listed:
            listed: dict[Kind, list[str]] = {
                "table": self.inspector.get_table_names(schema),
                "view": self.inspector.get_view_names(schema),
            }
            self._listed[schema] = {name: kind for kind, names in listed.items() for name in names}
        return self._listed[schema]

    def find(self, relation: Relation, *, comparing: bool = True) -> Existing | None:
        """Return what stands under the relation's name; `comparing` also finds out whether a view is right.

        Raises:
            TargetError: it is neither a table nor a view.
        """
        found = self.existing(relation.table)
        if not comparing or found is None or found.kind == "table" or found.kind != relation.kind:
            return found
        return replace(found, up_to_date=self.is_up_to_date(relation), replaceable=self.can_replace(relation))

    def existing(self, table: Table) -> Existing | None:
        """Return what stands under a table's name.

        Raises:
            TargetError: it is neither a table nor a view.
        """
        name, schema = table.name, table.schema or self.default_schema
        kind = self.kind(name, schema)
        if kind:
            return Existing(kind, self.columns(name, schema), comment=self.comment(name, schema))
        if self.inspector.has_table(name, schema):
            raise neither_nor(table)
        return None

    def kind(self, name: str, schema: str | None) -> Kind | None:
        """Return what stands under a name, whatever its case: not every database tells cases apart."""
        return self.relations(schema).get(self.stored_name(name, schema))

    def stored_name(self, name: str, schema: str | None) -> str:
        """Return a name as the database has it, whatever its case; a name that is not there as it is."""
        return next((one for one in self.relations(schema) if one.lower() == name.lower()), name)

    def comment(self, name: str, schema: str | None) -> str:
        """Return the comment of what stands under a name, whatever its case; empty where it has none."""
        try:
            return self.inspector.get_table_comment(self.stored_name(name, schema), schema)["text"] or ""
        except NoSuchTableError:
            return ""

    def is_up_to_date(self, relation: RelationLike) -> bool:
        """Whether the view, which is to be one, says what it should; no, where making it again costs nobody anything."""
        del relation
        return False

    def computed(self, schema: str | None) -> Mapping[str, Computed]:
        """Return the materialized views in a schema by their names: when each was computed, and whether it is stale."""
        del schema
        return {}

    def definition(self, view: Table) -> str | None:
        """Return what a view says, in the warehouse's own words; None where there is no view, or no telling."""
        del view
        return None

    def resolved(self, table: Table) -> str:
        """Return which table is meant, by its schema and name: the search path may lead one name to several tables."""
        return ".".join(self.place(table))

    def owns_schema(self, schema: str) -> bool:
        """Whether the schema belongs to whoever is connected, who then says who may look into it; no, where it does not tell."""
        del schema
        return False

    def foreign(self, schema: str) -> Mapping[str, str]:
        """Return why a build must not write there, by the name of what stands there, where that could run code of others."""
        del schema
        return {}

    def untrusted(self, schema: str) -> Mapping[str, str]:
        """Return whose it is, by the name of what stands there, where reading it could run code of others."""
        del schema
        return {}

    compares_columns = True
    """Whether what stands is told with its columns; no, where tables are always replaced whole."""

    binds_views = False
    """Whether nothing can be dropped that a view reads."""

    def can_replace(self, view: RelationLike) -> bool:
        """Whether the view that stands there can be replaced by this one."""
        del view
        return True

    def columns(self, name: str, schema: str | None) -> dict[str, str]:
        """Return each column with its type, in the words of the dialect."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)  # a type that is none of ours counts as another type
            found = self.inspector.get_columns(name, schema)
        return {column["name"]: self.spelt(column["type"]) for column in found}

    def spelt(self, kind: TypeEngine[Any]) -> str:
        """Return a type in the words of the dialect; one that it cannot read is none of ours."""
        return "" if isinstance(kind, NullType) else kind.compile(dialect=self.inspector.dialect)
