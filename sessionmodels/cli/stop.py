"""SIGTERM stops a command as Ctrl-C does: what is under way is undone, the lock is given back, and it is written down."""

import signal
import socket
import sys
import threading
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
def _interrupting() -> Iterator[None]:
    """Interrupt what a driver is doing when a signal arrives, where it would not look up from that: a thread is woken for it."""
    woken, bell = socket.socketpair()
    bell.setblocking(False)  # as Python asks of what a signal writes to
    thread = threading.Thread(target=_interrupt_when_woken, args=(woken,), daemon=True)
    thread.start()
    before = signal.set_wakeup_fd(bell.fileno(), warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        bell.close()  # which ends the thread
        thread.join()
        woken.close()


def _interrupt_when_woken(woken: socket.socket) -> None:
    while number := woken.recv(1):
        if number[0] in {signal.SIGTERM, signal.SIGINT} and "sessionmodels.transaction" in sys.modules:
            sys.modules["sessionmodels.transaction"].interrupt_all()


@contextmanager
def stoppable() -> Iterator[None]:
    """End with the status that shells know where a signal stops what runs inside."""
    asked: list[int] = []

    def stop(number: int, _frame: Any) -> NoReturn:
        asked.append(number)
        raise Terminated

    before = signal.signal(signal.SIGTERM, stop)
    try:
        with _interrupting():
            yield
    except KeyboardInterrupt:  # a driver may have turned ours into one of its own
        click.echo("Stopped." if asked else "Interrupted.", err=True)
        sys.exit(STOPPED if asked else INTERRUPTED)
    finally:
        signal.signal(signal.SIGTERM, before)
