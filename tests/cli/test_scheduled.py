"""The command as a scheduler runs it: its exit status, its logs, how it stops when it is told to, and what `status` shows."""

import json
import signal
import subprocess
import sys
import threading
import time

import pytest
from command import run, url_of
from engines import on
from environments import lean
from oracle import MINUTE, Raw, sessionize
from streams import NEW, OLD
from tables import assert_same, names_in, read_all, write_tracks

from sessionmodels import Settings, build_all, status
from sessionmodels.models import MODELS

pytestmark = pytest.mark.slow

# A shell that runs tests in the background has told its children to ignore Ctrl-C.
LISTENING = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
COMMAND = [sys.executable, "-c", f"{LISTENING} from sessionmodels.__main__ import main; main()"]
HOUR = 60 * MINUTE
FIRST = [Raw(raw.id, raw.anonymous_id, raw.user_id, raw.event, raw.timestamp, 100 * HOUR) for raw in OLD]
MORE = [*FIRST, *(Raw(raw.id, raw.anonymous_id, raw.user_id, raw.event, raw.timestamp, 101 * HOUR) for raw in NEW)]


def test_every_hour(duckdb) -> None:
    """One line in cron: the first run is one in full, then only what came, then nothing; each with status 0."""
    write_tracks(duckdb, FIRST)
    modes = []
    for raws in (FIRST, MORE, MORE):
        write_tracks(duckdb, raws)
        result = run("build", "--url", url_of(duckdb), "--incremental", "--wait", "10m", "--json", "--quiet")
        assert result.exit_code == 0, result.output
        modes.append(json.loads(result.stdout)["mode"])
    assert modes == ["full", "incremental", "nothing"]
    assert_same(read_all(duckdb), sessionize(MORE)[0])


def test_logs_for_machines(duckdb) -> None:
    """Each line on the standard error is one JSON object with a time, a level and a message; the result stays apart."""
    write_tracks(duckdb, FIRST)
    result = run("build", "--url", url_of(duckdb), "--incremental", "--log-format", "json", "--json")
    lines = [json.loads(line) for line in result.stderr.splitlines()]
    assert all({"time", "level", "message"} <= line.keys() for line in lines)
    assert {line["relation"] for line in lines if "relation" in line} >= set(MODELS)
    assert all("seconds" in line for line in lines if "action" in line)
    assert json.loads(result.stdout)["mode"] == "full"
    failed = run("build", "--url", url_of(duckdb), "--source-table", "dbt_tracks_flow", "--log-format", "json")
    assert failed.exit_code == 1
    last = json.loads(failed.stderr.splitlines()[-1])
    assert (last["level"], last["exit_status"]) == ("ERROR", 1)
    assert "has no column 'id'" in last["message"]


