"""The steps that all strategies share."""

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import Executable, FromClause
from sqlalchemy.schema import DropTable, DropView, MetaData, Table

from sessionmodels.model import Kind, in_words
from sessionmodels.relations.graph import Graph, Relation
from sessionmodels.relations.naming import FORMER, TRACKS, duplicates_name, own_name
from sessionmodels.settings import Settings
from sessionmodels.warehouses import materialized
from sessionmodels.warehouses.catalogue import Named
from sessionmodels.warehouses.step import Step
from sessionmodels.warehouses.warehouse import Job, Plan, Warehouse


def make_schema(job: Job) -> tuple[Step, ...]:
    """Return the step that creates the target schema, if it is missing."""
    if not job.new_schema:
        return ()
    return (Step("the target schema", "create it", (*job.new_schema, *usage_grants(job.warehouse, job.settings))),)


def grant_builds(job: Job, builds: Named, *, owns_schema: bool) -> Iterator[Step]:
    """Yield grants on the table of builds, and usage of the schema if the builder owns it."""
    usage, schema = job.warehouse.tables.grant_usage, job.schema
    if owns_schema and usage and schema and job.settings.grant_to:
        grants = tuple(usage(schema, grantee) for grantee in job.settings.grant_to)
        yield Step("the target schema", "grant usage of it", grants)
    yield from grant(job, builds, "the table of builds")


def usage_grants(warehouse: Warehouse, settings: Settings) -> tuple[Executable, ...]:
    """Return the grants of usage of a new target schema for all grantees, if the warehouse requires them."""
    usage, schema = warehouse.tables.grant_usage, settings.target_schema or ""
    return tuple(usage(schema, grantee) for grantee in settings.grant_to) if usage else ()


def stage(job: Job, graph: Graph) -> Step:
    """Return the step that fills the working table of raw rows."""
    action = "read and clean the events" if graph.stages_all else "find the ids that occur more than once"
    return Step(TRACKS, action, (job.warehouse.tables.stage(graph.staging),))


def keep_duplicates(job: Job, graph: Graph) -> Step:
    """Return the step that writes the removed duplicates to the table that incremental builds continue from."""
    return Step(TRACKS, "keep the removed duplicates", (job.warehouse.tables.stage(graph.duplicates),))


def create(job: Job, relation: Relation) -> Step:
    """Return the step that creates the relation."""
    warehouse = job.warehouse
    creation = (
        warehouse.tables.create_view(relation, False) if relation.kind != "table" else warehouse.tables.create(job, relation)
    )
    return Step(relation.name, f"create the {in_words(relation.kind)}", (creation,))


def drop(relation_name: str, table: Table, kind: Kind) -> Step:
    """Return the step that drops an existing table or view."""
    return Step(relation_name, f"drop the old {in_words(kind)}", (dropped(table, kind),))


def dropped(table: Table, kind: Kind, *, if_exists: bool = False) -> Executable:
    """Return the statement that drops a table or a view."""
    if kind == "table":
        return DropTable(table, if_exists=if_exists)
    return DropView(table, if_exists=if_exists, materialized=kind == "materialized_view")


def refresh(relation: Relation) -> Step:
    """Return the step that refreshes a materialized view."""
    return Step(relation.name, "refresh the materialized view", (materialized.refresh(relation.table),))


def drop_kept_rows(job: Job, *, but_duplicates: bool = False) -> Iterator[Step]:
    """Yield steps that drop what earlier builds kept: it is written again, or no build continues from it."""
    if not job.is_whole:
        return
    duplicates = None if but_duplicates else job.duplicates
    names = {duplicates_name(job.settings): duplicates, own_name(FORMER, job.settings): job.former}
    for name, found in names.items():
        if found:
            table = Table(name, MetaData(), schema=job.settings.target_schema)
            yield Step(TRACKS, "drop what earlier builds kept", (dropped(table, found.kind),))


def finish(job: Job, relation: Relation) -> Iterator[Step]:
    """Yield the steps that finish a relation: indexes, comments, grants."""
    if relation.kind != "view":
        yield from job.warehouse.tables.finish(job, relation)
    yield from add_comments(job, relation)
    yield from grant(job, relation, relation.name)


def add_comments(job: Job, relation: Relation) -> Iterator[Step]:
    """Yield a step that writes a relation's comments. A materialized view's comment says when it was computed."""
    if comments := tuple(job.warehouse.tables.comment(job.dialect, relation)):
        yield Step(relation.name, "add column comments", comments)


def grant(job: Job, relation: Named, name: str) -> Iterator[Step]:
    """Yield a step that grants SELECT on a relation to the grantees in the settings."""
    if grants := tuple(job.warehouse.tables.grant(relation, grantee) for grantee in job.settings.grant_to):
        yield Step(name, "grant read access", grants)


def transactional(job: Job, steps: Sequence[Step]) -> Plan:
    """Return the plan of a build in one transaction, with its results in the real tables."""
    graph = job.graph
    staged = graph.must_stage(job.chosen) or (graph.continues and job.settings.deduplicate)
    first = (*make_schema(job), *drop_kept_rows(job), *([stage(job, graph)] if staged else []))
    events, identities = graph.stored("events", job.chosen), graph.stored("identities", job.chosen)
    filled = [number for number, step in enumerate(steps, start=1) if events and step.relation_name == events.name]
    return Plan(
        steps=(*first, *steps, *([keep_duplicates(job, graph)] if graph.continues else [])),
        clean_up=(Step(TRACKS, "drop the working table", (DropTable(graph.staging.table),)),) if staged else (),
        graph=graph,
        events=events.table if events else graph.tracks if staged else graph.events,
        aliases=identities.table if events and identities else None,
        removed=graph.removed if events else None,
        kept=graph.kept if events else None,
        counted=counted(job.chosen),
        ready=len(first) + max(filled, default=0),
    )


def counted(relations: Sequence[Relation]) -> Mapping[str, FromClause]:
    """Return each relation's own table."""
    return {relation.name: relation.table for relation in relations}
