"""Binds the models' names to tables. The order of relations is derived here from their selects."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import ClauseElement, Column, CreateTableAs, CreateView, FromClause, MetaData, Table, false
from sqlalchemy.util import topological

from sessionmodels.model import AnySelect, Carried, Kind, Model
from sessionmodels.models import MODELS
from sessionmodels.relations.descriptions import described_columns
from sessionmodels.relations.naming import DUPLICATES, STAGED, TRACKS, duplicates_name, shadow_name, target_name
from sessionmodels.relations.remembered import remembered
from sessionmodels.rules.identity.identity import Identity
from sessionmodels.settings import Settings
from sessionmodels.source.clean import (
    clean_events,
    deduplicated_events,
    events_with,
    kept_rows,
    ranked_events,
    removed_duplicates,
    rows_of_shared_ids,
    usable_events,
)
from sessionmodels.source.stream import Stream
from sessionmodels.sql.inlined import inlined


@dataclass(frozen=True)
class Shadow:
    """A build into shadow tables, for warehouses that cannot roll back DDL: its token and its relations."""

    build: str
    """The token that distinguishes this build's tables from those of other builds."""

    names: frozenset[str]


@dataclass(frozen=True)
class Relation:
    """One relation under its name in the target, with the statement that creates it."""

    model: Model
    kind: Kind
    ddl: CreateTableAs | CreateView
    comments: Mapping[str, str]
    """A description of each column."""

    @property
    def name(self) -> str:
        """The relation's name, without the prefix."""
        return self.model.name

    @property
    def row(self) -> str:
        """What one row describes."""
        return self.model.row

    @property
    def table(self) -> Table:
        """The table or view as something to select from."""
        return self.ddl.table

    @property
    def entity_column(self) -> Column[Any]:
        """The column that identifies the row's entity."""
        return self.table.c[self.model.entity_column]

    @property
    def time_column(self) -> Column[Any] | None:
        """The column with the row's time, if a row has one."""
        return self.table.c[self.model.time_column] if self.model.time_column else None

    @property
    def select(self) -> AnySelect:
        """The select that defines it."""
        return self.ddl.selectable  # pyright: ignore[reportReturnType] - created from a Select

    @property
    def shows(self) -> Table | None:
        """The table whose columns it selects, row for row. None if it filters, joins or computes anything."""
        query = self.select
        tables = {one.table for one in query.selected_columns if isinstance(one, Column)}
        chooses = all(isinstance(one, Column) for one in query.selected_columns)
        if len(tables) != 1 or not chooses or query.whereclause is not None or query.get_final_froms() != list(tables):
            return None
        (table,) = tables
        return table if isinstance(table, Table) else None

    @cached_property
    def reads(self) -> frozenset[Table]:
        """The tables that its select names, through CTEs and subqueries."""
        return frozenset(one for one in parts_of(self.select) if isinstance(one, Table))

    @property
    def columns_read(self) -> frozenset[Column[Any]]:
        """The columns of those tables that its select names."""
        return frozenset(c for c in parts_of(self.select) if isinstance(c, Column) and c.table in self.reads)


def parts_of(query: ClauseElement) -> Iterator[ClauseElement]:
    """Yield everything that a select consists of, each part once: a CTE may be named many times."""
    seen, pending = set[int](), [query]
    while pending:
        part = pending.pop()
        if id(part) not in seen:
            seen.add(id(part))
            pending.extend(part.get_children())
            yield part


@dataclass(frozen=True)
class Graph:
    """The relations in the order of their dependencies."""

    settings: Settings
    stream: Stream
    """What is read: one source or several."""

    relations: tuple[Relation, ...]
    staging: CreateTableAs
    """The working table of usable raw rows, each with its rank among the rows of its id: all of them, if every reader has to see
    the same rows; else only those whose id occurs more than once, because the others can be read in the source."""

    tracks: FromClause
    """The clean events, as the tables read them."""

    clean: AnySelect
    """The clean events, read from the source."""

    duplicates: CreateTableAs
    """The table that stores the removed duplicates if the next build may be incremental."""

    stages_all: bool
    """Whether the working table holds all rows."""

    continues: bool
    """Whether incremental builds can continue from the results."""

    def shadow(self, build: str, names: Iterable[str]) -> "Graph":
        """Return the same relations, the named ones as shadow tables."""
        return bind(self.settings, self.stream, Shadow(build, frozenset(names)), continues=self.continues)

    @property
    def tables(self) -> tuple[Relation, ...]:
        """The relations that are materialized as tables."""
        return tuple(relation for relation in self.relations if relation.kind == "table")

    @property
    def identity(self) -> Identity:
        """Whose event an event is."""
        return identity_of(self.settings, self.stream)

    def chosen_by(self, model: Model) -> dict[str, Any]:
        """Return the settings that a model depends on."""
        return chosen_by(model, self.settings, self.stream)

    def __getitem__(self, name: str) -> Relation:
        """Return the relation of that name."""
        return next(relation for relation in self.relations if relation.name == name)

    def carrying(self, what: Carried) -> Relation:
        """Return the relation in which an incremental build reads that."""
        return next(relation for relation in self.relations if relation.model.carries == what)

    def stored(self, what: Carried, chosen: Sequence[Relation]) -> Relation | None:
        """Return the relation that carries that, if it is a table and one of the chosen ones."""
        found = self.carrying(what)
        return found if found in chosen and found.kind == "table" else None

    @property
    def events(self) -> FromClause:
        """The clean events as a subquery of the source, for code that runs without a staging table."""
        return self.clean.subquery(TRACKS)

    @property
    def removed(self) -> FromClause:
        """The removed duplicates, in the working table."""
        return _removed(self.stream, self.staging, self.settings).subquery("removed")

    @property
    def kept(self) -> FromClause | None:
        """The raw rows of ids that occur more than once, in the working table, if there are several sources."""
        if not self.stream.several or not self.settings.deduplicate:
            return None
        return kept_rows(self.staging.table).subquery("kept_rows")

    def chosen(self, names: Iterable[str]) -> tuple[Relation, ...]:
        """Return these relations in order."""
        wanted = set(names)
        return tuple(relation for relation in self.relations if relation.name in wanted)

    def reads_source(self, relations: Sequence[Relation]) -> bool:
        """Whether one of these reads the events directly."""
        return any(TRACKS in MODELS[relation.name].reads for relation in relations)

    def must_stage(self, relations: Sequence[Relation]) -> bool:
        """Whether one of these reads the staging table."""
        return any(self.staging.table in relation.reads for relation in relations)


