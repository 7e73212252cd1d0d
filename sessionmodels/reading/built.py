"""The relations as builds left them in a warehouse: with which settings, under which names, and which of them exist."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Table, column
from sqlalchemy.exc import DBAPIError

from sessionmodels.analyses.notes import SETTINGS
from sessionmodels.errors import TargetError
from sessionmodels.execution.ownership import refuse_untrusted
from sessionmodels.model import Kind
from sessionmodels.models import MODELS
from sessionmodels.offline.documented import documented_stream
from sessionmodels.reading.read import trusted_builds, unbuilt
from sessionmodels.relations.graph import Graph, bind
from sessionmodels.relations.naming import target_name
from sessionmodels.settings import Settings
from sessionmodels.sql.instant import has_zones
from sessionmodels.sql.to_utc import is_zoned as has_zone
from sessionmodels.state.recorded import NAMING_COLUMNS, RecordedSettings
from sessionmodels.warehouses import warehouse_of
from sessionmodels.warehouses.catalogue import Catalogue
from sessionmodels.warehouses.placement import placed_target
from sessionmodels.warehouses.warehouse import Warehouse


def recorded_settings(connection: Connection, settings: Settings, warehouse: Warehouse) -> RecordedSettings:
    """Return what the builds of these relations recorded: nothing if one of them recorded none, or the reader may not see it.

    It ends the connection's transaction, which a refused query may have done already.
    """
    catalogue = warehouse.catalogue(connection)
    found: list[Mapping[str, Any]] = []
    with suppress(DBAPIError, *warehouse.driver.refusals()):
        settings = placed_target(settings, catalogue, warehouse)
        builds = trusted_builds(catalogue, settings)
        if builds.is_readable(catalogue):
            found = [one.settings for one in builds.standing(connection)]
    connection.rollback()
    return RecordedSettings(tuple(found) if all(found) else ())


def as_built(settings: Settings, built: RecordedSettings) -> Settings:
    """Return the settings for a question or a report: what names columns or decides figures is the build's, if nobody set it.

    The longest pause is the build's in any case, because it cut the sessions.
    """
    settings = built.completing(settings, (*SETTINGS, *NAMING_COLUMNS))
    return settings.model_copy(update={"idle_minutes": built.latest.get("idle_minutes", settings.idle_minutes)})


def graph_to_read(connection: Connection, settings: Settings, names: Iterable[str]) -> Graph:
    """Return the relations, if those of these names exist.

    Raises:
        TargetError: one does not exist, or it was built with other settings, or it belongs to a role that must not be trusted.
    """
    warehouse = warehouse_of(connection.dialect.name)
    graph, found = built_relations(warehouse.catalogue(connection), settings, warehouse)
    for name in names:
        if name not in found:
            raise unbuilt(name, graph.settings)
    return graph


def built_relations(catalogue: Catalogue, settings: Settings, warehouse: Warehouse) -> tuple[Graph, dict[str, Kind]]:
    """Return the relations under their names, and which of them exist, and as what.

    Raises:
        TargetError: there is none; or one lacks a column that these settings give it, or belongs to a role that must not be
            trusted.
    """
    warehouse.driver.patch_dialect(catalogue.connection.dialect)
    graph = built_graph(settings, catalogue, warehouse)
    return graph, existing_relations(graph, catalogue)


def built_graph(settings: Settings, catalogue: Catalogue, warehouse: Warehouse) -> Graph:
    """Return the relations under their names, without a look at the source: its events may be gone, or closed to the reader."""
    settings = placed_target(settings, catalogue, warehouse)
    refuse_untrusted(catalogue, {target_name(name, settings) for name in MODELS}, settings.target_schema)
    stream, is_zoned = documented_stream(settings, warehouse), _has_zones(settings, catalogue)
    return bind(settings, replace(stream, sources=tuple(replace(one, zoned=is_zoned) for one in stream.sources)))


def _has_zones(settings: Settings, catalogue: Catalogue) -> bool:
    """Whether the times in the warehouse have a zone, which a build decides by its source."""
    name, schema = target_name("session_events", settings), settings.target_schema or catalogue.default_schema
    if not has_zones(catalogue.connection.dialect) or not catalogue.kind(name, schema):
        return False
    columns = catalogue.inspector.get_columns(catalogue.stored_name(name, schema), schema)
    return any(has_zone(column(one["name"], one["type"])) for one in columns if one["name"].lower() == "timestamp")


def existing_relations(graph: Graph, catalogue: Catalogue) -> dict[str, Kind]:
    """Return the relations that exist, and as what.

    Raises:
        TargetError: there is none; or one lacks a column that these settings give it.
    """
    settings, schema = graph.settings, graph.settings.target_schema or catalogue.default_schema
    kinds: dict[str, Kind | None] = {one.name: catalogue.kind(one.table.name, schema) for one in graph.relations}
    found: dict[str, Kind] = {name: kind for name, kind in kinds.items() if kind is not None}
    if not found:
        raise unbuilt(graph["sessions"].name, settings)
    for name in found:
        _refuse_other_columns(graph[name].table, catalogue, schema)
    return found


def _refuse_other_columns(table: Table, catalogue: Catalogue, schema: str | None) -> None:
    stored = {name.lower() for name in catalogue.columns(table.name, schema)}
    missing = [one.name for one in table.c if stored and one.name.lower() not in stored]  # none shown: nothing to compare
    if missing:
        msg = (
            f"{table.fullname} has no column {', '.join(map(repr, missing))}, so it was built with other settings; leave out"
            f" {', '.join(NAMING_COLUMNS)} to take them from the build, give those that it had, or build it again"
        )
        raise TargetError(msg)
