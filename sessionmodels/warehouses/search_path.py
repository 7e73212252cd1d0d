"""The search path of PostgreSQL and Redshift while statements of ours run: the system's own schema and nothing else.

A name without a schema means whatever stands first on the path, and of several functions or operators of one name the one whose
argument types match best, in whichever schema of the path it is. So whoever may create in a schema on the builder's path could
have a function of theirs called in place of `pg_catalog.replace`, with the builder's privileges (CVE-2018-1058). With this path
only what the database itself brings is found, and temporary tables of the session; every other name has its schema written out.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Final
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, event
from sqlalchemy.exc import DBAPIError

from sessionmodels.model import Kind
from sessionmodels.warehouses.catalogue import Catalogue

READ: Final = "SHOW search_path"
FIND: Final = "SELECT pg_catalog.current_schemas(false)"
NARROW: Final = "SET {scope} search_path TO pg_catalog, pg_temp"
RESTORE: Final = "SELECT pg_catalog.set_config('search_path', %(path)s, %(is_local)s)"
"""The first three look nothing up on the connection's own path; the fourth runs while the safe one is set."""

_paths: "WeakKeyDictionary[Connection, tuple[str, ...]]" = WeakKeyDictionary()


@contextmanager
def safe_search_path(connection: Connection) -> Iterator[None]:
    """Hold a connection to the safe path: the transaction that it is in, and those that begin before the end.

    The connection's own path is back afterwards, also inside a transaction that goes on; `path_of` returns it meanwhile. May be
    entered again within itself.
    """
    if connection in _paths:
        yield
        return
    _paths[connection] = _schemas(connection)
    try:
        with _whole_session(connection) if _commits_each_statement(connection) else _each_transaction(connection):
            yield
    finally:
        del _paths[connection]


def path_of(connection: Connection) -> tuple[str, ...] | None:
    """Return the schemas on the connection's own path that exist and may be used; None outside of `safe_search_path`."""
    return _paths.get(connection)


def _schemas(connection: Connection) -> tuple[str, ...]:
    if connection.in_transaction():
        return tuple(connection.exec_driver_sql(FIND).scalar_one())
    with connection.begin() as looking:
        found = tuple(connection.exec_driver_sql(FIND).scalar_one())
        looking.rollback()
    return found


def _commits_each_statement(connection: Connection) -> bool:
    """Whether there are no transactions in which a setting could be local."""
    return getattr(connection.connection.driver_connection, "autocommit", False)


@contextmanager
def _each_transaction(connection: Connection) -> Iterator[None]:
    under_way = connection.get_transaction()
    own = connection.exec_driver_sql(READ).scalar_one() if under_way else ""
    if under_way:
        _narrow(connection)
    event.listen(connection, "begin", _narrow)
    try:
        yield
    finally:
        event.remove(connection, "begin", _narrow)
        if under_way and connection.get_transaction() is under_way and under_way.is_active:
            _restore(connection, own, is_local=True)


@contextmanager
def _whole_session(connection: Connection) -> Iterator[None]:
    own = connection.exec_driver_sql(READ).scalar_one()
    connection.exec_driver_sql(NARROW.format(scope="SESSION"))
    try:
        yield
    finally:
        _restore(connection, own, is_local=False)


def _narrow(connection: Connection) -> None:
    connection.exec_driver_sql(NARROW.format(scope="LOCAL"))


def _restore(connection: Connection, own: str, *, is_local: bool) -> None:
    with suppress(DBAPIError):  # a transaction that has failed ends with its settings, and a lost session with all
        connection.exec_driver_sql(RESTORE, {"path": own, "is_local": is_local})


class PathCatalogue(Catalogue):
    """What stands where, for connections whose own search path says where a name without a schema is looked up."""

    @property
    def default_schema(self) -> str | None:
        """The first schema on the connection's own path."""
        path = path_of(self.connection)
        return super().default_schema if path is None else next(iter(path), None)

    def schema_of_source(self, name: str) -> str | None:
        """Return the first schema on the path in which something of that name stands, whatever its case; else the first."""
        path = path_of(self.connection) or ()
        exact = next((schema for schema in path if self.inspector.has_table(name, schema)), None)
        return exact or next((schema for schema in path if self.kind(name, schema)), self.default_schema)

    def relations(self, schema: str | None) -> Mapping[str, Kind]:
        """Return the tables and views in a schema; on the safe path, none would be found without one."""
        return super().relations(schema or self.default_schema)
