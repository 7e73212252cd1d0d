"""Checks the relations as they are in a warehouse."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Engine, Table, column
from sqlalchemy.exc import DBAPIError

from sessionmodels.checks.built_with import differing
from sessionmodels.checks.plan import Subject, plan_checks
from sessionmodels.checks.result import CheckReport
from sessionmodels.checks.run import Levels, Own, Runner, run_checks
from sessionmodels.connection.transaction import connected, named
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
from sessionmodels.warehouses import warehouse_of
from sessionmodels.warehouses.catalogue import Catalogue
from sessionmodels.warehouses.placement import placed_target
from sessionmodels.warehouses.warehouse import Warehouse


def check_all(
    engine: Engine,
    settings: Settings | None = None,
    *,
    own: Own | None = None,
    warn: Iterable[str] = (),
    tolerate: Mapping[str, int] | None = None,
) -> CheckReport:
    """Check that the relations are what they should be: keys are unique, sessions are cut where the rules say, counts add up.

    It only reads. Pass the settings with which the relations were built, because they decide what must hold.

    Args:
        engine: an engine for the results' database.
        settings: the settings of the build.
        own: checks of your own by name: each a select, or its text, of the rows that break your rule.
        warn: names of checks that only warn if they do not hold.
        tolerate: by name of a check, how many rows may break it.

    Raises:
        SettingsError: a check's name is unknown, or is there twice.
        TargetError: nothing was built there yet; or the relations were built with other settings; or one belongs to a role that
            the reader must not trust.
        ConnectError: the warehouse cannot be reached.
        BuildError: the database rejected a query.
    """
    settings = settings or Settings()
    warehouse = warehouse_of(engine.dialect.name)
    levels = Levels.of(settings, warn, tolerate)
    with connected(engine, warehouse.transactions.isolation_level, reads_only=True) as connection:
        others = other_settings(connection, settings, warehouse)
        connection.rollback()
        return check_on(connection, settings, levels, own or {}, others)


def other_settings(connection: Connection, settings: Settings, warehouse: Warehouse) -> dict[str, Any] | None:
    """Return the settings of the builds that differ from these; None if no build recorded them, or the reader may not see."""
    catalogue = warehouse.catalogue(connection)
    with suppress(DBAPIError, *warehouse.driver.refusals()):
        settings = placed_target(settings, catalogue, warehouse)
        builds = trusted_builds(catalogue, settings)
        if builds.exists(catalogue) and not builds.missing(catalogue):
            recorded = [one.settings for one in builds.standing(connection)]
            return differing(settings, recorded) if recorded and all(recorded) else None
    return None


def check_on(
    connection: Connection, settings: Settings, levels: Levels, own: Own, others: Mapping[str, Any] | None = None
) -> CheckReport:
    """Check the relations as a connection sees them, inside its transaction if there is one.

    `others` are the settings of the builds that differ from these.
    """
    warehouse = warehouse_of(connection.dialect.name)
    with named("the relations", "look for them", warehouse):
        warehouse.driver.patch_dialect(connection.dialect)
        catalogue = warehouse.catalogue(connection)
        graph = built_graph(settings, catalogue, warehouse)
        found = existing_relations(graph, catalogue)
    rows_expire = bool(settings.bigquery_partition_expiration_days and warehouse.tables.loses_rows(settings))
    planned = plan_checks(Subject(graph, found, rows_expire=rows_expire, others=others or {}))
    return run_checks(Runner(connection, warehouse, graph, levels, others), planned, own)


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
            f"{table.fullname} has no column {', '.join(map(repr, missing))}, so it was built with other settings; give"
            " those, in sessionmodels.toml if there is no flag for them, or build it again with the present ones"
        )
        raise TargetError(msg)
