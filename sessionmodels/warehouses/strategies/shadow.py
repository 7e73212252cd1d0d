"""Shadow tables: for warehouses that commit each statement and cannot roll back.

First, everything is computed into shadow tables. Once all of them exist, each real table in turn gets its new rows by one atomic
statement that copies no data; the warehouse's own file spells it, such as `snowflake.py`. A build that stops before that has
changed nothing that anybody reads, and the next build drops the shadow tables that it left behind.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import CreateTableAs, Executable
from sqlalchemy.schema import MetaData, Table

from sessionmodels.model import AnySelect
from sessionmodels.relations.graph import Graph, Relation
from sessionmodels.relations.naming import TRACKS, shadow_name
from sessionmodels.warehouses.catalogue import comment_of
from sessionmodels.warehouses.step import Step
from sessionmodels.warehouses.strategies.steps import (
    counted,
    create,
    drop_kept_rows,
    dropped,
    finish,
    keep_duplicates,
    make_schema,
    stage,
)
from sessionmodels.warehouses.warehouse import Job, Plan, Workspace


@dataclass(frozen=True)
class ShadowTables:
    """Shadow tables are filled and swapped in at the end. An incremental build changes clones of the real tables."""

    put_in_place: Callable[[Table, Table, str], Executable]
    """From a table, its shadow and its comment, the atomic statement that gives the real table the new rows."""

    clone: Callable[[Table, Table], tuple[Executable, ...]]
    """The statements that clone a table."""

    refuse: Callable[[Job], None] = lambda _job: None
    """Raises `TargetError` if these relations cannot be built without others."""

    def full(self, job: Job) -> Plan:
        """Return the steps of a full build.

        Raises:
            TargetError: these relations cannot be built without others.
        """
        self.refuse(job)
        return _full(self, job)

    def workspace(self, job: Job) -> Workspace:
        """Return the workspace of an incremental build."""
        return ShadowWorkspace(self, job)

    def swap_in(self, job: Job, relation_name: str, real: Table, shadow: Table, *, first: tuple[Executable, ...] = ()) -> Step:
        """Return the step that gives a table the rows of its shadow, and the comment that marks it as ours."""
        comment = comment_of("" if relation_name == TRACKS else job.graph[relation_name].row)
        return Step(relation_name, "swap in the new rows", (*first, self.put_in_place(real, shadow, comment)), in_place=True)


class ShadowWorkspace:
    """Shadow tables and clones of the real tables. The clones are changed and swapped in at the end, each by one statement."""

    is_temporary = False
    replaces_tables = True

    def __init__(self, strategy: ShadowTables, job: Job) -> None:
        """Store the strategy and the job."""
        self.strategy, self.job = strategy, job
        self.graph = job.graph.shadow(job.build, (relation.name for relation in job.graph.tables))
        self._shadows: dict[str, Table] = {}

    def create(self, name: str, query: AnySelect) -> CreateTableAs:
        """Return the statement that creates a shadow table."""
        settings = self.job.settings
        table = CreateTableAs(query, shadow_name(name, settings, self.job.build), schema=settings.target_schema)
        self._shadows[name] = table.table
        return table

    def begin(self) -> Iterator[Step]:
        """Yield steps that clone the real tables."""
        yield from drop_orphans(self.job)
        for name, real, clone in self._clones():
            self._shadows[name] = clone
            yield Step(name, "clone it", self.strategy.clone(real, clone))

    def put_in_place(self) -> Iterator[Step]:
        """Yield one step per table that swaps in its clone."""
        for name, real, clone in self._clones():
            yield self.strategy.swap_in(self.job, name, real, clone)

    def clean_up(self) -> Iterator[Step]:
        """Yield one step that drops the shadow tables."""
        dropped_tables = tuple(dropped(table, "table", if_exists=True) for table in self._shadows.values())
        yield Step("the build", "drop temporary tables", dropped_tables)

    def _clones(self) -> Iterator[tuple[str, Table, Table]]:
        yield TRACKS, self.job.graph.duplicates.table, self.graph.duplicates.table
        for relation in self.job.graph.tables:
            yield relation.name, relation.table, self.graph[relation.name].table


def _full(strategy: ShadowTables, job: Job) -> Plan:
    shadow = job.graph.shadow(job.build, (relation.name for relation in job.chosen))
    needed = _needed(shadow.chosen(relation.name for relation in job.chosen))
    staged = shadow.must_stage(needed) or job.graph.continues
    built = {relation.name: relation for relation in needed}
    first = [*make_schema(job), *drop_orphans(job), *([stage(job, shadow)] if staged else [])]
    steps = [
        *first,
        *(create(job, relation) for relation in needed),
        *(_keep_duplicates(strategy, job, shadow) if job.graph.continues else ()),
        *_put_in_place(strategy, job, built),
        *(step for relation in job.chosen for step in finish(job, relation)),
        *drop_kept_rows(job, but_duplicates=job.graph.continues),
    ]
    tables = {relation.name: relation.table for relation in needed if relation.kind == "table"}
    identities = shadow.stored("identities", needed)
    return Plan(
        steps=tuple(steps),
        clean_up=tuple(_clean_up(shadow, needed, staged=staged)),
        graph=shadow,
        events=shadow.tracks if staged else job.graph.events,
        aliases=identities.table if identities else None,
        removed=shadow.removed if staged else None,
        kept=shadow.kept if staged else None,
        counted={**counted(job.chosen), **tables},  # a swapped-in table may require a filter
        ready=len(first) + (needed.index(identities) + 1 if identities else 0),
    )


def drop_orphans(job: Job) -> Iterator[Step]:
    """Yield steps that drop the shadow tables that a killed build left behind."""
    for name, kind in job.orphans.items():
        table = Table(name, MetaData(), schema=job.settings.target_schema)
        yield Step("the build", f"drop {name}, left behind by an earlier build", (dropped(table, kind, if_exists=True),))


def _needed(chosen: Iterable[Relation]) -> list[Relation]:
    """Return the tables among these, and the views that one of them reads."""
    needed: list[Relation] = []
    read: set[Table] = set()
    for relation in reversed(list(chosen)):
        if relation.kind == "table" or relation.table in read:
            needed.insert(0, relation)
            read |= relation.reads
    return needed


def _keep_duplicates(strategy: ShadowTables, job: Job, shadow: Graph) -> tuple[Step, Step]:
    swapped_in = strategy.swap_in(job, TRACKS, job.graph.duplicates.table, shadow.duplicates.table)
    return keep_duplicates(job, shadow), swapped_in


def _put_in_place(strategy: ShadowTables, job: Job, built: Mapping[str, Relation]) -> Iterator[Step]:
    for relation in job.chosen:
        found = job.existing.get(relation.name)
        wanted = job.warehouse.tables.layout(job, relation)
        first: tuple[Executable, ...] = ()
        if found and (found.kind != relation.kind or (found.kind == "table" and found.layout != wanted)):
            first = (dropped(relation.table, found.kind, if_exists=True),)  # the step may be repeated
        if relation.kind == "view":
            replaced = job.warehouse.tables.create_view(relation, True)
            yield Step(relation.name, "replace the view", (*first, replaced), in_place=True)
        else:
            yield strategy.swap_in(job, relation.name, relation.table, built[relation.name].table, first=first)


def _clean_up(shadow: Graph, needed: Iterable[Relation], *, staged: bool) -> Iterator[Step]:
    for relation in needed:
        yield Step(relation.name, "drop its working table", (dropped(relation.table, relation.kind, if_exists=True),))
    if staged:
        tables = (shadow.staging.table, *([shadow.duplicates.table] if shadow.continues else []))
        yield Step(TRACKS, "drop the clean events", tuple(dropped(table, "table", if_exists=True) for table in tables))
