"""From a URL to an engine, with no word of its password in any error."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import URL, Engine, create_engine, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from sessionmodels import signals
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
    if warehouse.is_a_file and url.database:
        refuse_data_file(url.database)
        if settings.tracks:
            refuse_no_files(settings)
        else:
            _refuse_empty(url)
    with _no_empty_file(url, warehouse), disposed(_engine(url, warehouse)) as engine:
        yield engine


@contextmanager
def _no_empty_file(url: URL, warehouse: Warehouse) -> Iterator[None]:
    """Take away again the file that was made of a name, where nothing came into it: after an error, or a dry run."""
    file = Path(url.database or "")
    made = warehouse.is_a_file and not file.exists()
    try:
        yield
    finally:
        if made and file.is_file() and _is_empty(url, warehouse):
            file.unlink()


def _is_empty(url: URL, warehouse: Warehouse) -> bool:
    # Another program may have the file by now, and have filled it.
    try:
        with disposed(create_engine(url)) as engine, engine.connect() as connection:
            return warehouse.is_empty_file is not None and warehouse.is_empty_file(connection)
    except SQLAlchemyError:
        return False


@contextmanager
def disposed(engine: Engine) -> Iterator[Engine]:
    """Yield the engine, and close its connections afterwards."""
    try:
        yield engine
    finally:
        engine.dispose()


def _engine(url: URL, warehouse: Warehouse) -> Engine:
    try:
        engine = create_engine(url)
    except (ImportError, NoSuchModuleError) as error:
        signals.raise_received()
        raise missing_driver(warehouse, url, error) from None
    except Exception as error:  # noqa: BLE001 - BigQuery's looks for a login here already
        signals.raise_received()
        raise unreachable(url, error) from None
    refuse_async(engine, warehouse)
    return engine


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


def _refuse_empty(url: URL) -> None:
    # DuckDB would make an empty file of any name, and leave it behind.
    name = url.database
    if name and not name.startswith((":memory:", "md:", "motherduck:")) and not Path(name).exists():
        msg = (
            f"there is no DuckDB file {name!r}; give --url of the database that has your events, "
            "or --tracks 'events/*.parquet' for files, or run `sessionmodels demo` to see it work"
        )
        raise SourceError(msg)
