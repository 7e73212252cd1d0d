"""Order, strategy and warehouse give statements; running them is one loop in one transaction."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import perf_counter

from sqlalchemy import Connection, Engine, FromClause, func, inspect, select
from sqlalchemy.schema import CreateSchema, DropTable

from sessionmodels.errors import SettingsError, SourceError
from sessionmodels.graph import STAGED, TRACKS, Graph, Relation, bind, choose
from sessionmodels.result import BuildResult, RelationResult, SourceResult
from sessionmodels.settings import Settings
from sessionmodels.source.clean import REASONS, UNREADABLE_TIME, left_out
from sessionmodels.source.database import table_source
from sessionmodels.source.files import file_source
from sessionmodels.source.parts import Source
from sessionmodels.target import look, refuse_missing, refuse_overwriting
from sessionmodels.transaction import connected, named
from sessionmodels.warehouses import warehouse_that_builds
from sessionmodels.warehouses.warehouse import Existing, Step, Warehouse

Watcher = Callable[[int, int, Step], None]
"""Told before each statement: how many are done, how many there are, and which comes now."""


def build_all(
    engine: Engine,
    settings: Settings | None = None,
    *,
    select: str | Sequence[str] | None = None,
    watch: Watcher | None = None,
) -> BuildResult:
    """Build all relations, or those selected, in one transaction.

    Readers see the old rows until the end, and then the new ones. Whatever fails leaves the database as it was.

    Args:
        engine: where the source is and the results go.
        settings: what to read, write and count; from the environment and the settings file where None.
        select: `"session_tracks"`, `"+session_tracks"` (and what it needs), `"session_tracks+"` (and what needs it).
        watch: told before each statement, for progress.

    Raises:
        SettingsError: a setting or the selection is wrong.
        SourceError: the source is missing, or lacks a column.
        TargetError: the selection reads a relation that was never built.
        ConnectError: the warehouse cannot be reached.
        BuildError: a statement failed; it names the relation.
    """
    settings = _checked(engine, settings)
    names = choose(select)
    warehouse = warehouse_that_builds(engine.dialect.name)
    started = perf_counter()
    with _alone(engine, warehouse, settings) as connection:
        source = find_source(connection, settings)
        graph = bind(settings, source)
        chosen = graph.chosen(names)
        refuse_overwriting(connection, source, graph.relations)
        existing = look(connection, graph.relations, warehouse)
        refuse_missing(chosen, graph.relations, existing)
        found = _left_out(connection, source) if graph.reads_source(chosen) else None
        _make_schema(connection, settings.target_schema)
        seconds = _run(connection, plan(graph, chosen, warehouse, existing), watch or (lambda *_: None))
        staged = graph.must_stage(chosen)
        events = graph.staged.table if staged else graph.events
        read = None if found is None else _source_result(connection, source, events, found)
        relations = tuple(_relation_result(connection, relation, seconds) for relation in chosen)
        if staged:
            _unstage(connection, graph)
    return BuildResult(relations, read, perf_counter() - started)


def plan(graph: Graph, chosen: Sequence[Relation], warehouse: Warehouse, existing: Mapping[str, Existing]) -> list[Step]:
    """Return every statement that builds these relations, in order, given what stands there."""
    stage = [Step(TRACKS, "read and clean the events", graph.staged)] if graph.must_stage(chosen) else []
    return [*stage, *warehouse.renew(chosen, existing, graph.relations)]


def find_source(connection: Connection, settings: Settings) -> Source:
    """Return the files or the table that the settings name, as they stand."""
    if settings.tracks:
        return file_source(connection, settings, settings.tracks)
    return table_source(connection, settings)


def _checked(engine: object, settings: object) -> Settings:
    if not isinstance(engine, Engine):
        msg = f"build_all takes an engine, as sqlalchemy.create_engine makes it; found {type(engine).__name__}"
        raise SettingsError(msg)
    if not isinstance(settings, Settings | None):
        msg = f"build_all takes Settings(...); found {type(settings).__name__}"
        raise SettingsError(msg)
    return settings or Settings()


@contextmanager
def _alone(engine: Engine, warehouse: Warehouse, settings: Settings) -> Iterator[Connection]:
    """Yield a connection in the build's one transaction, begun once no other build of the same tables runs."""
    with (
        connected(engine, warehouse.isolation_level) as connection,
        named("the build", "begin or commit"),
        warehouse.one_at_a_time(connection, settings.target_schema, settings.table_prefix),
        connection.begin(),
    ):
        yield connection


def _make_schema(connection: Connection, schema: str | None) -> None:
    if schema and not inspect(connection).has_schema(schema):
        with named("the target schema", "create it"):
            connection.execute(CreateSchema(schema))


def _run(connection: Connection, steps: Sequence[Step], watch: Watcher) -> dict[str, float]:
    seconds: dict[str, float] = {}
    for done, step in enumerate(steps):
        watch(done, len(steps), step)
        started = perf_counter()
        with named(step.relation, step.does):
            connection.execute(step.statement)
        seconds[step.relation] = seconds.get(step.relation, 0.0) + perf_counter() - started
    return seconds


def _left_out(connection: Connection, source: Source) -> dict[str | None, int]:
    """Count the raw events by the reason for which they are left out; null is none.

    Raises:
        SourceError: times are text, and not one of them can be read.
    """
    with named(TRACKS, "count the events"):
        counted = connection.execute(left_out(source)).all()
    found: dict[str | None, int] = {row.reason: row.events for row in counted}
    if None not in found and UNREADABLE_TIME in found:
        example = next(row.example for row in counted if row.reason == UNREADABLE_TIME)
        msg = f"no time in the source can be read, such as {example!r}; write '2026-01-31 12:00:00', in UTC or with an offset"
        raise SourceError(msg)
    return found


def _source_result(connection: Connection, source: Source, events: FromClause, found: dict[str | None, int]) -> SourceResult:
    with named(TRACKS, "count the events"):
        kept = _count(connection, events)
    return SourceResult(
        events_read=sum(found.values()),
        left_out={reason: found.get(reason, 0) for reason in REASONS},
        duplicates_removed=found.get(None, 0) - kept,
        taken_as_null=source.taken_as_null,
    )


def _relation_result(connection: Connection, relation: Relation, seconds: Mapping[str, float]) -> RelationResult:
    with named(relation.name, "count its rows"):
        rows = _count(connection, relation.table)
    return RelationResult(relation.name, relation.table.fullname, relation.kind, rows, round(seconds.get(relation.name, 0.0), 3))


def _count(connection: Connection, table: FromClause) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


def _unstage(connection: Connection, graph: Graph) -> None:
    with named(STAGED, "drop it"):
        connection.execute(DropTable(graph.staged.table))
