"""The search path of PostgreSQL and Redshift while our statements run: only the system's own schema.

A name without a schema resolves to the first match on the path. Of several functions or operators with the same name, the one
with the best matching argument types wins, in any schema of the path. So a role that may create in a schema on the builder's path
could have its own function called instead of `pg_catalog.replace`, with the builder's privileges (CVE-2018-1058). On this path,
only the database's own objects and the session's temporary tables are found; every other name is written with its schema.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Final
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Table, event
from sqlalchemy.exc import DBAPIError

from sessionmodels.model import Kind
from sessionmodels.models import MODELS
from sessionmodels.settings.values import OWN
from sessionmodels.warehouses.catalogue import Catalogue
from sessionmodels.warehouses.pg_catalog import defined

READ: Final = "SHOW search_path"
FIND: Final = "SELECT pg_catalog.current_schemas(false)"
NARROW: Final = "SET {scope} search_path TO pg_catalog, pg_temp"
RESTORE: Final = "SELECT pg_catalog.set_config('search_path', %(path)s, %(is_local)s)"
"""The first three resolve no names on the connection's own path. The fourth runs on the safe path."""

_paths: "WeakKeyDictionary[Connection, tuple[str, ...]]" = WeakKeyDictionary()


@contextmanager
def safe_search_path(connection: Connection) -> Iterator[None]:
    """Set the safe path for a connection's current transaction and for those that start within the context.

    The connection's own path is restored afterwards, even inside a transaction that continues. Meanwhile, `path_of` returns it.
    The context may be nested.
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
    """Return the schemas on the connection's own path that exist and may be used; None outside `safe_search_path`."""
    return _paths.get(connection)


def _schemas(connection: Connection) -> tuple[str, ...]:
    if connection.in_transaction():
        return tuple(connection.exec_driver_sql(FIND).scalar_one())
    with connection.begin() as transaction:
        found = tuple(connection.exec_driver_sql(FIND).scalar_one())
        transaction.rollback()
    return found


def _commits_each_statement(connection: Connection) -> bool:
    """Whether there are no transactions that a setting could be local to."""
    return getattr(connection.connection.driver_connection, "autocommit", False)


@contextmanager
def _each_transaction(connection: Connection) -> Iterator[None]:
    current = connection.get_transaction()
    own = connection.exec_driver_sql(READ).scalar_one() if current else ""
    if current:
        _narrow(connection)
    event.listen(connection, "begin", _narrow)
    try:
        yield
    finally:
        event.remove(connection, "begin", _narrow)
        if current and connection.get_transaction() is current and current.is_active:
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
    with suppress(DBAPIError):  # a failed transaction or a lost session drops its settings anyway
        connection.exec_driver_sql(RESTORE, {"path": own, "is_local": is_local})


class PathCatalogue(Catalogue):
    """A catalogue for connections whose own search path resolves names without a schema."""

    def __init__(self, connection: Connection) -> None:
        """Store the connection to read through."""
        super().__init__(connection)
        self._defined: dict[str | None, Mapping[str, str]] = {}

    @property
    def default_schema(self) -> str | None:
        """The first schema on the connection's own path."""
        path = path_of(self.connection)
        return super().default_schema if path is None else next(iter(path), None)

    def schema_of_source(self, name: str) -> str | None:
        """Return the first schema on the path with a table of that very name, else (Redshift) ignoring case; else the first."""
        path = path_of(self.connection) or ()
        exact = next((schema for schema in path if self.inspector.has_table(name, schema)), None)
        return exact or next((schema for schema in path if self.kind(name, schema)), self.default_schema)

    def relations(self, schema: str | None) -> Mapping[str, Kind]:
        """Return the tables and views in a schema, or in the default schema: on the safe path, none would be found."""
        return super().relations(schema or self.default_schema)

    def maybe_ours(self, schema: str | None) -> list[str]:
        """Return the names in a schema that results or our own tables may have. Whatever is read of them is read at once."""
        return [one for one in self.relations(schema) if one.startswith(OWN) or one.endswith(tuple(MODELS))]

    def definition(self, view: Table) -> str | None:
        """Return a result's select as the database writes it, where objects on the search path have no schema."""
        schema = view.schema or self.default_schema
        if schema not in self._defined:
            self._defined[schema] = defined(self.connection, self.maybe_ours(schema), schema)
        return self._defined[schema].get(view.name)
