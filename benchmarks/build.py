"""How long a build takes, by the number of events, and when one visitor has them all.

    python benchmarks/build.py 100000 1000000 10000000
    python benchmarks/build.py 10000000 100000000 --spread-only

Ratios count, not seconds: the events are ten times as many, the build should take about ten times as long.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine, create_engine

from sessionmodels import Settings, build_all

# Visits of about ten events, one every two minutes; every fifth visit is logged in; one event in a hundred is doubled.
EVENTS = """\
CREATE TABLE tracks AS
WITH numbered AS (
    SELECT i, i // 10 AS visit, hash(i // 10) AS dice FROM range({events}) AS t (i)
), drawn AS (
    SELECT md5(i::VARCHAR) AS id,
           CASE WHEN {one} THEN 'device' ELSE md5((dice % {visitors})::VARCHAR) END AS anonymous_id,
           CASE WHEN dice % 5 = 0 AND NOT {one} THEN 'user-' || (dice % {visitors}) END AS user_id,
           list_extract(['viewed_product', 'searched', 'signup', 'ordered'], 1 + (hash(i) % 4)::INTEGER) AS event,
           TIMESTAMPTZ '2026-01-01 00:00:00+00' + to_seconds(((dice // 7) % 7776000)::BIGINT + 120 * (i % 10)) AS timestamp,
           TIMESTAMPTZ '2026-04-01 00:00:00+00' AS uuid_ts
    FROM numbered
)
SELECT * FROM drawn UNION ALL SELECT * FROM drawn WHERE hash(id) % 100 = 0"""


def events(engine: Engine, count: int, *, one_visitor: bool) -> None:
    """Make a raw table of so many events."""
    with engine.begin() as connection:
        connection.exec_driver_sql(EVENTS.format(events=count, visitors=max(1, count // 50), one=str(one_visitor).upper()))


def measure(count: int, *, one_visitor: bool) -> None:
    """Build once on a fresh DuckDB file, and print what took how long."""
    with TemporaryDirectory() as folder:
        engine = create_engine(f"duckdb:///{Path(folder) / 'bench.duckdb'}")
        events(engine, count, one_visitor=one_visitor)
        result = build_all(engine, Settings())
        engine.dispose()
    slowest = max(result.relations, key=lambda one: one.seconds)
    who = "one visitor" if one_visitor else "many visitors"
    print(
        f"{count:>12,} events, {who:13}  {result['session_tracks'].rows:>10,} sessions  {result.seconds:8.2f} s"
        f"  {1e6 * result.seconds / count:6.2f} s a million  slowest: {slowest.name} {slowest.seconds:.2f} s",
        flush=True,
    )


if __name__ == "__main__":
    words = sys.argv[1:]
    for events_wanted in [int(word) for word in words if word.isdigit()] or [100_000, 1_000_000]:
        measure(events_wanted, one_visitor=False)
        if "--spread-only" not in words:
            measure(events_wanted, one_visitor=True)
