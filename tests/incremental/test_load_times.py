"""Load times that are late, in the future, out of range, or dates: what is found by them, and what is not."""

import pytest
from loads import FIRST, HOUR, LATER, SECOND, change
from oracle import MINUTE, Raw, Rules, sessionize
from tables import assert_same, read_all, write_tracks

from sessionmodels import Settings, build_all

pytestmark = pytest.mark.slow


def test_what_is_on_time_is_not_late(built_duckdb) -> None:
    """Nothing is late by any minutes where nothing is late."""
    write_tracks(built_duckdb, [*FIRST, Raw("on time", "d", None, "x", 101 * HOUR - 11 * MINUTE, 101 * HOUR)])
    came = build_all(built_duckdb, incremental=True).increment
    assert came
    assert (came.events_new, came.late_events, came.late_by_minutes) == (1, 0, None)


def test_a_load_time_in_the_future_hides_nothing(duckdb) -> None:
    """A wrong clock does not move the watermark beyond now: what is loaded after it is seen all the same."""
    future = Raw("f", "d9", None, "x", 0, 4_102_444_800_000_000)  # 2100
    arrived = [*FIRST, future]
    write_tracks(duckdb, arrived)
    mark = build_all(duckdb, incremental=True).watermark
    assert mark
    arrived.append(Raw("g", "d9", None, "y", MINUTE, int(mark.timestamp()) * 1_000_000))
    write_tracks(duckdb, arrived)
    assert build_all(duckdb, incremental=True).mode == "incremental"
    assert_same(read_all(duckdb), sessionize(arrived)[0])


def test_load_times_of_days(engine) -> None:
    """A load time that is a date cuts the overlap off to the day; no row comes twice by it, also where duplicates are kept."""
    arrived: list[Raw] = []
    settings = Settings(source_table="by_day", deduplicate=False)
    change(
        engine,
        "CREATE TABLE tracks (id TEXT, anonymous_id TEXT, user_id TEXT, event TEXT, timestamp TIMESTAMPTZ, uuid_ts TIMESTAMPTZ)",
    )
    columns = "id, anonymous_id, user_id, event, timestamp, CAST(uuid_ts AS DATE) AS uuid_ts"
    change(engine, f"CREATE VIEW by_day AS SELECT {columns} FROM tracks")
    for day in range(3):
        arrived += [Raw(f"{day}{n}", "d", None, "x", day * 24 * HOUR + n * MINUTE, day * 24 * HOUR) for n in range(2)]
        write_tracks(engine, arrived)
        build_all(engine, settings, incremental=True)
        assert_same(read_all(engine, settings), sessionize(arrived, Rules(deduplicate=False))[0])


def test_times_that_python_cannot_tell(built) -> None:
    """Load times and events beyond the year 9999, or before the year 1, stop no build and hide no row."""
    for time in ("'0001-01-01 00:00:00+00'", "'20000-01-01 00:00:00+00'"):
        change(built, f"INSERT INTO tracks VALUES ('far{time[1:4]}', 'far', NULL, 'x', {time}, {time})")
        assert build_all(built, incremental=True).mode in {"incremental", "nothing"}
    write_tracks(built, [*FIRST, *SECOND])
    build_all(built, incremental=True)
    assert_same(read_all(built), sessionize([*FIRST, *SECOND])[0])


def test_rows_that_went_within_the_overlap(built_duckdb) -> None:
    """Loaders that delete and insert: what is gone from the window that is read again is gone from the results."""
    write_tracks(built_duckdb, FIRST[2:])
    assert build_all(built_duckdb, incremental=True).mode == "incremental"
    assert_same(read_all(built_duckdb), sessionize(FIRST[2:])[0])


def test_a_longer_overlap_reads_further_back(duckdb) -> None:
    """A row that landed later than the overlap is missed, as the audit tells; a longer overlap finds it."""
    write_tracks(duckdb, LATER)
    build_all(duckdb, incremental=True)
    missed = Raw("missed", "d", None, "x", 0, 90 * HOUR)
    write_tracks(duckdb, [*LATER, missed])
    assert build_all(duckdb, incremental=True).mode == "nothing"
    assert build_all(duckdb, Settings(overlap_hours=12), incremental=True).mode == "incremental"
    assert_same(read_all(duckdb), sessionize([*LATER, missed])[0])
