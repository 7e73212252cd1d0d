"""Tells whom the user has asked to be told of one attempt at a build. Nothing that goes wrong in it reaches the build."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
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


class Told:
    """One attempt at a build, for OpenLineage and OpenTelemetry."""

    def __init__(self, url: URL, lineage: Lineage | None = None, spans: Spans | None = None) -> None:
        """Store who is told: both, one of them, or nobody."""
        self.url, self.spans = url, spans
        self.everybody = tuple(one for one in (spans, lineage) if one is not None)

    def started(self, job: Job, build: Build) -> None:
        """Tell that a build is recorded and starts."""
        about = Started(self.url, job, build)
        for one in self.everybody:
            _never_failing(lambda one=one: one.started(about))

    def done(self, rows: dict[str, int]) -> None:
        """Tell that it is done, and how many rows each relation has."""
        self._ended(Ended(rows))

    def failed(self, error: BaseException) -> None:
        """Tell why it failed."""
        self._ended(Ended(why=brief(error), is_interrupted=not isinstance(error, Exception)))

    @contextmanager
    def step(self, step: Step) -> Iterator[dict[str, Any] | None]:
        """Tell of a step while it runs. What becomes known of it is put into the dictionary; None if nobody wants to know."""
        if self.spans is None:
            yield None
            return
        with self.spans.step(step) as known:
            yield known

    def _ended(self, about: Ended) -> None:
        for one in self.everybody:
            _never_failing(lambda one=one: one.ended(about))


@contextmanager
def told(url: URL) -> Iterator[Told]:
    """Yield whom to tell of one attempt at a build. In the end, wait a little for what is not sent yet."""
    lineage = _never_failing(Lineage.if_configured)
    spans = _never_failing(lambda: Spans.if_set_up(url.get_backend_name()))
    try:
        with hidden(url), spans.attempt() if spans else nullcontext():
            yield Told(url, lineage, spans)
    finally:
        if lineage:
            lineage.close()


def _never_failing(what: Callable[[], Found]) -> Found | None:
    try:
        return what()
    except Exception as error:  # noqa: BLE001 - other people's libraries and configurations
        LOG.warning("the build could not be reported, and is not affected: %s", error)
    return None
