"""The command: what it prints, where, and how it ends."""

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command import run
from oracle import MINUTE, Raw, sessionize
from tables import assert_same, read_all, write_tracks

from sessionmodels.cli import main
from sessionmodels.models import MODELS
from sessionmodels.settings import Settings
from sessionmodels.warehouses import WAREHOUSES

RAWS = [Raw(f"e{n}", "d", "u" if n == 3 else None, "signup", n * 20 * MINUTE) for n in range(5)]


def url_of(engine) -> str:
    """Return its URL, and let go of it: what only reads opens a file in another way than what writes."""
    engine.dispose()
    return engine.url.render_as_string(hide_password=False)


@pytest.mark.slow
def test_build(engine) -> None:
    """A table of what was built on the standard output, progress beside it, and the rows the oracle confirms."""
    write_tracks(engine, RAWS)
    result = run("build", "--url", url_of(engine))
    assert result.exit_code == 0, result.output
    assert "dbt_session_tracks" in result.stdout
    assert "5 events read" in result.stdout
    assert "session_events: create the table" in result.stderr
    assert "create the table" not in result.stdout
    assert_same(read_all(engine), sessionize(RAWS)[0])


def test_build_as_json(engine) -> None:
    """Machines get JSON and nothing else."""
    write_tracks(engine, RAWS)
    result = run("build", "--url", url_of(engine), "--json", "--select", "+session_tracks")
    plain = json.loads(result.stdout)
    assert [one["name"] for one in plain["relations"]] == ["aliases_mapping", "session_events", "sessions", "session_tracks"]
    assert plain["source"]["events_read"] == 5


@pytest.mark.slow
def test_flags_are_settings(duckdb) -> None:
    """Each flag reaches the build."""
    write_tracks(duckdb, [*RAWS, RAWS[0]], name="raw")
    words = "--source-table raw --target-schema out --table-prefix s_ --idle-minutes 10 --flow-depth 2 --keep-duplicates"
    more = ["--counter", "n=signup,other", "--kind", "tracks_flow=table", "--page-events", "signup", "--page-events", "other"]
    more += ["--conversion-events", "signup", "--engaged-seconds", "5", "--session-column", "term=last(utm_term)"]
    result = run("build", "--url", url_of(duckdb), *words.split(), *more, "--json")
    assert result.exit_code == 0, result.output
    plain = json.loads(result.stdout)
    assert {one["table"]: one["kind"] for one in plain["relations"]}["out.s_tracks_flow"] == "table"
    assert plain["source"]["events_kept"] == 6
    with duckdb.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*), sum(n) FROM out.s_session_track_facts").one() == (5, 6)
        assert connection.exec_driver_sql("SELECT sum(page_views), count(term) FROM out.s_sessions").one() == (6, 0)
        assert "event_3" not in set(connection.exec_driver_sql("SELECT * FROM out.s_tracks_flow").keys())


def test_every_setting_is_a_flag() -> None:
    """And has the same default, in words."""
    flags = {option.name for option in main.commands["build"].params}
    of_this_build = {"all_views", "select", "quiet", "dry_run", "full_refresh", "wait", "audit", "replace_existing", "check"}
    assert flags - of_this_build - {"as_json", "log_format"} == set(Settings.model_fields)


