"""The parts of a warehouse. What does harm if guessed wrong has no default: isolation, rollback, the lock."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy import URL, Connection, CreateTableAs, CreateView, Dialect, Executable
from sqlalchemy.types import TypeEngine

from sessionmodels.model import in_words
from sessionmodels.relations.graph import Graph, Relation
from sessionmodels.settings import Settings
from sessionmodels.sql.keyed_hash import Blocks
from sessionmodels.sql.text import LongText
from sessionmodels.warehouses.catalogue import Named, RelationLike, comment_of
from sessionmodels.warehouses.locks.lock import Lock
from sessionmodels.warehouses.statement import Statement
from sessionmodels.warehouses.step import Step


class BuildContext(Protocol):
    """What the statements that create a table depend on besides the relation. A job provides it."""

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
    def chosen(self) -> Sequence[Relation]:
        """The relations that are built."""
        ...

    @property
    def events(self) -> int:
        """About how many rows the source has, if the catalogue knows it."""
        ...


def rudderstack(instant: TypeEngine[Any], *more_load_times: str) -> dict[str, TypeEngine[Any]]:
    """Return the columns of a `tracks` table as RudderStack's loader creates it, with that type of times."""
    texts = dict.fromkeys(("id", "anonymous_id", "user_id", "event"), LongText())
    return {**texts, **dict.fromkeys(("timestamp", "uuid_ts", *more_load_times), instant)}


def plain(table: CreateTableAs) -> Executable:
    """Return the plain `CREATE TABLE AS`."""
    return table


def keeps_every_row(_settings: Settings) -> str | None:
    """Serve as the default for warehouses whose tables keep every row."""
    return None


def untagged(_connection: Connection, _settings: Settings, _relation_name: str) -> None:
    """Serve as the default for warehouses that do not tag statements."""


def nothing_to_patch(_dialect: Dialect) -> None:
    """Serve as the default for dialects that need no patch."""


def no_schema(_url: URL) -> str | None:
    """Serve as the default for warehouses whose URL names no schema."""
    return None


def named_database(url: URL) -> str | None:
    """Return the database of a URL such as `postgresql://host/database`."""
    return url.database or None


def nothing_more(_context: BuildContext, _relation: Relation) -> Iterator[Step]:
    """Serve as the default for warehouses on which a filled table needs nothing else."""
    return iter(())


def any_text(_connection: Connection) -> str:
    """Serve as the default for warehouses that store any text."""
    return "utf-8"


def looks_for_signals(_connection: Any) -> None:
    """Serve as the default for drivers that stop by themselves when a signal arrives."""


def no_share(_connection: Any) -> None:
    """Serve as the default for drivers that cannot tell how far a statement is."""


def never(_what: object) -> bool:
    """Serve as the default for warehouses that cannot tell."""
    return False


def unimportant(_context: BuildContext, _relation: Relation) -> str:
    """Serve as the default for warehouses on which any table can be replaced."""
    return ""


def state_of(error: BaseException) -> str:
    """Return the SQLSTATE of a driver's error, or an empty text."""
    return getattr(error, "sqlstate", None) or getattr(error, "pgcode", None) or ""


def each_column(relation: RelationLike, template: str) -> tuple[Statement, ...]:
    """Return the template for each column of a relation, with its `{column}`, its `{kind}` and its description as `{text}`."""
    return tuple(Statement(template, column=one, kind=one.type, text=relation.comments[one.name]) for one in relation.table.c)


def create_view(view: RelationLike, replace: bool) -> Executable:
    """Return the SQL standard's `CREATE VIEW`."""
    is_materialized = view.kind == "materialized_view"
    return CreateView(view.select, view.table.name, schema=view.table.schema, or_replace=replace, materialized=is_materialized)


def comment_on(_dialect: Dialect, relation: RelationLike) -> Iterator[Executable]:
    """Yield the SQL standard's comments on a relation and its columns."""
    kind = in_words(relation.kind).upper()
    yield Statement(f"COMMENT ON {kind} {{table}} IS {{text}}", table=relation.table, text=comment_of(relation.row))
    for column in relation.table.c:
        text = relation.comments[column.name]
        yield Statement("COMMENT ON COLUMN {table}.{column} IS {text}", table=relation.table, column=column, text=text)


