"""A session lock, for PostgreSQL. The server releases it when the session ends, even if the client was killed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import ColumnElement, Connection, Engine, func, literal, select
from sqlalchemy.exc import DBAPIError

from sessionmodels.warehouses.locks.lock import Check, Place, locked

TIMED_OUT: Final = "55P03"


@contextmanager
def advisory(_engine: Engine, connection: Connection, place: Place, wait: float) -> Iterator[Check]:
    """Hold an advisory lock, acquired before the build's transaction.

    A snapshot older than the lock would not see the other build's rows, so that the rows of both builds would remain.
    """
    key = func.hashtextextended(literal(f"sessionmodels {place.schema} {place.family}"), 0)
    try:
        with connection.begin():
            connection.execute(select(func.set_config("lock_timeout", str(max(1, int(wait * 1000))), True)))
            # The role's own timeout is for queries; the waiting time is requested explicitly.
            connection.execute(select(func.set_config("statement_timeout", "0", True)))
            acquired = connection.scalar(select(func.pg_advisory_lock(key) if wait else func.pg_try_advisory_lock(key)))
    except DBAPIError as error:
        if TIMED_OUT in {getattr(error.orig, "sqlstate", None), getattr(error.orig, "pgcode", None)}:
            raise locked(place, wait) from None
        raise
    if acquired is False:
        raise locked(place, wait)
    try:
        yield lambda: None
    finally:
        _release(connection, key)


def _release(connection: Connection, key: ColumnElement[int]) -> None:
    try:
        with connection.begin():
            connection.execute(select(func.pg_advisory_unlock(key)))
    except DBAPIError:
        connection.invalidate()  # ends the session and its locks
