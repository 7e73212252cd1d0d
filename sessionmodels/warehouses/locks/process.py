"""A lock within one process, for DuckDB, whose file only one process can open for writing."""

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine

from sessionmodels.warehouses.locks.lock import Check, Place, locked

IN_MEMORY: Final = ":memory:"

_LOCKS: dict[Any, threading.Lock] = defaultdict(threading.Lock)


@contextmanager
def process_lock(engine: Engine, _connection: Connection, place: Place, wait: float) -> Iterator[Check]:
    """Hold a lock of this process on the database's file or name."""
    # DuckDB's names ignore case.
    lock = _LOCKS[_database(engine), (place.schema or "").lower(), place.family.lower()]
    if not lock.acquire(timeout=wait):
        raise locked(place, wait)
    try:
        yield lambda: None
    finally:
        lock.release()


def _database(engine: Engine) -> Any:
    """Return what identifies a database: its file, or the name under which engines share one in memory."""
    name = engine.url.database or IN_MEMORY
    if name == IN_MEMORY:
        return id(engine.pool)  # without a name, each engine has its own
    return name if name.startswith(IN_MEMORY) else Path(name).resolve()
