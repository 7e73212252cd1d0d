"""Reports one attempt at a build to OpenLineage and OpenTelemetry. Nothing that goes wrong in it reaches the build."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from typing import Any, TypeVar

from sqlalchemy import URL

from sessionmodels.errors import brief
from sessionmodels.errors.redaction import hidden, logger
from sessionmodels.state.builds import Build
from sessionmodels.telemetry.built import Ended, Started
from sessionmodels.telemetry.lineage import Lineage
from sessionmodels.telemetry.spans import Spans
from sessionmodels.warehouses.step import Step
from sessionmodels.warehouses.warehouse import Job

LOG = logger("sessionmodels")
Found = TypeVar("Found")


class Guard:
    """Keeps away from a build what other people's libraries and configurations raise. The first of it is a warning."""

    has_warned = False

    def do(self, what: Callable[[], Found]) -> Found | None:
        """Do something, and return None if that fails."""
        try:
            return what()
        except Exception as error:  # noqa: BLE001 - they may raise anything
            if not self.has_warned:
                LOG.warning("the build could not be reported, and is not affected: %s", error)
            self.has_warned = True
        return None

    @contextmanager
    def around(self, opened: AbstractContextManager[Found]) -> Iterator[Found | None]:
        """Open and close something around a block. If that fails, the block goes on; if the block fails, its error is raised."""
        with ExitStack() as stack:
            found = self.do(lambda: stack.enter_context(opened))
            closing = stack.pop_all()
            try:
                yield found
            except BaseException as error:
                self.do(lambda error=error: closing.__exit__(type(error), error, error.__traceback__))
                raise
            self.do(closing.close)


class Observers:
    """OpenLineage and OpenTelemetry, where the user has set them up: what one attempt at a build is reported to."""

    def __init__(self, url: URL, guard: Guard, lineage: Lineage | None, spans: Spans | None) -> None:
        """Store the observers: both, one of them, or none."""
        self.url, self.guard, self.spans = url, guard, spans
        self.all = tuple(one for one in (spans, lineage) if one is not None)

    def started(self, job: Job, build: Build) -> None:
        """Report that a build is recorded and starts."""
        about = Started(self.url, job, build)
        for one in self.all:
            self.guard.do(lambda one=one: one.started(about))

    def done(self, rows: dict[str, int]) -> None:
        """Report that it is done, and how many rows each relation has."""
        self._ended(Ended(rows))

    def failed(self, error: BaseException) -> None:
        """Report why it failed."""
        self._ended(Ended(why=brief(error), is_interrupted=not isinstance(error, Exception)))

    @contextmanager
    def step(self, step: Step) -> Iterator[dict[str, Any] | None]:
        """Report a step while it runs. What becomes known of it is put into the dictionary; None if nobody records it."""
        with self.guard.around(self.spans.step(step)) if self.spans else nullcontext() as known:
            yield known

    def _ended(self, about: Ended) -> None:
        for one in self.all:
            self.guard.do(lambda one=one: one.ended(about))


@contextmanager
def observing(url: URL) -> Iterator[Observers]:
    """Yield the observers of one attempt at a build. In the end, wait a little for what is not sent yet."""
    guard = Guard()
    lineage = guard.do(Lineage.if_configured)
    spans = guard.do(lambda: Spans.if_set_up(url.get_backend_name()))
    try:
        with hidden(url), guard.around(spans.attempt()) if spans else nullcontext():
            yield Observers(url, guard, lineage, spans)
    finally:
        if lineage:
            lineage.close()
