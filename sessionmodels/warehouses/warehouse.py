"""A warehouse, what a build asks of it, and what it answers."""

from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy import CreateTableAs, Dialect, Executable, FromClause
from sqlalchemy.types import TypeEngine

from sessionmodels.graph import Graph, Relation
from sessionmodels.model import AnySelect, Kind
from sessionmodels.settings import Settings
from sessionmodels.warehouses.catalogue import Catalogue, Existing
from sessionmodels.warehouses.parts import Driver, Schemas, Tables, Transactions
from sessionmodels.warehouses.step import Step


@dataclass(frozen=True, kw_only=True)
class Warehouse:
    """A warehouse's facts. None of its parts has a default: a new warehouse must say each."""

    dialect: str
    """SQLAlchemy's name for it."""

    title: str
    """Its name for people."""

    loaded: Mapping[str, TypeEngine[Any]]
    """The columns of the `tracks` table as RudderStack's loader creates it there, for SQL written without a connection."""

    driver: Driver
    transactions: Transactions
    schemas: Schemas
    tables: Tables
    strategy: "Strategy"
    catalogue: type[Catalogue]

    @property
    def writes_schemas_out(self) -> bool:
        """Whether statements that run there name every schema."""
        return self.schemas.always_named or self.transactions.safe_names is not nullcontext

    @property
    def is_a_file(self) -> bool:
        """Whether a URL names a file."""
        return self.driver.is_empty_file is not None


@dataclass(frozen=True)
class Job:
    """What a build asks: materialize these relations, given what exists there."""

    warehouse: Warehouse
    dialect: Dialect
    graph: Graph
    chosen: tuple[Relation, ...]
    existing: Mapping[str, Existing] = field(default_factory=dict)
    orphans: Mapping[str, Kind] = field(default_factory=dict)
    """Shadow tables and views that a killed build has left."""

    new_schema: tuple[Executable, ...] = ()
    """What creates the target schema, where it is missing."""

    build: str = "00000000"
    """The build's token, by which its shadow tables are told from those of other builds."""

    schema: str | None = None
    """The target schema by its name, also where it is the connection's default."""

    retained: Existing | None = None
    """What exists under the name of the retained events."""

    source: str = ""
    """Which table the source is, or which files."""

    events: int = 0
    """How many rows the source has, as far as that is known."""

    @property
    def settings(self) -> Settings:
        """The settings of the build."""
        return self.graph.settings

    @property
    def is_whole(self) -> bool:
        """Whether every relation is materialized."""
        return len(self.chosen) == len(self.graph.relations)


@dataclass(frozen=True)
class Plan:
    """The answer: every statement, in order."""

    steps: tuple[Step, ...]
    """The first of them creates the target schema, where it is missing."""

    clean_up: tuple[Step, ...]
    """What drops again what only the build needed, also after a failure that is not rolled back."""

    events: FromClause
    """Where the clean events can be counted between the two."""

    counted: Mapping[str, FromClause]
    """Where the rows of each chosen relation can be counted."""

    ready: int
    """After how many of the steps the clean events can be counted, before anything of the results has changed."""


class Workspace(Protocol):
    """Where an incremental build works: its temporary tables, and the tables that it changes."""

    graph: Graph
    """Binds the tables that are changed: the real ones, or copies beside them."""

    replaces_tables: bool
    """Whether tables in place are new ones in the end, or the same with other rows."""

    def make(self, name: str, query: AnySelect) -> CreateTableAs:
        """Return what creates a working table."""
        ...

    def begin(self) -> Iterator[Step]:
        """Yield what must exist before anything is changed."""
        ...

    def put_in_place(self) -> Iterator[Step]:
        """Yield what shows readers the new rows, where the end of a transaction does not."""
        ...

    def clean_up(self) -> Iterator[Step]:
        """Yield what drops what only the build needed."""
        ...


class Strategy(Protocol):
    """How a warehouse replaces the rows of its tables, in full builds and in incremental ones."""

    def full(self, job: Job) -> Plan:
        """Return the steps of a full build, or of one of some relations.

        Raises:
            TargetError: what exists there cannot be replaced so.
        """
        ...

    def workspace(self, job: Job) -> Workspace:
        """Return where an incremental build works."""
        ...
