"""What the statement that fills `session_events` takes on DuckDB at the least: by hand, without what a build does beside it.

    python benchmarks/least.py 5000000

The select by hand cleans nothing, keeps every row, and orders events by time and id alone. It is timed without windows, with the
first window alone, and with both, each with and without the four columns that the windows only carry along. Beside it, a whole
build with duplicates kept, its four tables, and the copies of the eight relations.
"""

import sys
from collections.abc import Mapping
from typing import Final

from build import events
from copies import Took, copy, database, timed
from sqlalchemy import Connection, Engine

from sessionmodels import BuildResult, Settings, build_all

VISITS: Final = """\
WITH visits AS (
    SELECT t.*, coalesce(m.dbt_visitor_id, t.user_id, t.anonymous_id) AS visitor
    FROM tracks AS t LEFT JOIN dbt_aliases_mapping AS m ON m.alias = coalesce(t.user_id, t.anonymous_id)
)"""
FIRST: Final = """,
ordered AS (
    SELECT *, row_number() OVER by_time AS number, lag(timestamp) OVER by_time AS previous
    FROM visits WINDOW by_time AS (PARTITION BY visitor ORDER BY timestamp, id)
),
marked AS (
    SELECT *, CASE WHEN previous IS NULL OR epoch_us(timestamp) - epoch_us(previous) > 1800000000 THEN 1 ELSE 0 END AS starts
    FROM ordered
)"""
SECOND: Final = """,
numbered AS (
    SELECT *, CAST(sum(starts) OVER so_far AS BIGINT) AS session,
           max(CASE WHEN starts = 1 THEN number END) OVER so_far AS started,
           lead(event, 1) OVER so_far AS e1, lead(event, 2) OVER so_far AS e2,
           lead(event, 3) OVER so_far AS e3, lead(event, 4) OVER so_far AS e4,
           lead(starts, 1) OVER so_far AS s1, lead(starts, 2) OVER so_far AS s2,
           lead(starts, 3) OVER so_far AS s3, lead(starts, 4) OVER so_far AS s4
    FROM marked
    WINDOW so_far AS (PARTITION BY visitor ORDER BY number ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
)"""
WRITTEN: Final = """
SELECT id AS event_id, {carried} visitor AS dbt_visitor_id, timestamp, event, {idle} AS idle_time_minutes,
       {session} || ' - ' || visitor AS session_id, {session} AS session_sequence_number, {place} AS track_sequence_number,
       {followed}
FROM {steps}"""
CARRIED: Final = "'tracks' AS source, anonymous_id, user_id, uuid_ts AS loaded_at,"
IDLE: Final = "CAST(epoch_us(timestamp) - epoch_us(previous) AS DOUBLE) / 60000000"
SAME: Final = ", ".join(f"event AS event_{place}" for place in range(2, 6))
FOLLOWED: Final = ", ".join(
    f"CASE WHEN {' AND '.join(f's{n} = 0' for n in range(1, place))} THEN e{place - 1} END AS event_{place}"
    for place in range(2, 6)
)
WAYS: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "no window": (VISITS, {"idle": "1.5", "session": "1", "place": "1", "followed": SAME, "steps": "visits"}),
    "one window": (VISITS + FIRST, {"idle": IDLE, "session": "number", "place": "number", "followed": SAME, "steps": "marked"}),
    "both windows": (
        VISITS + FIRST + SECOND,
        {"idle": IDLE, "session": "session", "place": "number - started + 1", "followed": FOLLOWED, "steps": "numbered"},
    ),
}


def shown(took: Took) -> str:
    """Return the seconds by the clock and, in brackets, of the processor."""
    return f"{took.seconds:.1f} s ({took.processor:.1f})"


def assert_same_sessions(connection: Connection) -> None:
    """Assert that both windows by hand put each event into the same session as the build does."""
    steps, words = WAYS["both windows"]
    sides = f"({steps}{WRITTEN.format(carried='', **words)})", "dbt_session_events"
    for one, other in (sides, reversed(sides)):
        ids = "SELECT event_id, session_id FROM"
        assert connection.exec_driver_sql(f"SELECT count(*) FROM ({ids} {one} EXCEPT {ids} {other})").scalar_one() == 0


def by_hand(connection: Connection, query: str) -> Took:
    """Return how long it takes to write what a query gives, and to commit it."""

    def run() -> None:
        connection.exec_driver_sql(f"CREATE TABLE by_hand AS {query}")
        connection.commit()

    took = timed(run)
    connection.exec_driver_sql("DROP TABLE by_hand")
    connection.commit()
    return took


def build_each(engine: Engine) -> None:
    """Build with duplicates kept, and print how long the whole and each table takes."""
    results: list[BuildResult] = []
    took = timed(lambda: results.append(build_all(engine, Settings(deduplicate=False))))
    print(f"a full build, duplicates kept: {shown(took)}", flush=True)
    for one in results[0].relations:
        if one.kind == "table":
            print(f"  {one.table}: {one.seconds:.1f} s")


if __name__ == "__main__":
    for count in [int(word) for word in sys.argv[1:]] or [1_000_000]:
        with database() as engine:
            events(engine, count, one_visitor=False)
            print(f"{count:,} events")
            build_each(engine)
            print(f"copies of the eight relations: {shown(copy(engine))}", flush=True)
            with engine.connect() as connection:
                assert_same_sessions(connection)
                for way, (steps, words) in WAYS.items():
                    for carried, called in (("", "without"), (CARRIED, "with")):
                        took = by_hand(connection, steps + WRITTEN.format(carried=carried, **words))
                        print(f"by hand, {way}, {called} source, ids and load time: {shown(took)}", flush=True)
                print(f"a plain copy of session_events: {shown(by_hand(connection, 'SELECT * FROM dbt_session_events'))}")
