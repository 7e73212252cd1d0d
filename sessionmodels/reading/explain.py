"""Explains an event or a visitor as the relations in a warehouse show it."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import partial

from sqlalchemy import Connection, Engine

from sessionmodels.connection.transaction import connected, named
from sessionmodels.connection.unlock import unlocked
from sessionmodels.errors import SettingsError, TargetError
from sessionmodels.execution.inspect import find_stream
from sessionmodels.execution.missing_privileges import refuse_unreadable
from sessionmodels.execution.privacy import without_forgotten
from sessionmodels.explanation.event import explain_event
from sessionmodels.explanation.reader import AGAIN, Reader
from sessionmodels.explanation.result import Explanation, VisitorExplanation
from sessionmodels.explanation.visitor import explain_visitor as explain_visitor_by
from sessionmodels.reading.built import built_relations, recorded_settings
from sessionmodels.reading.read import trusted_builds
from sessionmodels.relations.graph import Graph
from sessionmodels.settings import Settings
from sessionmodels.source.stream import Stream
from sessionmodels.state.builds import Build
from sessionmodels.state.recorded import RECORDED
from sessionmodels.warehouses import warehouse_of
from sessionmodels.warehouses.catalogue import Catalogue
from sessionmodels.warehouses.placement import placed
from sessionmodels.warehouses.warehouse import Warehouse

AROUND = 5
"""The number of events that are shown before and after an event."""

MOST_DAYS = 36_500

EXPLAINING = tuple(name for name in RECORDED if name != "identity")
"""The settings that are taken from the build if nobody set them. The table that an identity may need is not recorded."""


def explain(
    engine: Engine,
    event_id: str,
    settings: Settings | None = None,
    *,
    around: int = AROUND,
    within_days: int | None = None,
) -> Explanation:
    """Explain an event: whose it is and why, what started its session, and where it is; or why it is in no relation.

    It only reads: of the relations, the rows of the event, its visitor and its device; of the source, the rows of that id.

    Args:
        engine: an engine for the results' database.
        event_id: the event's `id`, exactly as it is in the source.
        settings: those of the build, because they decide what is explained.
        around: how many of the visitor's events to show before and after it.
        within_days: read in the source only rows that were loaded at most that many days before or after the event's row, if that
            is in the relations and has a load time. Of a source that is partitioned by load time, less is read. None reads all.

    Raises:
        SettingsError: the id is blank, or a number is negative.
        TargetError: nothing was built there yet; or the relations were built with other settings; or one belongs to a role that
            the reader must not trust.
        ConnectError: the warehouse cannot be reached.
        BuildError: the database rejected a query.
    """
    _refuse(event_id, around=around, within_days=within_days)
    with _reading(engine, settings or Settings()) as reader:
        return explain_event(reader, event_id, around, within_days)


def explain_visitor(
    engine: Engine, visitor: str, settings: Settings | None = None, *, around: int = AROUND
) -> VisitorExplanation:
    """Explain a visitor: which ids of devices and users lead there, by which event and since when, and the last sessions.

    It only reads: the rows of the visitor, and those of the devices among its ids.

    Args:
        engine: an engine for the results' database.
        visitor: a `dbt_visitor_id`, or the id of a device or a user.
        settings: those of the build.
        around: how many of the visitor's last events and sessions to show.

    Raises:
        SettingsError: the id is blank, or `around` is negative.
        TargetError: as `explain`.
        ConnectError: the warehouse cannot be reached.
        BuildError: the database rejected a query.
    """
    _refuse(visitor, around=around)
    with _reading(engine, settings or Settings()) as reader:
        return explain_visitor_by(reader, visitor, max(around, 1))


@contextmanager
def _reading(engine: Engine, settings: Settings) -> Iterator[Reader]:
    warehouse = warehouse_of(engine.dialect.name)
    with connected(engine, warehouse.transactions.isolation_level, reads_only=True) as connection, unlocked(connection):
        settings = recorded_settings(connection, settings, warehouse).completing(settings, EXPLAINING)
        with named("the relations", "look for them", warehouse):
            catalogue = warehouse.catalogue(connection)
            graph, found = built_relations(catalogue, settings, warehouse)
            _refuse_no_events(graph, found)
            build = _last_build(connection, graph, catalogue)
        yield Reader(connection, warehouse, graph, found, partial(_stream, catalogue, settings, warehouse), build)


def _stream(catalogue: Catalogue, settings: Settings, warehouse: Warehouse) -> Stream:
    """Return the sources.

    Raises:
        SourceError: they are not as the settings say.
        TargetError: the role may not read them.
    """
    with named("the source", "look for it", warehouse, way_out=AGAIN):
        settings = placed(settings, catalogue, warehouse)
        refuse_unreadable(catalogue, settings)
        stream = find_stream(catalogue.connection, settings)
        return without_forgotten(catalogue, settings, stream, reads_only=True)


def _refuse(name: str, **numbers: int | None) -> None:
    if not name.strip(" "):
        msg = "a blank id is no id; give the id of an event, or of a visitor"
        raise SettingsError(msg)
    for argument, number in numbers.items():
        if number is not None and number < 0:
            msg = f"{argument}: found {number}; write a number that is not negative, such as {AROUND}"
            raise SettingsError(msg)
        if argument == "within_days" and (number or 0) > MOST_DAYS:
            msg = f"{argument}: found {number}; write at most {MOST_DAYS}, or leave it out to read the whole source"
            raise SettingsError(msg)


def _refuse_no_events(graph: Graph, found: Collection[str]) -> None:
    relation = graph.carrying("events")
    if relation.name not in found:
        msg = f"{relation.table.name}, which has the events, does not exist; build it first"
        raise TargetError(msg)


def _last_build(connection: Connection, graph: Graph, catalogue: Catalogue) -> Build | None:
    return trusted_builds(catalogue, graph.settings).last_if_readable(connection, catalogue)
