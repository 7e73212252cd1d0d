"""Order, strategy and warehouse give statements; running them is one loop."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from time import perf_counter
from uuid import uuid4

from sqlalchemy import Connection, Engine, FromClause, Table, func, select

from sessionmodels.errors import BuildError, SettingsError, SourceError
from sessionmodels.graph import TRACKS, Relation, bind, choose
from sessionmodels.result import BuildResult, RelationResult, SourceResult
from sessionmodels.settings import Settings
from sessionmodels.source.clean import REASONS, UNREADABLE_TIME, left_out
from sessionmodels.source.database import table_source
from sessionmodels.source.files import file_source
from sessionmodels.source.parts import Source
from sessionmodels.target import leftovers, look, placed, refuse_long_names, refuse_missing, refuse_overwriting
from sessionmodels.transaction import ALL_CHANGED, NOTHING_CHANGED, PARTLY_CHANGED, connected, named
from sessionmodels.warehouses import warehouse_of
from sessionmodels.warehouses.warehouse import Job, Plan, Step, Warehouse

Watcher = Callable[[int, int, Step], None]
"""Told before each step: how many are done, how many there are, and which comes now."""


def build_all(
    engine: Engine,
    settings: Settings | None = None,
    *,
    select: str | Sequence[str] | None = None,
    watch: Watcher | None = None,
) -> BuildResult:
    """Build all relations, or those selected.

    On DuckDB, PostgreSQL and Redshift a build is one transaction: readers see the old rows until the end, and then the new ones,
    and whatever fails leaves the database as it was. On BigQuery and Snowflake everything is built beside the real names and put
    in place at the end, one atomic statement a relation, one right after the other; what fails before that changes nothing.

    Args:
        engine: where the source is and the results go.
        settings: what to read, write and count; from the environment and the settings file where None.
        select: `"session_tracks"`, `"+session_tracks"` (and what it needs), `"session_tracks+"` (and what needs it).
        watch: told before each step, for progress.

    Raises:
        SettingsError: a setting or the selection is wrong.
        SourceError: the source is missing, or lacks a column.
        TargetError: the selection reads a relation that was never built, or what stands in the target is in the way.
        ConnectError: the warehouse cannot be reached.
        BuildError: a statement failed; it names the relation, and says whether anything was changed.
    """
    settings = checked(engine, settings)
    names = choose(select)
    warehouse = warehouse_of(engine.dialect.name)
    started = perf_counter()
    with _alone(engine, warehouse, settings) as connection:
        job, found = prepare(connection, warehouse, settings, names)
        plan = warehouse.renew(job)
        with _Run(connection, job, plan, watch or (lambda *_: None)).taken() as run:
            read = None if found is None else _source_result(job.graph.source, found, run.count(TRACKS, plan.events))
            relations = tuple(run.result(relation) for relation in job.chosen)
    return BuildResult(relations, read, perf_counter() - started)


def checked(engine: object, settings: object) -> Settings:
    """Return the settings to go by.

    Raises:
        SettingsError: an argument is of the wrong kind.
    """
    if not isinstance(engine, Engine):
        msg = f"build_all takes an engine, as sqlalchemy.create_engine makes it; found {type(engine).__name__}"
        raise SettingsError(msg)
    if not isinstance(settings, Settings | None):
        msg = f"build_all takes Settings(...); found {type(settings).__name__}"
        raise SettingsError(msg)
    return settings or Settings()


@contextmanager
def _alone(engine: Engine, warehouse: Warehouse, settings: Settings) -> Iterator[Connection]:
    """Yield a connection in the build's transaction, begun once no other build of the same tables runs."""
    with (
        connected(engine, warehouse.isolation_level) as connection,
        named("the build", "look around, begin or commit", refusals=warehouse.refusals()),
        warehouse.transaction(connection, settings.target_schema, settings.table_prefix),
    ):
        yield connection


