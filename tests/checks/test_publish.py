"""`build_all(check=True)` publishes only what passes: after a failure the old rows stand, and the next build goes on."""

import json
import pickle
import re
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from command import run
from kept import copy_of, kept
from oracle import MINUTE, Raw, sessionize
from tables import assert_same, names_in, read_all, write_tracks

from sessionmodels import CheckError, Settings, SettingsError, build_all, status
from sessionmodels.execution.publish import planned, unpublished
from sessionmodels.models import MODELS
from sessionmodels.offline.documented import documented_graph
from sessionmodels.warehouses import WAREHOUSES
from sessionmodels.warehouses.render import dialect_of
from sessionmodels.warehouses.warehouse import Job

HOUR = 60 * MINUTE
OLD = [Raw(f"e{n}", f"d{n % 3}", None, "x", n * 20 * MINUTE, 100 * HOUR) for n in range(9)]
LONG = [*OLD, *(Raw(f"l{n}", "d0", None, "x", 6 * 20 * MINUTE + n * MINUTE, 101 * HOUR) for n in range(1, 4))]
"""A session of four events more."""

RAW = {"tracks"}


def at_most(events: int, **more: Any) -> Settings:
    """Return settings with a check of one's own: no session has more events."""
    where = [{"column": "num_pvs", "operator": ">", "value": events}]
    return Settings(checks=[{"relation": "sessions", "name": "few_events", "where": where, **more}])


def refused(engine: sa.Engine, settings: Settings, **options: Any) -> CheckError:
    with pytest.raises(CheckError) as caught:
        build_all(engine, settings, check=True, **options)
    return caught.value


def stands(engine: sa.Engine, raws: list[Raw]) -> None:
    """Assert that the relations are those of these events, and that nothing else is left."""
    assert_same(read_all(engine), sessionize(raws)[0])
    assert names_in(engine) == RAW | {f"dbt_{name}" for name in MODELS}


def fill(engine: sa.Engine) -> None:
    write_tracks(engine, OLD)
    build_all(engine, incremental=True)


built = kept(fill)
stood = copy_of("built")


def first_and_full(engine: sa.Engine) -> None:
    """Fail where nothing is there yet, and then in full: nothing is left, and then what was there stands."""
    write_tracks(engine, OLD)
    assert len(refused(engine, at_most(0)).report.failed) == 1
    assert names_in(engine) == RAW
    built = build_all(engine, at_most(1), check=True, incremental=True)
    assert built.checks
    assert built.checks.passed
    write_tracks(engine, LONG)
    refused(engine, at_most(1), incremental=True, full_refresh=True)
    stands(engine, OLD)


def incrementally(engine: sa.Engine) -> None:
    """Fail incrementally: what was there stands, and the next build goes on from it."""
    write_tracks(engine, LONG)
    (failed,) = refused(engine, at_most(1), incremental=True).report.failed
    long = [one for one in sessionize(LONG)[0]["sessions"] if one["num_pvs"] > 1]
    assert (failed.name, failed.relation, failed.rows) == ("sessions.few_events", "dbt_sessions", len(long))
    assert sorted(row[0] for row in failed.examples) == sorted(one["session_id"] for one in long)
    assert "shadow" not in failed.query
    stands(engine, OLD)
    again = build_all(engine, at_most(4), incremental=True, check=True)
    assert (again.mode, again.checks and again.checks.passed) == ("incremental", True)
    stands(engine, LONG)


@pytest.mark.slow
def test_only_what_passes_is_published(engine) -> None:
    """Where a build is one transaction."""
    first_and_full(engine)
    incrementally(engine)


def test_no_shadow_table_is_published_that_fails(bigquery_dataset) -> None:
    """Where each statement commits, the checks read the shadow tables, and those are dropped."""
    first_and_full(bigquery_dataset)


def test_no_clone_is_published_that_fails(snowflake_database) -> None:
    """There, an incremental build's checks read the clones that it changed."""
    fill(snowflake_database)
    incrementally(snowflake_database)


@pytest.mark.slow
def test_a_table_that_somebody_changed(duckdb) -> None:
    """An incremental build that goes on from it does not publish its own rows beside the wrong one."""
    write_tracks(duckdb, OLD)
    build_all(duckdb, incremental=True)
    with duckdb.begin() as connection:
        connection.exec_driver_sql("UPDATE dbt_sessions SET num_pvs = 7 WHERE session_id = '1 - d1'")
    before = read_all(duckdb)
    write_tracks(duckdb, LONG)
    error = refused(duckdb, Settings(), incremental=True)
    assert [one.name for one in error.report.failed] == ["sessions.num_pvs"]
    assert read_all(duckdb) == before
    build_all(duckdb, incremental=True, full_refresh=True, check=True)
    stands(duckdb, LONG)


