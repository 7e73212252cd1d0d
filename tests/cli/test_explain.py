"""`sessionmodels explain`: what it prints, and how it ends."""

import json

import pytest
from command import run, url_of
from engines import duckdb_engine
from oracle import MINUTE, Raw
from tables import write_tracks

from sessionmodels import build_all

RAWS = [Raw(f"e{n}", "d", None, "x", n * 20 * MINUTE) for n in range(5)]


@pytest.fixture(scope="module")
def url(tmp_path_factory) -> str:
    """The URL of a file with relations, and an event that cannot be used. Nobody writes into it."""
    engine = duckdb_engine(tmp_path_factory.mktemp("explained"))
    write_tracks(engine, [*RAWS, Raw("lost", "d", None, "x", None)])
    build_all(engine)
    return url_of(engine)


@pytest.mark.slow
def test_an_event(url) -> None:
    """A page for people, with the status 0; also of one that is in no relation."""
    result = run("explain", "e3", "--url", url, "--around", "1")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("The event 'e3' is event 4 in the session '1 - d'.\n")
    shown = [line for line in result.stdout.splitlines() if " UTC  e" in line]
    assert [line.endswith("goes on <- this event") for line in shown] == [False, True, False]
    lost = run("explain", "lost", "--url", url)
    assert lost.exit_code == 0
    assert "It is no event: it has no time." in lost.stdout


@pytest.mark.slow
def test_a_visitor(url) -> None:
    """A page for people, with the status 0."""
    result = run("explain", "--visitor", "d", "--url", url)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("The visitor 'd' has 1 session;")


@pytest.mark.slow
def test_json(url) -> None:
    """Machines get JSON and nothing else."""
    plain = json.loads(run("explain", "e3", "--url", url, "--json").stdout)
    assert (plain["outcome"], plain["events"][0]["event"]["session_id"]) == ("in_a_session", "1 - d")
    assert json.loads(run("explain", "--visitor", "d", "--url", url, "--json").stdout)["visitor"] == "d"


@pytest.mark.slow
@pytest.mark.parametrize("asked", [("nothing",), ("--visitor", "nobody")])
def test_what_is_not_found(url, asked) -> None:
    """It is said, and the status is 1; as JSON, too."""
    result = run("explain", *asked, "--url", url)
    assert (result.exit_code, "was" in result.stdout) == (1, True)
    machines = run("explain", *asked, "--url", url, "--json")
    assert machines.exit_code == 1
    assert json.loads(machines.stdout)


@pytest.mark.parametrize("asked", [(), ("e3", "--visitor", "d"), ("e3", "--around", "-1"), ("  ",)])
def test_wrong_usage(url, asked) -> None:
    """No id, two, or none that could be one: status 2, and what to write instead."""
    result = run("explain", *asked, "--url", url)
    assert result.exit_code == 2
    assert "id" in result.stderr or "x>=0" in result.stderr


def test_settings_are_those_of_the_build(url) -> None:
    """With others, it is said that these do not explain what is there."""
    result = run("explain", "e3", "--url", url, "--idle-minutes", "10")
    assert "the relations were built with other settings than those given here" in result.stdout
