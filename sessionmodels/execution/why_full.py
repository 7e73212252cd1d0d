"""Why a build is full although it should be incremental: nothing to continue from, or what there is has changed."""

from collections.abc import Mapping

from sqlalchemy import Connection, func, select
from sqlalchemy.schema import Table

from sessionmodels.execution.fingerprint import fingerprint
from sessionmodels.execution.request import Request
from sessionmodels.incremental.why_impossible import why_impossible
from sessionmodels.model import in_words
from sessionmodels.relations.graph import Relation
from sessionmodels.relations.naming import DUPLICATES
from sessionmodels.state.builds import Build
from sessionmodels.warehouses.catalogue import Existing
from sessionmodels.warehouses.warehouse import Job


def why_full(connection: Connection, job: Job, request: Request, base: Build | None, *, thorough: bool) -> str | None:
    """Return why a build is full, or None if it can continue from the last one.

    A `thorough` inspection also counts rows and compares views.
    """
    if impossible := why_impossible(job.graph, job.warehouse):
        return impossible
    if request.full_refresh:
        return "a full refresh was requested"
    return _why_not_from(base, job) or _why_altered(connection, job, base, thorough=thorough)


def _why_not_from(base: Build | None, job: Job) -> str | None:
    """Return why a build cannot continue from the last one according to its record, or None if it can."""
    if base is None:
        return "no previous build is recorded"
    return _why_no_state(base) or _why_other_source(base, job) or (None if job.forgets else _why_other_list(base, job))


def _why_no_state(base: Build) -> str | None:
    if base.changed != "all":
        return f"build {base.number} stopped while it was replacing its results"
    if base.kept_rows is None:
        was = "built only some relations" if base.mode == "part" else "was not incremental"
        return f"build {base.number} {was}, so there is no state to continue from"
    if base.watermark is None:
        return f"no row had a load time in build {base.number}"
    return None


def _why_other_source(base: Build, job: Job) -> str | None:
    if base.source != job.source:
        return f"build {base.number} read {base.source}, and the source is {job.source} now"
    if base.fingerprint != fingerprint(job):
        return "the settings, the source's columns or the package's definitions have changed"
    return None


def _why_other_list(base: Build, job: Job) -> str | None:
    forgotten = job.graph.stream.forgotten
    entries, latest = (forgotten.entries, forgotten.latest) if forgotten else (0, None)
    # A list that was dropped and made again may have as many entries as before, but they are later.
    is_later = latest is not None and base.finished_at is not None and latest > base.finished_at
    if is_later or (base.forgotten or 0) != entries:
        return f"people were forgotten who may still be in the results of build {base.number}"
    return None


def _why_altered(connection: Connection, job: Job, base: Build | None, *, thorough: bool) -> str | None:
    """Return how the tables were altered since the last build, or None if they were not."""
    recorded: Mapping[str, Mapping[str, str]] = base.column_types if base else {}
    if reason := _why_other(job.graph.duplicates.table, "table", job.duplicates, recorded.get(DUPLICATES)):
        return reason
    for relation in job.graph.relations:
        found = job.existing.get(relation.name)
        reason = _why_other(relation.table, relation.kind, found, recorded.get(relation.name))
        reason = reason or (found and _why_other_layout(relation, found, job))
        if not reason and found and thorough and found.kind != "table":
            reason = _why_other_view(relation, found)
        if reason:
            return reason
    return _why_other_rows(connection, job, base) if thorough else None


def _why_other(table: Table, kind: str, found: Existing | None, recorded: Mapping[str, str] | None) -> str | None:
    """Return how a table differs from what the last build recorded: its kind, its columns, or a column's type."""
    if found is None:
        return f"{table.name} is missing"
    if found.kind != kind:
        return f"{table.name} is a {in_words(found.kind)} now"
    if recorded is None or recorded == found.columns:
        return None
    if recorded.keys() != found.columns.keys():
        return f"{table.name} has other columns now"
    name = next(name for name, kind in recorded.items() if found.columns[name] != kind)
    return f"{table.name}.{name} is {found.columns[name]} now; it was {recorded[name]} after the last build"


def _why_other_layout(relation: Relation, found: Existing, job: Job) -> str | None:
    is_other = found.kind == "table" and found.layout != job.warehouse.tables.layout(job, relation)
    return f"{relation.table.name} has another layout now" if is_other else None


def _why_other_view(relation: Relation, found: Existing) -> str | None:
    """Return why an incremental build cannot replace a view: it is materialized, or its columns cannot be replaced."""
    can_stay = found.up_to_date or (relation.kind == "view" and found.replaceable)
    return None if can_stay else f"{relation.table.name} has another definition now"


def _why_other_rows(connection: Connection, job: Job, base: Build | None) -> str | None:
    wanted = {**base.row_counts, DUPLICATES: base.kept_rows} if base else {}
    tables = {DUPLICATES: job.graph.duplicates.table, **{relation.name: relation.table for relation in job.graph.tables}}
    for name, table in tables.items():
        rows = connection.execute(select(func.count()).select_from(table)).scalar_one()
        if rows != wanted.get(name):
            return f"{table.name} has {rows:,} rows; it had {wanted.get(name):,} after the last build"
    return None