@remembered  # a build inspects twice: before it waits for the lock, and under it
def bind(settings: Settings, stream: Stream, shadow: Shadow | None = None, *, continues: bool = False) -> Graph:
    """Return all relations bound to their names in the target, or to shadow tables."""
    metadata = MetaData()
    # All rows are staged so that files are read once, ids are hashed once, and all shadow tables see one state of the source.
    stages_all = shadow is not None or not stream.is_table or stream.needs_key
    rows = ranked_events(stream, deduplicate=settings.deduplicate) if stages_all else rows_of_shared_ids(stream)
    staging = _staging(rows, metadata, settings, shadow)
    duplicates = _duplicates(_kept(stream, staging, settings), metadata, settings, shadow)
    clean = clean_events(stream, deduplicate=settings.deduplicate)
    if stages_all:
        tracks = deduplicated_events(staging.table).cte(TRACKS)
    else:
        tracks = inlined(events_with(stream, staging.table) if settings.deduplicate else clean, TRACKS)
    bound: dict[str, Relation] = {}

    def relation(name: str) -> Relation:
        if name not in bound:
            model = MODELS[name]
            query = model(*map(read_by(settings.kinds[name]), model.reads), **chosen_by(model, settings, stream))
            bound[name] = _relation(model, query, settings, metadata, shadow)
        return bound[name]

    def read_by(kind: Kind) -> Any:
        # A view outlives the build, so it reads the source itself; a table reads the staging table.
        inline: FromClause = clean.cte(TRACKS) if kind != "table" and shadow is None else tracks
        return lambda name: inline if name == TRACKS else relation(name).table

    relations = _in_order([relation(name) for name in MODELS])
    return Graph(settings, stream, relations, staging, tracks, clean, duplicates, stages_all, continues)


def _in_order(relations: Iterable[Relation]) -> tuple[Relation, ...]:
    """Return the relations, each after those that it reads, else by name."""
    by_table = {one.table: one for one in relations}
    edges = [(read, table) for table, one in by_table.items() for read in one.reads if read in by_table]
    alphabetical = sorted(by_table, key=lambda table: table.name)
    return tuple(by_table[table] for table in topological.sort(edges, alphabetical, deterministic_order=True))


def _staging(rows: AnySelect, metadata: MetaData, settings: Settings, shadow: Shadow | None) -> CreateTableAs:
    if shadow is None:
        return CreateTableAs(rows, STAGED, metadata=metadata, temporary=True)
    return CreateTableAs(rows, shadow_name(TRACKS, settings, shadow.build), metadata=metadata, schema=settings.target_schema)


def _removed(stream: Stream, staging: CreateTableAs, settings: Settings) -> AnySelect:
    """Return the removed duplicates, in the working table; none if duplicates are kept."""
    removed = removed_duplicates(staging.table, several=stream.several)
    return removed if settings.deduplicate else usable_events(stream).where(false())


def _kept(stream: Stream, staging: CreateTableAs, settings: Settings) -> AnySelect:
    """Return what the next incremental build must know beside the events."""
    return kept_rows(staging.table) if settings.deduplicate else usable_events(stream).where(false())


def _duplicates(rows: AnySelect, metadata: MetaData, settings: Settings, shadow: Shadow | None) -> CreateTableAs:
    name = duplicates_name(settings) if shadow is None else shadow_name(DUPLICATES, settings, shadow.build)
    return CreateTableAs(rows, name, metadata=metadata, schema=settings.target_schema)


def identity_of(settings: Settings, stream: Stream) -> Identity:
    """Return the setting `identity`, with the graph that it reads."""
    return Identity(settings.identity, stream.identity_graph and stream.identity_graph.answers)


def chosen_by(model: Model, settings: Settings, stream: Stream) -> dict[str, Any]:
    """Return a model's arguments besides its tables, by name: settings, and two values that depend on the sources, too.

    These are `identity`, with the table that it reads, and `filled`, the optional columns that at least one source fills.
    """
    added = {"filled": lambda: stream.filled, "identity": lambda: identity_of(settings, stream)}
    return {name: added[name]() if name in added else getattr(settings, name) for name in model.sets}


def _relation(model: Model, query: AnySelect, settings: Settings, metadata: MetaData, shadow: Shadow | None) -> Relation:
    kind = settings.kinds[model.name]
    name = target_name(model.name, settings)
    if shadow is not None and model.name in shadow.names:
        name = shadow_name(model.name, settings, shadow.build)
    place: Any = {"metadata": metadata, "schema": settings.target_schema}
    is_matview = kind == "materialized_view"
    ddl = CreateTableAs(query, name, **place) if kind == "table" else CreateView(query, name, materialized=is_matview, **place)
    descriptions = described_columns(model, settings)
    return Relation(model, kind, ddl, {one.name: descriptions[one.name] for one in ddl.table.c})
