"""`sessionmodels check`: what it prints, what it writes, and how it ends."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from command import run
from oracle import MINUTE, Raw
from tables import write_tracks

from sessionmodels import build_all

pytestmark = pytest.mark.slow

RAWS = [Raw(f"e{n}", "d", None, "x", n * 20 * MINUTE) for n in range(5)]


@pytest.fixture
def url(duckdb) -> str:
    """The URL of a file with relations that are as they should be."""
    write_tracks(duckdb, RAWS)
    build_all(duckdb)
    duckdb.dispose()
    return str(duckdb.url)


def corrupt(duckdb) -> None:
    with duckdb.begin() as connection:
        connection.exec_driver_sql("UPDATE dbt_sessions SET num_pvs = 7")
    duckdb.dispose()


def test_all_is_well(url) -> None:
    """A line says so, and the status is 0."""
    result = run("check", "--url", url)
    assert result.exit_code == 0, result.output
    assert " passed. Not run: " in result.stdout
    assert "FAILED" not in result.stdout


def test_a_failure(duckdb, url) -> None:
    """It is shown with its query, it is in the file for CI, and the status is 1; unless it only warns or is tolerated."""
    corrupt(duckdb)
    result = run("check", "--url", url, "--junit", "checks.xml")
    assert result.exit_code == 1
    assert "FAILED sessions.num_pvs: 1 row in dbt_sessions" in result.stdout
    assert ET.fromstring(Path("checks.xml").read_text(encoding="utf-8"))[0].get("failures") == "1"
    assert run("check", "--url", url, "--warn", "sessions.num_pvs").exit_code == 0
    assert run("check", "--url", url, "--tolerate", "sessions.num_pvs=1").exit_code == 0
    assert run("check", "--url", url, "--tolerate", "sessions.num_pvs=0").exit_code == 1


def test_json(duckdb, url) -> None:
    """Machines get JSON and nothing else, with the same status."""
    corrupt(duckdb)
    result = run("check", "--url", url, "--json")
    assert result.exit_code == 1
    plain = json.loads(result.stdout)
    assert [one["name"] for one in plain["checks"] if one["outcome"] == "failed"] == ["sessions.num_pvs"]


def test_settings_are_those_of_the_build(url) -> None:
    """They decide what must hold. That others are given is said, and is no success."""
    result = run("check", "--url", url, "--idle-minutes", "10")
    assert result.exit_code == 1
    assert result.stdout.startswith(
        "The relations were built with other settings: idle_minutes = 30. What depends on them was not"
    )
    assert "FAILED" not in result.stdout


@pytest.mark.parametrize("word", ["sessions.num_pvs", "sessions.num_pvs=some", "nonsense=1"])
def test_wrong_usage(url, word) -> None:
    """A check that does not exist, or no number: status 2, and what to write instead."""
    result = run("check", "--url", url, "--tolerate", word)
    assert result.exit_code == 2
    assert "sessions.num_pvs" in result.stderr


def test_nothing_was_built(duckdb) -> None:
    """That is an error, not a success."""
    with duckdb.connect():
        pass
    duckdb.dispose()
    result = run("check", "--url", str(duckdb.url))
    assert result.exit_code == 1
    assert "build it first" in result.stderr
