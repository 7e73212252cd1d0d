"""One transaction, and errors that say what was being done, why it failed, and that nothing was changed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from sessionmodels.errors import BuildError, ConnectError
from sessionmodels.redaction import where, without_secrets

WAYS_OUT: Final = {
    "2BP01": "Drop what depends on it and make it again after the build, or build into another target_schema.",
    "42501": "Grant what is missing (the README lists the least privileges), or build into another target_schema.",
}
"""By SQLSTATE, where the database tells one; its own hint may be to drop other people's views."""


@contextmanager
def connected(engine: Engine, isolation_level: str = "READ COMMITTED") -> Iterator[Connection]:
    """Yield a connection whose transactions are of that level, whatever the engine's own is.

    Raises:
        ConnectError: the warehouse cannot be reached; the error has no word of its password.
    """
    try:
        connection = engine.connect()
    except (SQLAlchemyError, OSError, ValueError) as error:  # a host that is no host's name is a ValueError
        why = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        place = f"cannot connect to {where(engine.url)}: {without_secrets(why, engine.url)}"
        msg = f"{place}; check the URL, that it answers, and that no other program holds the file"
        raise ConnectError(msg) from None
    with connection:
        connection.execution_options(isolation_level=isolation_level)
        yield connection


@contextmanager
def named(relation: str, does: str) -> Iterator[None]:
    """Turn the database's errors inside the block into one that names the relation and what was being done."""
    try:
        yield
    except DBAPIError as error:
        why = "\n".join(line for line in str(error.orig).strip().splitlines() if not line.startswith("HINT:"))
        way_out = WAYS_OUT.get(
            getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None) or "", "Mend the cause and build again."
        )
        msg = f"{relation}: could not {does}: {why}\nNothing was changed. {way_out}"
        raise BuildError(relation, msg) from error
    except RuntimeError as error:
        if "interrupted" in str(error).lower():  # DuckDB's answer to Ctrl-C
            raise KeyboardInterrupt from error
        raise
