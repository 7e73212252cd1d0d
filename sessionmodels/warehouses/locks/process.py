"""A lock within one process: for DuckDB, whose file no second process can open meanwhile."""

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from sessionmodels.warehouses.locks.lock import Check, Place, held

_LOCKS: dict[Any, threading.Lock] = defaultdict(threading.Lock)


@contextmanager
def one_in_this_process(engine: Engine, _connection: Connection, place: Place, wait: float) -> Iterator[Check]:
    """Hold a lock of this process by the database's file; a database in memory belongs to its engine."""
    file = engine.url.database
    in_memory = not file or file.startswith(":memory:")
    where = id(engine.pool) if in_memory else Path(file or "").resolve()
    lock = _LOCKS[where, (place.schema or "").lower(), place.family.lower()]  # DuckDB's names differ by more than case
    if not lock.acquire(timeout=wait):
        raise held(place, wait)
    try:
        yield lambda: None
    finally:
        lock.release()
