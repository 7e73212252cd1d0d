"""What there is to know about a warehouse, what a build asks of it, and what it answers."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import URL, Connection, CreateTableAs, CreateView, Dialect, Executable, FromClause, Table
from sqlalchemy.types import TypeEngine

from sessionmodels.graph import Graph, Relation
from sessionmodels.model import Kind, in_words
from sessionmodels.settings import Settings
from sessionmodels.sql.text import LongText
from sessionmodels.warehouses.catalogue import Catalogue, Existing, Named, RelationLike, comment_of
from sessionmodels.warehouses.locks.lock import Lock
from sessionmodels.warehouses.locks.process import one_in_this_process
from sessionmodels.warehouses.statement import Statement


@dataclass(frozen=True)
class Step:
    """Statements of a build that belong together, and what they are for."""

    relation_name: str
    action: str
    statements: tuple[Executable, ...]
    in_place: bool = False
    """Whether it changes what readers see, and is not rolled back."""


@dataclass(frozen=True)
class Job:
    """What a build asks: renew these relations, given what stands there."""

    warehouse: "Warehouse"
    words: Dialect
    graph: Graph
    chosen: tuple[Relation, ...]
    existing: Mapping[str, Existing] = field(default_factory=dict)
    orphans: Mapping[str, Kind] = field(default_factory=dict)
    """Tables and views beside the real names, which a build that was killed has left."""

    new_schema: tuple[Executable, ...] = ()
    """What makes the target schema, where it is missing."""

    build: str = "00000000"
    """Tells what this build makes beside the real names from what others do."""

    schema: str | None = None
    """The target schema by its name, also where it is the connection's default."""

    retained: Existing | None = None
    """What stands under the name of the kept events."""

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
        """Whether every relation is to be renewed."""
        return len(self.chosen) == len(self.graph.relations)


@dataclass(frozen=True)
class Plan:
    """The answer: every statement, in order."""

    steps: tuple[Step, ...]
    """The first of them makes the target schema, where it is missing."""

    clean_up: tuple[Step, ...]
    """What takes away again what only the build needed, also after a failure that is not rolled back."""

    events: FromClause
    """Where the clean events can be counted between the two."""

    counted: Mapping[str, FromClause]
    """Where the rows of each chosen relation can."""

    ready: int
    """After how many of the steps the clean events can be counted, before anything of the results has changed."""


def rudderstack(instant: TypeEngine[Any], *more_load_times: str) -> dict[str, TypeEngine[Any]]:
    """Return the columns of a `tracks` table as RudderStack's loader makes it, with its type of a time there."""
    texts = dict.fromkeys(("id", "anonymous_id", "user_id", "event"), LongText())
    return {**texts, **dict.fromkeys(("timestamp", "uuid_ts", *more_load_times), instant)}


def kept(job: Job, made: CreateTableAs) -> Executable:
    """Return the kept events as any other table that a build makes."""
    return job.warehouse.stage(made)


def keeps_every_row(_settings: Settings) -> str | None:
    """Answer for warehouses whose tables hold what was written into them."""
    return None


def untagged(_connection: Connection, _settings: Settings, _relation: str) -> None:
    """Answer for warehouses that keep no word of who runs a statement."""


def plain(made: CreateTableAs) -> Executable:
    """Return the plain `CREATE TABLE AS`."""
    return made


def not_aside(real: Table, _aside: Table) -> Any:
    """Refuse: nothing is built beside the real names of a warehouse that rolls back."""
    raise NotImplementedError(real.name)


def nothing_to_patch(_dialect: Dialect) -> None:
    """Answer for dialects that do what they should."""


def no_schema(_url: URL) -> str | None:
    """Answer for warehouses whose URL names none."""
    return None


def nothing_more(_job: Job, _relation: Relation) -> Iterator[Step]:
    """Answer for warehouses on which a filled table is finished."""
    return iter(())


def any_text(_connection: Connection) -> str:
    """Answer for warehouses that store any text."""
    return "utf-8"


def looks_for_signals(_connection: Any) -> None:
    """Answer for drivers that stop by themselves when a signal arrives."""


def never(_what: object) -> bool:
    """Answer for warehouses that do not tell."""
    return False


def state_of(error: BaseException) -> str:
    """Return the SQLSTATE of a driver's error, where it has one."""
    return getattr(error, "sqlstate", None) or getattr(error, "pgcode", None) or ""


def unimportant(_job: Job, _relation: Relation) -> str:
    """Answer for warehouses on which any table can be replaced."""
    return ""


def each_column(relation: RelationLike, template: str) -> tuple[Statement, ...]:
    """Return the template for each column of a relation, with its `{column}`, its `{kind}` and the `{text}` of what it means."""
    return tuple(Statement(template, column=one, kind=one.type, text=relation.comments[one.name]) for one in relation.table.c)


def create_view(view: RelationLike, replace: bool) -> Executable:
    """Return the SQL standard's way of making a view."""
    is_kept = view.kind == "materialized_view"
    return CreateView(view.select, view.table.name, schema=view.table.schema, or_replace=replace, materialized=is_kept)


def comment_on(_dialect: Dialect, relation: RelationLike) -> Iterator[Executable]:
    """Yield the SQL standard's way of saying what a relation and its columns mean."""
    kind = in_words(relation.kind).upper()
    yield Statement(f"COMMENT ON {kind} {{table}} IS {{text}}", table=relation.table, text=comment_of(relation.row))
    for column in relation.table.c:
        text = relation.comments[column.name]
        yield Statement("COMMENT ON COLUMN {table}.{column} IS {text}", table=relation.table, column=column, text=text)


