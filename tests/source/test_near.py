"""Columns that are nearly there, and times that are none: an error that names them, never a guess."""

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from oracle import Raw, sessionize
from tables import assert_same, read_all

from sessionmodels import Settings, SourceError, build_all
from sessionmodels.source.columns import assign_columns
from sessionmodels.source.database import as_table
from sessionmodels.warehouses import WAREHOUSES, warehouse_of
from sessionmodels.warehouses.render import dialect_of

COLUMNS = {
    "id": "TEXT",
    "anonymous_id": "TEXT",
    "user_id": "TEXT",
    "event": "TEXT",
    "timestamp": "TIMESTAMP",
    "uuid_ts": "TIMESTAMP",
}
ROW = "'1', 'd', 'u', 'x', '1970-01-01 00:00:00', '1970-01-01 00:00:00'"


def write(engine: sa.Engine, **renamed: str) -> None:
    """Make `tracks` with these columns called otherwise, and one row."""
    listed = ", ".join(f'"{renamed.get(name, name)}" {kind}' for name, kind in COLUMNS.items())
    with engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE TABLE tracks ({listed})")
        connection.exec_driver_sql(f"INSERT INTO tracks VALUES ({ROW})")


@pytest.mark.parametrize(
    ("part", "column"),
    [
        ("user_id", "userId"),
        ("user_id", "User ID"),
        ("anonymous_id", "AnonymousID"),
        ("anonymous_id", "anonymous-id"),
        ("id", "messageId"),
        ("id", "message_id"),
        ("uuid_ts", "receivedAt"),
        ("uuid_ts", "loadedat"),
        ("timestamp", "time_stamp"),
    ],
)
def test_a_column_that_is_nearly_there(duckdb, part, column) -> None:
    """Is named with the setting to set, before anything is touched."""
    write(duckdb, **{part: column})
    setting = f"{'loaded_at' if part == 'uuid_ts' else part}_column"
    with pytest.raises(SourceError, match=f"tracks has no column '{part}' but '{column}'; set {setting}='{column}'"):
        build_all(duckdb)
    assert sa.inspect(duckdb).get_table_names() == ["tracks"]


@pytest.mark.slow
def test_columns_that_settings_name(duckdb) -> None:
    """Are read, however they are spelled."""
    names = {"id": "messageId", "user_id": "User ID", "anonymous_id": "anonymous-id", "timestamp": "time_stamp"}
    write(duckdb, **names, uuid_ts="receivedAt")
    chosen: dict[str, Any] = {f"{part}_column": column for part, column in names.items()}
    build_all(duckdb, Settings(**chosen, loaded_at_column="receivedAt"))
    assert_same(read_all(duckdb), sessionize([Raw("1", "d", "u", "x", 0, 0)])[0])


def test_all_of_them_at_once(duckdb) -> None:
    """Not one after the other; and as flags, too."""
    write(duckdb, id="messageId", user_id="userId", anonymous_id="anonymousId")
    words = "no column 'id' but 'messageId', no column 'anonymous_id' but 'anonymousId', no column 'user_id' but 'userId'; set"
    with pytest.raises(SourceError, match=words) as caught:
        build_all(duckdb)
    assert "--id-column messageId --anonymous-id-column anonymousId --user-id-column userId" in str(caught.value)


def test_a_column_that_has_another_part_is_not_near(duckdb) -> None:
    """What is named for one part is not proposed for another."""
    write(duckdb, uuid_ts="loadTime", timestamp="receivedAt")
    assert build_all(duckdb, Settings(timestamp_column="receivedAt"))["track_facts"].rows == 1


CASTS = {
    "duckdb": 'CAST("on day" AS TIMESTAMP WITHOUT TIME ZONE)',
    "postgresql": 'CAST("on day" AS TIMESTAMP WITHOUT TIME ZONE)',
    "redshift": 'CAST("on day" AS TIMESTAMP WITHOUT TIME ZONE)',
    "bigquery": "CAST(`on day` AS TIMESTAMP)",
    "snowflake": 'CAST("on day" AS TIMESTAMP)',
}


@pytest.mark.parametrize("dialect", WAREHOUSES)
def test_a_date_is_no_time(dialect) -> None:
    """It is refused for the time of events on every warehouse, with the cast to write; when a row was loaded may be a day."""
    texts = dict.fromkeys(("id", "anonymous_id", "user_id", "event"), sa.Text())
    words, settings = dialect_of(warehouse_of(dialect)), Settings(timestamp_column="on day")
    table = as_table("tracks", None, {**texts, "on day": sa.DATE()}.items())
    with pytest.raises(SourceError, match=r"'on day' as a DATE.*midnight.*set timestamp_column") as caught:
        assign_columns(table, "tracks", settings, words)
    assert CASTS[dialect] in str(caught.value)
    table = as_table("tracks", None, {**texts, "on day": sa.TIMESTAMP(), "uuid_ts": sa.DATE()}.items())
    assert assign_columns(table, "tracks", settings, words).has_load_times


@pytest.mark.slow
def test_a_column_of_days(engine) -> None:
    """As the databases themselves tell its type."""
    write(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE VIEW days AS SELECT id, user_id, event, CAST(timestamp AS DATE) AS timestamp FROM tracks"
        )
        connection.exec_driver_sql(
            "CREATE VIEW cast_days AS SELECT id, user_id, event, CAST(timestamp AS TIMESTAMP) AS timestamp FROM days"
        )
    with pytest.raises(SourceError, match=r"days has 'timestamp' as a DATE.*CAST\("):
        build_all(engine, Settings(source_table="days"))
    assert build_all(engine, Settings(source_table="cast_days"))["track_facts"].rows == 1


@pytest.mark.parametrize("name", ["e.csv", "e.jsonl"])
@pytest.mark.slow
def test_a_date_in_every_row_of_a_file(duckdb, name) -> None:
    """Text is refused as a column of dates is, and nothing is changed; some dates among times are read as midnight."""

    def write_days(*times: str) -> None:
        rows = [{"id": str(n), "anonymous_id": "d", "event": "x", "timestamp": time} for n, time in enumerate(times)]
        lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
        Path(name).write_text("\n".join(lines if name == "e.csv" else map(json.dumps, rows)))

    write_days("2026-01-01", "2026-01-02", "")
    with pytest.raises(SourceError, match=r"every time in the source is a date, such as '2026.*midnight; set timestamp_column"):
        build_all(duckdb, Settings(tracks=name))
    write_days("2026-01-01", "2026-01-02 12:00:00", "")
    assert build_all(duckdb, Settings(tracks=name))["track_facts"].rows == 2
    write_days("2026-01-01 00:00:00", "2026-01-02T00:00:00Z")
    assert build_all(duckdb, Settings(tracks=name))["track_facts"].rows == 2