def test_locked(duckdb) -> None:
    """A database that another program holds: status 3, and how to wait; with `--wait` it is waited for."""
    write_tracks(duckdb, FIRST)
    url = url_of(duckdb)
    holder = (
        f"import duckdb, time; c = duckdb.connect({duckdb.url.database!r}); print('held', flush=True); input(); time.sleep(1)"
    )
    process = subprocess.Popen([sys.executable, "-c", holder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    process.stdout.readline()
    at_once = run("build", "--url", url, "--quiet")
    assert at_once.exit_code == 3
    assert "another program has locked duckdb://" in at_once.stderr
    assert "--wait 10m" in at_once.stderr
    assert process.stdin
    process.stdin.write("\n")
    process.stdin.close()
    waited = run("build", "--url", url, "--quiet", "--wait", "1m")
    assert waited.exit_code == 0, waited.stderr
    process.wait()
    process.stdout.close()


@pytest.mark.parametrize("unit", ["90x", "m", "-5m"])
def test_a_length_of_time_that_is_none(unit) -> None:
    """Is refused, with one that would do."""
    result = run("build", "--wait", unit)
    assert result.exit_code == 2
    told = f"Invalid value for '--wait': expected a duration such as 90s, 10m, 1h or 7d, got {unit!r}; a bare number is seconds"
    assert told in result.stderr or "No such option" in result.stderr


SLOW = {
    "duckdb": (
        "CREATE TABLE many AS SELECT i FROM range(1000000) t (i)",
        "CREATE VIEW slow AS SELECT * FROM tracks WHERE (SELECT count(*) FROM many a, many b WHERE hash(a.i + b.i) % 7 = 3) > 0",
    ),
    "postgresql": ("CREATE VIEW slow AS SELECT tracks.* FROM tracks, LATERAL (SELECT pg_sleep(2) FROM (SELECT tracks.id) t) s",),
}


@pytest.mark.parametrize(
    ("engine", "number"), [on("duckdb", signal.SIGINT), on("postgresql", signal.SIGTERM)], indirect=["engine"]
)
def test_stopped(engine, number) -> None:
    """In the middle of a long statement: soon over, with the shell's status; nothing changed, nothing stray, written down.

    Each signal raises the same in us: on either engine one of them stops the statement.
    """
    write_tracks(engine, FIRST)
    build_all(engine)
    with engine.begin() as connection:
        for statement in SLOW[engine.dialect.name]:
            connection.exec_driver_sql(statement)
    command = [*COMMAND, "build", "--url", url_of(engine), "--source-table", "slow", "--log-format", "json"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=lean()) as process:
        assert process.stderr
        assert any("build 2 starts" in line for line in process.stderr)
        time.sleep(1)
        started = time.monotonic()
        process.send_signal(number)
        timer = threading.Timer(60, process.kill)
        timer.start()
        told = process.stderr.read()
        timer.cancel()
    assert time.monotonic() - started < 30
    assert process.returncode == 128 + number
    assert told.strip().splitlines()[-1] == ("Interrupted." if number == signal.SIGINT else "Stopped.")
    assert "Traceback" not in told
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP VIEW slow")
        connection.exec_driver_sql("DROP TABLE IF EXISTS many")
    assert names_in(engine) == {"tracks", *(f"dbt_{name}" for name in MODELS)}
    assert_same(read_all(engine), sessionize(FIRST)[0])
    assert [one.outcome for one in status(engine).builds] == ["failed", "done"]
    build_all(engine)


def test_what_can_still_join_a_session(duckdb) -> None:
    """Late events; and where sessions follow the SDK's, events on time, too, however long after."""
    write_tracks(duckdb, FIRST)
    build_all(duckdb, incremental=True)
    assert "except for late events." in str(status(duckdb))
    settings = Settings(sdk_sessions=True, table_prefix="sdk_")
    build_all(duckdb, settings, incremental=True)
    assert "except for late events, and for those of an SDK session that goes on (sdk_sessions)." in str(status(duckdb, settings))


def test_status(duckdb) -> None:
    """The last builds, the latest first; which wrote each relation last; through which moment sessions are complete."""
    write_tracks(duckdb, FIRST)
    url = url_of(duckdb)
    nothing = run("status", "--url", url)
    assert nothing.exit_code == 1
    assert "there is no 'sessionmodels_builds_dbt_' in the default schema; build first" in nothing.stderr
    run("build", "--url", url, "--incremental")
    write_tracks(duckdb, MORE)
    duckdb.dispose()
    run("build", "--url", url, "--incremental")
    shown = run("status", "--url", url)
    assert shown.exit_code == 0, shown.output
    assert "build 1: full build: no previous build is recorded" in shown.stdout
    assert "Sessions are complete through 1970-01-05 04:30:00 UTC (events loaded by 1970-01-05 05:00:00 UTC)" in shown.stdout
    told = json.loads(run("status", "--url", url, "--json", "--last", "1").stdout)
    assert [one["mode"] for one in told["builds"]] == ["incremental"]
    assert told["builds"][0]["row_counts"]["mapped_tracks"] == len(MORE)
    assert {one["relation"]: one["build"] for one in told["relations"]} == dict.fromkeys(MODELS, 2)
    run("build", "--url", url, "--select", "tracks_flow")
    build = {one.relation: one.build for one in status(duckdb).relations}
    assert (build["tracks_flow"], build["track_facts"]) == (3, 2)


def test_status_of_a_failed_build(duckdb) -> None:
    """Why it failed stands there, and no password of the URL does."""
    write_tracks(duckdb, FIRST)
    build_all(duckdb)
    with duckdb.begin() as connection:
        connection.exec_driver_sql("CREATE VIEW broken AS SELECT *, CAST(event AS INTEGER) AS number FROM tracks")
        connection.exec_driver_sql(
            "CREATE VIEW broken2 AS SELECT id, anonymous_id, user_id, number AS event, timestamp FROM broken"
        )
    url = url_of(duckdb)
    assert run("build", "--url", url, "--source-table", "broken2").exit_code == 1
    shown = run("status", "--url", url).stdout
    assert "failed" in shown
    assert "build 2: tracks: could not" in shown