def prepare(
    connection: Connection, warehouse: Warehouse, settings: Settings, names: frozenset[str], *, dry: bool = False
) -> tuple[Job, Mapping[str | None, int] | None]:
    """Return what is asked of the warehouse, and the raw events counted by why they are left out, where events are read.

    Everything that can be refused is refused here or by the plan, before anything is touched.
    """
    warehouse.mend(connection.dialect)
    catalogue = warehouse.catalogue(connection)
    settings = placed(settings, catalogue, warehouse)
    if not dry:
        warehouse.tag(connection, settings, TRACKS)
    graph = bind(settings, find_source(connection, settings))
    chosen = graph.chosen(names)
    refuse_long_names(graph, connection.dialect)
    refuse_overwriting(catalogue, graph)
    target = settings.target_schema
    is_there = target is None or catalogue.has_schema(target)
    existing = look(catalogue, graph) if is_there else {}
    refuse_missing(chosen, graph.relations, existing)
    found = _left_out(connection, graph.source) if graph.reads_source(chosen) and not dry else None
    job = Job(
        warehouse,
        connection.dialect,
        graph,
        chosen,
        existing,
        leftovers=leftovers(catalogue, settings) if is_there else {},
        new_schema=() if is_there else catalogue.make_schema(target or "", settings.source_schema),
        build=uuid4().hex[:8],
        events=catalogue.rows(graph.source.table) if isinstance(graph.source.table, Table) else 0,
    )
    return job, found


def find_source(connection: Connection, settings: Settings) -> Source:
    """Return the files or the table that the settings name, as they stand."""
    if settings.tracks:
        return file_source(connection, settings, settings.tracks)
    return table_source(connection, settings)


class _Run:
    """A plan as it is carried out."""

    def __init__(self, connection: Connection, job: Job, plan: Plan, watch: Watcher) -> None:
        self.connection, self.job, self.plan, self.watch = connection, job, plan, watch
        self.seconds: dict[str, float] = {}
        self.changed = NOTHING_CHANGED
        self.in_place = sum(step.in_place for step in plan.steps)
        """How many steps are still to come that readers see at once."""

    @contextmanager
    def taken(self) -> Iterator["_Run"]:
        """Take every step, and at the end away what only the build needed; after a failure as far as that goes."""
        try:
            for done, step in enumerate(self.plan.steps):
                self.watch(done, len(self.plan.steps), step)
                self._take(step)
            yield self
            for step in self.plan.sweep:
                self._take(step)
        except BaseException:
            if not self.job.warehouse.rolls_back and self.changed != PARTLY_CHANGED:
                for step in self.plan.sweep:
                    with suppress(Exception):  # the first error is the one to tell; the next build finds what is left
                        self._take(step)
            raise

    def count(self, relation: str, table: FromClause) -> int:
        """Return how many rows there are."""
        with self._named(relation, "count its rows"):
            return self.connection.execute(select(func.count()).select_from(table)).scalar_one()

    def result(self, relation: Relation) -> RelationResult:
        """Return what was done to a relation."""
        rows, took = self.count(relation.name, self.plan.counted[relation.name]), self.seconds.get(relation.name, 0.0)
        return RelationResult(relation.name, relation.table.fullname, relation.kind, rows, round(took, 3))

    def _take(self, step: Step) -> None:
        started = perf_counter()
        if step.in_place:
            self._refuse_another()
            self.in_place -= 1
            self.changed = PARTLY_CHANGED
        with self._named(step.relation, step.does):
            self.job.warehouse.tag(self.connection, self.job.settings, step.relation)
            for statement in step.statements:
                self.connection.execute(statement)
        if self.changed == PARTLY_CHANGED and not self.in_place:
            self.changed = ALL_CHANGED
        self.seconds[step.relation] = self.seconds.get(step.relation, 0.0) + perf_counter() - started

    def _refuse_another(self) -> None:
        if self.plan.claimed_by is None or self.changed != NOTHING_CHANGED:
            return
        relation = "the build"
        with self._named(relation, "see whether it is still the latest"):
            latest = self.connection.execute(self.plan.claimed_by).scalar_one()
        if latest != self.job.build:
            msg = f"another build of the same tables began after this one, and will put its rows in place. {NOTHING_CHANGED}"
            raise BuildError(relation, msg)

    def _named(self, relation: str, does: str) -> AbstractContextManager[None]:
        return named(relation, does, refusals=self.job.warehouse.refusals(), changed=self.changed)


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


def _source_result(source: Source, found: Mapping[str | None, int], kept: int) -> SourceResult:
    return SourceResult(
        events_read=sum(found.values()),
        left_out={reason: found.get(reason, 0) for reason in REASONS},
        duplicates_removed=found.get(None, 0) - kept,
        taken_as_null=source.taken_as_null,
    )
