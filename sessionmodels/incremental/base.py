"""Whether there is something to go on from, and if not, why: then a build is a full one, and says so."""

from hashlib import sha256

from sqlalchemy import Connection, func, select

from sessionmodels.graph import CARRIED, TRACKS, Graph, kept_name
from sessionmodels.state.builds import Build, Builds
from sessionmodels.warehouses.catalogue import Catalogue
from sessionmodels.warehouses.statement import literal_text
from sessionmodels.warehouses.warehouse import Job, Warehouse

DEFINITION = 1
"""Of how events are kept and gone on from; another one makes the next build a full one."""


def fingerprint(job: Job) -> str:
    """Return what tells these definitions, settings and source columns from any others: every select, as it is written there."""
    graph = job.graph
    texts = [literal_text(graph.staged.selectable, job.words)]
    texts += [f"{one.kind} {one.table.fullname} {literal_text(one.select, job.words)}" for one in graph.relations]
    texts += [job.warehouse.layout(job, one) for one in graph.tables]
    return sha256("\n".join([str(DEFINITION), *texts]).encode()).hexdigest()[:32]


def why_impossible(graph: Graph, warehouse: Warehouse) -> str | None:
    """Return why no build of these settings and this source can be incremental; None where one can."""
    if loses_rows := warehouse.loses_rows(graph.settings):
        return loses_rows
    if not graph.source.tells_load_times:
        return "the source has no column that says when a row was loaded; set loaded_at_column"
    views = [relation.name for relation in graph.relations if relation.name in CARRIED and relation.kind != "table"]
    if views:
        return f"{' and '.join(views)} kept as a view holds nothing to go on from"
    return None


def standing_build(connection: Connection, catalogue: Catalogue, builds: Builds) -> Build | None:
    """Return the last build that readers see anything of; none where another version of this package has written them down."""
    readable = builds.is_there(catalogue) and not builds.missing(catalogue)
    return builds.standing(connection) if readable else None


def why_not_from(base: Build | None, job: Job) -> str | None:
    """Return why a build cannot go on from the last one, by what is written of that; None where it can."""
    if base is None:
        return "it is the first build, as far as is written down"
    if base.changed != "all":
        return f"build {base.number} was stopped while it put its rows in place"
    if base.kept_rows is None:
        what = "was of a part" if base.mode == "part" else "kept nothing to go on from"
        return f"build {base.number} {what}"
    if base.watermark is None:
        return "no row of the source said when it was loaded"
    if base.fingerprint != fingerprint(job):
        return "settings, the source's columns or the package's definitions have changed"
    return None


def why_altered(connection: Connection, job: Job, base: Build | None, *, counting: bool) -> str | None:
    """Return what has become of the tables since the last build; None where nothing has. `counting` also counts their rows."""
    if job.kept != "table":
        return f"{kept_name(job.settings)} is missing"
    for relation in job.graph.relations:
        name, found = relation.table.name, job.existing.get(relation.name)
        if found is None:
            return f"{name} is missing"
        if found.kind != relation.kind:
            return f"{name} is a {found.kind} now"
        columns = {column.lower() for column in found.columns}
        if found.kind == "table" and columns and columns != {column.name.lower() for column in relation.table.c}:
            return f"{name} has other columns now"
        if found.kind == "table" and found.layout != job.warehouse.layout(job, relation):
            return f"{name} is laid out otherwise"
    return _why_other_rows(connection, job, base) if counting else None


def _why_other_rows(connection: Connection, job: Job, base: Build | None) -> str | None:
    wanted = {**base.row_counts, TRACKS: base.kept_rows} if base else {}
    tables = {TRACKS: job.graph.staged.table, **{relation.name: relation.table for relation in job.graph.tables}}
    for name, table in tables.items():
        rows = connection.execute(select(func.count()).select_from(table)).scalar_one()
        if rows != wanted.get(name):
            return f"{table.name} has {rows:,} rows, where the last build left {wanted.get(name):,}"
    return None
