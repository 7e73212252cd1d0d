"""Commands: how they end, and what those that read print."""

import json
import sys
from pathlib import Path

import pytest
from command import run, url_of
from oracle import MINUTE, Raw
from tables import write_tracks


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["build"], 1, "there is no DuckDB file 'sessionmodels.duckdb'; give --url"),
        (["build", "--idle-minutes", "x"], 2, "idle_minutes: expected an integer, got 'x'"),
        (["build", "--counter", "cnt"], 2, "--counter 'cnt' has no '='"),
        (["build", "--counter", "c=a", "--counter", "c=b"], 2, "--counter 'c' is given twice"),
        (["build", "--counter", "c="], 2, "'c' counts no event"),
        (["build", "--kind", "tracks_flow=vew"], 2, "kinds.tracks_flow: expected 'table', 'view' or 'materialized_view', got"),
        (["build", "--nonsense"], 2, "No such option"),
        (["build", "--url", "postgres//me:s3cret@host"], 2, "url is not a SQLAlchemy URL"),
        (["build", "--url", "sqlite:///x.db"], 2, "'sqlite' is not supported"),
        (["build", "--url", "postgresql://me:s3cret@127.0.0.1:1/db"], 1, "cannot connect to postgresql://me@127.0.0.1:1/db"),
        (["build", "--url", "duckdb://", "--tracks", "x.xlsx"], 2, "unsupported file extension; supported: .parquet"),
        (["build", "--url", "duckdb://", "--select", "session_track"], 2, "did you mean 'session_tracks'"),
        (["build", "--url", "duckdb://"], 1, "there is no table 'tracks'"),
        (
            ["ask", "top_users", "--url", "duckdb://"],
            1,
            "there is no 'dbt_session_duration' in the default schema; build it first",
        ),
        (["sql", "--dialect", "mysql"], 2, "'mysql' is not supported"),
        (["build", "--url", "duckdb://", "--url", "duckdb://"], 2, "--url given 2 times; pass it once"),
        (["build", "--url", "postgresql://me:s3cret@host:port/db"], 2, "url is not a SQLAlchemy URL"),
        (["build", "--url", "postgresql://me:p@s3cret@host/db"], 2, "percent-encoded: '@' as %40"),
        (["build", "--url", "postgresql://127.0.0.1:1/db?password=s3cret"], 1, "cannot connect to postgresql://127.0.0.1:1/db:"),
        pytest.param(
            ["build", "--url", "bigquery://project/dataset"],
            1,
            "cannot connect to bigquery://project/dataset: Your default credentials",
            marks=pytest.mark.slow,
        ),
        (
            ["build", "--url", "duckdb:///events.csv"],
            2,
            "'events.csv' is a file of events, not a database; read it with --tracks",
        ),
        (["demo", "--file", "events.parquet"], 2, "is a file of events, not a database"),
        (["demo", "--file", "no/such/folder.duckdb"], 1, "cannot connect to duckdb:///no/such/folder.duckdb"),
        (["build", "--tracks", "none/*.parquet"], 1, "tracks='none/*.parquet': no file matches"),
        (["build", "--tracks", __file__ + ".csv"], 1, "no file matches"),
        (["build", "--url", "postgresql://me@bad..host/db"], 1, "cannot connect to postgresql://me@bad..host/db"),
        (["build", "--wait", "soon"], 2, "'--wait': expected a duration such as 90s, 10m, 1h or 7d, got 'soon'"),
        (["build", "--target-schema", ""], 2, "target_schema: must not be empty; write a name, or remove the setting"),
        (["bild"], 2, "No such command"),
        (["ask", "paths", "--csv", "--json"], 2, "--csv and --json exclude each other; give one"),
    ],
)
def test_how_it_ends(words, status, message) -> None:
    """1 the work failed, 2 wrong usage or settings; a clear sentence, no traceback, and never a password."""
    result = run(*words)
    assert (result.exit_code, result.stdout) == (status, "")
    assert message in result.stderr
    assert "s3cret" not in result.output
    assert "Traceback" not in result.output
    assert list(Path.cwd().iterdir()) == []


@pytest.mark.parametrize(
    ("words", "package", "message"),
    [
        (["sql", "--dialect", "bigquery"], "sqlalchemy_bigquery", "pip install '.[bigquery]' in the checkout"),
        (["build", "--url", "bigquery://project/data"], "sqlalchemy_bigquery", "pip install '.[bigquery]' in the checkout"),
        (["build", "--url", "postgresql://host/db"], "psycopg", "the driver for PostgreSQL is not installed"),
        (["build", "--url", "postgresql://host/db"], "psycopg", "pip install '.[postgresql]' in the checkout"),
        (
            ["build", "--url", "postgresql+psycopg2://host/db"],
            "psycopg2",
            "names the driver 'psycopg2', which is not installed",
        ),
        (
            ["build", "--url", "postgresql+psycopg2://host/db"],
            "psycopg2",
            "'.[postgresql]' in the checkout of sessionmodels, which brings psycopg",
        ),
        (["build", "--url", "postgresql+asyncpg://host/db"], "asyncpg", "names the driver 'asyncpg', which is not installed"),
        (["build", "--url", "postgresql+psycopg_async://host/db"], "asyncpg", "'postgresql+psycopg_async', a driver for asyncio"),
    ],
)
def test_a_driver_that_is_missing(monkeypatch, words, package, message) -> None:
    """The error says which, and what to install: the extra, or what the URL asks for besides."""
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.setattr("sqlalchemy.dialects.registry.impls", {})
    result = run(*words)
    assert result.exit_code == 2, result.output
    assert message in result.stderr


def test_graph() -> None:
    """The relations and who reads whom, as text and as Mermaid."""
    text = run("graph").stdout
    assert "session_tracks (view): One row per session: when it started" in text
    assert "read by  session_duration, session_track_facts, session_tracks, user_session_facts" in text
    mermaid = run("graph", "--mermaid").stdout
    assert mermaid.startswith("flowchart LR\n")
    assert "    tracks --> aliases_mapping\n" in mermaid
    assert "    sessions --> session_duration\n" in mermaid


@pytest.mark.slow
def test_top_users(engine) -> None:
    """The sample analysis, longest first, equal ones by id, and as JSON."""
    times = {"long": (0, 10), "Zed": (0, 3), "abe": (0, 3), "ü": (0, 3)}
    raws = [Raw(f"{who}{n}", who, None, "x", at * MINUTE) for who, ats in times.items() for n, at in enumerate(ats)]
    write_tracks(engine, raws)
    assert run("build", "--url", url_of(engine)).exit_code == 0
    assert "long" in run("ask", "top_users", "--url", url_of(engine)).stdout
    rows = json.loads(run("ask", "top_users", "--url", url_of(engine), "--json", "--limit", "3").stdout)
    assert rows == [
        {"dbt_visitor_id": name, "avg_session_duration": value} for name, value in (("long", 10.0), ("Zed", 3.0), ("abe", 3.0))
    ]


@pytest.mark.slow
def test_ids_are_not_markup(duckdb) -> None:
    """A visitor named like a style, or a smiley, is shown as it is."""
    write_tracks(duckdb, [Raw("1", "[/oops]", None, "x", 0), Raw("2", "[bold]x[/bold] :smile:", None, "x", 0)])
    run("build", "--url", url_of(duckdb))
    shown = run("ask", "top_users", "--url", url_of(duckdb)).stdout
    assert "[/oops]" in shown
    assert "[bold]x[/bold] :smile:" in shown
