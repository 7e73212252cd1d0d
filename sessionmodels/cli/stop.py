"""SIGTERM stops a command as Ctrl-C does: what is under way is undone, the lock is given back, and it is written down."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import click

STOPPED = 128 + signal.SIGTERM
INTERRUPTED = 128 + signal.SIGINT


class Terminated(KeyboardInterrupt):
    """The process was asked to end."""

    def __str__(self) -> str:
        """Say so, where a build writes down why it failed."""
        return "it was stopped by SIGTERM"


@contextmanager
def stoppable() -> Iterator[None]:
    """End with the status that shells know where a signal stops what runs inside."""
    asked: list[int] = []

    def stop(number: int, _frame: Any) -> NoReturn:
        asked.append(number)
        raise Terminated

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    except KeyboardInterrupt:  # a driver may have turned ours into one of its own
        click.echo("Stopped." if asked else "Interrupted.", err=True)
        sys.exit(STOPPED if asked else INTERRUPTED)
    finally:
        signal.signal(signal.SIGTERM, before)
