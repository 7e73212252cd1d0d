"""A lock on a table of our own: for Redshift, which has no advisory locks; one on a result would stop its readers."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from sqlalchemy import Column, Connection, Engine, Integer, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateTable, MetaData, Table

from sessionmodels.warehouses.locks.lock import Check, Place, lock_lost, locked
from sessionmodels.warehouses.search_path import safe_search_path
from sessionmodels.warehouses.statement import Statement

TIMED_OUT: Final = "57014"
SHORTEST: Final = 500
"""Milliseconds that a lock is waited for at least: a timeout of 0 would be none."""


@contextmanager
def locked_table(engine: Engine, connection: Connection, place: Place, wait: float) -> Iterator[Check]:
    """Hold the table locked by a transaction of a connection of its own, which ends with the process also when that is killed.

    The build's own transactions begin after it, so their snapshots are younger than the lock.
    """
    lock = Table(place.lock_name, MetaData(), Column("nothing", Integer), schema=place.schema)
    _make(connection, lock)
    with (
        engine.connect().execution_options(isolation_level="SERIALIZABLE") as holder,
        safe_search_path(holder),
        holder.begin() as transaction,
    ):
        try:
            holder.execute(Statement(f"SET LOCAL statement_timeout TO {max(int(wait * 1000), SHORTEST)}"))
            holder.execute(Statement("LOCK {lock}", lock=lock))
        except DBAPIError as error:
            if getattr(error.orig, "pgcode", None) == TIMED_OUT:
                raise locked(place, wait) from None
            raise

        def check() -> None:
            try:
                holder.execute(text("SELECT 1"))
            except DBAPIError:
                raise lock_lost(place) from None

        yield check
        with suppress(DBAPIError):
            transaction.rollback()


def _make(connection: Connection, lock: Table) -> None:
    if _is_there(connection, lock):
        return
    try:
        with connection.begin():
            connection.execute(CreateTable(lock))
    except DBAPIError:
        if not _is_there(connection, lock):  # else another build has made it just now
            raise


def _is_there(connection: Connection, lock: Table) -> bool:
    with connection.begin():
        return inspect(connection).has_table(lock.name, lock.schema)
