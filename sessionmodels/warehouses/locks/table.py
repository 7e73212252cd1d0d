"""A lock on a table of our own, for Redshift, which has no advisory locks. A lock on a result would block its readers."""

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
"""The shortest time to wait for a lock, in milliseconds: 0 would mean no timeout."""


@contextmanager
def locked_table(engine: Engine, connection: Connection, place: Place, wait: float) -> Iterator[Check]:
    """Lock the table in a transaction on a connection of its own, which ends with the process, even if that is killed.

    The build's own transactions start later, so that their snapshots are younger than the lock.
    """
    lock = Table(place.lock_name, MetaData(), Column("nothing", Integer), schema=place.schema)
    _create_if_missing(connection, lock)
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


def _create_if_missing(connection: Connection, lock: Table) -> None:
    if _exists(connection, lock):
        return
    try:
        with connection.begin():
            connection.execute(CreateTable(lock))
    except DBAPIError:
        if not _exists(connection, lock):  # otherwise another build has just created it
            raise


def _exists(connection: Connection, lock: Table) -> bool:
    with connection.begin():
        return inspect(connection).has_table(lock.name, lock.schema)
