"""The running statements: how far they are, and their interruption. After a signal none starts, and the running one ends."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from time import sleep
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, event

from sessionmodels.connection import signals
from sessionmodels.warehouses import WAREHOUSES

PAUSE: Final = 0.05
"""Seconds between two interrupts of the same statement."""


class _Statement(NamedTuple):
    """A running statement: what interrupts it, and what says how much of it is done."""

    interrupt: Callable[[], None]
    share_done: Callable[[], float | None]


_LOCK = threading.Lock()
_RUNNING: dict[Connection, _Statement] = {}


@contextmanager
def interruptible(connection: Connection) -> Iterator[None]:
    """Make the statements of a connection interruptible within the context.

    Raises:
        Stopped: a signal has arrived; other errors meanwhile are its consequences.
    """
    event.listen(connection, "before_cursor_execute", _starting)
    event.listen(connection, "after_cursor_execute", _ended)
    event.listen(connection, "commit", _ended)
    event.listen(connection, "rollback", _rolling_back)
    try:
        yield
    except Exception:
        signals.raise_received()
        raise
    finally:
        _forget(connection)


def _starting(connection: Connection, *_statement: Any) -> None:
    signals.check()
    known = WAREHOUSES.get(connection.dialect.name)
    if known:
        with _LOCK:
            driver_connection = connection.connection.driver_connection
            interrupt = partial(known.driver.interrupt, driver_connection)
            _RUNNING[connection] = _Statement(interrupt, partial(known.driver.share_done, driver_connection))


def _ended(connection: Connection, *_statement: Any) -> None:
    _forget(connection)
    signals.check()


def _rolling_back(connection: Connection) -> None:
    """Interrupt a failed statement before it is rolled back. Otherwise DuckDB waits for the other threads that still run it."""
    statement = _RUNNING.get(connection)
    _forget(connection)
    if statement:
        with suppress(Exception):
            statement.interrupt()


def _forget(connection: Connection) -> None:
    with _LOCK:
        _RUNNING.pop(connection, None)


def share_done() -> float | None:
    """Return how much of a running statement is done, from 0 to 1, if its driver can tell; for another thread."""
    with _LOCK, suppress(Exception):  # a connection may have been closed
        return next((done for statement in _RUNNING.values() if (done := statement.share_done()) is not None), None)
    return None


def interrupt_running() -> None:
    """Interrupt all running statements until they end, from another thread. One interrupt just before a start would be lost."""
    with _LOCK:
        running = dict(_RUNNING)
    while running:
        with _LOCK:
            running = {connection: one for connection, one in running.items() if _RUNNING.get(connection) is one}
            for statement in running.values():
                with suppress(Exception):  # the connection may have been closed
                    statement.interrupt()
        sleep(PAUSE)


signals.on_arrival(interrupt_running)
