"""Whether builds with these settings and this source can be incremental."""

from sessionmodels.relations.graph import Graph
from sessionmodels.warehouses.warehouse import Warehouse


def why_impossible(graph: Graph, warehouse: Warehouse) -> str | None:
    """Return why no build with these settings and this source can be incremental, or None if one can."""
    if reason := warehouse.tables.loses_rows(graph.settings):
        return reason
    if not graph.stream.has_load_times:
        return "the source has no column that says when a row was loaded; set loaded_at_column"
    views = [relation.name for relation in graph.relations if relation.model.carries and relation.kind != "table"]
    if views:
        return f"{' and '.join(views)} must be a table: a view stores nothing to continue from"
    return None