@dataclass(frozen=True, kw_only=True)
class Driver:
    """The driver: how to install it, how to use it, and what its errors mean."""

    extra: str
    """The extra of this package that installs it."""

    is_transient: Callable[[BaseException], bool]
    """Whether a retry may help: after conflicts, restarts, rate limits."""

    name: str = ""
    """Its name in URLs, if a URL can name another one."""

    engine_options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Options of our engines by driver. They keep a driver from running queries before names are resolved safely."""

    patch_dialect: Callable[[Dialect], None] = nothing_to_patch
    """Corrects errors of its dialect."""

    refusals: Callable[[], tuple[type[Exception], ...]] = tuple
    """The errors that its client raises besides SQLAlchemy's own."""

    interrupt: Callable[[Any], None] = looks_for_signals
    """Interrupts a connection's statement from another thread, if the driver does not check for signals itself."""

    on_connect: tuple[str, ...] = ()
    """Statements that our own engines run on each new connection."""

    share_done: Callable[[Any], float | None] = no_share
    """How much of a connection's running statement is done, from 0 to 1, asked by another thread; None if that is unknown."""

    in_transaction: Callable[[Any], bool] = never
    """Whether a connection that an engine may share is inside a transaction. It leaves the transaction undisturbed."""

    encoding: Callable[[Connection], str] = any_text
    """Python's name of a connection's encoding. Statements cannot contain characters outside it."""

    is_locked: Callable[[Exception], bool] = never
    """Whether a connection failed because another program has locked the database."""

    is_empty_file: Callable[[Connection], bool] | None = None
    """Whether a file that a URL names is still empty. None for warehouses that are not files."""

    opens_to_read: Mapping[str, Any] = field(default_factory=dict)
    """The connect arguments that open a file read-only."""

    reads_only: Mapping[str, Any] = field(default_factory=dict)
    """SQLAlchemy's options for connections with read-only transactions."""

    keep_blocks: Callable[[Connection, Blocks | None], None] | None = None
    """Keeps what ids are hashed with in a connection's session, or removes it, if statements can read it there."""

    unreachable: str = "check the URL and that the server is reachable"
    """What to do if the warehouse cannot be reached."""

    bytes_read: Callable[[Connection, Settings, str], int | None] | None = None
    """The number of bytes a statement would read, without running it, if the warehouse can tell; None if that is unknown."""


@dataclass(frozen=True, kw_only=True)
class Transactions:
    """What a transaction includes, and what keeps other builds away."""

    isolation_level: str | None
    """The level with one snapshot for the whole build. It is always set, because the engine's own may commit each statement."""

    rolls_back: bool
    """Whether a failed build is rolled back, including its DDL."""

    lock: Lock
    """Lets only one build at a time write the same tables."""

    session: Callable[[Connection], AbstractContextManager[Any]] = nullcontext
    """Entered while a build uses a connection, which must be returned unchanged."""

    safe_names: Callable[[Connection], AbstractContextManager[Any]] = nullcontext
    """Entered while our statements run on a connection, even on one that others opened: no name is resolved in schemas in which
    other roles may create. Needed if functions and operators are found by a search path. Tables are named with schemas."""

    tag: Callable[[Connection, Settings, str], None] = untagged
    """Tags the following statements as ours, with the relation."""


@dataclass(frozen=True, kw_only=True)
class Schemas:
    """How schemas are named."""

    always_named: bool = False
    """Whether every name needs its schema, because views do not use the connection's."""

    default: str | None = None
    """A connection's usual default schema, for SQL written without a connection."""

    in_url: Callable[[URL], str | None] = no_schema
    """The schema that a URL names, for SQL written without a connection."""

    usual: str | None = None
    """The schema of most connections that name none. Statements need not name it, but descriptions for other tools do."""

    database_in_url: Callable[[URL], str | None] = named_database
    """The database that a URL names, as other tools call it."""

    may_name_database: bool = False
    """Whether the name of a schema may start with its database or project: `database.schema`."""

    def with_database(self, schema: str, database: str | None) -> tuple[str | None, str]:
        """Return the database and the schema by itself, given the connection's database."""
        named, _, bare = schema.rpartition(".") if self.may_name_database else ("", "", schema)
        return named or database, bare


@dataclass(frozen=True, kw_only=True)
class Tables:
    """The statements that create, describe and grant tables and views."""

    create: Callable[[BuildContext, Relation], Executable]
    """The statement that creates a table with the layout in the settings."""

    grant: Callable[[Named, str], Executable]
    """The statement that lets a grantee of the setting `grant_to` read a relation."""

    no_materialized_views: str | None
    """Why a relation cannot be a materialized view, as the end of a sentence; None if it can."""

    grant_usage: Callable[[str, str], Executable] | None = None
    """The statement that grants usage of a schema that a build created, if the warehouse requires that."""

    create_view: Callable[[RelationLike, bool], Executable] = create_view
    """The statement that creates a view, or replaces one."""

    comment: Callable[[Dialect, RelationLike], Iterator[Executable]] = comment_on
    """The statements that write a relation's comments, unless they were written on creation."""

    finish: Callable[[BuildContext, Relation], Iterator[Step]] = nothing_more
    """The steps that finish a filled table: indexes, the planner's statistics."""

    layout: Callable[[BuildContext, Relation], str] = unimportant
    """A table's intended layout, comparable to `Existing.layout`. If they differ, the table cannot be replaced."""

    stage: Callable[[CreateTableAs], Executable] = plain
    """The statement that creates a working table."""

    loses_rows: Callable[[Settings], str | None] = keeps_every_row
    """Why no build can continue under these settings, because tables lose rows or cannot be read as a whole."""

    longest_text: int | None = None
    """The maximum length of a text in bytes, if an id may be longer."""
