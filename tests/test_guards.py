"""What a build finds and does not publish, and the words for "nobody" that it warns of."""

from typing import Any

import pytest
from command import run
from engines import params
from kept import Template
from oracle import MINUTE, Raw, Rules, clean, junk_ids, sessionize
from sqlalchemy import event
from streams import OLD
from tables import assert_same, names_in, read_all, write_tracks

from sessionmodels import Settings, SettingsError, SourceError, build_all
from sessionmodels.state.builds import Builds
from sessionmodels.warehouses.locks.lock import Place

HOUR = 60 * MINUTE
GOOD = [Raw(f"g{n}", f"d{n}", None, "x", n * MINUTE, 100 * HOUR) for n in range(4)]
ALL_ONE = [Raw("same", f"d{n}", None, "x", n * MINUTE, 101 * HOUR) for n in range(4)]
NOBODY = [Raw(f"n{n}", None, " ", "x", n * MINUTE, 101 * HOUR) for n in range(4)]
TIMELESS = [Raw(f"t{n}", "d", None, "x", None, 101 * HOUR) for n in range(4)]
WITHOUT_ID = [Raw(None, "d", None, "x", n * MINUTE, 101 * HOUR) for n in range(4)]

BAD = {
    "an id that is none": (ALL_ONE, r"3 of 4 events \(75\.0%\).*max_duplicate_share=0\.5.*id_column='id'.*deduplicate=False"),
    "nobody": (
        NOBODY,
        r"4 of 4 events \(100\.0%\).*4 with no anonymous_id.*anonymous_id_column='anonymous_id' and user_id_column",
    ),
    "no time": (TIMELESS, r"4 of 4 events.*4 with no time.*max_excluded_share=0\.5.*timestamp_column='timestamp'"),
    "no id of their own": ([*WITHOUT_ID, GOOD[0]], r"4 of 5 events \(80\.0%\).*Check id_column='id'.*--max-excluded-share 1"),
    "nothing": ([], r"the source has no events, but (\w+\.)?dbt_\w+ has rows.*allow_empty=True \(--allow-empty\)"),
}


@pytest.mark.slow
def test_a_full_build_keeps_what_stands(duckdb) -> None:
    """Where most events would be lost, or all rows, it fails, says what it found and which setting to check; nothing changes.

    So does a full refresh of what incremental builds keep.
    """
    write_tracks(duckdb, OLD)
    build_all(duckdb, incremental=True)
    for case in BAD:
        fails_in_full(duckdb, case)
        fails_in_full(duckdb, case, incremental=True, full_refresh=True)
        assert_same(read_all(duckdb), sessionize(OLD)[0])


def fails_in_full(warehouse, case: str, **how: Any) -> None:
    """Let a build fail for what is in the source."""
    raws, message = BAD[case]
    write_tracks(warehouse, raws)
    with pytest.raises(SourceError, match=message):
        build_all(warehouse, **how)


def test_ids_under_another_name(duckdb) -> None:
    """Where a column is missing for which another may stand, the refusal says so: its name is what is wrong."""
    with duckdb.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE tracks AS SELECT 'a' AS id, 'd' AS device, NULL::TEXT AS user_id, 'x' AS event,"
            " TIMESTAMPTZ '2026-01-01 00:00:00+00' AS timestamp"
        )
    wanted = r"1 with no anonymous_id or user_id; there is no column for anonymous_id\).*Check anonymous_id_column='anonymous_id'"
    with pytest.raises(SourceError, match=wanted):
        build_all(duckdb)


@pytest.mark.slow
def test_a_first_build_is_guarded_too(duckdb) -> None:
    """Nothing is published of it; a first build of an empty source is none of this."""
    for case in [name for name in BAD if name != "nothing"]:
        raws, message = BAD[case]
        write_tracks(duckdb, raws)
        with pytest.raises(SourceError, match=message):
            build_all(duckdb)
        assert names_in(duckdb) == {"tracks"}
    write_tracks(duckdb, [])
    for _ in range(2):
        assert build_all(duckdb)["track_facts"].rows == 0


EARLY = Raw("early", "d", None, "x", 0, 0)
LATER = {
    "duplicates": [EARLY, *ALL_ONE],
    "nobody": [EARLY, *NOBODY],
    "the source is emptied": [],
    "all that was new is gone": [EARLY],
}


BEFORE = [EARLY, *GOOD]
NO_OVERLAP = Settings(overlap_hours=0)


def fill(warehouse) -> None:
    """Make results that incremental builds go on from."""
    write_tracks(warehouse, BEFORE)
    build_all(warehouse, NO_OVERLAP, incremental=True)


filled = Template(fill).copies("duckdb")


@pytest.mark.slow
@pytest.mark.parametrize("case", LATER)
def test_an_incremental_build_keeps_what_stands(filled, case) -> None:
    """It goes by the events that it reads; the next one, once the source is as it should be, goes on."""
    keeps_and_goes_on(filled, case)


@pytest.mark.slow
def test_builds_keep_what_stands_where_each_statement_commits(bigquery_dataset) -> None:
    """There, too; the guards themselves know no warehouse, so one where each statement commits will do, and some of them.

    Of the cases of an incremental build, it is the one that is found out the latest, when copies have been made.
    """
    fill(bigquery_dataset)
    for case in ("an id that is none", "nothing"):
        fails_in_full(bigquery_dataset, case, incremental=True, full_refresh=True)
        assert_same(read_all(bigquery_dataset), sessionize(BEFORE)[0])
    keeps_and_goes_on(bigquery_dataset, "duplicates")


