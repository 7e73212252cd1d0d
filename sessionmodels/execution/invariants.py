"""What must hold after every build, even without new rows: views have our definitions, and roles have their grants."""

from dataclasses import dataclass
from hashlib import sha256

from sessionmodels.relations.graph import Graph
from sessionmodels.relations.naming import DUPLICATES
from sessionmodels.state.builds import Build
from sessionmodels.warehouses.catalogue import Catalogue
from sessionmodels.warehouses.warehouse import Job


@dataclass(frozen=True)
class Pending:
    """What has to be restored since the last build."""

    views: frozenset[str] = frozenset()
    """Relations whose views other users replaced."""

    grants: bool = False
    """Whether a role in the settings has not been granted SELECT yet."""

    def __bool__(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.views) or self.grants


def find_pending(catalogue: Catalogue, job: Job, base: Build) -> Pending:
    """Return what has to be restored, compared with the record of the last build."""
    now = definitions(catalogue, job.graph)
    replaced = frozenset(name for name, text in now.items() if text != base.view_definitions.get(name))
    return Pending(replaced, not set(base.granted_to) >= set(job.settings.grant_to))


def definitions(catalogue: Catalogue, graph: Graph) -> dict[str, str]:
    """Return a hash of each view's definition, as the catalogue shows it."""
    views = (relation for relation in graph.relations if relation.kind != "table")
    return {one.name: sha256((catalogue.definition(one.table) or "").encode()).hexdigest()[:16] for one in views}


def column_types(catalogue: Catalogue, graph: Graph) -> dict[str, dict[str, str]]:
    """Return each table's columns with their types, if the catalogue shows them. The removed duplicates are one of them."""
    if not catalogue.compares_columns:
        return {}
    schema = graph.settings.target_schema or catalogue.default_schema
    tables = {one.name: one.table for one in graph.tables} | ({DUPLICATES: graph.duplicates.table} if graph.continues else {})
    # A selection may leave some tables unbuilt.
    existing = {name: one for name, one in tables.items() if catalogue.kind(one.name, schema)}
    return {name: catalogue.columns(one.name, schema) for name, one in existing.items()}
