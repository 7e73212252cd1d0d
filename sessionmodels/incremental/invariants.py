"""What must hold after every build, whatever came: views say what they should, and those may read them whom the settings name."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from sessionmodels.graph import Graph
from sessionmodels.naming import TRACKS
from sessionmodels.state.builds import Build
from sessionmodels.warehouses.catalogue import Catalogue
from sessionmodels.warehouses.step import Step
from sessionmodels.warehouses.strategies.steps import finish, grant
from sessionmodels.warehouses.warehouse import Job


@dataclass(frozen=True)
class Pending:
    """What no longer holds since the last build."""

    views: frozenset[str] = frozenset()
    """Relations whose views somebody else has replaced."""

    grants: bool = False
    """Whether somebody is named who was granted nothing yet."""

    def __bool__(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.views) or self.grants


def find_pending(catalogue: Catalogue, job: Job, base: Build) -> Pending:
    """Return what no longer holds, by what the last build has recorded."""
    now = definitions(catalogue, job.graph)
    replaced = frozenset(name for name, text in now.items() if text != base.view_definitions.get(name))
    return Pending(replaced, not set(base.granted_to) >= set(job.settings.grant_to))


def definitions(catalogue: Catalogue, graph: Graph) -> dict[str, str]:
    """Return of each view what tells its definition, in the catalogue's own words, from any other."""
    views = (relation for relation in graph.relations if relation.kind != "table")
    return {one.name: sha256((catalogue.definition(one.table) or "").encode()).hexdigest()[:16] for one in views}


def column_types(catalogue: Catalogue, graph: Graph) -> dict[str, dict[str, str]]:
    """Return of each table its columns, each with its type, where the catalogue tells; of the retained events as `tracks`."""
    tables = {one.name: one.table for one in graph.tables} | ({TRACKS: graph.staging.table} if graph.retains_events else {})
    schema = graph.settings.target_schema or catalogue.default_schema
    if not catalogue.compares_columns:
        return {}
    there = {name: one for name, one in tables.items() if catalogue.kind(one.name, schema)}  # a selection leaves others unbuilt
    return {name: catalogue.columns(one.name, schema) for name, one in there.items()}


def settle(job: Job, replaced: frozenset[str], *, new_tables: bool) -> Iterator[Step]:
    """Yield what makes replaced views again, and grants; `new_tables` have neither comments nor grants yet."""
    for relation in job.graph.relations:
        if relation.name in replaced:
            made = (job.warehouse.tables.create_view(relation, True),)
            yield Step(relation.name, "replace the view", made, in_place=not job.warehouse.transactions.rolls_back)
            yield from finish(job, relation)
        elif new_tables and relation.kind == "table":
            yield from finish(job, relation)
        else:
            yield from grant(job, relation, relation.name)
