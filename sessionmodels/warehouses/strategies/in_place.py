"""The workspace where a build is one transaction: temporary tables, and the real tables changed."""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import CreateTableAs, Table

from sessionmodels.model import AnySelect
from sessionmodels.warehouses.step import Step
from sessionmodels.warehouses.strategies.steps import dropped, explain, refresh
from sessionmodels.warehouses.warehouse import Job

OWN: Final = "sessionmodels"
"""What the name of a temporary table begins with."""


class InPlace:
    """Temporary tables, and the real tables changed: readers see nothing of it before the transaction ends."""

    replaces_tables = False

    def __init__(self, job: Job) -> None:
        """Take what is asked."""
        self.job, self.graph = job, job.graph
        self._made: dict[str, Table] = {}

    def make(self, name: str, query: AnySelect) -> CreateTableAs:
        """Return what creates a temporary table."""
        made = CreateTableAs(query, f"{OWN}_{name}", temporary=True)
        self._made[name] = made.table
        return made

    def begin(self) -> Iterator[Step]:
        """Yield nothing: the tables exist."""
        return iter(())

    def put_in_place(self) -> Iterator[Step]:
        """Yield what refreshes materialized views; for tables the transaction's end does it."""
        for relation in self.job.graph.relations:
            if relation.kind == "materialized_view":
                yield refresh(relation)
                yield from explain(self.job, relation)

    def clean_up(self) -> Iterator[Step]:
        """Yield one step that drops the temporary tables."""
        yield Step("the build", "drop temporary tables", tuple(dropped(table, "table") for table in self._made.values()))
