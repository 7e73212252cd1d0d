"""From a URL to an engine, with no word of its password in any error."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import URL, Engine, create_engine, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from sessionmodels.errors import SettingsError, SourceError
from sessionmodels.settings import Settings
from sessionmodels.warehouses import Warehouse, warehouse_of

DEFAULT_FILE: Final = "sessionmodels.duckdb"


@contextmanager
def engine_for(settings: Settings) -> Iterator[Engine]:
    """Yield the engine of the setting `url`, else of a DuckDB file in the working directory; its connections end with it.

    Raises:
        SettingsError: the URL cannot be read, names no warehouse of ours, or its driver is missing.
        SourceError: there is no such DuckDB file, and nothing else to read from.
    """
    url = _url(settings)
    warehouse = warehouse_of(url.get_backend_name())
    if warehouse.dialect == "duckdb" and not settings.tracks:
        _refuse_empty(url)
    with disposed(_engine(url, warehouse)) as engine:
        yield engine


@contextmanager
def disposed(engine: Engine) -> Iterator[Engine]:
    """Yield the engine, and close its connections afterwards."""
    try:
        yield engine
    finally:
        engine.dispose()


def _engine(url: URL, warehouse: Warehouse) -> Engine:
    try:
        return create_engine(url)
    except (ImportError, NoSuchModuleError) as error:
        msg = f"the driver for {warehouse.title} is missing ({error}); run: pip install 'sessionmodels[{warehouse.extra}]'"
        raise SettingsError(msg) from None


def _url(settings: Settings) -> URL:
    if settings.url is None:
        return URL.create("duckdb", database=DEFAULT_FILE)
    try:
        return make_url(settings.url.get_secret_value())
    except ArgumentError:
        # The text is not repeated: a password may stand in it.
        msg = "url is no SQLAlchemy URL; write one such as postgresql://user:password@host/database or duckdb:///events.duckdb"
        raise SettingsError(msg) from None


def _refuse_empty(url: URL) -> None:
    # DuckDB would make an empty file of any name, and leave it behind.
    name = url.database
    if name and not name.startswith((":memory:", "md:", "motherduck:")) and not Path(name).exists():
        msg = (
            f"there is no DuckDB file {name!r}; give --url of the database that has your events, "
            "or --tracks 'events/*.parquet' for files, or run `sessionmodels demo` to see it work"
        )
        raise SourceError(msg)