@pytest.mark.slow
def test_what_the_error_says(duckdb) -> None:
    """Rule, relation, number, rows and query; logs and the table of builds hold no row, whose ids are personal."""
    write_tracks(duckdb, LONG)
    error = refused(duckdb, at_most(1))
    brief = "1 check failed, so nothing was published, and all relations are as they were before: sessions.few_events (1 row of"
    for word in (brief, "Rule: No row has `num_pvs` > 1.", "3 - d0", "WITH own_checks_of_sessions AS"):
        assert word in str(error)
    assert error.in_brief.startswith(brief)
    assert "3 - d0" not in error.in_brief
    (last,) = status(duckdb, at_most(1)).builds[:1]
    assert (last.outcome, last.changed, last.error) == ("failed", "nothing", error.in_brief)
    assert pickle.loads(pickle.dumps(error)).report == error.report


@pytest.mark.slow
def test_levels(duckdb) -> None:
    """What only warns or is tolerated is published, and stands in the result."""
    write_tracks(duckdb, LONG)
    result = build_all(duckdb, at_most(1, level="warn"), check=True)
    assert result.checks
    assert [one.name for one in result.checks.warned] == ["sessions.few_events"]
    assert "WARNED sessions.few_events: 1 row in dbt_sessions" in str(result)
    assert json.loads(result.to_json())["checks"]["passed"] is True
    tolerated = build_all(duckdb, at_most(1, tolerate=1), check=True).checks
    assert tolerated
    assert [one.rows for one in tolerated.having("tolerated")] == [1]
    refused(duckdb, at_most(1, tolerate=0))


@pytest.mark.slow
@pytest.mark.parametrize("select", ["session_events", "+sessions", "session_duration"])
def test_some_relations(stood, select) -> None:
    """Only what is built is checked: the others may be of another time."""
    write_tracks(stood, LONG)
    checks = build_all(stood, select=select, check=True).checks
    assert checks
    found = {one.name: one for one in checks.checks}
    assert found["user_session_facts.dates"].why.endswith(" not part of this build")
    assert (found["session_events.pauses"].outcome == "passed") == (select != "session_duration")
    assert (found["sessions.num_pvs"].outcome == "passed") == (select == "+sessions")


def test_nothing_new(stood) -> None:
    """Nothing is published, so nothing is checked."""
    result = build_all(stood, at_most(0), incremental=True, check=True)
    assert (result.mode, result.checks) == ("nothing", None)


@pytest.mark.slow
@pytest.mark.parametrize("dialect", ["bigquery", "snowflake"])
def test_views_before_they_are_there(dialect) -> None:
    """Where shadow tables are checked, what a view will show is computed from them; no table of the old rows is read."""
    where = {name: [{"column": model.key[0], "operator": "is null"}] for name, model in MODELS.items()}
    own = [{"relation": name, "name": "own", "where": conditions} for name, conditions in where.items()]
    graph = documented_graph(Settings(kinds=dict.fromkeys(MODELS, "view"), checks=own), dialect)
    shadow, words = graph.shadow("00000000", MODELS), dialect_of(WAREHOUSES[dialect])
    job = Job(WAREHOUSES[dialect], words, graph, graph.relations)
    scans = planned(job, unpublished(shadow, job, shadow.tracks)).scans
    assert {one.name for scan in scans for one in scan.checks} > {f"{name}.own" for name in MODELS}
    for scan in scans:
        for query in scan.queries:
            assert not re.search(rf"(?<!00000000_)dbt_({'|'.join(MODELS)})\b", str(query.compile(dialect=words)))


def test_a_wrong_check_is_refused_before_anything_is_touched(duckdb) -> None:
    """No build is recorded."""
    write_tracks(duckdb, OLD)
    wrong = Settings(checks=[{"relation": "sessions", "name": "x", "where": [{"column": "nonsense", "operator": "is null"}]}])
    with pytest.raises(SettingsError, match=r"checks: sessions\.x: sessions has no column 'nonsense'"):
        build_all(duckdb, wrong, check=True)
    assert names_in(duckdb) == RAW
    assert not sa.inspect(duckdb).has_table("sessionmodels_builds_dbt_")


@pytest.mark.slow
def test_the_command(duckdb) -> None:
    """Status 5, the rows on the standard output, and the error in brief on the other; with `--json`, the report as JSON."""
    write_tracks(duckdb, LONG)
    duckdb.dispose()
    url = str(duckdb.url)
    Path("sessionmodels.toml").write_text(
        '[[checks]]\nrelation = "sessions"\nname = "few_events"\nwhere = [{column = "num_pvs", operator = ">", value = 1}]\n',
        encoding="utf-8",
    )
    result = run("build", "--url", url, "--check", "--quiet")
    assert result.exit_code == 5
    assert "FAILED sessions.few_events: 1 row in dbt_sessions" in result.stdout
    assert "Error: 1 check failed, so nothing was published" in result.stderr
    assert "3 - d0" not in result.stderr
    plain = run("build", "--url", url, "--check", "--quiet", "--json")
    assert [one["name"] for one in json.loads(plain.stdout)["checks"] if one["outcome"] == "failed"] == ["sessions.few_events"]
    assert run("build", "--url", url, "--quiet").exit_code == 0
    assert run("build", "--url", url, "--check", "--dry-run").exit_code == 2
    assert run("check", "--url", url).exit_code == 1
