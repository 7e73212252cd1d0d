"""`sessionmodels forget`."""

import json

import pytest
from command import run
from oracle import MINUTE, Raw
from people import KEY
from tables import write_tracks

from sessionmodels import build_all

RAWS = [Raw(f"e{n}", f"d{n % 2}", "ann" if n % 2 else "bob", "x", n * 20 * MINUTE) for n in range(6)]


@pytest.fixture
def url(duckdb) -> str:
    """The URL of a file with relations."""
    write_tracks(duckdb, RAWS)
    build_all(duckdb)
    duckdb.dispose()
    return str(duckdb.url)


@pytest.mark.slow
def test_forgetting(url, monkeypatch) -> None:
    """It says how many were forgotten, and names nobody."""
    refused = run("forget", "--url", url, "--user", "ann")
    assert refused.exit_code == 2
    assert "SESSIONMODELS_KEY is not set in the environment" in refused.stderr
    monkeypatch.setenv("SESSIONMODELS_KEY", KEY)
    result = run("forget", "--url", url, "--user", "ann", "--devices", "-q")
    assert result.exit_code == 0, result.output
    assert "1 user and 1 device added to the list of forgotten people, which has 2 ids now" in result.stdout
    assert "ann" not in result.output
    again = json.loads(run("forget", "--url", url, "--user", "ann", "--json", "-q").stdout)
    assert (again["users"], again["listed"], again["mode"]) == (0, 2, "full")


@pytest.mark.slow
def test_nobody(url) -> None:
    """A user must be named."""
    assert run("forget", "--url", url).exit_code == 2
