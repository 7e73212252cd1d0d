"""Reads the relations for an explanation, on a connection."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, FromClause

from sessionmodels.connection.transaction import named
from sessionmodels.model import Carried, Kind
from sessionmodels.relations.all_rows import all_rows
from sessionmodels.relations.graph import Graph, Relation
from sessionmodels.settings import Settings
from sessionmodels.source.stream import Stream
from sessionmodels.sql.instant import as_utc
from sessionmodels.state.builds import Build
from sessionmodels.warehouses.warehouse import Warehouse

Row = dict[str, Any]
FindStream = Callable[[], Stream]
AGAIN = "Fix the cause and explain it again."


@dataclass(frozen=True)
class Reader:
    """A connection, the relations under their names there, which of them exist, and how the sources are found."""

    connection: Connection
    warehouse: Warehouse
    graph: Graph
    found: Mapping[str, Kind]
    find_stream: FindStream
    """Finds the sources. It may raise one of our errors: they may be gone, or closed to the reader."""

    build: Build | None
    """The last build whose results readers see, if one is recorded."""

    @property
    def settings(self) -> Settings:
        """The settings with which the relations are explained."""
        return self.graph.settings

    def rows(self, query: Any, what: str) -> list[Row]:
        """Return the rows of a query, their times in UTC.

        Raises:
            BuildError: the database rejected it.
        """
        self.warehouse.transactions.tag(self.connection, self.settings, what)
        with named(what, "read it", self.warehouse, way_out=AGAIN):
            found = self.connection.execute(query).mappings()
            return [{name: _in_utc(value) for name, value in row.items()} for row in found]

    def all_of(self, relation: Relation) -> FromClause:
        """Return all rows of a relation, as something to select from."""
        return all_rows(relation.model, relation.table, self.settings, relation.name)

    @property
    def events(self) -> FromClause:
        """Return the relation of events, which exists, as something to select from."""
        return self.all_of(self.graph.carrying("events"))

    @property
    def sessions(self) -> FromClause | None:
        """Return the relation of sessions; None if it does not exist."""
        return self._carrying("sessions")

    @property
    def mapping(self) -> FromClause | None:
        """Return the relation of aliases; None if it does not exist."""
        return self._carrying("identities")

    def _carrying(self, what: Carried) -> FromClause | None:
        relation = self.graph.carrying(what)
        return self.all_of(relation) if relation.name in self.found else None


def _in_utc(value: Any) -> Any:
    try:
        return as_utc(value) if isinstance(value, datetime) else value
    except OverflowError:  # within a day of the year 1 or 9999
        return value
