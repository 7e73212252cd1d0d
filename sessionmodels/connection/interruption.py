"""Statements on our connections: none begins once a signal has arrived, and the one that runs is interrupted."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from time import sleep
from typing import Any, Final

from sqlalchemy import Connection, event

from sessionmodels import signals
from sessionmodels.warehouses import WAREHOUSES

PAUSE: Final = 0.05
"""Seconds between two interrupts of one statement."""

_LOCK = threading.Lock()
_RUNNING: dict[Connection, Callable[[], None]] = {}
"""Connections that run a statement, each with what interrupts it."""


@contextmanager
def interruptible(connection: Connection) -> Iterator[None]:
    """Watch the statements of a connection as long as the context lasts.

    Raises:
        Stopped: a signal has arrived; whatever else failed meanwhile comes of that.
    """
    event.listen(connection, "before_cursor_execute", _begins)
    event.listen(connection, "after_cursor_execute", _ended)
    event.listen(connection, "commit", _ended)
    event.listen(connection, "rollback", _undone)
    try:
        yield
    except Exception:
        signals.raise_received()
        raise
    finally:
        _forget(connection)


def _begins(connection: Connection, *_statement: Any) -> None:
    signals.check()
    known = WAREHOUSES.get(connection.dialect.name)
    if known:
        with _LOCK:
            _RUNNING[connection] = partial(known.driver.interrupt, connection.connection.driver_connection)


def _ended(connection: Connection, *_statement: Any) -> None:
    _forget(connection)
    signals.check()


def _undone(connection: Connection) -> None:
    """Interrupt a statement that failed before it is rolled back: DuckDB would wait for what other threads still do for it."""
    interrupt = _RUNNING.get(connection)
    _forget(connection)
    if interrupt:
        with suppress(Exception):
            interrupt()


def _forget(connection: Connection) -> None:
    with _LOCK:
        _RUNNING.pop(connection, None)


def interrupt_running() -> None:
    """Interrupt, from another thread, what runs now, until it has ended: an interrupt just before a statement begins is lost."""
    with _LOCK:
        running = dict(_RUNNING)
    while running:
        with _LOCK:
            running = {connection: one for connection, one in running.items() if _RUNNING.get(connection) is one}
            for interrupt in running.values():
                with suppress(Exception):  # it has been closed meanwhile
                    interrupt()
        sleep(PAUSE)


signals.on_arrival(interrupt_running)
