"""Compares our relations with those of another schema, or under another prefix."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Engine, Integer, Table

from sessionmodels.comparison.relations import equal_rows
from sessionmodels.comparison.result import Cause, Comparison, OtherSetting, RelationRows
from sessionmodels.comparison.sessions import count_causes, count_events, count_sessions, events_of, matched
from sessionmodels.connection.transaction import connected, named
from sessionmodels.errors import SettingsError, TargetError
from sessionmodels.execution.ownership import refuse_untrusted
from sessionmodels.models import MODELS
from sessionmodels.reading.built import recorded_settings
from sessionmodels.relations.naming import target_name
from sessionmodels.settings import Settings
from sessionmodels.source.database import as_table
from sessionmodels.warehouses import warehouse_of
from sessionmodels.warehouses.catalogue import Catalogue
from sessionmodels.warehouses.placement import placed_target

OURS = "session_events", "sessions"
"""What two builds of ours have beside the eight. They are compared if both sides have them."""

EIGHT = (
    *("aliases_mapping", "mapped_tracks", "session_tracks", "track_facts", "session_track_facts"),
    *("user_session_facts", "session_duration", "tracks_flow"),
)
"""The relations of the dbt project, which every build of ours has, too."""

NEEDED = "track_facts", "session_tracks"
"""Without these, sessions cannot be compared."""


@dataclass(frozen=True)
class Side:
    """One set of relations, as the warehouse has them."""

    place: str
    tables: Mapping[str, Table]


def compare(
    engine: Engine, settings: Settings | None = None, *, schema: str | None = None, prefix: str | None = None
) -> Comparison:
    """Compare our relations with those of another schema, or under another prefix. It only reads.

    Args:
        engine: an engine for the results' database.
        settings: the settings of our build. If nobody set `idle_minutes`, it is that of the build.
        schema: the schema of the other relations; None is that of the settings.
        prefix: the prefix of their names; None is that of the settings.

    Raises:
        SettingsError: both sides are the same tables.
        TargetError: one side lacks the relations that show sessions; or one belongs to a role that the reader must not trust.
        ConnectError: the warehouse cannot be reached.
        BuildError: the database rejected a query.
    """
    warehouse, settings = warehouse_of(engine.dialect.name), settings or Settings()
    with connected(engine, warehouse.transactions.isolation_level, reads_only=True) as connection:
        with named("the relations", "look for them", warehouse):
            warehouse.driver.patch_dialect(connection.dialect)
            catalogue = warehouse.catalogue(connection)
            settings = placed_target(settings, catalogue, warehouse)
            other = settings.model_copy(
                update={
                    "target_schema": settings.target_schema if schema is None else schema,
                    "table_prefix": settings.table_prefix if prefix is None else prefix,
                }
            )
            if _place(other, catalogue) == _place(settings, catalogue):
                msg = (
                    f"both sides are {_called(other, catalogue)}; name another schema (--with), or another prefix (--with-prefix)"
                )
                raise SettingsError(msg)
        theirs_built, ours_built = (recorded_settings(connection, one, warehouse) for one in (other, settings))
        with named("the relations", "look for them", warehouse):
            theirs, ours = _side(other, catalogue), _side(settings, catalogue)
        with named("the relations", "compare them", warehouse):
            found = _compared(connection, theirs, ours, ours_built.completing(settings, ["idle_minutes"]))
            return replace(found, settings=_differing(theirs_built.latest, ours_built.latest))


def _differing(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> dict[str, OtherSetting] | None:
    """Return the settings that both sides recorded and that differ; None if one side recorded none."""
    if not theirs or not ours:
        return None
    return {name: OtherSetting(theirs[name], ours[name]) for name in theirs if theirs[name] != ours.get(name, theirs[name])}


def _place(settings: Settings, catalogue: Catalogue) -> tuple[str | None, str]:
    return settings.target_schema or catalogue.default_schema, settings.table_prefix


def _called(settings: Settings, catalogue: Catalogue) -> str:
    schema, prefix = _place(settings, catalogue)
    return f"{schema}.{prefix}…" if schema else f"{prefix}…"


def _side(settings: Settings, catalogue: Catalogue) -> Side:
    """Return the relations that exist.

    Raises:
        TargetError: one that shows sessions does not exist.
    """
    schema = settings.target_schema or catalogue.default_schema
    refuse_untrusted(catalogue, {target_name(name, settings) for name in MODELS}, settings.target_schema)
    found = {}
    for name in (*EIGHT, *OURS):
        stored = catalogue.stored_name(target_name(name, settings), schema)
        if catalogue.kind(target_name(name, settings), schema):
            columns = ((one["name"].lower(), one["type"]) for one in catalogue.inspector.get_columns(stored, schema))
            found[name] = as_table(stored, settings.target_schema, columns)
    missing = [target_name(name, settings) for name in NEEDED if name not in found]
    if missing:
        where = f"schema {schema!r}" if schema else "the default schema"
        msg = f"there is no {missing[0]!r} in {where}; build it first, or correct the schema or the prefix of its side"
        raise TargetError(msg)
    return Side(_called(settings, catalogue), found)


def _compared(connection: Connection, theirs: Side, ours: Side, settings: Settings) -> Comparison:
    shared = [name for name in (*EIGHT, *OURS) if name in theirs.tables and name in ours.tables]
    relations = tuple(_rows(connection, name, theirs.tables[name], ours.tables[name]) for name in shared)
    missing = tuple(name for name in EIGHT if (name in theirs.tables) != (name in ours.tables))
    their_events, our_events = (
        events_of(side.tables["track_facts"], name) for side, name in ((theirs, "theirs"), (ours, "ours"))
    )
    both = matched(their_events, our_events)
    events = _one(connection, count_events(their_events, our_events, both))
    sides = their_events, our_events, both
    kinds = connection.execute(count_sessions(theirs.tables["session_tracks"], ours.tables["session_tracks"], sides))
    sessions = {row.kind: int(row.sessions) for row in kinds}
    whole = any(
        isinstance(side.tables["mapped_tracks"].c.idle_time_minutes.type, Integer)
        for side in (theirs, ours)
        if "mapped_tracks" in side.tables
    )
    found = connection.execute(count_causes(both, settings.idle_minutes, whole_minutes=whole))
    causes = [Cause(row.cause, int(row.only_ours), int(row.only_theirs), row.example) for row in found]
    causes.sort(key=lambda one: (-one.only_ours - one.only_theirs, one.cause))
    return Comparison(theirs.place, ours.place, relations, missing, events, sessions, tuple(causes))


def _rows(connection: Connection, name: str, theirs: Table, ours: Table) -> RelationRows:
    one_side = {column.name for column in theirs.c} ^ {column.name for column in ours.c}
    return RelationRows(name, **_one(connection, equal_rows(theirs, ours)), columns=tuple(sorted(one_side)))


def _one(connection: Connection, query: Any) -> dict[str, int]:
    return {name: int(value) for name, value in connection.execute(query).one()._mapping.items()}  # noqa: SLF001 - its public name
