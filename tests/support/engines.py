"""Where tests run: an empty database, dataset or schema of each warehouse, and copies of one that took long to fill.

A test chooses its engines by what they can do, never by their place in a list. A case runs where the engine can decide how it
ends:

- transactions, locks, the catalogue, types, layouts, grants, text order, time zones: on every engine that has its own;
- that rows are right: on every engine the conformance stream, in full and in batches, and a case of each identity, session rule
  and kind; on DuckDB and PostgreSQL the laws, on PostgreSQL with fewer examples; further examples on DuckDB;
- what our Python decides, such as a message, a setting, a count or the reason of a full build: on DuckDB;
- what is ours of how tables are put in place where each statement commits: on one of the two emulators.
"""

import shutil
import typing
import uuid
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb_sqlalchemy
import psycopg
import pytest
import sqlalchemy as sa
from emulators import bigquery_engine, redshift_engine, snowflake_engine
from sqlalchemy import event

from sessionmodels.warehouses import WAREHOUSES
from sessionmodels.warehouses.warehouse import Warehouse

READ_WORDS = "_top_level_sql_words"
# The driver looks for the verb in each statement that makes a table, letter by letter: once for all tests that build the same.
setattr(duckdb_sqlalchemy, READ_WORDS, lru_cache(maxsize=500)(getattr(duckdb_sqlalchemy, READ_WORDS)))

ENGINES = ("duckdb", "postgresql")
"""Those that run here themselves."""

EMULATED = ("bigquery", "snowflake")
"""Those whose emulators live in environments of their own, where a build takes seconds."""

QUICK = "duckdb"
"""The one that needs no server."""


def those(can: Callable[[Warehouse], bool]) -> tuple[str, ...]:
    """Return the warehouses that can do that."""
    return tuple(name for name, warehouse in WAREHOUSES.items() if can(warehouse))


ROLLING_BACK = those(lambda warehouse: warehouse.transactions.rolls_back)
COMMITTING = those(lambda warehouse: not warehouse.transactions.rolls_back)
ALL = (*ROLLING_BACK, *COMMITTING)


def on(name: str, *others: Any, id: str | None = None) -> Any:  # noqa: A002 - as pytest calls it
    """Return a case on this engine. What runs elsewhere than on DuckDB is slow: a quick look is at DuckDB alone."""
    return pytest.param(name, *others, marks=() if name == QUICK else pytest.mark.slow, id=id)


def params(*names: str) -> list[Any]:
    """Return these as parameters of a test or a fixture."""
    return [on(name) for name in names]


def only_on(*names: str) -> pytest.MarkDecorator:
    """Run a test, whose fixtures ask for the fixture `engine`, on these of its engines."""
    return pytest.mark.parametrize("engine", params(*names), indirect=True)


def make_engine(name: str, request: pytest.FixtureRequest, folder: Path) -> sa.Engine:
    """Return an engine of an empty database, dataset or schema."""
    if name == "duckdb":
        return duckdb_engine(folder)
    if name == "bigquery":
        return bigquery_engine(request.getfixturevalue("bigquery"))
    if name == "snowflake":
        return snowflake_engine(request.getfixturevalue("snowflake"))
    address = request.getfixturevalue("postgres")
    if name == "redshift":
        return redshift_engine(address, new_database(address, collation="C"))  # Redshift sorts text by its bytes
    return sa.create_engine(f"postgresql://postgres@{address}/{new_database(address)}")


LIGHT = "SET threads = 1; PRAGMA disable_checkpoint_on_shutdown; SET checkpoint_threshold = '1GB'"
"""A second thread has nothing to do with so few rows, but takes a sixth of a build's time, and what is in a file's log need not
be put into the file: whoever opens it next reads both."""


def duckdb_engine(folder: Path) -> sa.Engine:
    """Return an engine of a file."""
    engine = sa.create_engine(f"duckdb:///{folder / 'events.duckdb'}")

    @event.listens_for(engine, "connect")
    def lightly(connection: Any, _record: Any) -> None:
        connection.cursor().execute(LIGHT)

    return engine


def put_into_its_file(engine: sa.Engine) -> None:
    """Put into a DuckDB file what is still in its log, so that the file can be copied."""
    if Path(f"{engine.url.database}.wal").exists():
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("CHECKPOINT")
    engine.dispose()


def copy_engine(template: sa.Engine, folder: Path) -> sa.Engine:
    """Return an engine of a copy of a whole database; on DuckDB, PostgreSQL, and Redshift's dialect on PostgreSQL."""
    # A file, or a template, that somebody else uses is not copied.
    if template.dialect.name == "duckdb":
        put_into_its_file(template)
        shutil.copy(str(template.url.database), folder / "events.duckdb")
        return duckdb_engine(folder)
    template.dispose()
    address = f"{template.url.host}:{template.url.port}"
    database = new_database(address, template=str(template.url.database))
    if template.dialect.name == "redshift":
        return redshift_engine(address, database, bare=False)
    return sa.create_engine(f"postgresql://postgres@{address}/{database}")


def server_connection(address: str) -> psycopg.Connection:
    """Connect to the server, to make and drop databases."""
    host, port = address.split(":")
    return psycopg.connect(host=host, port=port, user="postgres", dbname="postgres", autocommit=True)


def new_database(address: str, template: str = "template0", collation: str | None = None) -> str:
    """Make a database on the PostgreSQL server and return its name. It sorts text as its template does, or by this collation."""
    name = f"t{uuid.uuid4().hex}"
    sorting = f" LC_COLLATE '{collation}'" if collation else ""
    with server_connection(address) as connection:
        words = f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY{sorting}"  # in half the time that its log takes
        connection.execute(typing.cast("typing.LiteralString", words))
    return name


def discard(engine: sa.Engine) -> None:
    """Let go of a database that nobody asks any more; one of a server is dropped, because they lie in memory."""
    engine.dispose()
    if engine.url.host and engine.dialect.name in {"postgresql", "redshift"}:
        with server_connection(f"{engine.url.host}:{engine.url.port}") as connection:
            connection.execute(typing.cast("typing.LiteralString", f"DROP DATABASE {engine.url.database} WITH (FORCE)"))


def empty(*names: str) -> Any:
    """Return a fixture that gives an empty database, dataset or schema on each of these in turn."""

    @pytest.fixture(params=params(*names))
    def made(request, tmp_path) -> Iterator[sa.Engine]:
        engine = make_engine(request.param, request, tmp_path)
        yield engine
        discard(engine)

    return made
