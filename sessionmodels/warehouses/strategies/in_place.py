"""The workspace of builds that are one transaction: temporary tables, and changes to the real tables."""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import CreateTableAs, Table

from sessionmodels.model import AnySelect
from sessionmodels.warehouses.step import Step
from sessionmodels.warehouses.strategies.steps import add_comments, dropped, refresh
from sessionmodels.warehouses.warehouse import Job

OWN: Final = "sessionmodels"
"""The prefix of the names of temporary tables."""


class InPlace:
    """Temporary tables, and changes to the real tables that readers see once the transaction ends."""

    is_temporary = True
    replaces_tables = False

    def __init__(self, job: Job) -> None:
        """Store the job."""
        self.job, self.graph = job, job.graph
        self._temporary: dict[str, Table] = {}

    def create(self, name: str, query: AnySelect) -> CreateTableAs:
        """Return the statement that creates a temporary table."""
        table = CreateTableAs(query, f"{OWN}_{name}", temporary=True)
        self._temporary[name] = table.table
        return table

    def begin(self) -> Iterator[Step]:
        """Yield nothing: the tables exist."""
        return iter(())

    def put_in_place(self) -> Iterator[Step]:
        """Yield steps that refresh materialized views. The commit makes changed tables visible."""
        for relation in self.job.graph.relations:
            if relation.kind == "materialized_view":
                yield refresh(relation)
                yield from add_comments(self.job, relation)

    def clean_up(self) -> Iterator[Step]:
        """Yield one step that drops the temporary tables."""
        yield Step("the build", "drop temporary tables", tuple(dropped(table, "table") for table in self._temporary.values()))
