"""`build`: what it prints and where, what its flags mean, and the files that it leaves."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from command import run, url_of
from environments import lean
from oracle import sessionize
from streams import SIGNUPS
from tables import assert_same, read_all, write_tracks

from sessionmodels.cli import main
from sessionmodels.settings import Settings


@pytest.mark.slow
def test_build(duckdb) -> None:
    """A table of what was built on the standard output, progress beside it, and the rows the oracle confirms."""
    write_tracks(duckdb, SIGNUPS)
    result = run("build", "--url", url_of(duckdb))
    assert result.exit_code == 0, result.output
    assert "dbt_session_tracks" in result.stdout
    assert "5 events read" in result.stdout
    assert "session_events: create the table" in result.stderr
    assert "create the table" not in result.stdout
    assert_same(read_all(duckdb), sessionize(SIGNUPS)[0])


@pytest.mark.slow
def test_build_as_json(duckdb) -> None:
    """Machines get JSON and nothing else."""
    write_tracks(duckdb, SIGNUPS)
    result = run("build", "--url", url_of(duckdb), "--json", "--select", "+session_tracks")
    plain = json.loads(result.stdout)
    assert [one["name"] for one in plain["relations"]] == ["aliases_mapping", "session_events", "sessions", "session_tracks"]
    assert plain["source"]["events_read"] == 5


@pytest.mark.slow
def test_flags_are_settings(duckdb) -> None:
    """Each flag reaches the build."""
    write_tracks(duckdb, [*SIGNUPS, SIGNUPS[0]], name="raw")
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


@pytest.mark.slow
def test_a_selection_may_be_repeated(duckdb) -> None:
    """Each adds to what is built; a flag that means one thing is refused when it stands twice."""
    write_tracks(duckdb, SIGNUPS)
    run("build", "--url", url_of(duckdb))
    result = run("build", "--url", url_of(duckdb), "--select", "tracks_flow", "--select", "session_tracks", "--json", "--quiet")
    assert {one["name"] for one in json.loads(result.stdout)["relations"]} == {"tracks_flow", "session_tracks"}
    assert result.stderr == ""


def test_a_build_that_fails_leaves_no_empty_file(tmp_path) -> None:
    """DuckDB makes a file of any name; what is left of a failed first build would only mislead."""
    Path("events.csv").write_text("id,event\n")
    assert "has no column 'timestamp'" in run("build", "--tracks", "events.csv").stderr
    assert [path.name for path in tmp_path.iterdir()] == ["events.csv"]


@pytest.mark.slow
def test_two_first_builds_at_once(tmp_path) -> None:
    """All but one may find the file taken; that one's results stay."""
    Path("e.csv").write_text("id,anonymous_id,event,timestamp\n1,d,x,2026-01-01T00:00:00Z\n")
    command = [sys.executable, "-c", "from sessionmodels.cli import main; main()", "build", "--tracks", "e.csv", "--quiet"]
    builders = [subprocess.Popen(command, stderr=subprocess.PIPE, env=lean()) for _ in range(3)]
    for builder in builders:
        builder.communicate()
    assert 0 in {builder.returncode for builder in builders}
    assert (tmp_path / "sessionmodels.duckdb").exists()
