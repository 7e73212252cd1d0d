"""Order, strategy and warehouse give statements; running them is one loop in one transaction."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import perf_counter

from sqlalchemy import Connection, Engine, FromClause, func, inspect, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.schema import CreateSchema, DropTable

from sessionmodels.errors import BuildError, ConnectError, SettingsError
from sessionmodels.graph import STAGED, TRACKS, Graph, Relation, bind, choose
from sessionmodels.models import MODELS
from sessionmodels.result import BuildResult, RelationResult, SourceResult
from sessionmodels.settings import Settings
from sessionmodels.source.clean import REASONS, left_out
from sessionmodels.source.database import table_source
from sessionmodels.source.files import file_source
from sessionmodels.source.parts import Source
from sessionmodels.target import look, refuse_missing
from sessionmodels.warehouses import warehouse_of
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
    settings = settings or Settings()
    names = choose(select)
    warehouse = _that_builds(engine)
    started = perf_counter()
    with _transaction(engine, warehouse) as connection:
        source = find_source(connection, settings)
        graph = bind(settings, source)
        chosen = graph.chosen(names)
        existing = look(connection, graph.relations, warehouse, settings.target_schema)
        refuse_missing(chosen, graph.relations, existing)
        _make_schema(connection, settings.target_schema)
        steps = plan(graph, chosen, warehouse, existing)
        seconds = _run(connection, steps, watch or (lambda *_: None))
        read = _read(connection, source, graph, chosen)
        relations = tuple(_relation_result(connection, relation, seconds) for relation in chosen)
        _unstage(connection, graph, chosen)
    return BuildResult(relations, read, perf_counter() - started)


def plan(graph: Graph, chosen: Sequence[Relation], warehouse: Warehouse, existing: Mapping[str, Existing]) -> list[Step]:
    """Return every statement that builds these relations, in order, given what stands there."""
    stage = [Step(TRACKS, "read and clean the events", graph.staged)] if graph.must_stage(chosen) else []
    return [*stage, *warehouse.renew(chosen, existing)]


def find_source(connection: Connection, settings: Settings) -> Source:
    """Return the files or the table that the settings name, as they stand."""
    if settings.tracks:
        return file_source(connection, settings, settings.tracks)
    return table_source(connection, settings)


def _that_builds(engine: Engine) -> Warehouse:
    warehouse = warehouse_of(engine.dialect.name)
    if not warehouse.builds:
        written = f"`sessionmodels sql --dialect {warehouse.dialect}` writes the statements"
        msg = f"build_all does not run on {warehouse.title} yet; {written}"
        raise SettingsError(msg)
    return warehouse


@contextmanager
def _transaction(engine: Engine, warehouse: Warehouse) -> Iterator[Connection]:
    level = {"isolation_level": warehouse.isolation_level} if warehouse.isolation_level else {}
    try:
        connection = engine.connect().execution_options(**level)
    except SQLAlchemyError as error:
        raise ConnectError(cannot_connect(engine, error)) from None
    with connection, _named("the build", "look at the database, or commit"), connection.begin():
        yield connection


def cannot_connect(engine: Engine, error: SQLAlchemyError) -> str:
    """Return why the warehouse cannot be reached, without its password."""
    why = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
    if engine.url.password:
        why = why.replace(str(engine.url.password), "***")
    return f"cannot connect to {engine.url.render_as_string(hide_password=True)}: {why}; check the URL, and that it answers"


def _make_schema(connection: Connection, schema: str | None) -> None:
    if schema and not inspect(connection).has_schema(schema):
        with _named("the target schema", "create it"):
            connection.execute(CreateSchema(schema))


def _run(connection: Connection, steps: Sequence[Step], watch: Watcher) -> dict[str, float]:
    seconds: dict[str, float] = {}
    for done, step in enumerate(steps):
        watch(done, len(steps), step)
        started = perf_counter()
        with _named(step.relation, step.does):
            connection.execute(step.statement)
        seconds[step.relation] = seconds.get(step.relation, 0.0) + perf_counter() - started
    return seconds


@contextmanager
def _named(relation: str, does: str) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        why = str(error.orig).strip()
        msg = f"{relation}: could not {does}: {why}\nNothing was changed. Mend the cause and build again."
        raise BuildError(relation, msg) from error


def _read(connection: Connection, source: Source, graph: Graph, chosen: Sequence[Relation]) -> SourceResult | None:
    if not any(TRACKS in MODELS[relation.name].reads for relation in chosen):
        return None
    events: FromClause = graph.staged.table if graph.must_stage(chosen) else graph.events
    with _named(TRACKS, "count the events"):
        found = {row.reason: row.events for row in connection.execute(left_out(source))}
        kept = _count(connection, events)
    usable = found.pop(None, 0)
    return SourceResult(
        events_read=usable + sum(found.values()),
        left_out={reason: found.get(reason, 0) for reason in REASONS},
        duplicates_removed=usable - kept,
        taken_as_null=source.taken_as_null,
    )


def _relation_result(connection: Connection, relation: Relation, seconds: Mapping[str, float]) -> RelationResult:
    with _named(relation.name, "count its rows"):
        rows = _count(connection, relation.table)
    return RelationResult(relation.name, relation.table.fullname, relation.kind, rows, round(seconds.get(relation.name, 0.0), 3))


def _count(connection: Connection, table: FromClause) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


def _unstage(connection: Connection, graph: Graph, chosen: Sequence[Relation]) -> None:
    if graph.must_stage(chosen):
        with _named(STAGED, "drop it"):
            connection.execute(DropTable(graph.staged.table))
