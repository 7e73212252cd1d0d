"""From a URL to an engine, with no word of its password in any error."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Engine, create_engine, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from sessionmodels import signals
from sessionmodels.database_file import file_of, is_there, no_empty_file, private
from sessionmodels.errors import SettingsError, SourceError
from sessionmodels.settings import Settings
from sessionmodels.source.files import refuse_no_files
from sessionmodels.source.readers import FORMATS
from sessionmodels.transaction import unreachable
from sessionmodels.warehouses import warehouse_of
from sessionmodels.warehouses.drivers import missing_driver, refuse_async
from sessionmodels.warehouses.warehouse import Warehouse

DEFAULT_FILE: Final = "sessionmodels.duckdb"


@contextmanager
def engine_for(settings: Settings) -> Iterator[Engine]:
    """Yield the engine of the setting `url`, else of a DuckDB file in the working directory; its connections end with it.

    Raises:
        SettingsError: the URL cannot be read, names no warehouse of ours, or its driver is missing.
        SourceError: there is no such DuckDB file, and nothing else to read from.
    """
    url = url_of(settings)
    warehouse = warehouse_of(url.get_backend_name())
    file = file_of(url, warehouse)
    if file:
        refuse_data_file(str(file))
        if settings.tracks:
            refuse_no_files(settings)
        else:
            _refuse_missing(file)
    with private(file), no_empty_file(file, url, warehouse), disposed(_engine(url, warehouse)) as engine:
        yield engine


@contextmanager
def engine_to_read(settings: Settings) -> Iterator[Engine]:
    """Yield an engine for whoever only reads results: a file is opened for reading alone, also while others read it.

    Raises:
        SettingsError: as `engine_for`.
        SourceError: there is no such DuckDB file.
    """
    url = url_of(settings)
    warehouse = warehouse_of(url.get_backend_name())
    file = file_of(url, warehouse)
    if file:
        refuse_data_file(str(file))
        _refuse_missing(file)
    with disposed(_engine(url, warehouse, **(warehouse.opens_to_read if file else {}))) as engine:
        yield engine


@contextmanager
def engine_to_plan(settings: Settings) -> Iterator[Engine]:
    """Yield an engine for whoever only looks at what stands there, and at files; where there is no database yet, in memory.

    Raises:
        SettingsError: as `engine_for`.
        SourceError: as `engine_for`.
    """
    url = url_of(settings)
    warehouse = warehouse_of(url.get_backend_name())
    file = file_of(url, warehouse)
    if file and settings.tracks:
        refuse_data_file(str(file))
        refuse_no_files(settings)
        if not is_there(file):
            with disposed(_engine(URL.create(url.drivername, query=url.query), warehouse)) as engine:
                yield engine
            return
    with engine_to_read(settings) as engine:
        yield engine


@contextmanager
def disposed(engine: Engine) -> Iterator[Engine]:
    """Yield the engine, and close its connections afterwards."""
    try:
        yield engine
    finally:
        engine.dispose()


def _engine(url: URL, warehouse: Warehouse, **told: Any) -> Engine:
    try:
        engine = create_engine(url, connect_args=told)
    except (ImportError, NoSuchModuleError) as error:
        signals.raise_received()
        raise missing_driver(warehouse, url, error) from None
    except Exception as error:  # noqa: BLE001 - BigQuery's looks for a login here already
        signals.raise_received()
        raise unreachable(url, error) from None
    refuse_async(engine, warehouse)
    return engine


def is_in_memory(settings: Settings) -> bool:
    """Whether what is built ends with the process: the URL names a DuckDB database in memory."""
    name = url_of(settings).database or ""
    return warehouse_of(url_of(settings).get_backend_name()).is_a_file and (not name or name.startswith(":memory:"))


def url_of(settings: Settings) -> URL:
    """Return the setting `url` as SQLAlchemy reads it, else that of a DuckDB file in the working directory."""
    if settings.url is None:
        return URL.create("duckdb", database=DEFAULT_FILE)
    # The text is not repeated in any error: a password may stand in it.
    try:
        url = make_url(settings.url.get_secret_value())
    except (ArgumentError, ValueError):
        msg = (
            "url is no SQLAlchemy URL; write one such as postgresql://user:password@host:5432/database or duckdb:///events.duckdb"
        )
        raise SettingsError(msg) from None
    if "@" in (url.host or ""):
        msg = "url has more than one '@'; write an '@' inside a password as %40"
        raise SettingsError(msg)
    return url


def refuse_data_file(name: str) -> None:
    """Refuse a file of events as a database: DuckDB would open it as a view in memory, and forget what is built there.

    Raises:
        SettingsError: its ending is that of such a file.
    """
    if Path(name).suffix.lower() in FORMATS:
        msg = f"{name!r} is a file of events, no database; read it with --tracks {name!r}"
        raise SettingsError(msg)


def _refuse_missing(file: Path) -> None:
    # DuckDB would make an empty file of any name, and leave it behind.
    if not is_there(file):
        msg = (
            f"there is no DuckDB file {str(file)!r}; give --url of the database that has your events, "
            "or --tracks 'events/*.parquet' for files, or run `sessionmodels demo` to see it work"
        )
        raise SourceError(msg)
