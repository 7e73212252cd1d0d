"""What an incremental build costs beside one in full, by the number of events, the share that is new, and how late that is.

    python benchmarks/incremental.py 1000000 10000000

The last column is the ratio that counts: incremental by full, of one run on one machine. Each line is the median of three
batches.
"""

import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from sqlalchemy import Connection, Engine, create_engine

from sessionmodels import BuildResult, build_all

# Visits of about ten events, one every two minutes; every fifth visit is logged in; one event in a hundred is doubled.
EVENTS = """\
SELECT *, {loaded} AS uuid_ts FROM (SELECT md5('{name}' || i::VARCHAR) AS id,
       md5((dice % {visitors})::VARCHAR) AS anonymous_id,
       CASE WHEN dice % 5 = 0 THEN 'user-' || (dice % {visitors}) END AS user_id,
       list_extract(['viewed_product', 'searched', 'signup', 'ordered'], 1 + (hash(i) % 4)::INTEGER) AS event,
       {begins} + to_microseconds((((dice // 7) % {span})::BIGINT + 120 * (i % 10)) * 1000000) AS timestamp
FROM (SELECT i, hash('{name}' || (i // 10)::VARCHAR) AS dice FROM range({events}) AS t (i)))"""
DOUBLED = "SELECT * FROM ({events}) UNION ALL SELECT * FROM ({events}) WHERE hash(id) % 100 = 0"

END = "TIMESTAMPTZ '2026-04-01 00:00:00+00'"
DAYS = 90
LATENESS = {"on time": 1, "up to a day late": 24, "up to 30 days late": 30 * 24}
"""Within how many hours before it is loaded a batch happened."""

BATCHES = 3


def history(connection: Connection, count: int) -> None:
    """Make a raw table of so many events, each loaded ten minutes after it happened."""
    begins, loaded = f"{END} - INTERVAL {DAYS} DAY", "timestamp + INTERVAL 10 MINUTE"
    made = EVENTS.format(name="h", events=count, visitors=count // 50, begins=begins, span=(DAYS - 1) * 86_400, loaded=loaded)
    connection.exec_driver_sql(f"CREATE TABLE tracks AS {DOUBLED.format(events=made)}")


def arrive(engine: Engine, count: int, visitors: int, hours: int, number: int) -> None:
    """Let so many events arrive at once, of people who were there before, which happened within so many hours before."""
    loaded = f"{END} + INTERVAL {number} HOUR"
    begins = f"{loaded} - INTERVAL {hours} HOUR"
    made = EVENTS.format(name=f"b{number}", events=count, visitors=visitors, begins=begins, span=hours * 3600, loaded=loaded)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"INSERT INTO tracks {DOUBLED.format(events=made)}")


def timed(engine: Engine, *, full_refresh: bool = False) -> tuple[float, BuildResult]:
    """Build once, and return how long it took and what it did."""
    started = perf_counter()
    result = build_all(engine, incremental=True, full_refresh=full_refresh)
    return perf_counter() - started, result


def measure(count: int) -> None:
    """Measure on a fresh DuckDB file: in full, with nothing new, and by batches of every share and lateness."""
    with TemporaryDirectory() as folder:
        engine = create_engine(f"duckdb:///{Path(folder) / 'bench.duckdb'}")
        with engine.begin() as connection:
            history(connection, count)
        timed(engine)
        full, _ = timed(engine, full_refresh=True)
        show(count, "in full", "", full, full)
        nothing, _ = timed(engine)
        show(count, "nothing", "", nothing, full)
        number = 0
        for late, hours in LATENESS.items():
            for share in (0.001, 0.01, 0.1):
                took = []
                for _ in range(BATCHES):
                    number += 7  # beyond the overlap of the batch before
                    arrive(engine, int(count * share), count // 50, hours, number)
                    seconds, result = timed(engine)
                    assert result.mode == "incremental", result.reason
                    took.append(seconds)
                show(count, f"{share:.1%}", late, median(took), full)
        engine.dispose()


def show(count: int, share: str, late: str, seconds: float, full: float) -> None:
    """Print one line of the table."""
    print(f"| {count:,} | {share} | {late} | {seconds:.2f} s | {seconds / full:.3f} |", flush=True)


if __name__ == "__main__":
    print("| events | new | | took | of a full build |\n|---|---|---|---|---|")
    for events_wanted in map(int, sys.argv[1:] or ["1000000"]):
        measure(events_wanted)
