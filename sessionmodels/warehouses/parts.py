"""The parts that a warehouse consists of. What harms where it is guessed wrong has no default: isolation, roll-back, the lock."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy import URL, Connection, CreateTableAs, CreateView, Dialect, Executable
from sqlalchemy.types import TypeEngine

from sessionmodels.graph import Graph, Relation
from sessionmodels.model import in_words
from sessionmodels.settings import Settings
from sessionmodels.sql.text import LongText
from sessionmodels.warehouses.catalogue import Named, RelationLike, comment_of
from sessionmodels.warehouses.locks.lock import Lock
from sessionmodels.warehouses.statement import Statement
from sessionmodels.warehouses.step import Step


class BuildContext(Protocol):
    """What the statements that create a table depend on, besides the relation: a job has it."""

    @property
    def dialect(self) -> Dialect:
        """The connection's dialect."""
        ...

    @property
    def graph(self) -> Graph:
        """The relations."""
        ...

    @property
    def settings(self) -> Settings:
        """The settings of the build."""
        ...

    @property
    def events(self) -> int:
        """How many rows the source has, as far as that is known."""
        ...


def rudderstack(instant: TypeEngine[Any], *more_load_times: str) -> dict[str, TypeEngine[Any]]:
    """Return the columns of a `tracks` table as RudderStack's loader creates it, with its type of a time there."""
    texts = dict.fromkeys(("id", "anonymous_id", "user_id", "event"), LongText())
    return {**texts, **dict.fromkeys(("timestamp", "uuid_ts", *more_load_times), instant)}


def plain(made: CreateTableAs) -> Executable:
    """Return the plain `CREATE TABLE AS`."""
    return made


def keeps_every_row(_settings: Settings) -> str | None:
    """Answer for warehouses whose tables hold what was written into them."""
    return None


def untagged(_connection: Connection, _settings: Settings, _relation_name: str) -> None:
    """Answer for warehouses that do not record who runs a statement."""


def nothing_to_patch(_dialect: Dialect) -> None:
    """Answer for dialects that do what they should."""


def no_schema(_url: URL) -> str | None:
    """Answer for warehouses whose URL names none."""
    return None


def nothing_more(_context: BuildContext, _relation: Relation) -> Iterator[Step]:
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


def unimportant(_context: BuildContext, _relation: Relation) -> str:
    """Answer for warehouses on which any table can be replaced."""
    return ""


def state_of(error: BaseException) -> str:
    """Return the SQLSTATE of a driver's error, where it has one."""
    return getattr(error, "sqlstate", None) or getattr(error, "pgcode", None) or ""


def each_column(relation: RelationLike, template: str) -> tuple[Statement, ...]:
    """Return the template for each column of a relation, with its `{column}`, its `{kind}` and the `{text}` of what it means."""
    return tuple(Statement(template, column=one, kind=one.type, text=relation.comments[one.name]) for one in relation.table.c)


def create_view(view: RelationLike, replace: bool) -> Executable:
    """Return the SQL standard's `CREATE VIEW`."""
    is_kept = view.kind == "materialized_view"
    return CreateView(view.select, view.table.name, schema=view.table.schema, or_replace=replace, materialized=is_kept)


def comment_on(_dialect: Dialect, relation: RelationLike) -> Iterator[Executable]:
    """Yield the SQL standard's comments on a relation and its columns."""
    kind = in_words(relation.kind).upper()
    yield Statement(f"COMMENT ON {kind} {{table}} IS {{text}}", table=relation.table, text=comment_of(relation.row))
    for column in relation.table.c:
        text = relation.comments[column.name]
        yield Statement("COMMENT ON COLUMN {table}.{column} IS {text}", table=relation.table, column=column, text=text)


