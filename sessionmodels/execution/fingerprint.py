"""A hash of the definitions of a build: as long as it stays the same, an incremental build can continue from the last one."""

from hashlib import sha256

from sessionmodels.relations.graph import bind
from sessionmodels.settings.key import key_in_environment
from sessionmodels.state.builds import STATE_VERSION
from sessionmodels.warehouses.statement import literal_text
from sessionmodels.warehouses.warehouse import Job


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
