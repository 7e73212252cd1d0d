"""Turns models into definitions: the views for the current settings and source, as text for a revision."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Column, Connection, Dialect, MetaData, Table
from sqlalchemy.sql.visitors import replacement_traverse
from sqlalchemy.types import TypeEngine

from sessionmodels.errors import SettingsError
from sessionmodels.execution.inspect import find_stream
from sessionmodels.models import MODELS
from sessionmodels.offline.documented import documented_stream
from sessionmodels.relations.graph import Graph, Relation, bind
from sessionmodels.relations.keyed_views import HASHED, refuse_views_with_key
from sessionmodels.settings import Settings
from sessionmodels.source.columns import Source
from sessionmodels.source.identity_graph import IdentityGraph
from sessionmodels.source.stream import Stream
from sessionmodels.views.definition import OPEN, TYPES, Definition
from sessionmodels.warehouses import warehouse_of
from sessionmodels.warehouses.placement import placed
from sessionmodels.warehouses.render import dialect_of, quoted_in, text_of

STAND_INS: Final = {"target": "__target", "source": "__source", "prefix": "__prefix"}
"""Stand-ins in the SQL for a definition's placeholders. They have the same length, so that lines stay aligned."""


class Definitions:
    """The definition of each relation as a view, under these settings."""

    def __init__(self, settings: Settings, connection: Connection | None = None, *, leaves_context_null: bool = False) -> None:
        """Store the settings and a connection to the source. Without a connection, the source is the loader's.

        With `leaves_context_null`, columns of the context that the source has are not read.
        """
        text = settings.model_dump_json()
        if found := next((word for word in (*STAND_INS.values(), *OPEN) if word in text), None):
            msg = f"the settings contain {found!r}, which is a placeholder in migrations; use another name"
            raise SettingsError(msg)
        if settings.hash_ids:
            refuse_views_with_key(settings, HASHED)
        # Only tables hash ids, and no definition here becomes a table.
        self.settings = settings.model_copy(update={"hash_ids": False})
        self.connection, self.leaves_context_null = connection, leaves_context_null
        self._graphs: dict[str, Graph] = {}

    @property
    def names(self) -> frozenset[str]:
        """The relations that are views in the settings."""
        return frozenset(name for name, kind in self.settings.kinds.items() if kind != "table")

    def written(self, dialects: Iterable[str], names: Collection[str] | None = None) -> dict[str, Definition]:
        """Return the definition of every relation, or of these, for these dialects, in the order of their dependencies.

        Raises:
            SettingsError: a dialect is not supported, or its package is missing.
            SourceError: the source does not exist, or cannot be read as events.
        """
        sql = {dialect: self._selects(dialect, names) for dialect in dialects}
        by_table = {relation.table: relation.name for relation in self._graph.relations}
        return {
            one.name: Definition(
                one.name,
                one.row,
                tuple(by_table[table] for table in by_table if table in one.reads),
                tuple((column.name, _type_name(column.type), one.comments[column.name]) for column in one.table.c),
                {dialect: selects[one.name] for dialect, selects in sql.items()},
                "materialized_view" if self.settings.kinds[one.name] == "materialized_view" else "view",
            )
            for one in self._graph.relations
            if names is None or one.name in names
        }

    @property
    def _graph(self) -> Graph:
        """The relations in any dialect: their columns and dependencies are the same in all."""
        return self._graph_in(self.connection.dialect.name if self.connection else "duckdb")

    def _selects(self, dialect: str, names: Collection[str] | None) -> dict[str, str]:
        compiled_for, relations = dialect_of(warehouse_of(dialect)), self._graph_in(dialect).relations
        return {one.name: _with_placeholders(one, compiled_for) for one in relations if names is None or one.name in names}

    def _graph_in(self, dialect: str) -> Graph:
        """Return the relations in a dialect, bound once: the connection's catalogue is read for it."""
        if dialect not in self._graphs:
            elsewhere = {"source_schema": STAND_INS["source"], "target_schema": STAND_INS["target"]}
            named = {"table_prefix": STAND_INS["prefix"], "kinds": dict.fromkeys(MODELS, "view")}
            self._graphs[dialect] = bind(self.settings.model_copy(update={**elsewhere, **named}), self._stream(dialect))
        return self._graphs[dialect]

    def _stream(self, dialect: str) -> Stream:
        warehouse = warehouse_of(dialect)
        if self.connection is None or self.connection.dialect.name != dialect:
            return self._with_stand_ins(documented_stream(self.settings, warehouse))
        settings = placed(self.settings, warehouse.catalogue(self.connection), warehouse)
        stream = find_stream(self.connection, settings)
        return self._with_stand_ins(stream.without_context() if self.leaves_context_null else stream)

    def _with_stand_ins(self, stream: Stream) -> Stream:
        """Return the stream with the stand-in as each source's schema, unless the source has one of its own.

        An identity graph in such a schema gets it, too.
        """
        own = {name for name, one in self.settings.by_source.items() if one.get("schema")}
        replaced = {one.table.schema for one in stream.sources if one.name not in own and isinstance(one.table, Table)}
        graph = stream.identity_graph
        if graph and graph.table.schema in replaced:
            graph = _graph_with_stand_in(graph)
        sources = tuple(one if one.name in own else _with_stand_in(one) for one in stream.sources)
        return replace(stream, sources=sources, identity_graph=graph)


def _with_stand_in(source: Source) -> Source:
    """Return the source with the stand-in as its schema; files have none."""
    if not isinstance(source.table, Table):
        return source
    table = _moved(source.table)

    def moved(element: Any, **_more: Any) -> Any:
        return table.c[element.key] if isinstance(element, Column) and element.table is source.table else None

    columns = {role: table.c[str(column.key)] for role, column in source.columns.items()}
    context = {name: [table.c[str(column.key)] for column in found] for name, found in source.context.items()}
    where = tuple(replacement_traverse(one, {}, moved) for one in source.where)
    return replace(source, table=table, columns=columns, context=context, where=where)


def _graph_with_stand_in(graph: IdentityGraph) -> IdentityGraph:
    table = _moved(graph.table)
    return replace(graph, table=table, alias=table.c[str(graph.alias.key)], visitor=table.c[str(graph.visitor.key)])


def _moved(table: Table) -> Table:
    return table.to_metadata(MetaData(), schema=STAND_INS["source"])


def _with_placeholders(relation: Relation, dialect: Dialect) -> str:
    """Return the select as text with placeholders for its location."""
    sql = text_of(relation.select, dialect)
    for place in ("target", "source"):
        sql = sql.replace(f"{dialect.identifier_preparer.quote_schema(STAND_INS[place])}.", f"{{{place}}}.")
    sql = quoted_in(dialect).sub(lambda found: found[0].replace("\n", "{newline}").replace("\r", "{return}"), sql)
    return "\n".join(line.rstrip() for line in sql.replace(STAND_INS["prefix"], "{prefix}").split("\n"))


def _type_name(kind: TypeEngine[Any]) -> str:
    return next(word for word, ours in TYPES.items() if isinstance(kind, ours))
