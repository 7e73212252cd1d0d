"""Sends events in a thread of its own, one after the other. However slow or broken a transport is, the build goes on."""

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Any, Final

from sessionmodels.errors.redaction import logger

LOG = logger("sessionmodels")
LONGEST_WAIT: Final = 5.0
"""The number of seconds that the end of a build waits at most for events that are not sent yet."""


class Sender:
    """Sends what it is given, in order, and reports the first failure as a warning."""

    def __init__(self, emit: Callable[[Any], object], close: Callable[[], object]) -> None:
        """Start the thread. It ends with the process, whatever it is doing."""
        self.emit, self.close = emit, close
        self.waiting: SimpleQueue[Any] = SimpleQueue()
        self.has_failed = False
        self.thread = Thread(target=self._run, name="sessionmodels-openlineage", daemon=True)
        self.thread.start()

    def send(self, event: Any) -> None:
        """Send an event soon."""
        self.waiting.put(event)

    def end(self) -> None:
        """Wait until everything is sent, but not for long."""
        self.waiting.put(None)
        self.thread.join(LONGEST_WAIT)
        if self.thread.is_alive():
            LOG.warning("OpenLineage: events may be lost: they were not sent within %g seconds", LONGEST_WAIT)

    def _run(self) -> None:
        while (event := self.waiting.get()) is not None:
            self._never_failing(lambda event=event: self.emit(event))
        self._never_failing(self.close)

    def _never_failing(self, what: Callable[[], object]) -> None:
        try:
            what()
        except Exception as error:  # noqa: BLE001 - a transport may raise anything
            if not self.has_failed:
                LOG.warning("OpenLineage: an event could not be sent, and the build is not affected: %s", error)
            self.has_failed = True
