"""A lease in a table: for BigQuery and Snowflake, whose sessions hold no lock that would end with them.

Taking it, renewing it and giving it back are each one `UPDATE`, which is atomic there. A thread renews it while the build runs,
however slow a statement is; where nobody has renewed it for the length of a lease, its holder is taken to be dead. A holder that
comes back to life after that finds out before it puts anything in place.
"""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic, sleep
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Column, Connection, Engine, cast, literal, null, or_, select, update
from sqlalchemy.schema import CreateTableAs, MetaData, Table

from sessionmodels.sql.instant import Instant
from sessionmodels.sql.lease import seconds_from_now
from sessionmodels.sql.text import LongText, as_text
from sessionmodels.warehouses.locks.lock import Check, Place, lock_lost, locked

SECONDS: Final = 300
"""How long a lease is."""

LOOK_AGAIN: Final = 5
"""Seconds after which a build that waits looks again."""


@contextmanager
def lease(engine: Engine, connection: Connection, place: Place, wait: float) -> Iterator[Check]:
    """Hold the lease of a place, and renew it until the end.

    It is given back also where taking it fails: what took it may have been committed before the next statement failed.
    """
    one = _Lease(place)
    ended = threading.Event()
    renewing = threading.Thread(target=one.renew_until, args=(engine, ended), daemon=True)
    try:
        one.take(connection, wait)
        renewing.start()
        yield lambda: one.check(connection)
    finally:
        ended.set()
        if renewing.ident is not None:
            renewing.join()
        with suppress(Exception), connection.begin():  # it ends by itself
            connection.execute(one.changed(held_by="", for_seconds=0))


class _Lease:
    def __init__(self, place: Place) -> None:
        self.place = place
        self.holder = f"{uuid4().hex} {socket.gethostname()} process {os.getpid()}"
        columns = Column("holder", LongText), Column("ends_at", Instant)
        self.table = Table(place.lock_name, MetaData(), *columns, schema=place.schema)

    def take(self, connection: Connection, wait: float) -> None:
        self._make_sure(connection)
        until = monotonic() + wait
        while not self._taken(connection):
            left = until - monotonic()
            if left <= 0:
                raise locked(self.place, wait, f" ({self._told(connection)})")
            sleep(min(left, LOOK_AGAIN))

    def renew_until(self, engine: Engine, ended: threading.Event) -> None:
        """Renew the lease now and then; what fails is tried again next time, well before it ends."""
        while not ended.wait(SECONDS / 5):
            with suppress(Exception), engine.begin() as own:
                own.execute(self.changed(held_by=self.holder, for_seconds=SECONDS))

    def check(self, connection: Connection) -> None:
        connection.execute(self.changed(held_by=self.holder, for_seconds=SECONDS))
        if self._holder(connection) != self.holder:
            raise lock_lost(self.place)

    def changed(self, *, held_by: str, for_seconds: int) -> Any:
        """Return what prolongs the lease, or gives it back, where it still is this build's."""
        values = {"holder": held_by, "ends_at": seconds_from_now(for_seconds)}
        return update(self.table).where(self.table.c.holder == self.holder).values(values)

    def _taken(self, connection: Connection) -> bool:
        free = or_(self.table.c.holder == "", self.table.c.ends_at < seconds_from_now(0))
        values = {"holder": self.holder, "ends_at": seconds_from_now(SECONDS)}
        with connection.begin():
            connection.execute(update(self.table).where(free).values(values))
            return self._holder(connection) == self.holder

    def _holder(self, connection: Connection) -> str:
        return connection.execute(select(self.table.c.holder)).scalar_one()

    def _told(self, connection: Connection) -> str:
        with connection.begin():
            told = self._holder(connection)
        return told.partition(" ")[2] or "just ended"

    def _make_sure(self, connection: Connection) -> None:
        """Make the table with its one row by one statement: of two builds that make it at once, one finds it there."""
        row = select(as_text(literal("")).label("holder"), cast(null(), Instant).label("ends_at"))
        made = CreateTableAs(row, self.table.name, schema=self.table.schema)
        try:
            self._told(connection)
        except Exception:  # noqa: BLE001 - whatever its client raises where a table is missing
            try:
                with connection.begin():
                    connection.execute(made)
            except Exception:  # noqa: BLE001
                self._told(connection)  # another build has made it meanwhile, or this says what is wrong
