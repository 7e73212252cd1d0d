"""A connection, and errors that say what was being done, why it failed, and whether anything was changed."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import URL, Connection, Engine
from sqlalchemy.exc import DBAPIError

from sessionmodels.errors import BuildError, ConnectError
from sessionmodels.redaction import where, without_secrets
from sessionmodels.warehouses import WAREHOUSES

WAYS_OUT: Final = {
    "2BP01": "Drop what depends on it and make it again after the build, or build into another target_schema.",
    "42501": "Grant what is missing (the README lists the least privileges), or build into another target_schema.",
}
"""By SQLSTATE, where the database tells one; its own hint may be to drop other people's views."""


NOTHING_CHANGED: Final = "Nothing was changed."
PARTLY_CHANGED: Final = "Some relations are new already, others still as they were, and the one that is named may be missing."
ALL_CHANGED: Final = "All relations are new already."


@contextmanager
def connected(engine: Engine, isolation_level: str | None = None) -> Iterator[Connection]:
    """Yield a connection whose transactions are of that level, whatever the engine's own is.

    Raises:
        ConnectError: the warehouse cannot be reached; the error has no word of its password.
    """
    try:
        with warnings.catch_warnings():
            # BigQuery's driver: there is a faster way to fetch many rows; counts are few.
            warnings.filterwarnings("ignore", "Cannot create BigQuery Storage client")
            connection = engine.connect()
    except Exception as error:  # noqa: BLE001 - each raises what it likes: its own, the network's, a login's
        raise unreachable(engine.url, error) from None
    with connection:
        if isolation_level:
            connection.execution_options(isolation_level=isolation_level)
        yield connection


def unreachable(url: URL, error: Exception) -> ConnectError:
    """Return the error that says why a URL does not answer, with no word of its password."""
    why = next(iter(str(getattr(error, "orig", None) or error).strip().splitlines()), type(error).__name__).rstrip(".")
    known = WAREHOUSES.get(url.get_backend_name())
    way_out = known.unreachable if known else "check the URL, and that it answers"
    return ConnectError(f"cannot connect to {where(url)}: {without_secrets(why, url)}; {way_out}")


@contextmanager
def named(
    relation: str, does: str, *, refusals: tuple[type[Exception], ...] = (), changed: str = NOTHING_CHANGED
) -> Iterator[None]:
    """Turn the database's errors inside the block into one that names the relation and what was being done.

    `refusals` are errors besides SQLAlchemy's that the warehouse's client raises, `changed` what is true after a failure.
    """
    try:
        yield
    except (DBAPIError, *refusals) as error:
        said = str(getattr(error, "orig", None) or error)
        why = "\n".join(line for line in said.strip().splitlines() if not line.startswith("HINT:"))
        cause = getattr(error, "orig", None)
        state = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None) or ""
        msg = f"{relation}: could not {does}: {why}\n{changed} {WAYS_OUT.get(state, 'Mend the cause and build again.')}"
        raise BuildError(relation, msg) from error
    except RuntimeError as error:
        if "interrupted" in str(error).lower():  # DuckDB's answer to Ctrl-C
            raise KeyboardInterrupt from error
        raise
