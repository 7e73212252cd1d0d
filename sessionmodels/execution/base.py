"""Whether an incremental build can continue from the last build. If not, the build is full and reports why."""

from collections.abc import Mapping
from hashlib import sha256

from sqlalchemy import Connection, func, select
from sqlalchemy.schema import Table

from sessionmodels.model import in_words
from sessionmodels.relations.graph import Relation, bind
from sessionmodels.relations.naming import DUPLICATES
from sessionmodels.settings.key import key_in_environment
from sessionmodels.state.builds import Build, Builds
from sessionmodels.warehouses.catalogue import Catalogue, Existing
from sessionmodels.warehouses.statement import literal_text
from sessionmodels.warehouses.warehouse import Job

STATE_VERSION = 4
"""The version of the stored state that incremental builds continue from. If it changes, the next build is a full one."""


def fingerprint(job: Job) -> str:
    """Return a hash of the definitions, the settings, the source and its columns: of the text of every select."""
    stream = job.graph.stream
    # Whoever is on the list is in no result, whenever they were listed.
    graph = bind(job.settings, stream.with_list(None), continues=job.graph.continues) if stream.forgotten else job.graph
    texts = [job.source, literal_text(graph.staging.selectable, job.dialect)]
    texts += [f"{one.kind} {one.table.fullname} {literal_text(one.select, job.dialect)}" for one in graph.relations]
    texts += [job.warehouse.tables.layout(job, one) for one in graph.tables]
    return sha256("\n".join([str(STATE_VERSION), *_key_check(job), *texts]).encode()).hexdigest()[:32]


def _key_check(job: Job) -> list[str]:
    """Return a value that identifies the key of hashed ids, if ids are hashed."""
    key = key_in_environment() if job.settings.hash_ids else None
    return [key.check] if key else []


def last_visible_build(connection: Connection, catalogue: Catalogue, builds: Builds) -> Build | None:
    """Return the last build whose results readers see. None if another version of this package created the table of builds."""
    readable = builds.exists(catalogue) and not builds.missing(catalogue)
    return builds.last_visible(connection) if readable else None


def why_not_from(base: Build | None, job: Job) -> str | None:
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


def why_altered(connection: Connection, job: Job, base: Build | None, *, thorough: bool) -> str | None:
    """Return how the tables were altered since the last build, or None if they were not.

    A `thorough` inspection also counts rows and compares views.
    """
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
