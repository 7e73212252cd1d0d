"""Renewal by making everything anew: for warehouses where a dropped table takes nothing with it."""

from collections.abc import Iterator

from sessionmodels.warehouses.strategies.steps import create, drop, finish, transactional
from sessionmodels.warehouses.warehouse import Job, Plan, Step


def drop_and_create(job: Job) -> Plan:
    """Drop each relation and create it again, in one transaction."""
    return transactional(job, list(_steps(job)))


def _steps(job: Job) -> Iterator[Step]:
    for relation in job.chosen:
        if found := job.existing.get(relation.name):
            yield drop(relation.name, relation.table, found.kind)
        yield create(job, relation)
        yield from finish(job, relation)
