"""A connection, and errors that say what was being done, why it failed, and whether anything was changed."""

import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

from sqlalchemy import URL, Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import SingletonThreadPool, StaticPool

from sessionmodels import signals
from sessionmodels.connection.interruption import interruptible
from sessionmodels.errors import BuildError, ConnectError, LockedError, SettingsError
from sessionmodels.errors.redaction import ENCODE, hidden, masked, misread, redacted, where, without_secrets
from sessionmodels.warehouses import WAREHOUSES, warehouse_of
from sessionmodels.warehouses.parts import state_of
from sessionmodels.warehouses.warehouse import Warehouse

WAYS_OUT: Final = {
    "2BP01": "Drop what depends on it and make it again after the build, or build into another target_schema.",
    "42501": "Grant what is missing (docs/warehouses.md#the-least-privileges), or build into another target_schema.",
}
"""By SQLSTATE, where the database tells one; its own hint may be to drop other people's views."""


NOTHING_CHANGED: Final = "Nothing was changed."
PARTLY_CHANGED: Final = "Some relations are new already, others still as they were, and the one that is named may be missing."
UNKNOWN: Final = "Whether anything was changed is not known."
ALL_CHANGED: Final = "All relations are new already."


@contextmanager
def connected(engine: Engine, isolation_level: str | None = None, *, reads_only: bool = False) -> Iterator[Connection]:
    """Yield a connection whose transactions are of that level, whatever the engine's own is, and look names up safely.

    Raises:
        ConnectError: the warehouse cannot be reached; the error has no word of its password.
        SettingsError: the engine has one connection only, which is inside a transaction of somebody else's.
    """
    with hidden(engine.url), _opened(engine) as connection, interruptible(connection), ExitStack() as stack:
        if isolation_level:
            connection.execution_options(isolation_level=isolation_level)
        if reads_only:
            connection.execution_options(**warehouse_of(connection.dialect.name).driver.reads_only)
        _look_up_safely(connection, stack)
        yield connection


def _opened(engine: Engine) -> Connection:
    try:
        with warnings.catch_warnings():
            # BigQuery's driver: there is a faster way to fetch many rows; counts are few.
            warnings.filterwarnings("ignore", "Cannot create BigQuery Storage client")
            connection = engine.connect()
    except Exception as error:  # noqa: BLE001 - each raises what it likes: its own, the network's, a login's
        signals.raise_received()
        failed = unreachable(engine.url, error)
    else:
        _refuse_shared(connection)
        return connection
    # Out here the error has no context: the driver's frames hold the password.
    raise failed


def _look_up_safely(connection: Connection, stack: ExitStack) -> None:
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
    """Refuse a connection that somebody else uses, too, and has a transaction on: ours would end theirs.

    Raises:
        SettingsError: it is the only one that the engine has.
    """
    known, pool = WAREHOUSES.get(connection.dialect.name), connection.engine.pool
    if known is None or not isinstance(pool, StaticPool | SingletonThreadPool):
        return
    shared = connection.connection
    if known.driver.in_transaction(shared.driver_connection):
        shared._close_special(transaction_reset=True)  # noqa: SLF001 - to close it would roll theirs back
        msg = "this engine's only connection is inside an open transaction; commit or roll back first"
        raise SettingsError(msg)


def unreachable(url: URL, error: Exception) -> ConnectError | LockedError:
    """Return the error that says why a URL does not answer, with no word of its password."""
    why = next(iter(str(getattr(error, "orig", None) or error).strip().splitlines()), type(error).__name__).rstrip(".")
    known = WAREHOUSES.get(url.get_backend_name())
    if misread(url, is_a_file=known is not None and known.is_a_file):
        return ConnectError(f"cannot connect, and the URL did not parse cleanly: {ENCODE}")
    if known and known.driver.is_locked(error):
        msg = f"another program holds {where(url)}: {without_secrets(why, url)}; close it"
        return LockedError(msg)
    way_out = known.driver.unreachable if known else "check the URL and that the server is reachable"
    transient = known is not None and is_transient(known, error)
    return ConnectError(f"cannot connect to {where(url)}: {without_secrets(why, url)}; {way_out}", transient=transient)


def is_transient(warehouse: Warehouse, error: BaseException) -> bool:
    """Whether a failure may be gone when the same is tried again: a connection was lost, or the warehouse says so."""
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
    """Turn the database's errors inside the block into one that names the relation and what was being done.

    Those are SQLAlchemy's and what the warehouse's client raises besides; `changed` is what is true after a failure, `way_out`
    what to do unless the cause has its own.
    """
    try:
        yield
    except (DBAPIError, *warehouse.driver.refusals()) as error:
        signals.raise_received()
        said = redacted(str(getattr(error, "orig", None) or error))
        why = "\n".join(line for line in said.strip().splitlines() if not line.startswith("HINT:"))
        out = WAYS_OUT.get(state_of(getattr(error, "orig", None) or error), way_out)
        msg = f"{relation_name}: could not {action}: {why}\n{changed} {out}"
        statement, transient = getattr(error, "statement", None), is_transient(warehouse, error)
        raise BuildError(relation_name, msg, statement=statement, transient=transient) from masked(error)
    except UnicodeEncodeError as error:
        signals.raise_received()
        why = f"{error.object[error.start : error.end]!r} has no place in the connection's encoding, {error.encoding}"
        raise BuildError(relation_name, f"{relation_name}: could not {action}: {why}\n{changed} {way_out}") from None
    except Exception as error:
        signals.raise_received()  # what else a driver raises comes of the signal
        if isinstance(error, RuntimeError) and "interrupted" in str(error).lower():  # DuckDB's answer to Ctrl-C
            raise KeyboardInterrupt from error
        raise