@dataclass(frozen=True)
class Warehouse:
    """A warehouse's facts."""

    dialect: str
    """SQLAlchemy's name for it."""

    title: str
    extra: str
    """The extra of this package that brings its driver."""

    loaded: Mapping[str, TypeEngine[Any]]
    """The columns of the `tracks` table as RudderStack's loader makes it there, for SQL written without a connection."""

    materialize: Callable[[Job], Plan]
    """How it renews relations, as strongly as it can."""

    create_table: Callable[[Job, Relation], Executable]
    """The statement that makes a table, laid out as the settings have it."""

    grant: Callable[[Named, str], Executable]
    """The statement that lets somebody read a relation, who is named as the setting `grant_to` names them."""

    finish: Callable[[Job, Relation], Iterator[Step]] = nothing_more
    """What a filled table needs besides: indexes, the planner's statistics."""

    driver: str = ""
    """What a URL calls the driver that the extra brings, where a URL can ask for another one."""

    create_view: Callable[[RelationLike, bool], Executable] = create_view
    """The statement that makes a view, and whether it may replace one."""

    no_materialized_views: str | None = "has none"
    """Why a relation cannot be a materialized view there, as the end of a sentence; None where it can."""

    comment: Callable[[Dialect, RelationLike], Iterator[Executable]] = comment_on
    """The statements that write the meaning of a relation and its columns into the catalogue, where its making has not."""

    layout: Callable[[Job, Relation], str] = unimportant
    """How a table is to be laid out, as `Existing` tells how it is; where they differ, it cannot be replaced."""

    stage: Callable[[CreateTableAs], Executable] = plain
    """The statement that makes a table that only the build needs."""

    keep: Callable[[Job, CreateTableAs], Executable] = kept
    """The statement that makes the table of kept events."""

    put_in_place: Callable[[Table, Table], Executable] = not_aside
    """From a table and what stands beside it: the one atomic statement that gives the real name the new rows."""

    clone: Callable[[Table, Table], tuple[Executable, ...]] = not_aside
    """The statements that make a copy of a table beside it, to be changed there and put in place, where nothing rolls back."""

    loses_rows: Callable[[Settings], str | None] = keeps_every_row
    """Why results cannot be gone on from under these settings, where tables lose rows by themselves or are not read whole."""

    lock: Lock = one_in_this_process
    """Sees to it that one build at a time writes the same tables."""

    session: Callable[[Connection], AbstractContextManager[Any]] = nullcontext
    """Lasts as long as a build uses a connection, which must go back as it came."""

    engine_options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By driver, what an engine of ours is made with, such as that it asks nothing before names are looked up safely."""

    safe_names: Callable[[Connection], AbstractContextManager[Any]] = nullcontext
    """Lasts as long as statements of ours run on a connection, also one of somebody else's: no name is looked up in schemas in
    which others may create. Needed where functions and operators are found by a search path. Tables are named with schemas."""

    isolation_level: str | None = "READ COMMITTED"
    """What one snapshot for the whole build takes there. It is always set: an engine may be one that commits each statement."""

    tag: Callable[[Connection, Settings, str], None] = untagged
    """Marks the statements that follow as ours, and as those of a relation."""

    rolls_back: bool = True
    """Whether a build that fails is undone, DDL and all."""

    catalogue: type[Catalogue] = Catalogue
    patch_dialect: Callable[[Dialect], None] = nothing_to_patch
    """Puts right what its dialect gets wrong."""

    schema_in: Callable[[URL], str | None] = no_schema
    """The schema that a URL names, for SQL written without a connection."""

    grant_usage: Callable[[str, str], Executable] | None = None
    """The statement that lets somebody look into a schema that a build has made, where that takes a grant of its own."""

    unreachable: str = "check the URL and that the server is reachable"
    """What to do where it cannot be reached."""

    names_schemas: bool = False
    """Whether every name must have its schema, since a view there would not take the connection's."""

    default_schema: str | None = None
    """The schema that a connection takes there unless it says otherwise, for SQL written without a connection."""

    longest_text: int | None = None
    """How many bytes a text has there at most, where that is less than an id may have characters."""

    refusals: Callable[[], tuple[type[Exception], ...]] = tuple
    """What its client raises besides SQLAlchemy's own errors."""

    is_transient: Callable[[BaseException], bool] = never
    """Whether a failure of its driver may be gone when the same is tried again: conflicts, restarts, limits of rates."""

    interrupt: Callable[[Any], None] = looks_for_signals
    """Ends what a driver's connection is doing, from another thread, where the driver does not look for signals itself."""

    in_transaction: Callable[[Any], bool] = never
    """Whether a driver's connection, which an engine may hand out twice, is in somebody's transaction; leaves it undisturbed."""

    encoding: Callable[[Connection], str] = any_text
    """What the texts of a connection are encoded in, as Python calls it; what it does not have, no statement can say."""

    is_locked: Callable[[Exception], bool] = never
    """Whether a connection failed because another program holds the database."""

    is_empty_file: Callable[[Connection], bool] | None = None
    """Where a URL names a file that is made where it is missing: whether nothing has come into it."""

    opens_to_read: Mapping[str, Any] = field(default_factory=dict)
    """What its driver is told to open a file for reading alone."""

    reads_only: Mapping[str, Any] = field(default_factory=dict)
    """SQLAlchemy's options of a connection whose transactions may only read."""

    bytes_read: Callable[[Connection, Settings, str], int | None] | None = None
    """How many bytes a statement would read, where the warehouse tells without running it; None where it cannot say."""

    @property
    def writes_schemas_out(self) -> bool:
        """Whether statements that run there name every schema."""
        return self.names_schemas or self.safe_names is not nullcontext

    @property
    def is_a_file(self) -> bool:
        """Whether a URL names a file."""
        return self.is_empty_file is not None
