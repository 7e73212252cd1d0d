"""From a URL to an engine, with no word of its password in any error."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr
from sqlalchemy import URL, Engine, create_engine, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from sessionmodels import signals
from sessionmodels.connection.database_file import file_of, is_there, no_empty_file, private
from sessionmodels.connection.transaction import unreachable
from sessionmodels.errors import SessionmodelsError, SettingsError, SourceError
from sessionmodels.errors.redaction import ENCODE, Quiet, hidden, misread, where
from sessionmodels.settings import Settings
from sessionmodels.source.files import refuse_no_files
from sessionmodels.source.readers import FORMATS
from sessionmodels.warehouses import WAREHOUSES, warehouse_of
from sessionmodels.warehouses.drivers import missing_driver, refuse_async
from sessionmodels.warehouses.warehouse import Warehouse

DEFAULT_FILE: Final = "sessionmodels.duckdb"


@contextmanager
def engine_for(settings: Settings | None = None) -> Iterator[Engine]:
    """Yield the engine of the setting `url`, else of a DuckDB file in the working directory; its connections end with it.

    Args:
        settings: with `url`, and `tracks` where files are read; from the environment and the settings file where None.

    Raises:
        SettingsError: the URL cannot be read, names no warehouse of ours, or its driver is missing.
        SourceError: there is no such DuckDB file, and nothing else to read from.
    """
    settings = settings or Settings()
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
    with disposed(_engine(url, warehouse, **(warehouse.driver.opens_to_read if file else {}))) as engine:
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
    """Yield the engine, its URL's secrets masked in whatever is said meanwhile, and close its connections afterwards."""
    try:
        with hidden(engine.url):
            yield engine
    finally:
        engine.dispose()


class _QuietURL(URL):
    """A URL that no repr shows with the secrets of its query, of which SQLAlchemy's own knows nothing."""

    def __repr__(self) -> str:
        """Return what may be said of it."""
        return where(self)


def _engine(url: URL, warehouse: Warehouse, **told: Any) -> Engine:
    try:
        options = warehouse.driver.engine_options.get(url.get_dialect().driver, {})
        engine = create_engine(url, connect_args=told, **options)
    except (ImportError, NoSuchModuleError) as error:
        signals.raise_received()
        failed: SessionmodelsError = missing_driver(warehouse, url, error)
    except Exception as error:  # noqa: BLE001 - BigQuery's looks for a login here already
        signals.raise_received()
        failed = unreachable(url, error)
    else:
        refuse_async(engine, warehouse)
        return engine
    # Out here the error has no context: SQLAlchemy's frames hold the password.
    raise failed


def is_in_memory(settings: Settings) -> bool:
    """Whether what is built ends with the process: the URL names a DuckDB database in memory."""
    name = url_of(settings).database or ""
    return warehouse_of(url_of(settings).get_backend_name()).is_a_file and (not name or name.startswith(":memory:"))


def url_of(settings: Settings) -> URL:
    """Return the setting `url` as SQLAlchemy reads it, else that of a DuckDB file in the working directory.

    Raises:
        SettingsError: it cannot be read. No part of it is repeated.
    """
    if settings.url is None:
        return URL.create("duckdb", database=DEFAULT_FILE)
    given = settings.url if isinstance(settings.url, SecretStr) else SecretStr(settings.url)
    url = _parsed(given)
    if url is None:
        example = "postgresql://me@host:5432/database or duckdb:///events.duckdb"
        msg = f"url is not a SQLAlchemy URL; write one such as {example}; {ENCODE}"
        raise SettingsError(msg)
    known = WAREHOUSES.get(url.get_backend_name())
    is_a_file = known is not None and known.is_a_file
    if misread(url, is_a_file=is_a_file) or misread(Quiet(given.get_secret_value()), is_a_file=is_a_file):
        msg = f"url did not parse cleanly; {ENCODE}"
        raise SettingsError(msg)
    return url


def _parsed(url: SecretStr) -> URL | None:
    try:
        return _QuietURL(*make_url(url.get_secret_value()))
    except (ArgumentError, ValueError):
        return None


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
