"""Writes the shop's events into a DuckDB file and builds the relations."""

import csv
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from sqlalchemy import Connection, Engine

from sessionmodels.connection.transaction import connected
from sessionmodels.demo.settings import demo_settings
from sessionmodels.demo.shop import COLUMNS, events
from sessionmodels.errors import TargetError
from sessionmodels.execution.build import Watcher, build_all
from sessionmodels.execution.result import BuildResult
from sessionmodels.warehouses.duckdb import is_empty

LOAD: Final = """\
CREATE OR REPLACE TABLE tracks AS
SELECT * FROM read_csv($1, header = true, auto_detect = false, columns = $2)"""
"""Nothing is detected, since that takes longer than reading the file."""

MADE_UP: Final = "Made up by sessionmodels demo"
MARK: Final = f"COMMENT ON TABLE tracks IS '{MADE_UP}'"


def build_demo(engine: Engine, *, watch: Watcher | None = None) -> BuildResult:
    """Write the shop's events into a DuckDB database, and build every relation from them.

    Raises:
        TargetError: the database has tables that are not the demo's.
        ConnectError: the file cannot be opened.
    """
    with connected(engine) as connection, connection.begin():
        _refuse_others_tables(connection)
        load(connection)
    return build_all(engine, demo_settings(), watch=watch)


def load(connection: Connection) -> None:
    """Write the shop's events into the table `tracks`."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "tracks.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            writer.writerows(events())
        connection.exec_driver_sql(LOAD, (str(path), COLUMNS))
        connection.exec_driver_sql(MARK)


def _refuse_others_tables(connection: Connection) -> None:
    marked = "SELECT comment FROM duckdb_tables() WHERE table_name = 'tracks' AND schema_name = current_schema()"
    if not is_empty(connection) and connection.exec_driver_sql(marked).scalar() != MADE_UP:
        msg = f"{connection.engine.url.database!r} has tables that are not the demo's; give another --file"
        raise TargetError(msg)
