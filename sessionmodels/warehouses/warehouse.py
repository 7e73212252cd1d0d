"""A warehouse, the job that a build gives to it, and the plan that it returns."""

from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy import CreateTableAs, Dialect, Executable, FromClause
from sqlalchemy.types import TypeEngine

from sessionmodels.model import AnySelect, Kind
from sessionmodels.relations.graph import Graph, Relation
from sessionmodels.settings import Settings
from sessionmodels.warehouses.catalogue import Catalogue, Existing
from sessionmodels.warehouses.parts import Driver, Schemas, Tables, Transactions
from sessionmodels.warehouses.step import Step


@dataclass(frozen=True, kw_only=True)
class Warehouse:
    """A warehouse's facts. No part has a default: a new warehouse must specify each."""

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
        """Whether statements must name every schema."""
        return self.schemas.always_named or self.transactions.safe_names is not nullcontext

    @property
    def is_a_file(self) -> bool:
        """Whether a URL names a file."""
        return self.driver.is_empty_file is not None


@dataclass(frozen=True)
class Job:
    """What a build has to do: materialize these relations, given what exists."""

    warehouse: Warehouse
    dialect: Dialect
    graph: Graph
    chosen: tuple[Relation, ...]
    existing: Mapping[str, Existing] = field(default_factory=dict)
    orphans: Mapping[str, Kind] = field(default_factory=dict)
    """Shadow tables and views that a killed build left behind."""

    new_schema: tuple[Executable, ...] = ()
    """The statements that create the target schema, if it is missing."""

    build: str = "00000000"
    """The build's token, which distinguishes its shadow tables from those of other builds."""

    schema: str | None = None
    """The target schema by its name, even if it is the connection's default."""

    duplicates: Existing | None = None
    """The existing table of removed duplicates, if any."""

    former: Existing | None = None
    """The existing table in which an earlier version stored the events, if any."""

    source: str = ""
    """The source: a table, or files."""

    forgets: bool = False
    """Whether people are removed from the results, instead of new rows being read."""

    events: int = 0
    """About how many rows the source has, if the catalogue knows it."""

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
    """All statements of a full build, in order."""

    steps: tuple[Step, ...]
    """The first one creates the target schema, if it is missing."""

    clean_up: tuple[Step, ...]
    """The steps that drop working tables, also after a failure that is not rolled back."""

    graph: Graph
    """The graph of the tables that are filled: the real ones, or shadow tables."""

    events: FromClause
    """Where the clean events can be counted between `steps` and `clean_up`."""

    aliases: FromClause | None
    """Where the aliases of these events are stored by then, if they are. They are fewer, so junk ids are looked for there."""

    removed: FromClause | None
    """Where the removed duplicates can be counted then. None if the events are not stored, so that counting reads the source."""

    kept: FromClause | None
    """Where the raw rows of ids that occur more than once can be counted then, if there are several sources."""

    counted: Mapping[str, FromClause]
    """Where the rows of each chosen relation can be counted."""

    ready: int
    """The number of steps after which the clean events, and their aliases if these are stored, can be counted, while readers
    still see the old results."""


class Workspace(Protocol):
    """The tables of an incremental build: its working tables, and the tables that it changes."""

    graph: Graph
    """The graph of the tables that are changed: the real ones, or clones."""

    is_temporary: bool
    """Whether working tables are temporary, so that one can be filled before the lock is held, and nobody else sees it."""

    replaces_tables: bool
    """Whether the final tables are new ones, instead of the same tables with other rows."""

    def create(self, name: str, query: AnySelect) -> CreateTableAs:
        """Return the statement that creates a working table."""
        ...

    def begin(self) -> Iterator[Step]:
        """Yield the steps before any change."""
        ...

    def put_in_place(self) -> Iterator[Step]:
        """Yield the steps that show readers the new rows, if the commit does not."""
        ...

    def clean_up(self) -> Iterator[Step]:
        """Yield the steps that drop the working tables."""
        ...


class Strategy(Protocol):
    """How a warehouse replaces the rows of its tables, in full builds and in incremental ones."""

    def full(self, job: Job) -> Plan:
        """Return the steps of a full build, or of one of some relations.

        Raises:
            TargetError: an existing object cannot be replaced.
        """
        ...

    def workspace(self, job: Job) -> Workspace:
        """Return the workspace of an incremental build."""
        ...
