"""Columns are found by name, whatever their case; what is missing is null or a clear error."""

import pytest
import sqlalchemy as sa
from tables import read

from sessionmodels import Settings, SourceError, build_all


def make(engine, columns: str, row: str, name: str = "tracks") -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE TABLE {name} ({columns})")
        connection.exec_driver_sql(f"INSERT INTO {name} VALUES ({row})")


@pytest.mark.slow
def test_names_of_any_case(engine) -> None:
    """Snowflake shouts; so may an export of it."""
    make(
        engine,
        '"ID" text, "ANONYMOUS_ID" text, "User_Id" text, "EVENT" text, "TIMESTAMP" timestamptz, "UUID_TS" timestamptz',
        "'1', 'd', 'u', 'x', '2026-01-01 00:00:00+00', '2026-01-01 00:00:00+00'",
    )
    build_all(engine)
    assert [row["dbt_visitor_id"] for row in read(engine, "mapped_tracks")] == ["u"]


@pytest.mark.slow
def test_ids_of_any_type_are_text(engine) -> None:
    """A first value that was a number made the column a number; on results it is text."""
    make(
        engine,
        "id uuid, anonymous_id integer, user_id bigint, event varchar(20), timestamp timestamptz",
        "'550e8400-e29b-41d4-a716-446655440000', 7, 9007199254740993, 'x', '2026-01-01 00:00:00+00'",
    )
    build_all(engine)
    rows = {row["alias"]: row["dbt_visitor_id"] for row in read(engine, "aliases_mapping")}
    assert rows == {"7": "9007199254740993", "9007199254740993": "9007199254740993"}
    assert [row["event_id"] for row in read(engine, "track_facts")] == ["550e8400-e29b-41d4-a716-446655440000"]


@pytest.mark.parametrize(("missing", "visitor"), [("user_id", "d"), ("anonymous_id", "u")])
@pytest.mark.slow
def test_a_missing_optional_id_is_null_and_said(duckdb, missing, visitor) -> None:
    """Nobody has sent one yet: the column is taken as null, and the result says so."""
    columns = {"id": "'1'", "anonymous_id": "'d'", "user_id": "'u'", "event": "'x'"}
    del columns[missing]
    make(
        duckdb,
        ", ".join(f"{name} text" for name in columns) + ", timestamp timestamptz",
        ", ".join(columns.values()) + ", '2026-01-01 00:00:00+00'",
    )
    result = build_all(duckdb)
    assert [row["dbt_visitor_id"] for row in read(duckdb, "user_session_facts")] == [visitor]
    assert result.source
    assert result.source.taken_as_null == (missing,)
    assert f"Warning: column {missing} not found in source; treating it as NULL" in str(result)


@pytest.mark.parametrize(
    ("columns", "chosen", "words"),
    [
        ("anonymous_id text, event text, timestamp timestamptz", {}, "tracks has no column 'id'.*set id_column"),
        ("id text, user_id text, event text, timstamp timestamptz", {}, "'timestamp' .did you mean 'timstamp'.*timestamp_column"),
        ("id text, anonymous_id text, timestamp timestamptz", {}, "no column 'event'"),
        ("id text, event text, timestamp timestamptz", {}, "neither 'anonymous_id' nor 'user_id'.*anonymous_id_column"),
        (
            "id text, user_id text, event text, timestamp timestamptz",
            {"anonymous_id_column": "device"},
            "no column 'device'.*set anonymous_id_column",
        ),
        (
            "id text, user_id text, event text, timestamp timestamptz",
            {"loaded_at_column": "loaded"},
            "no column 'loaded'.*set loaded_at_column",
        ),
        (
            "id text, user_id text, event text, timestamp boolean",
            {},
            "'timestamp' as BOOLEAN, which is not read as a time.*create a view",
        ),
    ],
)
def test_a_table_that_is_no_table_of_events(duckdb, columns, chosen, words) -> None:
    """The error names the column and the setting, and nothing was touched."""
    make(duckdb, columns, ", ".join(["NULL"] * (columns.count(",") + 1)))
    with pytest.raises(SourceError, match=words):
        build_all(duckdb, Settings(target_schema="analytics", **chosen))
    assert sa.inspect(duckdb).get_table_names() == ["tracks"]
    assert "analytics" not in sa.inspect(duckdb).get_schema_names()


def test_times_as_text_are_refused_where_they_cannot_be_read(postgresql) -> None:
    """PostgreSQL would read them by the session's time zone."""
    make(postgresql, "id text, user_id text, event text, timestamp text", "'1', 'u', 'x', '2026-01-01'")
    with pytest.raises(SourceError, match=r"'timestamp' as TEXT, which is not read as a time on postgresql; create a view"):
        build_all(postgresql)


def test_two_columns_that_differ_by_case(postgresql) -> None:
    """Which one is meant has to be said; an exact name says it."""
    columns = '"ID" text, "Id" text, user_id text, event text, timestamp timestamptz'
    make(postgresql, columns, "'1', '2', 'u', 'x', '2026-01-01 00:00:00+00'")
    with pytest.raises(SourceError, match="'ID', 'Id' for the column 'id'"):
        build_all(postgresql)
    build_all(postgresql, Settings(id_column="Id"))
    assert [row["event_id"] for row in read(postgresql, "track_facts")] == ["2"]


@pytest.mark.slow
@pytest.mark.usefixtures("unguarded")
@pytest.mark.parametrize("zone", ["", "+00"])
def test_infinite_times_are_out_of_range(engine, zone) -> None:
    """Both engines know them, and no distance from them."""
    kind = "timestamptz" if zone else "timestamp"
    make(engine, f"id text, user_id text, event text, timestamp {kind}", "'1', 'u', 'x', 'infinity'")
    with engine.begin() as connection:
        connection.exec_driver_sql(
            f"INSERT INTO tracks VALUES ('2', 'u', 'x', '-infinity'), ('3', 'u', 'x', '2026-01-01 00:00:00{zone}')"
        )
    result = build_all(engine)
    assert result.source
    assert result.source.left_out["time_out_of_range"] == 2
    assert [row["event_id"] for row in read(engine, "track_facts")] == ["3"]


@pytest.mark.slow
def test_numbers_with_gaps_are_whole_again(engine) -> None:
    """A column of ids that pandas made floating reads as the whole numbers they were."""
    make(
        engine,
        "id text, anonymous_id text, user_id double precision, event text, timestamp timestamp",
        "'1', NULL, 100, 'x', '2026-01-01'",
    )
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO tracks VALUES ('2', NULL, 0.5, 'x', '2026-01-01'), ('3', 'd', NULL, 'x', '2026-01-01')"
        )
    build_all(engine)
    assert {row["dbt_visitor_id"] for row in read(engine, "user_session_facts")} == {"100", "0.5", "d"}


def test_a_load_time_that_nobody_named_and_that_is_none(postgresql) -> None:
    """A column that happens to be called `received_at` is passed over; one that was named is refused."""
    make(
        postgresql,
        "id text, user_id text, event text, timestamp timestamptz, received_at text",
        "'1', 'u', 'x', '2026-01-01 00:00:00+00', 'by post'",
    )
    build_all(postgresql)
    with pytest.raises(SourceError, match="'received_at' as TEXT"):
        build_all(postgresql, Settings(loaded_at_column="received_at"))
