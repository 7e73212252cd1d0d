"""Renewal beside the real names: for warehouses that commit each statement, so that nothing can be rolled back.

Everything is computed into tables of other names first. Only when all of it is there, each real name gets its new rows by one
atomic statement that copies no data, one right after the other. Whatever stops a build before that has changed nothing that
anybody reads; what it leaves beside the real names, the next build takes away. A build begins by writing its name into a table of
ours, and puts nothing in place once it finds another's there: of two builds at once, the one that began later wins.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from sqlalchemy import Column, Executable, select
from sqlalchemy.schema import MetaData, Table

from sessionmodels.graph import TRACKS, Graph, Relation
from sessionmodels.sql.text import LongText
from sessionmodels.warehouses.renewal.steps import counted, create, dropped, finish, make_schema, stage
from sessionmodels.warehouses.statement import Statement
from sessionmodels.warehouses.warehouse import Job, Plan, Step

CLAIM = "sessionmodels_claim"
CLAIMED = "CREATE OR REPLACE TABLE {claim} AS SELECT {build} AS build"

PutInPlace = Callable[[Relation, Relation], Executable]
"""From a relation and what was built of it aside: the one statement that gives the real name the new rows."""


def build_aside(job: Job, put_in_place: PutInPlace) -> Plan:
    """Build everything aside, put it in place at the end, and sweep up."""
    aside = job.graph.aside(job.build, (relation.name for relation in job.chosen))
    made = _needed(aside.chosen(relation.name for relation in job.chosen))
    staged = aside.must_stage(made)
    built = {relation.name: relation for relation in made}
    claim = _claim(job)
    steps = [
        *make_schema(job),
        Step("the build", "claim the tables", (Statement(CLAIMED, claim=claim, build=job.build),)),
        *_clear(job),
        *([stage(job, aside)] if staged else []),
        *(create(job, relation) for relation in made),
        *_put_in_place(job, built, put_in_place),
        *(step for relation in job.chosen for step in finish(job, relation)),
    ]
    tables = {relation.name: relation.table for relation in made if relation.kind == "table"}
    return Plan(
        steps=tuple(steps),
        sweep=tuple(_sweep(aside, made, staged=staged)),
        claimed_by=select(claim.c.build),
        events=aside.staged.table if staged else job.graph.events,
        counted={**counted(job.chosen), **tables},  # a table may refuse to be counted whole, once it is in place
    )


def _claim(job: Job) -> Table:
    """Return the table that holds which build began last: an earlier one that finds another's name in it has lost."""
    name = f"{CLAIM}_{job.settings.table_prefix}".rstrip("_")
    return Table(name, MetaData(), Column("build", LongText), schema=job.settings.target_schema)


def _clear(job: Job) -> Iterator[Step]:
    for name, kind in job.leftovers.items():
        table = Table(name, MetaData(), schema=job.settings.target_schema)
        yield Step("the build", f"drop {name}, which an earlier one left", (dropped(table, kind, if_exists=True),))


def _needed(chosen: Iterable[Relation]) -> list[Relation]:
    """Return the tables among these, and the views that one of them reads."""
    needed: list[Relation] = []
    read: set[Table] = set()
    for relation in reversed(list(chosen)):
        if relation.kind == "table" or relation.table in read:
            needed.insert(0, relation)
            read |= relation.reads
    return needed


def _put_in_place(job: Job, built: Mapping[str, Relation], put_in_place: PutInPlace) -> Iterator[Step]:
    for relation in job.chosen:
        found = job.existing.get(relation.name)
        wanted = job.warehouse.layout(job, relation)
        statements: tuple[Executable, ...] = ()
        if found and (found.kind != relation.kind or (found.kind == "table" and found.layout != wanted)):
            statements = (dropped(relation.table, found.kind),)
        if relation.kind == "view":
            replaced = job.warehouse.create(job, relation, True)
            yield Step(relation.name, "put the view in place", (*statements, replaced), in_place=True)
        else:
            replaced = put_in_place(relation, built[relation.name])
            yield Step(relation.name, "put the new rows in place", (*statements, replaced), in_place=True)


def _sweep(aside: Graph, made: Iterable[Relation], *, staged: bool) -> Iterator[Step]:
    for relation in made:
        yield Step(relation.name, "drop what it was built in", (dropped(relation.table, relation.kind, if_exists=True),))
    if staged:
        yield Step(TRACKS, "drop the clean events", (dropped(aside.staged.table, "table", if_exists=True),))
