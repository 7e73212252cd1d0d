"""Carries out the steps of a build, one after the other."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from time import perf_counter
from typing import Any

from sqlalchemy import Connection, Executable, FromClause, func, select

from sessionmodels.connection.retry import retried
from sessionmodels.connection.transaction import ALL_CHANGED, NOTHING_CHANGED, PARTLY_CHANGED, named
from sessionmodels.errors.redaction import logger
from sessionmodels.execution.result import RelationResult
from sessionmodels.graph import Relation
from sessionmodels.model import AnySelect
from sessionmodels.signals import Stopped
from sessionmodels.warehouses.step import Step
from sessionmodels.warehouses.warehouse import Job

LOG = logger("sessionmodels")

Watcher = Callable[[int, int | None, Step], None]
"""Called before each step: how many are done, how many there are (None where that depends on what is found), and the step."""


class Executor:
    """A build as it is carried out on a connection.

    Before the first step that readers see at once, `check` tells whether the lock is still held, and `placing` writes down that
    results are being put in place.
    """

    def __init__(
        self, connection: Connection, job: Job, watch: Watcher, *, check: Callable[[], None], placing: Callable[[], None]
    ) -> None:
        """Take what is asked, and who must be told."""
        self.connection, self.job, self.watch = connection, job, watch
        self.check, self.placing = check, placing
        self.seconds: dict[str, float] = {}
        self.changed = NOTHING_CHANGED
        self.done = 0
        self.total: int | None = None
        """How many steps there will be, where that is known before the first."""

    @contextmanager
    def cleaning_up(self, clean_up: Callable[[], Iterable[Step]]) -> Iterator[None]:
        """Take away at the end what only the build needed; after a failure that is not rolled back, as far as that goes."""
        try:
            yield
            self.execute(tuple(clean_up()))
        except BaseException:
            if not self.job.warehouse.transactions.rolls_back and self.changed != PARTLY_CHANGED:
                for step in clean_up():
                    with suppress(Exception, Stopped):  # the first error is the one to tell; the next build finds what is left
                        self._execute(step)
            raise

    def execute(self, steps: Iterable[Step]) -> None:
        """Take these steps."""
        left = tuple(steps)
        in_place = sum(step.in_place for step in left)
        for step in left:
            self.watch(self.done, self.total, step)
            if step.in_place:
                self._before_readers_see_it()
                in_place -= 1
            self._execute_and_time(step)
            if step.in_place and not in_place:
                self.changed = ALL_CHANGED
            self.done += 1

    def fetch_one(self, relation_name: str, action: str, question: AnySelect) -> Any:
        """Return the one row that answers a question."""
        with self._named(relation_name, action):
            return self.connection.execute(question).one()

    def fetch_all(self, relation_name: str, action: str, question: AnySelect) -> Sequence[Any]:
        """Return the rows that answer a question."""
        with self._named(relation_name, action):
            return self.connection.execute(question).all()

    def check_lock(self, relation_name: str, action: str) -> None:
        """Find out whether the lock is still held.

        Raises:
            LockedError: another build has taken over.
        """
        with self._named(relation_name, action):
            self.check()

    def run_statement(self, relation_name: str, action: str, statement: Executable) -> None:
        """Run one statement that is no step."""
        with self._named(relation_name, action):
            self.connection.execute(statement)

    def count(self, relation_name: str, table: FromClause) -> int:
        """Return how many rows there are."""
        return self.fetch_one(relation_name, "count its rows", select(func.count()).select_from(table))[0]

    def results(self, relations: Sequence[Relation], counted: Callable[[Relation], FromClause]) -> tuple[RelationResult, ...]:
        """Return what was done to each relation."""
        return tuple(self._result(relation, counted(relation)) for relation in relations)

    def _result(self, relation: Relation, table: FromClause) -> RelationResult:
        rows, took = self.count(relation.name, table), self.seconds.get(relation.name, 0.0)
        return RelationResult(relation.name, relation.table.fullname, relation.kind, rows, round(took, 3))

    def _execute_and_time(self, step: Step) -> None:
        started = perf_counter()
        # What puts rows in place replaces a table whole: it may be done twice, and a build that stops there leaves some old.
        retried(lambda: self._execute(step), self.job.settings.retries if step.in_place else 0)
        took = perf_counter() - started
        self.seconds[step.relation_name] = self.seconds.get(step.relation_name, 0.0) + took
        LOG.info(
            "%s: %s",
            step.relation_name,
            step.action,
            extra={"relation": step.relation_name, "action": step.action, "seconds": round(took, 3)},
        )

    def _execute(self, step: Step) -> None:
        with self._named(step.relation_name, step.action):
            self.job.warehouse.transactions.tag(self.connection, self.job.settings, step.relation_name)
            for statement in step.statements:
                self.connection.execute(statement)

    def _before_readers_see_it(self) -> None:
        if self.changed == NOTHING_CHANGED:
            with self._named("the build", "check that it still holds the lock"):
                self.check()
                self.placing()
            self.changed = PARTLY_CHANGED

    def _named(self, relation_name: str, action: str) -> AbstractContextManager[None]:
        return named(relation_name, action, self.job.warehouse, changed=self.changed)
