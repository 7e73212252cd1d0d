"""The tables in which an incremental build works, and those that it changes."""

from collections.abc import Iterator
from typing import Final, Protocol

from sqlalchemy import CreateTableAs, Table

from sessionmodels.graph import Graph
from sessionmodels.model import AnySelect
from sessionmodels.naming import TRACKS, shadow_name
from sessionmodels.warehouses.strategies.shadow import clear, swap_in
from sessionmodels.warehouses.strategies.steps import dropped, explain, refresh
from sessionmodels.warehouses.warehouse import Job, Step

OWN: Final = "sessionmodels"
"""What the name of a temporary table begins with."""


class Workspace(Protocol):
    """Where a build works."""

    graph: Graph
    """Binds the tables that are changed: the real ones, or copies beside them."""

    replaces_tables: bool
    """Whether tables in place are new ones in the end, or the same with other rows."""

    def make(self, name: str, query: AnySelect) -> CreateTableAs:
        """Return what makes a working table."""
        ...

    def begin(self) -> Iterator[Step]:
        """Yield what must be there before anything is changed."""
        ...

    def put_in_place(self) -> Iterator[Step]:
        """Yield what shows readers the new rows, where the end of a transaction does not."""
        ...

    def clean_up(self) -> Iterator[Step]:
        """Yield what takes away what only the build needed."""
        ...


class InPlace:
    """Temporary tables, and the real ones changed: readers see nothing of it before the transaction ends."""

    replaces_tables = False

    def __init__(self, job: Job) -> None:
        """Take what is asked."""
        self.job, self.graph = job, job.graph
        self._made: list[Table] = []

    def make(self, name: str, query: AnySelect) -> CreateTableAs:
        """Return what makes a temporary table."""
        made = CreateTableAs(query, f"{OWN}_{name}", temporary=True)
        self._made.append(made.table)
        return made

    def begin(self) -> Iterator[Step]:
        """Yield nothing: the tables are there."""
        return iter(())

    def put_in_place(self) -> Iterator[Step]:
        """Yield what refreshes materialized views; for tables the transaction's end does it."""
        for relation in self.job.graph.relations:
            if relation.kind == "materialized_view":
                yield refresh(relation)
                yield from explain(self.job, relation)

    def clean_up(self) -> Iterator[Step]:
        """Yield one step that drops the temporary tables."""
        yield Step("the build", "drop temporary tables", tuple(dropped(table, "table") for table in self._made))


class Shadow:
    """Tables beside the real ones, and copies of these, changed there and put in place at the end, each by one statement."""

    replaces_tables = True

    def __init__(self, job: Job) -> None:
        """Take what is asked."""
        self.job = job
        self.graph = job.graph.shadow(job.build, (relation.name for relation in job.graph.tables))
        self._made: list[Table] = []

    def make(self, name: str, query: AnySelect) -> CreateTableAs:
        """Return what makes a table beside the real ones."""
        settings = self.job.settings
        made = CreateTableAs(query, shadow_name(name, settings, self.job.build), schema=settings.target_schema)
        self._made.append(made.table)
        return made

    def begin(self) -> Iterator[Step]:
        """Yield the copies, which hold no rows of their own until they are changed."""
        yield from clear(self.job)
        for name, real, copy in self._copies():
            self._made.append(copy)
            yield Step(name, "clone it, to be changed beside the real one", self.job.warehouse.clone(real, copy))

    def put_in_place(self) -> Iterator[Step]:
        """Yield one step a table."""
        for name, real, copy in self._copies():
            yield swap_in(self.job, name, real, copy)

    def clean_up(self) -> Iterator[Step]:
        """Yield one step that drops what stands beside the real names."""
        gone = tuple(dropped(table, "table", if_exists=True) for table in self._made)
        yield Step("the build", "drop temporary tables", gone)

    def _copies(self) -> Iterator[tuple[str, Table, Table]]:
        yield TRACKS, self.job.graph.staged.table, self.graph.staged.table
        for relation in self.job.graph.tables:
            yield relation.name, relation.table, self.graph[relation.name].table


def workspace_for(job: Job) -> Workspace:
    """Return where a build of this warehouse works."""
    return InPlace(job) if job.warehouse.rolls_back else Shadow(job)
