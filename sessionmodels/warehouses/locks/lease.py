"""A lease in a table, for BigQuery and Snowflake, which have no session locks.

Acquiring, renewing and releasing it are one `UPDATE` each, which is atomic there. A thread renews it while the build runs,
however slow a statement is. If it is not renewed for the length of a lease, its holder is considered dead. A holder that resumes
after that notices it before it swaps anything in.
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
from sessionmodels.sql.seconds_from_now import seconds_from_now
from sessionmodels.sql.text import LongText, as_text
from sessionmodels.warehouses.locks.lock import Check, Place, lock_lost, locked

SECONDS: Final = 300
"""The length of a lease."""

RETRY_AFTER: Final = 5
"""Seconds after which a waiting build tries again."""


@contextmanager
def lease(engine: Engine, connection: Connection, place: Place, wait: float) -> Iterator[Check]:
    """Hold the lease of a place, and renew it within the context.

    It is released even if acquiring it fails: the update may have been committed before the next statement failed.
    """
    one = _Lease(place)
    ended = threading.Event()
    renewing = threading.Thread(target=one.renew_until, args=(engine, ended), daemon=True)
    try:
        one.acquire(connection, wait)
        renewing.start()
        yield lambda: one.check(connection)
    finally:
        ended.set()
        if renewing.ident is not None:
            renewing.join()
        with suppress(Exception), connection.begin():  # the lease expires anyway
            connection.execute(one.update(held_by="", for_seconds=0))


class _Lease:
    def __init__(self, place: Place) -> None:
        self.place = place
        self.holder = f"{uuid4().hex} {socket.gethostname()} process {os.getpid()}"
        columns = Column("holder", LongText), Column("ends_at", Instant)
        self.table = Table(place.lock_name, MetaData(), *columns, schema=place.schema)

    def acquire(self, connection: Connection, wait: float) -> None:
        self._create_if_missing(connection)
        until = monotonic() + wait
        while not self._try_to_acquire(connection):
            left = until - monotonic()
            if left <= 0:
                raise locked(self.place, wait, f" ({self._description(connection)})")
            sleep(min(left, RETRY_AFTER))

    def renew_until(self, engine: Engine, ended: threading.Event) -> None:
        """Renew the lease regularly. A failed renewal is repeated well before the lease expires."""
        while not ended.wait(SECONDS / 5):
            with suppress(Exception), engine.begin() as own:
                own.execute(self.update(held_by=self.holder, for_seconds=SECONDS))

    def check(self, connection: Connection) -> None:
        connection.execute(self.update(held_by=self.holder, for_seconds=SECONDS))
        if self._holder(connection) != self.holder:
            raise lock_lost(self.place)

    def update(self, *, held_by: str, for_seconds: int) -> Any:
        """Return the statement that renews or releases the lease if this build still holds it."""
        values = {"holder": held_by, "ends_at": seconds_from_now(for_seconds)}
        return update(self.table).where(self.table.c.holder == self.holder).values(values)

    def _try_to_acquire(self, connection: Connection) -> bool:
        free = or_(self.table.c.holder == "", self.table.c.ends_at < seconds_from_now(0))
        values = {"holder": self.holder, "ends_at": seconds_from_now(SECONDS)}
        with connection.begin():
            connection.execute(update(self.table).where(free).values(values))
            return self._holder(connection) == self.holder

    def _holder(self, connection: Connection) -> str:
        return connection.execute(select(self.table.c.holder)).scalar_one()

    def _description(self, connection: Connection) -> str:
        with connection.begin():
            holder = self._holder(connection)
        return holder.partition(" ")[2] or "just ended"

    def _create_if_missing(self, connection: Connection) -> None:
        """Create the table with its only row in one statement. If two builds do so at once, one of them finds it."""
        row = select(as_text(literal("")).label("holder"), cast(null(), Instant).label("ends_at"))
        creation = CreateTableAs(row, self.table.name, schema=self.table.schema)
        try:
            self._description(connection)
        except Exception:  # noqa: BLE001 - clients raise different errors for a missing table
            try:
                with connection.begin():
                    connection.execute(creation)
            except Exception:  # noqa: BLE001
                self._description(connection)  # another build may have created it; otherwise this raises the cause
