"""From a URL to an engine. No error repeats the password."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr
from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from sessionmodels.connection import signals
from sessionmodels.connection.database_file import exists, file_of, no_empty_file, private
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
    """Yield the engine of the setting `url`, else of a DuckDB file in the working directory. It is disposed of afterwards.

    Args:
        settings: with `url`, and with `tracks` if files are read. None reads the environment and the settings files.

    Raises:
        SettingsError: the URL cannot be read, names no supported warehouse, or its driver is missing.
        SourceError: the DuckDB file does not exist, and there is nothing else to read from.
    """
    settings = settings or Settings()
    url = url_of(settings)
    warehouse = warehouse_of(url.get_backend_name())
    file = file_of(url, warehouse)
    if file:
        refuse_data_file(str(file))
        if settings.all_files:
            refuse_no_files(settings)
        else:
            _refuse_missing(file)
    with private(file), no_empty_file(file, url, warehouse), disposed(_engine(url, warehouse)) as engine:
        yield engine


@contextmanager
def engine_to_read(settings: Settings) -> Iterator[Engine]:
    """Yield an engine that only reads results. A file is opened read-only, so that others can read it at the same time.

    Raises:
        SettingsError: as `engine_for`.
        SourceError: the DuckDB file does not exist.
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
    """Yield an engine that only inspects: the database, or one in memory if event files are read and no database exists yet.

    Raises:
        SettingsError: as `engine_for`.
        SourceError: as `engine_for`.
    """
    url = url_of(settings)
    warehouse = warehouse_of(url.get_backend_name())
    file = file_of(url, warehouse)
    if file and settings.all_files:
        refuse_data_file(str(file))
        refuse_no_files(settings)
        if not exists(file):
            with disposed(_engine(URL.create(url.drivername, query=url.query), warehouse)) as engine:
                yield engine
            return
    with engine_to_read(settings) as engine:
        yield engine


@contextmanager
def disposed(engine: Engine) -> Iterator[Engine]:
    """Yield the engine with its URL's secrets masked in all messages, and close its connections afterwards."""
    try:
        with hidden(engine.url):
            yield engine
    finally:
        engine.dispose()


class _QuietURL(URL):
    """A URL whose repr hides secrets in its query, too; SQLAlchemy's own hides only the password."""

    def __repr__(self) -> str:
        """Return the URL without secrets."""
        return where(self)


def _engine(url: URL, warehouse: Warehouse, **connect_args: Any) -> Engine:
    try:
        options = warehouse.driver.engine_options.get(url.get_dialect().driver, {})
        engine = create_engine(url, connect_args=connect_args, **options)
    except (ImportError, NoSuchModuleError) as error:
        signals.raise_received()
        failed: SessionmodelsError = missing_driver(warehouse, url, error)
    except Exception as error:  # noqa: BLE001 - BigQuery's dialect already looks for credentials here
        signals.raise_received()
        failed = unreachable(url, error)
    else:
        refuse_async(engine, warehouse)
        event.listen(engine, "connect", lambda connection, _record: _run(connection, warehouse.driver.on_connect))
        return engine
    # Raised here, the error has no context: SQLAlchemy's frames hold the password.
    raise failed


def _run(connection: Any, statements: tuple[str, ...]) -> None:
    for statement in statements:
        connection.cursor().execute(statement)


def is_in_memory(settings: Settings) -> bool:
    """Whether the URL names a DuckDB database in memory, so that results are lost when the process ends."""
    name = url_of(settings).database or ""
    return warehouse_of(url_of(settings).get_backend_name()).is_a_file and (not name or name.startswith(":memory:"))


def url_of(settings: Settings) -> URL:
    """Return the setting `url` as a SQLAlchemy URL, else the URL of a DuckDB file in the working directory.

    Raises:
        SettingsError: the URL cannot be parsed. The message repeats no part of it.
    """
    if settings.url is None:
        return URL.create("duckdb", database=DEFAULT_FILE)
    given = settings.url if isinstance(settings.url, SecretStr) else SecretStr(settings.url)
    url = _parsed(given)
    if url is None:
        example = "postgresql://me@host:5432/database or duckdb:///events.duckdb"
        msg = f"url is not a SQLAlchemy URL; write one like {example}; {ENCODE}"
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
    """Refuse a file of events as a database: DuckDB would open it as a view in memory, and the results would be lost.

    Raises:
        SettingsError: the file has an extension of such files.
    """
    if Path(name).suffix.lower() in FORMATS:
        msg = f"{name!r} is a file of events, not a database; read it with --tracks {name!r}"
        raise SettingsError(msg)


def _refuse_missing(file: Path) -> None:
    # DuckDB would create an empty file and leave it behind.
    if not exists(file):
        msg = (
            f"there is no DuckDB file {str(file)!r}; give --url of the database that has your events, "
            "or --tracks 'events/*.parquet' for files, or run `sessionmodels demo` to see it work"
        )
        raise SourceError(msg)
