"""Writes the shop's events into a DuckDB file and builds on it."""

import csv
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from sqlalchemy import Engine

from sessionmodels.build import Watcher, build_all
from sessionmodels.demo.shop import COLUMNS, events
from sessionmodels.result import BuildResult
from sessionmodels.settings import Settings

LOAD: Final = """\
CREATE OR REPLACE TABLE tracks AS
SELECT * FROM read_csv($1, header = true, columns = {
    'id': 'VARCHAR', 'anonymous_id': 'VARCHAR', 'user_id': 'VARCHAR', 'event': 'VARCHAR',
    'timestamp': 'TIMESTAMPTZ', 'uuid_ts': 'TIMESTAMPTZ'})"""


def demo_settings() -> Settings:
    """Return the defaults, whatever the environment and the working directory say: the demo shows the same everywhere."""
    exact = {"compatibility": "exact"}
    fields = Settings.model_fields.items()
    return Settings(**{name: field.get_default(call_default_factory=True, validated_data=exact) for name, field in fields})


def build_demo(engine: Engine, *, watch: Watcher | None = None) -> BuildResult:
    """Make the shop's events in a DuckDB database, and build every relation on them."""
    load(engine)
    return build_all(engine, demo_settings(), watch=watch)


def load(engine: Engine) -> None:
    """Write the shop's events into the table `tracks`."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "tracks.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            writer.writerows(events())
        with engine.begin() as connection:
            connection.exec_driver_sql(LOAD, (str(path),))
