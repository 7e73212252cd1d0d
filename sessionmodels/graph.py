"""Binds the models' names to tables. The order of relations is read here, from their selects, and nowhere written down."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Column, CreateTableAs, CreateView, FromClause, MetaData, Table
from sqlalchemy.sql.util import find_tables
from sqlalchemy.sql.visitors import iterate

from sessionmodels.model import AnySelect, Carried, Kind, Model
from sessionmodels.models import MODELS
from sessionmodels.naming import STAGED, TRACKS, retained_name, shadow_name, target_name
from sessionmodels.settings import Settings
from sessionmodels.source.clean import clean_events, deduplicated_events, retained_events
from sessionmodels.source.columns import Source

LONGEST_COMMENT = 1000
"""BigQuery takes 1,024 letters on a column."""


@dataclass(frozen=True)
class Shadow:
    """A build beside the real names, for warehouses that cannot roll DDL back: which build, and what it builds."""

    build: str
    """Tells this build's tables from those of others."""

    names: frozenset[str]


@dataclass(frozen=True)
class Relation:
    """One relation under its name in the target, with the statement that makes it."""

    model: Model
    kind: Kind
    ddl: CreateTableAs | CreateView
    comments: Mapping[str, str]
    """What each column means."""

    @property
    def name(self) -> str:
        """The relation's name, without the prefix."""
        return self.model.name

    @property
    def row(self) -> str:
        """What one row is."""
        return self.model.row

    @property
    def table(self) -> Table:
        """The table or view as something to select from."""
        return self.ddl.table

    @property
    def entity_column(self) -> Column[Any]:
        """The column that says whose row it is."""
        return self.table.c[self.model.entity_column]

    @property
    def time_column(self) -> Column[Any] | None:
        """The column that says when, where a row is of one time."""
        return self.table.c[self.model.time_column] if self.model.time_column else None

    @property
    def select(self) -> AnySelect:
        """What fills it."""
        return self.ddl.selectable  # pyright: ignore[reportReturnType] - a Select went in

    @cached_property
    def reads(self) -> frozenset[Table]:
        """The tables that its select names, through CTEs and subqueries."""
        return frozenset(t for t in find_tables(self.select, include_crud=False) if isinstance(t, Table))

    @property
    def columns_read(self) -> frozenset[Column[Any]]:
        """The columns of those tables that its select names."""
        return frozenset(c for c in iterate(self.select) if isinstance(c, Column) and c.table in self.reads)


@dataclass(frozen=True)
class Graph:
    """The relations in the order that their references give."""

    settings: Settings
    source: Source
    relations: tuple[Relation, ...]
    staged: CreateTableAs
    """What cleans the events once; where they are kept, with the rows that do not stand."""

    clean: AnySelect
    retains: bool = False
    """Whether the events are kept after the build, for incremental ones to go on from."""

    def shadow(self, build: str, names: Iterable[str]) -> "Graph":
        """Return the same relations, those named under names beside the real ones."""
        return bind(self.settings, self.source, Shadow(build, frozenset(names)), keep=self.retains)

    @property
    def tables(self) -> tuple[Relation, ...]:
        """The relations that are kept as tables."""
        return tuple(relation for relation in self.relations if relation.kind == "table")

    def __getitem__(self, name: str) -> Relation:
        """Return the relation of that name."""
        return next(relation for relation in self.relations if relation.name == name)

    def carrying(self, what: Carried) -> Relation:
        """Return the relation in which an incremental build finds that."""
        return next(relation for relation in self.relations if relation.model.carries == what)

    @property
    def events(self) -> FromClause:
        """The clean events as a subquery, for whoever does not find them staged."""
        return self.clean.subquery(TRACKS)

    @property
    def tracks(self) -> FromClause:
        """The clean events as they are staged."""
        return _staged_tracks(self.staged, keep=self.retains)

    def chosen(self, names: Iterable[str]) -> tuple[Relation, ...]:
        """Return those relations, still in order."""
        wanted = set(names)
        return tuple(relation for relation in self.relations if relation.name in wanted)

    def reads_source(self, relations: Sequence[Relation]) -> bool:
        """Whether one of these reads the events themselves."""
        return any(TRACKS in MODELS[relation.name].reads for relation in relations)

    def must_stage(self, relations: Sequence[Relation]) -> bool:
        """Whether one of these reads the staged events."""
        return any(self.staged.table in relation.reads for relation in relations)


def bind(settings: Settings, source: Source, aside: Shadow | None = None, *, keep: bool = False) -> Graph:
    """Return every relation bound to the target's names, or beside them; from events that are kept after the build, or not."""
    metadata = MetaData()
    clean = clean_events(source, deduplicate=settings.deduplicate)
    kept = retained_events(source, deduplicate=settings.deduplicate)
    staged = _kept(kept, metadata, settings, aside) if keep else _staged(clean, metadata, settings, aside)
    tracks = _staged_tracks(staged, keep=keep)
    bound: dict[str, Relation] = {}

    def relation(name: str) -> Relation:
        if name not in bound:
            bound[name] = _relation(MODELS[name], settings, metadata, read_by(settings.kinds[name]), aside)
        return bound[name]

    def read_by(kind: Kind) -> Any:
        # A view outlives the build, so it reads the source itself; a table reads what the build has staged.
        inline: FromClause = clean.cte(TRACKS) if kind != "table" and aside is None else tracks
        return lambda name: inline if name == TRACKS else relation(name).table

    for name in MODELS:
        relation(name)
    by_table = {one.table: one for one in bound.values()}
    relations = tuple(by_table[t] for t in metadata.sorted_tables if t in by_table)
    return Graph(settings, source, relations, staged, clean, retains=keep)


def _staged_tracks(staged: CreateTableAs, *, keep: bool) -> FromClause:
    return deduplicated_events(staged.table).cte(TRACKS) if keep else staged.table


def _kept(kept: AnySelect, metadata: MetaData, settings: Settings, aside: Shadow | None) -> CreateTableAs:
    name = retained_name(settings) if aside is None else shadow_name(TRACKS, settings, aside.build)
    return CreateTableAs(kept, name, metadata=metadata, schema=settings.target_schema)


def _staged(clean: AnySelect, metadata: MetaData, settings: Settings, aside: Shadow | None) -> CreateTableAs:
    if aside is None:
        return CreateTableAs(clean, STAGED, metadata=metadata, temporary=True)
    return CreateTableAs(clean, shadow_name(TRACKS, settings, aside.build), metadata=metadata, schema=settings.target_schema)


def _relation(model: Model, settings: Settings, metadata: MetaData, table_of: Any, aside: Shadow | None) -> Relation:
    chosen = {name: getattr(settings, name) for name in model.sets}
    query = model(*(table_of(name) for name in model.reads), **chosen)
    kind = settings.kinds[model.name]
    name = target_name(model.name, settings)
    if aside is not None and model.name in aside.names:
        name = shadow_name(model.name, settings, aside.build)
    place: Any = {"metadata": metadata, "schema": settings.target_schema}
    is_kept = kind == "materialized_view"
    ddl = CreateTableAs(query, name, **place) if kind == "table" else CreateView(query, name, materialized=is_kept, **place)
    meanings = model.columns(settings)
    return Relation(model, kind, ddl, {one.name: _short(meanings[one.name]) for one in ddl.table.c})


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_COMMENT else f"{text[: LONGEST_COMMENT - 4]} ..."  # ASCII: any database can store it
