"""Checks the relations as they are in a warehouse."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Engine

from sessionmodels.checks.plan import Subject, plan_checks
from sessionmodels.checks.result import CheckReport
from sessionmodels.checks.run import Levels, Own, Runner, run_checks
from sessionmodels.connection.transaction import connected, named
from sessionmodels.reading.built import built_relations, recorded_settings
from sessionmodels.settings import Settings
from sessionmodels.state.recorded import DECISIVE, NAMING_COLUMNS
from sessionmodels.warehouses import warehouse_of


def check_all(
    engine: Engine,
    settings: Settings | None = None,
    *,
    own: Own | None = None,
    warn: Iterable[str] = (),
    tolerate: Mapping[str, int] | None = None,
) -> CheckReport:
    """Check that the relations are what they should be: keys are unique, sessions are cut where the rules say, counts add up.

    It only reads. Pass the settings with which the relations were built, because they decide what must hold. Those that name
    columns are taken from the last build if nobody set them.

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
        built = recorded_settings(connection, settings, warehouse)
        settings = built.completing(settings, NAMING_COLUMNS)
        others = {name: value for name, value in built.other_than(settings).items() if name in DECISIVE}
        return check_on(connection, settings, levels, own or {}, others if built.builds else None)


def check_on(
    connection: Connection, settings: Settings, levels: Levels, own: Own, others: Mapping[str, Any] | None = None
) -> CheckReport:
    """Check the relations as a connection sees them, inside its transaction if there is one.

    `others` are the settings of the builds that differ from these.
    """
    warehouse = warehouse_of(connection.dialect.name)
    with named("the relations", "look for them", warehouse):
        graph, found = built_relations(warehouse.catalogue(connection), settings, warehouse)
    rows_expire = bool(settings.bigquery_partition_expiration_days and warehouse.tables.loses_rows(settings))
    planned = plan_checks(Subject(graph, found, rows_expire=rows_expire, others=others or {}))
    return run_checks(Runner(connection, warehouse, graph, levels, others), planned, own)