@pytest.mark.slow
def test_build_of_files(tmp_path) -> None:
    """Somebody with exported files and no warehouse gets sessions in one command, in a file of the working directory."""
    Path("events").mkdir()
    Path("events/day.csv").write_text("id,anonymous_id,event,timestamp\n1,d,x,2026-01-01T00:00:00Z\n2,d,x,2026-01-01T01:00:00Z\n")
    result = run("build", "--tracks", "events/*.csv")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "sessionmodels.duckdb").exists()
    assert run("build", "--tracks", "events/*.csv").exit_code == 0
    assert "2 events read" in result.stdout


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
        (
            ["build", "--url", "bigquery://project/dataset"],
            1,
            "cannot connect to bigquery://project/dataset: Your default credentials",
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


@pytest.mark.slow
def test_a_selection_may_be_repeated(duckdb) -> None:
    """Each adds to what is built; a flag that means one thing is refused when it stands twice."""
    write_tracks(duckdb, RAWS)
    run("build", "--url", url_of(duckdb))
    result = run("build", "--url", url_of(duckdb), "--select", "tracks_flow", "--select", "session_tracks", "--json", "--quiet")
    assert {one["name"] for one in json.loads(result.stdout)["relations"]} == {"tracks_flow", "session_tracks"}
    assert result.stderr == ""


@pytest.mark.parametrize("dialect", WAREHOUSES)
def test_sql(dialect) -> None:
    """Every statement of a first build, without connecting."""
    result = run("sql", "--dialect", dialect, "--target-schema", "analytics", "--loaded-at-column", "arrived")
    assert result.exit_code == 0, result.output
    for name in ("tracks", *MODELS):
        assert re.search(rf"^-- {name}: .*\nCREATE ", result.stdout, re.MULTILINE)
    assert "arrived" in result.stdout
    assert "avg_session_duration" in run("sql", "--dialect", dialect, "--analysis").stdout


def test_the_sql_of_duckdb_runs_as_it_is_printed(duckdb) -> None:
    """Pasted into a console, it builds what `build` builds."""
    write_tracks(duckdb, RAWS)
    printed = run("sql").stdout
    with duckdb.begin() as connection:
        for statement in printed.split(";\n"):
            connection.exec_driver_sql(statement)
    assert_same(read_all(duckdb), sessionize(RAWS)[0])


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


def test_a_build_that_fails_leaves_no_empty_file(tmp_path) -> None:
    """DuckDB makes a file of any name; what is left of a failed first build would only mislead."""
    Path("events.csv").write_text("id,event\n")
    assert "has no column 'timestamp'" in run("build", "--tracks", "events.csv").stderr
    assert [path.name for path in tmp_path.iterdir()] == ["events.csv"]


@pytest.mark.slow
def test_two_first_builds_at_once(tmp_path) -> None:
    """One may find the file taken; the other's results stay."""
    Path("e.csv").write_text("id,anonymous_id,event,timestamp\n1,d,x,2026-01-01T00:00:00Z\n")
    command = [sys.executable, "-c", "from sessionmodels.cli import main; main()", "build", "--tracks", "e.csv", "--quiet"]
    for n in range(3):
        builders = [subprocess.Popen([*command, "--url", f"duckdb:///{n}.duckdb"], stderr=subprocess.PIPE) for _ in range(2)]
        for builder in builders:
            builder.communicate()
        assert 0 in {builder.returncode for builder in builders}
        assert (tmp_path / f"{n}.duckdb").exists()


@pytest.mark.slow
def test_ids_are_not_markup(duckdb) -> None:
    """A visitor named like a style, or a smiley, is shown as it is."""
    write_tracks(duckdb, [Raw("1", "[/oops]", None, "x", 0), Raw("2", "[bold]x[/bold] :smile:", None, "x", 0)])
    run("build", "--url", url_of(duckdb))
    shown = run("ask", "top_users", "--url", url_of(duckdb)).stdout
    assert "[/oops]" in shown
    assert "[bold]x[/bold] :smile:" in shown


def test_sql_says_what_it_takes_for_granted(tmp_path) -> None:
    """Without connecting it can only assume the loader's table; files it can look into."""
    text = run("sql", "--dialect", "bigquery", "--target-schema", "analytics").stdout
    assert "--   tracks (id STRING, anonymous_id STRING," in text
    assert "CREATE SCHEMA IF NOT EXISTS `analytics`;" in text
    (tmp_path / "e.csv").write_text("id,anonymous_id,event,timestamp\n")
    assert "read_csv('" in run("sql", "--tracks", "e.csv").stdout
    assert "only DuckDB reads files" in run("sql", "--tracks", "e.csv", "--dialect", "postgresql").stderr


def test_sql_follows_the_url() -> None:
    """The dialect is that of the settings' URL, which is not connected to."""
    Path("sessionmodels.toml").write_text("url = 'postgresql://nobody@127.0.0.1:1/db'\n")
    assert 'COLLATE "C"' in run("sql").stdout


@pytest.mark.slow
def test_help_answers_at_once() -> None:
    """Within 0.3 seconds, at the best of five."""
    command = [sys.executable, "-c", "from sessionmodels.cli import main; main()", "--help"]
    times, text = [], ""
    for _ in range(5):
        started = time.monotonic()
        text = subprocess.run(command, capture_output=True, check=True, text=True).stdout
        times.append(time.monotonic() - started)
    assert min(times) < 0.3
    for name in ("demo", "build", "sql", "graph", "report"):
        assert name in text


@pytest.mark.parametrize("command", main.commands)
def test_help_of_each_command_shows_an_example(command) -> None:
    """Help teaches: every command with flags shows how it is used."""
    text = run(command, "--help").output
    assert "Examples:" in text or command == "demo"


def test_help_cuts_no_sentence() -> None:
    """The lists of commands have first sentences whole, in as many lines as they need."""
    for words in ((), ("ask",)):
        text = run(*words, "--help").output.partition("Commands:")[2]
        assert "..." not in text
        assert text.rstrip().endswith(".")
