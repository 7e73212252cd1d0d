"""The steps of which every strategy is made."""

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import Executable, FromClause
from sqlalchemy.schema import DropTable, DropView, MetaData, Table

from sessionmodels.graph import Graph, Relation
from sessionmodels.model import Kind, in_words
from sessionmodels.naming import TRACKS, retained_name
from sessionmodels.settings import Settings
from sessionmodels.warehouses import materialized
from sessionmodels.warehouses.catalogue import Named
from sessionmodels.warehouses.step import Step
from sessionmodels.warehouses.warehouse import Job, Plan, Warehouse


def make_schema(job: Job) -> tuple[Step, ...]:
    """Return what makes the target schema, where it is missing."""
    if not job.new_schema:
        return ()
    return (Step("the target schema", "create it", (*job.new_schema, *usage_grants(job.warehouse, job.settings))),)


def grant_builds(job: Job, builds: Named, *, owns_schema: bool) -> Iterator[Step]:
    """Yield what lets the same people see the state of the builds, and look into a schema that is the builder's own."""
    usage, schema = job.warehouse.tables.grant_usage, job.schema
    if owns_schema and usage and schema and job.settings.grant_to:
        looks = tuple(usage(schema, grantee) for grantee in job.settings.grant_to)
        yield Step("the target schema", "grant the right to look into it", looks)
    yield from grant(job, builds, "the table of builds")


def usage_grants(warehouse: Warehouse, settings: Settings) -> tuple[Executable, ...]:
    """Return what lets those look into a target schema that was made who may read what is in it, where that takes a grant."""
    usage, schema = warehouse.tables.grant_usage, settings.target_schema or ""
    return tuple(usage(schema, grantee) for grantee in settings.grant_to) if usage else ()


def stage(job: Job, graph: Graph) -> Step:
    """Return what cleans the events once for all who read them, and perhaps keeps them."""
    tables = job.warehouse.tables
    made = tables.retain(job, graph.staging) if graph.retains_events and tables.retain else tables.stage(graph.staging)
    return Step(TRACKS, "read and clean the events", (made,))


def create(job: Job, relation: Relation) -> Step:
    """Return what makes the relation."""
    warehouse = job.warehouse
    made = warehouse.tables.create_view(relation, False) if relation.kind != "table" else warehouse.tables.create(job, relation)
    return Step(relation.name, f"create the {in_words(relation.kind)}", (made,))


def drop(relation_name: str, table: Table, kind: Kind) -> Step:
    """Return what drops something that stands there, whichever kind it is."""
    return Step(relation_name, f"drop the old {in_words(kind)}", (dropped(table, kind),))


def dropped(table: Table, kind: Kind, *, if_exists: bool = False) -> Executable:
    """Return the statement that drops a table or a view."""
    if kind == "table":
        return DropTable(table, if_exists=if_exists)
    return DropView(table, if_exists=if_exists, materialized=kind == "materialized_view")


def refresh(relation: Relation) -> Step:
    """Return what computes the rows of a materialized view anew."""
    return Step(relation.name, "refresh the materialized view", (materialized.refresh(relation.table),))


def forget(job: Job) -> Iterator[Step]:
    """Yield what drops the events that an incremental build retained: they are written again, or nothing continues from them."""
    if job.retained and job.is_whole:
        table = Table(retained_name(job.settings), MetaData(), schema=job.settings.target_schema)
        yield Step(TRACKS, "drop the retained events", (dropped(table, job.retained.kind),))


def finish(job: Job, relation: Relation) -> Iterator[Step]:
    """Yield what a relation needs once it is there: indexes, comments, grants."""
    if relation.kind != "view":
        yield from job.warehouse.tables.finish(job, relation)
    yield from explain(job, relation)
    yield from grant(job, relation, relation.name)


def explain(job: Job, relation: Relation) -> Iterator[Step]:
    """Yield what writes into the catalogue what a relation and its columns mean; of a materialized view, when it was computed."""
    if comments := tuple(job.warehouse.tables.comment(job.dialect, relation)):
        yield Step(relation.name, "add column comments", comments)


def grant(job: Job, relation: Named, name: str) -> Iterator[Step]:
    """Yield what lets those read a relation whom the setting `grant_to` names."""
    if grants := tuple(job.warehouse.tables.grant(relation, grantee) for grantee in job.settings.grant_to):
        yield Step(name, "grant read access", grants)


def transactional(job: Job, steps: Sequence[Step]) -> Plan:
    """Return the plan of a build that is one transaction: the events in a temporary table, the results in place at once."""
    graph, staged = job.graph, job.graph.must_stage(job.chosen)
    first = (*make_schema(job), *forget(job), *([stage(job, graph)] if staged else []))
    return Plan(
        steps=(*first, *steps),
        clean_up=(Step(TRACKS, "drop the clean events", (DropTable(graph.staging.table),)),)
        if staged and not graph.retains_events
        else (),
        events=graph.tracks if staged else graph.events,
        counted=counted(job.chosen),
        ready=len(first),
    )


def counted(relations: Sequence[Relation]) -> Mapping[str, FromClause]:
    """Return each relation's own table."""
    return {relation.name: relation.table for relation in relations}
