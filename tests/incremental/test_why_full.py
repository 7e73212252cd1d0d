"""When a build that was to go on from the last one is one in full, and says why."""

import pytest
import sqlalchemy as sa
from engines import on, params
from loads import FIRST, SECOND, change
from oracle import sessionize
from streams import OLD
from tables import assert_same, read_all, schema_of, tracks_table, write_tracks

from sessionmodels import Settings, TargetError, build_all
from sessionmodels.relations.naming import DUPLICATES

pytestmark = pytest.mark.slow

PLAIN = Settings(layout=False)  # BigQuery's emulator forgets how tables are laid out


REASONS = {
    "another setting": (lambda _: None, {"idle_minutes": 29}, "the settings, the source's columns or the package's definitions"),
    "a build in full": (build_all, {}, "build 2 was not incremental, so there is no state to continue from"),
    "a build of a part": (lambda e: build_all(e, select="session_events"), {}, "build 2 built only some relations"),
    "a table is gone": (lambda e: change(e, "DROP TABLE dbt_user_session_facts"), {}, "dbt_user_session_facts is missing"),
    "the events are gone, and what shows them": (
        lambda e: change(e, "DROP TABLE dbt_session_events CASCADE"),
        {},
        "dbt_session_events is missing",
    ),
    "kept duplicates are gone": (
        lambda e: change(e, "DROP TABLE sessionmodels_duplicates_dbt_"),
        {},
        "sessionmodels_duplicates_dbt_ is missing",
    ),
    "a kept duplicate is new": (
        lambda e: change(e, "INSERT INTO sessionmodels_duplicates_dbt_ (event_id) VALUES ('mine')"),
        {},
        "sessionmodels_duplicates_dbt_ has 1 rows; it had 0 after the last build",
    ),
    "rows are gone": (
        lambda e: change(e, "DELETE FROM dbt_session_events WHERE event_id = 'e3'"),
        {},
        "dbt_session_events has 8 rows; it had 9 after the last build",
    ),
    "a column is new": (
        lambda e: change(e, "ALTER TABLE dbt_session_events ADD COLUMN mine INTEGER"),
        {},
        "dbt_session_events has other columns",
    ),
    "the state is gone": (
        lambda e: change(e, "DROP TABLE sessionmodels_builds_dbt_"),
        {},
        "no previous build is recorded",
    ),
    "a relation is a view": (
        lambda _: None,
        {"kinds": {"sessions": "view"}},
        "sessions must be a table",
    ),
}


OF_THE_CATALOGUE = "the events are gone, and what shows them", "a column is new"
"""Reasons found in the database's own catalogue; `test_standing.py` has more of types. All others are found in our records."""


@pytest.mark.parametrize(
    ("built", "case"),
    [*(on("duckdb", case) for case in REASONS), *(on("postgresql", case) for case in OF_THE_CATALOGUE)],
    indirect=["built"],
)
def test_in_full_and_why(built, case) -> None:
    """Where there is nothing to go on from, a build is one in full, says why, and the next one goes on again."""
    act, chosen, why = REASONS[case]
    act(built)
    write_tracks(built, [*FIRST, *SECOND])
    settings = Settings(**chosen)
    result = build_all(built, settings, incremental=True)
    assert result.mode == "full"
    assert result.reason.startswith(why)
    if "idle_minutes" not in chosen:
        assert_same(read_all(built, settings), sessionize([*FIRST, *SECOND])[0])
    again = build_all(built, settings, incremental=True)
    assert again.mode == ("full" if "kinds" in chosen else "nothing")


@pytest.mark.parametrize("warehouse", params("duckdb", "bigquery"), indirect=True)
def test_what_was_kept_goes_where_nothing_goes_on_from_it(warehouse) -> None:
    """A build in full that is not incremental drops the kept duplicates: they hold ids, and nobody would renew them."""
    write_tracks(warehouse, FIRST)
    kept = f"{DUPLICATES}_dbt_"
    for incremental, stands in ((True, True), (False, False)):
        build_all(warehouse, PLAIN, incremental=incremental)
        assert (kept in {name.lower() for name in sa.inspect(warehouse).get_table_names(schema_of(warehouse))}) == stands
    assert_same(read_all(warehouse), sessionize(FIRST)[0])


def test_a_full_refresh(built_duckdb) -> None:
    """It can be asked for, and sees what no load time tells of: rows that are gone."""
    write_tracks(built_duckdb, FIRST[1:])
    result = build_all(built_duckdb, incremental=True, full_refresh=True)
    assert (result.mode, result.reason) == ("full", "a full refresh was requested")
    assert_same(read_all(built_duckdb), sessionize(FIRST[1:])[0])


def test_a_source_without_load_times(duckdb) -> None:
    """Is built in full each time, keeps nothing, and says so."""
    table = tracks_table()
    columns = [table.c[name] for name in ("id", "anonymous_id", "user_id", "event", "timestamp")]
    write_tracks(duckdb, OLD)
    with duckdb.begin() as connection:
        connection.execute(sa.CreateTableAs(sa.select(*columns), "bare"))
    for _ in range(2):
        result = build_all(duckdb, Settings(source_table="bare"), incremental=True)
        assert (result.mode, result.watermark) == ("full", None)
        assert "no column that says when a row was loaded" in result.reason
    assert_same(read_all(duckdb), sessionize(OLD)[0])


def test_a_column_that_comes_later(duckdb) -> None:
    """The first login brings a `user_id` column into the source: everything is read anew, and logins count."""
    write_tracks(duckdb, FIRST)
    change(duckdb, "ALTER TABLE tracks DROP COLUMN user_id")
    build_all(duckdb, incremental=True)
    change(duckdb, "ALTER TABLE tracks ADD COLUMN user_id TEXT")
    write_tracks(duckdb, [*FIRST, *SECOND])
    assert "the source's columns" in build_all(duckdb, incremental=True).reason
    assert_same(read_all(duckdb), sessionize([*FIRST, *SECOND])[0])


def test_a_table_of_builds_of_another_version(built) -> None:
    """Columns that it lacks are added, and the build is one in full; a view in its place is refused, with the way out."""
    change(built, "ALTER TABLE sessionmodels_builds_dbt_ DROP COLUMN late_events")
    assert build_all(built, incremental=True).mode == "full"
    assert build_all(built, incremental=True).mode == "nothing"
    change(built, "DROP TABLE sessionmodels_builds_dbt_")
    change(built, "CREATE VIEW sessionmodels_builds_dbt_ AS SELECT 1 AS number")
    with pytest.raises(TargetError, match=r"sessionmodels_builds_dbt_ \(a view\).*Rename or drop it"):
        build_all(built, incremental=True)
