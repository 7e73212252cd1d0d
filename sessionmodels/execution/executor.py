"""Executes the steps of a build one after the other."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from time import perf_counter
from typing import Any, TypeVar

from sqlalchemy import Connection, Executable, FromClause, func, select

from sessionmodels.connection.retry import retried
from sessionmodels.connection.signals import Stopped
from sessionmodels.connection.transaction import ALL_CHANGED, NOTHING_CHANGED, PARTLY_CHANGED, named
from sessionmodels.errors.redaction import logger
from sessionmodels.execution.result import RelationResult
from sessionmodels.model import AnySelect
from sessionmodels.relations.all_rows import all_rows
from sessionmodels.relations.graph import Relation
from sessionmodels.warehouses.step import Step
from sessionmodels.warehouses.warehouse import Job

LOG = logger("sessionmodels")
Found = TypeVar("Found")

Watcher = Callable[[int, int | None, Step], None]
"""Called before each step with the number of finished steps, the total (None if unknown), and the step."""

Observe = Callable[[Step], AbstractContextManager[dict[str, Any] | None]]
"""Called around each step. It may yield a dictionary for what becomes known of the step."""


class Executor:
    """Executes a build on a connection.

    Before the first step that readers see at once, `check` verifies that the lock is still held, and `start_swapping` records
    that results are being swapped in.
    """

    def __init__(  # noqa: PLR0913 - its callbacks, each by its name
        self,
        connection: Connection,
        job: Job,
        watch: Watcher,
        *,
        check: Callable[[], None],
        start_swapping: Callable[[], None],
        observe: Observe = lambda _: nullcontext(),
    ) -> None:
        """Store the job and the callbacks."""
        self.connection, self.job, self.watch, self.observe = connection, job, watch, observe
        self.check, self.start_swapping = check, start_swapping
        self.seconds: dict[str, float] = {}
        self.changed = NOTHING_CHANGED
        self.done = 0
        self.known: dict[str, Any] | None = None
        """What becomes known of the step that runs, if somebody wants to know."""

        self.total: int | None = None
        """The total number of steps, if it is known before the first one."""

    @contextmanager
    def cleaning_up(self, clean_up: Callable[[], Iterable[Step]]) -> Iterator[None]:
        """Drop working tables at the end, and after a failure that is not rolled back, as far as possible."""
        try:
            yield
            self.execute(tuple(clean_up()))
        except BaseException:
            if not self.job.warehouse.transactions.rolls_back and self.changed != PARTLY_CHANGED:
                for step in clean_up():
                    with suppress(Exception, Stopped):  # report the first error; the next build drops what remains
                        self._execute(step)
            raise

    def execute(self, steps: Iterable[Step]) -> None:
        """Execute these steps."""
        steps = tuple(steps)
        in_place = sum(step.in_place for step in steps)
        for step in steps:
            self.watch(self.done, self.total, step)
            if step.in_place:
                self._before_readers_see_it()
                in_place -= 1
            self._execute_and_time(step)
            if step.in_place and not in_place:
                self.changed = ALL_CHANGED
            self.done += 1

    def perform(self, step: Step, what: Callable[[], Found]) -> Found:
        """Do something as a step that has no statements of its own."""
        self.watch(self.done, self.total, step)
        found = self._timed(step, what)
        self.done += 1
        return found

    def fetch_one(self, relation_name: str, action: str, query: AnySelect) -> Any:
        """Return the only row of a query."""
        with self._named(relation_name, action):
            return self.connection.execute(query).one()

    def fetch_all(self, relation_name: str, action: str, query: AnySelect) -> Sequence[Any]:
        """Return the rows of a query."""
        with self._named(relation_name, action):
            return self.connection.execute(query).all()

    def check_lock(self, relation_name: str, action: str) -> None:
        """Check that the lock is still held.

        Raises:
            LockedError: another build has taken over.
        """
        with self._named(relation_name, action):
            self.check()

    def run_statement(self, relation_name: str, action: str, statement: Executable) -> None:
        """Run one statement outside the steps."""
        with self._named(relation_name, action):
            self.connection.execute(statement)

    def count(self, relation_name: str, table: FromClause) -> int:
        """Return a table's number of rows."""
        return self.fetch_one(relation_name, "count its rows", select(func.count()).select_from(table))[0]

    def results(self, relations: Sequence[Relation], counted: Callable[[Relation], FromClause]) -> tuple[RelationResult, ...]:
        """Return the result of each relation. A view that shows another's rows is not counted again."""
        rows: dict[FromClause, int] = {}
        for relation in relations:
            shown, own = relation.shows if relation.kind == "view" else None, self.whole(relation, counted(relation))
            rows[relation.table] = rows[shown] if shown in rows else self.count(relation.name, own)
        return tuple(self._result(relation, rows[relation.table]) for relation in relations)

    def whole(self, relation: Relation, table: FromClause) -> FromClause:
        """Return all rows of a relation's table, with the filter by time that BigQuery may require."""
        return all_rows(relation.model, table, self.job.settings)

    def _result(self, relation: Relation, rows: int) -> RelationResult:
        took = self.seconds.get(relation.name, 0.0)
        return RelationResult(relation.name, relation.table.fullname, relation.kind, rows, round(took, 3))

    def _execute_and_time(self, step: Step) -> None:
        # Swapping in replaces a whole table, so it can be repeated. If the build stopped here, some relations would be old.
        retries = self.job.settings.retries if step.in_place else 0
        self._timed(step, lambda: retried(lambda: self._execute(step), retries))

    def _timed(self, step: Step, what: Callable[[], Found]) -> Found:
        started = perf_counter()
        with self.observe(step) as self.known:
            found = what()
        took = perf_counter() - started
        self.seconds[step.relation_name] = self.seconds.get(step.relation_name, 0.0) + took
        LOG.info(
            "%s: %s",
            step.relation_name,
            step.action,
            extra={"relation": step.relation_name, "action": step.action, "seconds": round(took, 3)},
        )
        return found

    def _execute(self, step: Step) -> None:
        with self._named(step.relation_name, step.action):
            self.job.warehouse.transactions.tag(self.connection, self.job.settings, step.relation_name)
            done = [self.connection.execute(statement) for statement in step.statements]
        if self.known is not None:
            self.known["results"] = done

    def _before_readers_see_it(self) -> None:
        if self.changed == NOTHING_CHANGED:
            with self._named("the build", "check that it still holds the lock"):
                self.check()
                self.start_swapping()
            self.changed = PARTLY_CHANGED

    def _named(self, relation_name: str, action: str) -> AbstractContextManager[None]:
        return named(relation_name, action, self.job.warehouse, changed=self.changed)
