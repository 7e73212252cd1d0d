"""Signals that stop a command: recorded as they arrive, and raised again where foreign code has swallowed the exception.

An exception that a handler raises is not enough: while DuckDB imports numpy from C++, or Python runs a finalizer, it is lost and
the command would go on to its end. So whoever runs statements asks `check` before and after each one.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
from contextlib import contextmanager
from functools import partial

TYPE_CHECKING = False  # as in `sessionmodels/__init__.py`: until the handlers are set, nothing is imported that can wait

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, Final, NoReturn

STOPPING: Final = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGHUP") if hasattr(signal, name))
"""Windows has no SIGHUP."""


class Stopped(KeyboardInterrupt):
    """A signal asked the process to end."""

    def __init__(self, number: int) -> None:
        """Take the signal's number."""
        super().__init__(number)
        self.number = number

    def __str__(self) -> str:
        """Say so, where a build writes down why it failed."""
        return "it was interrupted" if self.number == signal.SIGINT else f"it was stopped by {signal.Signals(self.number).name}"


class _State:
    received: int | None = None
    """The first signal that arrived."""

    raises = True
    """Whether the handler raises: not once the command has ended, where nobody would catch it."""

    listens = False
    """Whether signals come to this module: not where a program of somebody else's calls a build."""

    ends_with_commit = False
    """Whether the command is there for one build, so that nothing is left to be stopped once that is committed."""

    is_done = False
    """Whether what the command is there for is committed: a signal that arrives from then on is too late to stop anything."""

    interrupts: tuple[Callable[[], None], ...] = ()
    """What a thread calls when a signal arrives."""


STATE: Final = _State()


def received() -> int | None:
    """Return the first signal that arrived in time; None where the work was done before."""
    return None if STATE.is_done else STATE.received


def one_build() -> None:
    """Say that the command is done as soon as its build is committed."""
    STATE.ends_with_commit = STATE.listens


def done() -> None:
    """Say that the command has done what it is there for: what is left is to print it.

    Raises:
        Stopped: a signal has arrived before.
    """
    check()
    STATE.is_done = STATE.listens


@contextmanager
def committing() -> Iterator[None]:
    """Let a commit come to its end: a signal that arrives meanwhile is raised after it, unless the command is done then.

    Raises:
        Stopped: a signal has arrived before.
    """
    check()
    raises, STATE.raises = STATE.raises, False
    try:
        yield
        STATE.is_done = STATE.ends_with_commit
    finally:
        STATE.raises = raises
    check()


def check() -> None:
    """Raise for a signal that has arrived, unless that is what is being cleaned up after.

    Raises:
        Stopped: the exception that the handler raised never reached our code.
    """
    if not _is_unwinding():
        raise_received()


def raise_received() -> None:
    """Raise for a signal that has arrived in place of an error, which may well come of it.

    Raises:
        Stopped: one has.
    """
    number = received()
    if number is not None:
        raise Stopped(number)


def on_arrival(interrupt: Callable[[], None]) -> None:
    """Have a thread call this when a signal arrives, also while the main thread is busy in a driver."""
    STATE.interrupts += (interrupt,)


def listen() -> None:
    """Hear the signals that the process does not ignore (as it does SIGHUP under `nohup`), before anything heavy is imported."""
    for number in STOPPING:
        if signal.getsignal(number) not in {signal.SIG_IGN, None}:
            signal.signal(number, _arrived)
    STATE.listens = True
    atexit.register(_ignore)  # what is registered first runs last
    sys.unraisablehook = _unraisable
    _start_thread()
    _quieten_libraries()


def end() -> NoReturn:
    """End the process with the status that shells know for the signal that has arrived."""
    number = received() or signal.SIGTERM
    sys.stderr.write("Interrupted.\n" if number == signal.SIGINT else "Stopped.\n")
    sys.exit(128 + number)


def leave(error: BaseException | None) -> None:
    """End at once, with the status that the command ends with anyhow, where a signal arrives from now on: the work is over.

    Left to the system, a signal would kill the process instead, and its status would be another one.
    """
    status = error.code if isinstance(error, SystemExit) else 1
    first = received()
    for number in STOPPING:
        if signal.getsignal(number) is _arrived:
            known = status if isinstance(status, int) else bool(status)
            signal.signal(number, partial(_exit, known if STATE.is_done else 128 + (first or number)))


def _exit(status: int, *_signal: Any) -> None:
    os._exit(status)


def _ignore() -> None:
    """Ignore signals while Python takes itself apart, where no handler of ours can run any more."""
    for number in STOPPING:
        if isinstance(signal.getsignal(number), partial):
            signal.signal(number, signal.SIG_IGN)


def _arrived(number: int, _frame: Any) -> None:
    if STATE.is_done:
        return
    if STATE.received is None:
        STATE.received = number
    if STATE.raises:
        raise Stopped(STATE.received)


def _is_unwinding() -> bool:
    error = sys.exception()
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__context__
    return error is not None


def _unraisable(what: Any) -> None:
    """Print what cannot be raised, unless a signal is the cause: `check` raises that."""
    if received() is None:
        sys.__unraisablehook__(what)


def _quieten_libraries() -> None:
    """Let no library log what a signal has cut off: SQLAlchemy writes a traceback where a connection could not be closed."""
    import logging  # noqa: PLC0415 - only once the handlers are set

    if logging.lastResort:
        logging.lastResort.addFilter(lambda record: received() is None or record.name.startswith("sessionmodels"))


def _start_thread() -> None:
    import socket  # noqa: PLC0415 - only once the handlers are set
    import threading  # noqa: PLC0415

    woken, bell = socket.socketpair()  # Windows takes nothing else
    bell.setblocking(False)  # as Python asks of what a signal writes to
    signal.set_wakeup_fd(bell.detach(), warn_on_full_buffer=False)
    threading.Thread(target=_interrupt_when_woken, args=(woken,), daemon=True).start()


def _interrupt_when_woken(woken: Any) -> None:
    while number := woken.recv(1):
        if number[0] in STOPPING and not STATE.is_done:
            for interrupt in STATE.interrupts:
                interrupt()
