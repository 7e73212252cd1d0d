"""A lock of the session: for PostgreSQL, whose server releases it when the session ends, also when its client is killed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import ColumnElement, Connection, Engine, func, literal, select
from sqlalchemy.exc import DBAPIError

from sessionmodels.warehouses.locks.lock import Check, Place, locked

TIMED_OUT: Final = "55P03"


@contextmanager
def advisory(_engine: Engine, connection: Connection, place: Place, wait: float) -> Iterator[Check]:
    """Hold an advisory lock, taken before the build's transaction.

    A snapshot older than the lock would not see what the other build wrote, and a refill through it would leave the rows of both.
    """
    key = func.hashtextextended(literal(f"sessionmodels {place.schema} {place.family}"), 0)
    try:
        with connection.begin():
            connection.execute(select(func.set_config("lock_timeout", str(max(1, int(wait * 1000))), True)))
            # A role's own limit is of its queries; how long to wait was asked for.
            connection.execute(select(func.set_config("statement_timeout", "0", True)))
            taken = connection.scalar(select(func.pg_advisory_lock(key) if wait else func.pg_try_advisory_lock(key)))
    except DBAPIError as error:
        if TIMED_OUT in {getattr(error.orig, "sqlstate", None), getattr(error.orig, "pgcode", None)}:
            raise locked(place, wait) from None
        raise
    if taken is False:
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
        connection.invalidate()  # and with the session its locks end
