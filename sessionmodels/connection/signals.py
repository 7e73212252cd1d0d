"""Signals that stop a command. They are recorded on arrival, and raised again if foreign code swallowed the exception.

The exception that a handler raises can get lost: while DuckDB imports numpy from C++, or while Python runs a finalizer. The
command would then run to its end. So code that executes statements calls `check` before and after each one.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
from contextlib import contextmanager, suppress
from functools import partial

TYPE_CHECKING = False  # as in `sessionmodels/__init__.py`: only what is needed is imported before the handlers are set

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, Final, NoReturn

STOPPING: Final = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGHUP") if hasattr(signal, name))
"""Windows has no SIGHUP."""


class Stopped(KeyboardInterrupt):
    """A signal asked the process to end."""

    def __init__(self, number: int) -> None:
        """Store the signal's number."""
        super().__init__(number)
        self.number = number

    def __str__(self) -> str:
        """Return the reason, as the build log records it."""
        return "it was interrupted" if self.number == signal.SIGINT else f"it was stopped by {signal.Signals(self.number).name}"


class _State:
    received: int | None = None
    """The first signal that arrived."""

    raises = True
    """Whether the handler raises. It must not after the command has ended, when nothing would catch the exception."""

    listens = False
    """Whether this module handles signals. It does not if another program calls a build."""

    ends_with_commit = False
    """Whether the command runs a single build. Once that is committed, there is nothing left to stop."""

    is_done = False
    """Whether the command's work is committed. A signal that arrives later stops nothing."""

    interrupts: tuple[Callable[[], None], ...] = ()
    """What the listening thread calls when a signal arrives."""


STATE: Final = _State()


def received() -> int | None:
    """Return the first signal that arrived, or None if the work was done before or no signal arrived."""
    return None if STATE.is_done else STATE.received


def one_build() -> None:
    """Declare that the command is done as soon as its build is committed."""
    STATE.ends_with_commit = STATE.listens


def done() -> None:
    """Declare that the command's work is done and only printing is left.

    Raises:
        Stopped: a signal arrived before.
    """
    check()
    STATE.is_done = STATE.listens


@contextmanager
def committing() -> Iterator[None]:
    """Let a commit finish. A signal that arrives meanwhile is raised afterwards, unless the command is done then.

    Raises:
        Stopped: a signal arrived before.
    """
    check()
    with undisturbed():
        yield
        STATE.is_done = STATE.ends_with_commit
    check()


@contextmanager
def undisturbed() -> Iterator[None]:
    """Raise for no signal that arrives meanwhile. A statement that runs is still interrupted."""
    raises, STATE.raises = STATE.raises, False
    try:
        yield
    finally:
        STATE.raises = raises


def check() -> None:
    """Raise for a signal that has arrived, unless its exception is being handled already.

    Raises:
        Stopped: a signal arrived, and its exception never reached our code.
    """
    if not _is_unwinding():
        raise_received()


def raise_received() -> None:
    """Raise for a signal that has arrived, instead of an error that it may have caused.

    Raises:
        Stopped: a signal has arrived.
    """
    number = received()
    if number is not None:
        raise Stopped(number)


def on_arrival(interrupt: Callable[[], None]) -> None:
    """Call this from a thread when a signal arrives, even while the main thread is busy in a driver."""
    STATE.interrupts += (interrupt,)


def listen() -> None:
    """Handle the signals that the process does not ignore (as it ignores SIGHUP under `nohup`), before heavy imports."""
    for number in STOPPING:
        if signal.getsignal(number) not in {signal.SIG_IGN, None}:
            signal.signal(number, _arrived)
    STATE.listens = True
    atexit.register(_ignore)  # what is registered first runs last, so it runs after all others
    sys.unraisablehook = _unraisable
    _start_thread()
    _quieten_libraries()


def end() -> NoReturn:
    """End the process with the status that shells know for the signal that has arrived."""
    number = received() or signal.SIGTERM
    sys.stderr.write("Interrupted.\n" if number == signal.SIGINT else "Stopped.\n")
    # A library that was interrupted while it was loaded can crash when the interpreter tears it down, which changes the status.
    # So only what others registered for the end is done: logs and telemetry are written there.
    atexit._run_exitfuncs()  # noqa: SLF001 - there is no public way
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(128 + number)


def exit_on_signal(error: BaseException | None) -> None:
    """Make any further signal end the process at once, with the exit status that the command has anyway.

    Without this, the signal would kill the process and change its status.
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
    """Ignore signals while the interpreter shuts down, when our handlers can no longer run."""
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
    """Print an exception that cannot be raised, unless a signal is its cause: `check` raises that."""
    if received() is None:
        sys.__unraisablehook__(what)


def _quieten_libraries() -> None:
    """Keep libraries from logging the effects of a signal: SQLAlchemy logs a traceback if a connection cannot be closed."""
    import logging  # noqa: PLC0415 - only once the handlers are set

    if logging.lastResort:
        logging.lastResort.addFilter(lambda record: received() is None or record.name.startswith("sessionmodels"))


def _start_thread() -> None:
    import socket  # noqa: PLC0415 - only once the handlers are set
    import threading  # noqa: PLC0415

    woken, bell = socket.socketpair()  # Windows accepts only a socket
    bell.setblocking(False)  # `set_wakeup_fd` requires it
    signal.set_wakeup_fd(bell.detach(), warn_on_full_buffer=False)
    threading.Thread(target=_interrupt_when_woken, args=(woken,), daemon=True).start()


def _interrupt_when_woken(woken: Any) -> None:
    while number := woken.recv(1):
        if number[0] in STOPPING and not STATE.is_done:
            for interrupt in STATE.interrupts:
                interrupt()
