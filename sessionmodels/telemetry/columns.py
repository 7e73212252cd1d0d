"""Which columns of the sources a column of a result is computed from, as its select says. What a select hides is not guessed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import Case, CompoundSelect, FromClause, Label, Over, ScalarSelect, Select
from sqlalchemy.sql import functions
from sqlalchemy.sql.elements import ColumnClause, ColumnElement, Grouping

from sessionmodels.relations.graph import Graph

Kind = Literal["IDENTITY", "TRANSFORMATION", "AGGREGATION", "WINDOW", "CONDITIONAL"]
"""How a column is used, as OpenLineage calls it. The last two decide which value there is, and are no part of it."""

ORDER: Final[tuple[Kind, ...]] = ("IDENTITY", "TRANSFORMATION", "AGGREGATION", "WINDOW", "CONDITIONAL")
DECIDING: Final = ORDER[3:]
AGGREGATES: Final = functions.count, functions.max, functions.min, functions.sum


@dataclass(frozen=True)
class Origin:
    """A column of a source, and how it is used."""

    table: FromClause
    column: str
    kind: Kind


Origins = frozenset[Origin]
NOWHERE: Final[Origins] = frozenset()


class ColumnLineage:
    """Follows columns of the results to the sources, through the selects of relations and what these are made of."""

    def __init__(self, graph: Graph) -> None:
        """Store what is a source, and what has a select of its own."""
        self.sources = frozenset[FromClause](graph.stream.tables)
        self.selects: dict[FromClause, Any] = {one.table: one.select for one in graph.relations}
        self.selects[graph.staging.table] = graph.staging.selectable
        self.found: dict[tuple[FromClause, str], Origins] = {}

    def of(self, table: FromClause, name: str) -> Origins:
        """Return where a column of a table comes from; from nowhere, if it is a constant or if that cannot be seen."""
        if table in self.sources:
            return frozenset({Origin(table, name, "IDENTITY")})
        if (table, name) not in self.found:
            self.found[table, name] = NOWHERE  # a recursive select leads back to itself
            self.found[table, name] = frozenset(one for element in self._elements(table, name) for one in self._of(element))
        return self.found[table, name]

    def _elements(self, table: FromClause, name: str) -> Iterator[ColumnElement[Any]]:
        """Yield what a column of this name is in the select behind a table, and in each part of a union."""
        query = self.selects.get(table, getattr(table, "element", None))
        if isinstance(query, FromClause):  # under another name
            yield from (one for one in query.c if one.name == name)
            return
        place = next((place for place, one in enumerate(table.c) if one.name == name), None)
        if place is not None:
            yield from (list(part.selected_columns)[place] for part in _parts(query))

    def _of(self, element: Any) -> Origins:
        if isinstance(element, Label | Grouping):
            return self._of(element.element)
        if isinstance(element, ColumnClause):
            return NOWHERE if element.table is None else self.of(element.table, element.name)
        if isinstance(element, Case):
            conditions, values = zip(*element.whens, strict=True)
            decides = (one for one in (element.value, *conditions) if one is not None)
            chosen = (one for one in (*values, element.else_) if one is not None)
            return self._as("CONDITIONAL", decides) | self._as("TRANSFORMATION", chosen)
        if isinstance(element, Over):
            around = (one for one in (element.partition_by, element.order_by) if one is not None)
            return self._of(element.element) | self._as("WINDOW", around)
        if isinstance(element, ScalarSelect):
            return self._as("TRANSFORMATION", element.element.selected_columns)
        return self._as("AGGREGATION" if isinstance(element, AGGREGATES) else "TRANSFORMATION", element.get_children())

    def _as(self, kind: Kind, elements: Iterable[Any]) -> Origins:
        """Return where these elements come from, each with this kind of use or with a stronger one of its own computation."""
        found = (one for element in elements for one in self._of(element))
        return frozenset(Origin(one.table, one.column, _stronger(one.kind, kind)) for one in found)


def _stronger(one: Kind, other: Kind) -> Kind:
    return one if ORDER.index(one) > ORDER.index(other) else other


def _parts(query: Any) -> Iterator[Any]:
    """Yield a select, or each of a union."""
    if isinstance(query, Select):
        yield query
    elif isinstance(query, CompoundSelect):
        for part in query.selects:
            yield from _parts(getattr(part, "element", part))