def keeps_and_goes_on(warehouse, case: str) -> None:
    write_tracks(warehouse, LATER[case])
    with pytest.raises(SourceError, match="Nothing was changed"):
        build_all(warehouse, NO_OVERLAP, incremental=True)
    assert_same(read_all(warehouse), sessionize(BEFORE)[0])
    after = [*BEFORE, Raw("more", "d", None, "x", 1, 102 * HOUR)]
    write_tracks(warehouse, after)
    assert build_all(warehouse, NO_OVERLAP, incremental=True).mode == "incremental"
    assert_same(read_all(warehouse), sessionize(after)[0])


@pytest.mark.slow
def test_what_is_allowed_is_built(duckdb) -> None:
    """A share that equals the limit is within it; and each guard can be opened."""
    half = [*GOOD, *NOBODY]
    write_tracks(duckdb, half)
    build_all(duckdb)
    write_tracks(duckdb, [*half, NOBODY[0]])
    with pytest.raises(SourceError):
        build_all(duckdb)
    percent: Any = "60%"
    build_all(duckdb, Settings(max_excluded_share=percent))
    write_tracks(duckdb, ALL_ONE)
    build_all(duckdb, Settings(max_duplicate_share=0.75))
    assert_same(read_all(duckdb), sessionize(ALL_ONE)[0])
    build_all(duckdb, Settings(deduplicate=False))
    write_tracks(duckdb, [])
    build_all(duckdb, Settings(allow_empty=True))
    assert_same(read_all(duckdb), sessionize([])[0])


def test_why_it_failed_is_recorded(duckdb) -> None:
    """As of any build that failed."""
    write_tracks(duckdb, ALL_ONE)
    with pytest.raises(SourceError):
        build_all(duckdb)
    with duckdb.connect() as connection:
        (last,) = Builds(Place("main", "dbt_")).last(connection, 1)
    assert (last.outcome, last.changed) == ("failed", "nothing")
    assert "max_duplicate_share" in (last.error or "")


@pytest.mark.slow
def test_flags(duckdb, tmp_path) -> None:
    """They are flags, too; a share is a fraction, or in percent."""
    write_tracks(duckdb, ALL_ONE)
    duckdb.dispose()
    url = f"duckdb:///{tmp_path / 'events.duckdb'}"
    assert run("build", "--url", url, "--max-duplicate-share", "70%").exit_code == 1
    assert run("build", "--url", url, "--max-duplicate-share", "75%").exit_code == 0
    assert run("build", "--url", url, "--max-duplicate-share", "1", "--allow-empty").exit_code == 0
    several: list[Any] = [True, 1.5, -0.1, "half"]
    for wrong in several:
        with pytest.raises(SettingsError, match="max_excluded_share"):
            Settings(max_excluded_share=wrong)


WORDS = [
    *("null", "NULL", " Undefined ", "none", "None", "NaN", r"\N", "0", "00", "0000", "unknown", "UNKNOWN"),
    *("00000000-0000-0000-0000-000000000000", "0-0", "-", "--", "nulls", "0.0", "01", "d", "u 0", "", "  ", None),
]
JUNK = [
    Raw(f"{m}.{n}", device, user, "x", n * MINUTE + m, 100 * HOUR)
    for m, device in enumerate(WORDS)
    for n, user in enumerate(WORDS)
    if (m + n) % 7 == 0  # each word beside a few others
]


@pytest.mark.slow
def test_words_for_nobody_are_counted(warehouse) -> None:
    """Of the events in the relations, by the column where they stand; and told as a warning."""
    raws = [*JUNK, JUNK[0]]
    write_tracks(warehouse, raws)
    result = build_all(warehouse)
    assert result.source
    assert {part: dict(found) for part, found in result.source.junk_ids.items()} == junk_ids(clean(raws, Rules())[0])
    assert result.to_dict()["source"]["junk_ids"]["user_id"]["zeros"] > 0
    assert "Warning: values found in user_id: " in str(result)
    assert_same(read_all(warehouse), sessionize(raws)[0])


@pytest.mark.slow
@pytest.mark.parametrize("warehouse", params("duckdb", "bigquery"), indirect=True)
def test_words_for_nobody_are_looked_for_among_the_aliases(warehouse) -> None:
    """Events are read for them only if an alias is one, or if the aliases are not made in this build."""
    statements: list[str] = []
    event.listen(warehouse, "before_cursor_execute", lambda *said: statements.append(said[2]))
    write_tracks(warehouse, GOOD)
    build_all(warehouse)
    assert not any("pairs_of_ids" in one for one in statements)
    write_tracks(warehouse, [*GOOD, JUNK[0]])
    build_all(warehouse)
    assert sum("pairs_of_ids" in one for one in statements) == 1
    build_all(warehouse, select=["session_events"])
    assert sum("pairs_of_ids" in one for one in statements) == 2


@pytest.mark.slow
def test_an_incremental_build_counts_those_it_reads(duckdb) -> None:
    """The events since the overlap, as for all that is said of the source."""
    write_tracks(duckdb, GOOD)
    settings = Settings(overlap_hours=0)
    assert build_all(duckdb, settings, incremental=True).source.junk_ids == {}  # pyright: ignore[reportOptionalMemberAccess]
    more = [Raw(f"m{n}", "d", "undefined", "x", n, 101 * HOUR) for n in range(3)]
    write_tracks(duckdb, [*GOOD, *more])
    result = build_all(duckdb, settings, incremental=True)
    assert result.source
    assert result.source.junk_ids == {"user_id": {"undefined": 3}}
