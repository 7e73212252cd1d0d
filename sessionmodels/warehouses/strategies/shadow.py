"""Renewal beside the real names: for warehouses that commit each statement, so that nothing can be rolled back.

Everything is computed into tables of other names first. Only when all of it is there, each real name gets its new rows by one
atomic statement that copies no data, one right after the other. Whatever stops a build before that has changed nothing that
anybody reads; what it leaves beside the real names, the next build takes away.
"""

from collections.abc import Iterable, Iterator, Mapping

from sqlalchemy import Executable
from sqlalchemy.schema import MetaData, Table

from sessionmodels.graph import Graph, Relation
from sessionmodels.naming import TRACKS
from sessionmodels.warehouses.strategies.steps import counted, create, dropped, finish, forget, make_schema, stage
from sessionmodels.warehouses.warehouse import Job, Plan, Step


def build_in_shadow(job: Job) -> Plan:
    """Build everything aside, put it in place at the end, and sweep up."""
    aside = job.graph.shadow(job.build, (relation.name for relation in job.chosen))
    made = _needed(aside.chosen(relation.name for relation in job.chosen))
    staged = aside.must_stage(made)
    built = {relation.name: relation for relation in made}
    first = [*make_schema(job), *clear(job), *([stage(job, aside)] if staged else [])]
    steps = [
        *first,
        *(create(job, relation) for relation in made),
        *([_keep(job, aside)] if job.graph.retains else []),
        *_put_in_place(job, built),
        *(step for relation in job.chosen for step in finish(job, relation)),
        *([] if job.graph.retains else forget(job)),
    ]
    tables = {relation.name: relation.table for relation in made if relation.kind == "table"}
    return Plan(
        steps=tuple(steps),
        clean_up=tuple(_clean_up(aside, made, staged=staged)),
        events=aside.tracks if staged else job.graph.events,
        counted={**counted(job.chosen), **tables},  # a table may refuse to be counted whole, once it is in place
        ready=len(first),
    )


def clear(job: Job) -> Iterator[Step]:
    """Yield what takes away what a killed build has left beside the real names."""
    for name, kind in job.orphans.items():
        table = Table(name, MetaData(), schema=job.settings.target_schema)
        yield Step("the build", f"drop {name}, left by an earlier build", (dropped(table, kind, if_exists=True),))


def _needed(chosen: Iterable[Relation]) -> list[Relation]:
    """Return the tables among these, and the views that one of them reads."""
    needed: list[Relation] = []
    read: set[Table] = set()
    for relation in reversed(list(chosen)):
        if relation.kind == "table" or relation.table in read:
            needed.insert(0, relation)
            read |= relation.reads
    return needed


def swap_in(job: Job, relation_name: str, real: Table, aside: Table, *, first: tuple[Executable, ...] = ()) -> Step:
    """Return what gives the real name of a table the rows that stand beside it."""
    return Step(relation_name, "swap in the new rows", (*first, job.warehouse.put_in_place(real, aside)), in_place=True)


def _keep(job: Job, aside: Graph) -> Step:
    real = job.graph.staged.table
    old = (
        (dropped(real, job.retained.kind, if_exists=True),) if job.retained else ()
    )  # BigQuery replaces no table by one of another layout
    return swap_in(job, TRACKS, real, aside.staged.table, first=old)


def _put_in_place(job: Job, built: Mapping[str, Relation]) -> Iterator[Step]:
    for relation in job.chosen:
        found = job.existing.get(relation.name)
        wanted = job.warehouse.layout(job, relation)
        first: tuple[Executable, ...] = ()
        if found and (found.kind != relation.kind or (found.kind == "table" and found.layout != wanted)):
            first = (dropped(relation.table, found.kind, if_exists=True),)  # the step may be taken again
        if relation.kind == "view":
            replaced = job.warehouse.create_view(relation, True)
            yield Step(relation.name, "replace the view", (*first, replaced), in_place=True)
        else:
            yield swap_in(job, relation.name, relation.table, built[relation.name].table, first=first)


def _clean_up(aside: Graph, made: Iterable[Relation], *, staged: bool) -> Iterator[Step]:
    for relation in made:
        yield Step(relation.name, "drop its working table", (dropped(relation.table, relation.kind, if_exists=True),))
    if staged:
        yield Step(TRACKS, "drop the clean events", (dropped(aside.staged.table, "table", if_exists=True),))
