"""Drop and create: for warehouses where dropping a table affects no other object."""

from collections.abc import Iterator

from sessionmodels.warehouses.step import Step
from sessionmodels.warehouses.strategies.in_place import InPlace
from sessionmodels.warehouses.strategies.steps import create, drop, finish, transactional
from sessionmodels.warehouses.warehouse import Job, Plan, Workspace


class DropAndCreate:
    """Each relation is dropped and created again, in one transaction; an incremental build changes its rows."""

    def full(self, job: Job) -> Plan:
        """Return the steps of a full build."""
        return transactional(job, list(_steps(job)))

    def workspace(self, job: Job) -> Workspace:
        """Return the workspace of an incremental build."""
        return InPlace(job)


def _steps(job: Job) -> Iterator[Step]:
    for relation in job.chosen:
        if found := job.existing.get(relation.name):
            yield drop(relation.name, relation.table, found.kind)
        yield create(job, relation)
        yield from finish(job, relation)