@dataclass(frozen=True, kw_only=True)
class Driver:
    """The driver: what brings it, how it is asked, and what its errors mean."""

    extra: str
    """The extra of this package that brings it."""

    is_transient: Callable[[BaseException], bool]
    """Whether a failure may be gone when the same is tried again: conflicts, restarts, rate limits."""

    name: str = ""
    """What a URL calls it, where a URL can ask for another one."""

    engine_options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By driver, what an engine of ours is created with, such as that it asks nothing before names are looked up safely."""

    patch_dialect: Callable[[Dialect], None] = nothing_to_patch
    """Puts right what its dialect gets wrong."""

    refusals: Callable[[], tuple[type[Exception], ...]] = tuple
    """What its client raises besides SQLAlchemy's own errors."""

    interrupt: Callable[[Any], None] = looks_for_signals
    """Ends what a connection is doing, from another thread, where the driver does not look for signals itself."""

    in_transaction: Callable[[Any], bool] = never
    """Whether a connection, which an engine may hand out twice, is in somebody's transaction; leaves it undisturbed."""

    encoding: Callable[[Connection], str] = any_text
    """The encoding of a connection's texts, by Python's name; a letter outside of it cannot be written in a statement."""

    is_locked: Callable[[Exception], bool] = never
    """Whether a connection failed because another program holds the database."""

    is_empty_file: Callable[[Connection], bool] | None = None
    """Where a URL names a file, which is created where it is missing: whether nothing has been written into it."""

    opens_to_read: Mapping[str, Any] = field(default_factory=dict)
    """What opens a file for reading alone."""

    reads_only: Mapping[str, Any] = field(default_factory=dict)
    """SQLAlchemy's options of a connection whose transactions may only read."""

    unreachable: str = "check the URL and that the server is reachable"
    """What to do where the warehouse cannot be reached."""

    bytes_read: Callable[[Connection, Settings, str], int | None] | None = None
    """How many bytes a statement would read, where that can be asked without running it; None where it cannot be told."""


@dataclass(frozen=True, kw_only=True)
class Transactions:
    """What a transaction holds together there, and what keeps other builds away meanwhile."""

    isolation_level: str | None
    """What one snapshot for the whole build takes there. It is always set: an engine may be one that commits each statement."""

    rolls_back: bool
    """Whether a build that fails is undone, DDL and all."""

    lock: Lock
    """Sees to it that one build at a time writes the same tables."""

    session: Callable[[Connection], AbstractContextManager[Any]] = nullcontext
    """Lasts as long as a build uses a connection, which must go back as it came."""

    safe_names: Callable[[Connection], AbstractContextManager[Any]] = nullcontext
    """Lasts as long as statements of ours run on a connection, also one of somebody else's: no name is looked up in schemas in
    which others may create. Needed where functions and operators are found by a search path. Tables are named with schemas."""

    tag: Callable[[Connection, Settings, str], None] = untagged
    """Marks the statements that follow as ours, and as those of a relation."""


@dataclass(frozen=True, kw_only=True)
class Schemas:
    """How schemas are named there."""

    always_named: bool = False
    """Whether every name must have its schema, since a view there would not take the connection's."""

    default: str | None = None
    """The schema that a connection takes there unless it says otherwise, for SQL written without a connection."""

    in_url: Callable[[URL], str | None] = no_schema
    """The schema that a URL names, for SQL written without a connection."""


@dataclass(frozen=True, kw_only=True)
class Tables:
    """The statements that create tables and views there, describe them and let others read them."""

    create: Callable[[BuildContext, Relation], Executable]
    """The statement that creates a table, laid out as the settings have it."""

    grant: Callable[[Named, str], Executable]
    """The statement that lets somebody read a relation, who is named as the setting `grant_to` names them."""

    no_materialized_views: str | None
    """Why a relation cannot be a materialized view there, as the end of a sentence; None where it can."""

    grant_usage: Callable[[str, str], Executable] | None = None
    """The statement that lets somebody look into a schema that a build has created, where that takes a grant of its own."""

    create_view: Callable[[RelationLike, bool], Executable] = create_view
    """The statement that creates a view, and whether it may replace one."""

    comment: Callable[[Dialect, RelationLike], Iterator[Executable]] = comment_on
    """The statements that write the meaning of a relation and its columns into the catalogue, where its creation has not."""

    finish: Callable[[BuildContext, Relation], Iterator[Step]] = nothing_more
    """What a filled table needs besides: indexes, the planner's statistics."""

    layout: Callable[[BuildContext, Relation], str] = unimportant
    """How a table is to be laid out, as `Existing` says how it is; where they differ, it cannot be replaced."""

    stage: Callable[[CreateTableAs], Executable] = plain
    """The statement that creates a table that only the build needs."""

    retain: Callable[[BuildContext, CreateTableAs], Executable] | None = None
    """The statement that creates the table of retained events, where it is laid out otherwise than a staged one."""

    loses_rows: Callable[[Settings], str | None] = keeps_every_row
    """Why nothing can be continued under these settings, where tables lose rows by themselves or are not read whole."""

    longest_text: int | None = None
    """How many bytes a text has there at most, where that is less than an id may have characters."""
