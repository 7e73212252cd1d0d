"""`sessionmodels doctor`: what it prints, and how it ends."""

import json

import pytest
import sqlalchemy as sa
from command import run
from oracle import MINUTE, Raw
from tables import names_in, write_tracks

RAWS = [Raw(f"e{n}", "d", "null", "x", n * 20 * MINUTE, n * 20 * MINUTE) for n in range(1000, 1005)]


@pytest.fixture
def url(duckdb) -> str:
    """The URL of a file with raw events."""
    write_tracks(duckdb, RAWS)
    duckdb.dispose()
    return str(duckdb.url)


@pytest.mark.slow
def test_findings_are_no_failure(duckdb, url) -> None:
    """They are shown with the settings that fit, the status is 0, and nothing is written."""
    before = names_in(duckdb)
    duckdb.dispose()
    result = run("doctor", "--url", url)
    assert result.exit_code == 0, result.output
    assert "- 5 rows (100.0%): a placeholder as user_id" in result.stdout
    assert 'ignored_ids = [\n    "null",  # user_id of 5 rows: a placeholder, with 1 device' in result.stdout
    assert names_in(duckdb) == before


@pytest.mark.slow
def test_json(url) -> None:
    """Machines get JSON and nothing else."""
    plain = json.loads(run("doctor", "--url", url, "--json").stdout)
    assert {"placeholder_id", "long_ago"} <= {one["rule"] for one in plain["findings"]}
    assert run("doctor", "--url", url, "--json", "--ignored-id", "null").stdout.count("placeholder_id") == 0


@pytest.mark.slow
def test_since(url) -> None:
    """A time, in UTC unless it has an offset; what is none is refused."""
    rows = {"1970-01-14T22:00": 3, "1970-01-15T00:00+02:00": 3, "1970-01-15": 0, "1960-01-01": 5}
    for since, number in rows.items():
        plain = json.loads(run("doctor", "--url", url, "--json", "--since", since).stdout)
        assert plain["figures"]["sources"][0]["profile"]["rows"] == number
    wrong = run("doctor", "--url", url, "--since", "yesterday")
    assert wrong.exit_code == 2
    assert "'yesterday' is not a time; write it like 2026-01-31" in wrong.stderr


@pytest.mark.slow
def test_a_dry_run(duckdb, url) -> None:
    """The queries as they would run, each of which can be run by hand."""
    planned = json.loads(run("doctor", "--url", url, "--dry-run", "--json").stdout)
    assert [one["action"] for one in planned][:2] == ["find its latest row", "count its rows"]
    text = run("doctor", "--url", url, "--dry-run").stdout
    with duckdb.connect() as connection:
        for one in planned:
            assert f"-- {one['relation']}: {one['action']}\nWITH" in text or one["sql"] in text
            assert connection.execute(sa.text(one["sql"].rstrip(";").replace(":", "\\:"))).all() is not None


@pytest.mark.slow
def test_nothing_to_read(url) -> None:
    """The error says what is missing, and the status is 1; also if only one of two sources cannot be read."""
    missing = run("doctor", "--url", url, "--source-table", "trucks")
    assert missing.exit_code == 1
    assert "there is no table 'trucks' in the default schema" in missing.stderr
    both = run("doctor", "--url", url, "--source", "tracks", "--source", "pages")
    assert both.exit_code == 1
    assert "- pages: It cannot be read: there is no table 'pages'" in both.stdout


def test_files() -> None:
    """They are read without a database."""
    from pathlib import Path  # noqa: PLC0415 - beside its only use

    Path("events.csv").write_text("id,anonymous_id,event,timestamp\na,d,x,2026-01-31 12:00:00\n", encoding="utf-8")
    result = run("doctor", "--tracks", "events.csv")
    assert result.exit_code == 0, result.output
    assert "Examined 1 row of events.csv" in result.stdout
    assert not list(Path().glob("*.duckdb"))
