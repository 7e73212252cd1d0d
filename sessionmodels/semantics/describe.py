"""Describes the relations of a graph: rows, columns, keys, joins, dimensions and measures."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Column, Dialect

from sessionmodels.display.frame import kind_of
from sessionmodels.model import Grain, Kind, Model
from sessionmodels.models import MODELS
from sessionmodels.relations.graph import Graph, Relation
from sessionmodels.semantics.columns import DescribedColumn, Reference
from sessionmodels.semantics.measures import Figure, figures_of, named_apart
from sessionmodels.settings import Settings

HOMES: Final[Mapping[Grain, Model]] = {one.grain: one for one in MODELS.values() if one.kind == "table"}
"""By grain, the relation that holds each of its rows. The others of that grain are views with some of its columns."""


@dataclass(frozen=True)
class DescribedRelation:
    """One relation: what a row is, and its columns."""

    name: str
    """Without the prefix."""

    table: str
    """With the prefix, as in the warehouse."""

    row: str
    grain: Grain
    kind: Kind
    is_home: bool
    """Whether it holds each row of its grain. The others show some of the columns of such a relation."""

    reads: tuple[str, ...]
    """The relations that it reads, and `tracks` for the clean events."""

    columns: tuple[DescribedColumn, ...]
    time_column: str | None
    """The column by which its rows are counted per day: a date in the setting `time_zone` if it has one, else its time."""

    figures: tuple[Figure, ...]

    def __getitem__(self, name: str) -> DescribedColumn:
        """Return the column of that name."""
        return next(one for one in self.columns if one.name == name)

    @property
    def key(self) -> DescribedColumn:
        """The column with the key."""
        return next(one for one in self.columns if one.is_key)

    @property
    def joins(self) -> dict[str, DescribedColumn]:
        """By relation of another grain, the column of this one that has the name of its key."""
        others = ((one.reference, one) for one in self.columns)
        return {found.relation: one for found, one in others if found and found.by_name and not one.is_key}


@dataclass(frozen=True)
class Description:
    """All relations of a build under some settings, in the order in which they read each other."""

    settings: Settings
    dialect: Dialect
    database: str | None
    schema: str
    relations: tuple[DescribedRelation, ...]

    def __getitem__(self, name: str) -> DescribedRelation:
        """Return the relation of that name."""
        return next(one for one in self.relations if one.name == name)

    @property
    def homes(self) -> tuple[DescribedRelation, ...]:
        """One relation of each grain, with all that is known of its rows. Tools that join and measure need no others."""
        return tuple(one for one in self.relations if one.is_home)

    @property
    def place(self) -> tuple[str, ...]:
        """The database, if it is known, and the schema."""
        return (self.database, self.schema) if self.database else (self.schema,)


def describe(graph: Graph, dialect: Dialect, schema: str, database: str | None = None) -> Description:
    """Describe the relations of a graph, with the types of a dialect."""
    relations = tuple(_described(one, graph.settings, dialect) for one in graph.relations)
    return Description(graph.settings, dialect, database, schema, relations)


def _described(relation: Relation, settings: Settings, dialect: Dialect) -> DescribedRelation:
    model, columns = relation.model, tuple(_columns(relation, settings, dialect))
    dates = (one.name for one in columns if one.kind == "date")
    is_home = HOMES[model.grain] is model
    figures = (one for one in figures_of(settings) if one.relation == model.name)
    return DescribedRelation(
        name=model.name,
        table=str(relation.table.name),
        row=model.row,
        grain=model.grain,
        kind=relation.kind,
        is_home=is_home,
        reads=model.reads,
        columns=columns,
        time_column=next(dates, model.time_column),
        figures=named_apart(figures, (one.name for one in columns)),
    )


def _columns(relation: Relation, settings: Settings, dialect: Dialect) -> Iterator[DescribedColumn]:
    model = relation.model
    # What is declared of a column holds of the views that show it, too. A column of another grain is another thing.
    family = [model, *(MODELS[name] for name in model.reads if name in MODELS and MODELS[name].grain == model.grain)]
    units = {name: unit for one in family for name, unit in one.units.items()}
    values = {name: found for one in family for name, found in one.closed_by(settings).items()}
    refers: dict[str, Grain] = {name: grain for one in family for name, grain in one.refers.items()}
    is_unique = model.has_unique_key(deduplicate=settings.deduplicate)
    for column in relation.table.c:
        yield DescribedColumn(
            name=str(column.name),  # SQLAlchemy's own kind of text is none that other libraries write
            description=relation.comments[column.name],
            kind=kind_of(column.type),
            sql_type=_type_of(column, dialect),
            is_key=(column.name,) == model.key,
            is_unique=is_unique and (column.name,) == model.key,
            is_required=column.name in {*model.key, *model.not_null},
            unit=units.get(column.name),
            values=values.get(column.name),
            reference=_reference(model, column.name, refers.get(column.name)),
        )


def _type_of(column: Column[Any], dialect: Dialect) -> str:
    return str(column.type.compile(dialect=dialect))


def _reference(model: Model, column: str, grain: Grain | None) -> Reference | None:
    """Return what a column refers to: by what the model declares, or because it has the name of a key."""
    named = next((home for home in HOMES.values() if home.key == (column,) and home is not model), None)
    home = HOMES[grain] if grain else named
    if home is None:
        return None
    (key,) = home.key
    return Reference(home.name, key, is_complete=model.grain != "alias", by_name=grain is None)
