"""Connections, and errors that say what failed, why, and whether anything was changed."""

import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

from sqlalchemy import URL, Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import SingletonThreadPool, StaticPool

from sessionmodels.connection import signals
from sessionmodels.connection.interruption import interruptible
from sessionmodels.errors import BuildError, ConnectError, LockedError, SettingsError
from sessionmodels.errors.redaction import ENCODE, hidden, masked, misread, redacted, where, without_secrets
from sessionmodels.warehouses import WAREHOUSES, warehouse_of
from sessionmodels.warehouses.parts import state_of
from sessionmodels.warehouses.warehouse import Warehouse

WAYS_OUT: Final = {
    "2BP01": "Drop what depends on it and create it again after the build, or build into another target_schema.",
    "42501": "Grant the missing privileges (docs/warehouses.md#the-least-privileges), or build into another target_schema.",
}
"""What to do, by SQLSTATE. The database's own hint may be to drop other people's views."""


NOTHING_CHANGED: Final = "Nothing was changed."
PARTLY_CHANGED: Final = "Some relations are already new, others are unchanged, and the one named here may be missing."
UNKNOWN: Final = "It is unknown whether anything was changed."
ALL_CHANGED: Final = "All relations are already new."


@contextmanager
def connected(engine: Engine, isolation_level: str | None = None, *, reads_only: bool = False) -> Iterator[Connection]:
    """Yield a connection with that isolation level, whatever the engine's own, and with safe name resolution.

    Raises:
        ConnectError: the warehouse cannot be reached. The message holds no password.
        SettingsError: the engine has a single connection, and that is inside another caller's transaction.
    """
    with hidden(engine.url), _opened(engine) as connection, interruptible(connection), ExitStack() as stack:
        if isolation_level:
            connection.execution_options(isolation_level=isolation_level)
        if reads_only:
            connection.execution_options(**warehouse_of(connection.dialect.name).driver.reads_only)
        _resolve_names_safely(connection, stack)
        yield connection


def _opened(engine: Engine) -> Connection:
    try:
        with warnings.catch_warnings():
            # BigQuery's driver recommends a faster way to fetch many rows; we fetch few.
            warnings.filterwarnings("ignore", "Cannot create BigQuery Storage client")
            connection = engine.connect()
    except Exception as error:  # noqa: BLE001 - drivers raise errors of any kind: their own, the network's, the login's
        signals.raise_received()
        failed = unreachable(engine.url, error)
    else:
        _refuse_shared(connection)
        return connection
    # Raised here, the error has no context: the driver's frames hold the password.
    raise failed


def _resolve_names_safely(connection: Connection, stack: ExitStack) -> None:
    known = WAREHOUSES.get(connection.dialect.name)
    if known is None:
        return
    try:
        stack.enter_context(known.transactions.safe_names(connection))
    except DBAPIError as error:
        signals.raise_received()
        failed = unreachable(connection.engine.url, error)
    else:
        return
    raise failed


def _refuse_shared(connection: Connection) -> None:
    """Refuse a shared connection that is inside another caller's transaction: ours would end it.

    Raises:
        SettingsError: it is the engine's only connection.
    """
    known, pool = WAREHOUSES.get(connection.dialect.name), connection.engine.pool
    if known is None or not isinstance(pool, StaticPool | SingletonThreadPool):
        return
    shared = connection.connection
    if known.driver.in_transaction(shared.driver_connection):
        shared._close_special(transaction_reset=True)  # noqa: SLF001 - closing it would roll back that transaction
        msg = "this engine's only connection is inside an open transaction; commit or roll back first"
        raise SettingsError(msg)


def unreachable(url: URL, error: Exception) -> ConnectError | LockedError:
    """Return the error that says why a connection failed, without the password."""
    why = next(iter(str(getattr(error, "orig", None) or error).strip().splitlines()), type(error).__name__).rstrip(".")
    known = WAREHOUSES.get(url.get_backend_name())
    if misread(url, is_a_file=known is not None and known.is_a_file):
        return ConnectError(f"cannot connect, and the URL did not parse cleanly: {ENCODE}")
    if known and known.driver.is_locked(error):
        msg = f"another program has locked {where(url)}: {without_secrets(why, url)}; close it"
        return LockedError(msg)
    way_out = known.driver.unreachable if known else "check the URL and that the server is reachable"
    transient = known is not None and is_transient(known, error)
    return ConnectError(f"cannot connect to {where(url)}: {without_secrets(why, url)}; {way_out}", transient=transient)


def is_transient(warehouse: Warehouse, error: BaseException) -> bool:
    """Whether a retry may help: the connection was lost, or the warehouse calls the error transient."""
    return getattr(error, "connection_invalidated", False) or warehouse.driver.is_transient(getattr(error, "orig", None) or error)


@contextmanager
def named(
    relation_name: str,
    action: str,
    warehouse: Warehouse,
    *,
    changed: str = NOTHING_CHANGED,
    way_out: str = "Fix the cause and rebuild.",
) -> Iterator[None]:
    """Turn database errors inside the block into a `BuildError` that names the relation and the failed action.

    These are SQLAlchemy's errors and others that the warehouse's client raises. `changed` says what is true after a failure,
    `way_out` what to do unless the cause has a remedy of its own.
    """
    try:
        yield
    except (DBAPIError, *warehouse.driver.refusals()) as error:
        signals.raise_received()
        message = redacted(str(getattr(error, "orig", None) or error))
        why = "\n".join(line for line in message.strip().splitlines() if not line.startswith("HINT:"))
        out = WAYS_OUT.get(state_of(getattr(error, "orig", None) or error), way_out)
        msg = f"{relation_name}: could not {action}: {why}\n{changed} {out}"
        statement, transient = redacted(getattr(error, "statement", None) or ""), is_transient(warehouse, error)
        raise BuildError(relation_name, msg, statement=statement or None, transient=transient) from masked(error)
    except UnicodeEncodeError as error:
        signals.raise_received()
        why = f"{error.object[error.start : error.end]!r} cannot be written in the connection's encoding, {error.encoding}"
        raise BuildError(relation_name, f"{relation_name}: could not {action}: {why}\n{changed} {way_out}") from None
    except Exception as error:
        signals.raise_received()  # other errors are consequences of the signal
        if isinstance(error, RuntimeError) and "interrupted" in str(error).lower():  # DuckDB's reaction to Ctrl-C
            raise KeyboardInterrupt from error
        raise
