"""DuckDB's files: named like a schema, held by others, read-only, in memory, in a folder that may not be entered."""

import contextlib
import ctypes
import json
import os
import stat
import subprocess
import sys

import duckdb as duckdb_module
import pytest
import sqlalchemy as sa
from command import run
from engines import put_into_its_file
from environments import lean
from oracle import sessionize
from streams import NEW, OLD
from tables import assert_same, read_all, tracks_table, write_tracks

from sessionmodels import Settings, SettingsError, build_all, migrate, plan_all, status
from sessionmodels.connection.engine import engine_for


@pytest.fixture
def rudder(tmp_path):
    """Return the URL of a file whose raw events stand in a schema that is called like the file."""
    url = f"duckdb:///{tmp_path / 'rudder.duckdb'}"
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA rudder")
    write_tracks(engine, OLD, schema="rudder.rudder")
    engine.dispose()
    return url


@pytest.mark.slow
def test_a_file_named_like_the_schema(rudder) -> None:
    """Every command means the schema: in full, incremental, read again."""
    places = ("--source-schema", "rudder", "--target-schema", "rudder")
    assert run("build", "--url", rudder, *places, "--incremental").exit_code == 0
    engine = sa.create_engine(rudder)
    write_tracks(engine, NEW, schema="rudder.rudder")
    settings = Settings(source_schema="rudder", target_schema="rudder")
    assert build_all(engine, settings, incremental=True).mode != "nothing"
    assert_same(read_all(engine, Settings(target_schema="rudder.rudder")), sessionize(NEW)[0])
    assert [one.outcome for one in status(engine, settings).builds] == ["done", "done"]
    assert plan_all(engine, settings)
    engine.dispose()
    for command in (("status", *places[2:]), ("ask", "top_users", *places[2:]), ("build", *places, "--dry-run")):
        result = run(*command, "--url", rudder)
        assert result.exit_code == 0, result.output


@pytest.mark.slow
def test_migrations_of_a_file_named_like_the_schema(rudder) -> None:
    """Up, checked, and down again."""
    words = ("--url", rudder, "--source-schema", "rudder", "--target-schema", "rudder", "--all-views")
    for more in ((), ("--check",), ("--undo", "base")):
        result = run("migrate", *words, *more)
        assert result.exit_code == 0, result.output


@pytest.mark.parametrize("pool", [None, sa.StaticPool])
def test_the_only_connection_is_inside_a_transaction(pool) -> None:
    """Refused in words by whatever reads or writes; the transaction goes on as if nothing had been, and then a build is made."""
    engine = sa.create_engine("duckdb://", poolclass=pool)
    connection = engine.connect()
    connection.execute(sa.schema.CreateTable(tracks_table()))
    for do in (build_all, plan_all, status, migrate):
        with pytest.raises(SettingsError, match="only connection is inside an open transaction; commit or roll back first"):
            do(engine)
    connection.commit()
    assert sa.inspect(engine).has_table("tracks")
    assert build_all(engine).mode == "full"
    connection.close()
    engine.dispose()


LOOKS = (("status",), ("ask", "top_users"), ("build", "--dry-run"), ("sql",))


@pytest.fixture
def built(duckdb_results):
    """Return the URL of a file in which everything is built, and which nobody has open."""
    put_into_its_file(duckdb_results)
    return duckdb_results.url.render_as_string()


@contextlib.contextmanager
def held(url: str, *, read_only: bool):
    """Hold the file in another process."""
    path = sa.make_url(url).database
    code = f"import duckdb; c = duckdb.connect({path!r}, read_only={read_only}); print('held', flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        process.stdout.readline()
        yield
        process.kill()


@pytest.mark.slow
def test_looking_takes_no_write_access(built) -> None:
    """A file that another process reads is read."""
    with held(built, read_only=True):
        for words in LOOKS:
            result = run(*words, "--url", built)
            assert result.exit_code == 0, result.output
        assert run("build", "--url", built, "--quiet").exit_code == 3


@pytest.mark.slow
def test_a_check_of_migrations_takes_no_write_access(duckdb) -> None:
    """It says what it says to whoever may write, while another process reads."""
    write_tracks(duckdb, OLD)
    put_into_its_file(duckdb)
    words = ("migrate", "--url", duckdb.url.render_as_string(), "--all-views")
    assert run(*words).exit_code == 0
    with held(words[2], read_only=True):
        result = run(*words, "--check")
        assert result.exit_code == 0, result.output


@pytest.mark.slow
def test_a_read_only_engine_in_python(built) -> None:
    """`status` and `plan_all` write nothing, so an engine that cannot write will do."""
    engine = sa.create_engine(built, connect_args={"read_only": True})
    assert status(engine).builds
    assert plan_all(engine)
    engine.dispose()


@pytest.mark.slow
def test_what_to_do_where_another_program_writes(built) -> None:
    """A command is told of `--wait` only where it has it."""
    with held(built, read_only=False):
        for words in (*LOOKS[:3], ("build",), ("migrate",)):
            result = run(*words, "--url", built)
            assert result.exit_code == 3, result.output
            assert "another program has locked" in result.stderr
            assert ("--wait" in result.stderr) is (words in {("build",), ("migrate",)})


def test_looking_makes_no_file(tmp_path) -> None:
    """What reads says that there is none; what a build would do is shown as in an empty database."""
    (tmp_path / "e.csv").write_text("id,anonymous_id,event,timestamp\n1,d,x,2026-01-01T00:00:00Z\n")
    (tmp_path / "sessionmodels.toml").write_text("tracks = 'e.csv'\n")
    for words in (("status",), ("ask", "top_users"), ("report",)):
        result = run(*words, "--url", "duckdb:///new.duckdb")
        assert result.exit_code == 1
        assert "there is no DuckDB file 'new.duckdb'" in result.stderr
    assert run("build", "--dry-run", "--url", "duckdb:///new.duckdb").exit_code == 0
    assert not (tmp_path / "new.duckdb").exists()


@pytest.mark.slow
def test_a_file_that_we_create_is_its_owners_alone(tmp_path) -> None:
    """So is its log of changes; a file that was there keeps its mode."""
    (tmp_path / "e.csv").write_text("id,anonymous_id,event,timestamp\n1,d,x,2026-01-01T00:00:00Z\n")
    before = os.umask(0o022)
    try:
        for file in ("new.duckdb", "old.duckdb"):
            if file == "old.duckdb":
                duckdb_module.connect(file).close()
            with engine_for(Settings(url=f"duckdb:///{file}", tracks="e.csv")) as engine:
                build_all(engine, Settings(tracks="e.csv"))
                with engine.begin() as connection:
                    connection.exec_driver_sql("CREATE TABLE more AS SELECT 1 AS i")
                modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob(f"{file}*")}
            expected = 0o600 if file == "new.duckdb" else 0o644
            assert modes == {file: expected, f"{file}.wal": expected}
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)


@pytest.mark.slow
def test_results_in_memory_are_not_kept(tmp_path) -> None:
    """A build says so, before it starts."""
    (tmp_path / "e.csv").write_text("id,anonymous_id,event,timestamp\n1,d,x,2026-01-01T00:00:00Z\n")
    result = run("build", "--url", "duckdb://", "--tracks", "e.csv", "--quiet")
    assert result.exit_code == 0
    assert "the results are lost when the command ends" in " ".join(result.stderr.split())


def without_override() -> None:
    """Let a process of root's be refused what a mode refuses, as anybody else is."""
    for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP


COMMANDS = """
import json, sys
from command import run
told = [run(*words) for words in json.loads(sys.argv[1])]
print(json.dumps([(one.exit_code, type(one.exception).__name__, " ".join(one.stderr.split())) for one in told]))
"""


def refused(*commands: tuple[str, ...]) -> list[str]:
    """Run these in a process that modes bind, and return what each says in the end: an error of ours, with the status 1."""
    limited = without_override if os.geteuid() == 0 else None
    words = [sys.executable, "-c", COMMANDS, json.dumps(commands)]
    ran = subprocess.run(words, env=lean(), preexec_fn=limited, capture_output=True, text=True, check=True)
    outcomes = json.loads(ran.stdout)
    assert [one[:2] for one in outcomes] == [[1, "SystemExit"]] * len(commands), outcomes
    return [told for _, _, told in outcomes]


@pytest.mark.slow
def test_files_that_cannot_be_reached(tmp_path) -> None:
    """In a folder that may not be entered, or of a name that is too long, of results or of events: an error of ours."""
    (tmp_path / "e.csv").write_text("id,anonymous_id,event,timestamp\n1,d,x,2026-01-01T00:00:00Z\n")
    (tmp_path / "locked").mkdir(mode=0)
    commands = (("build", "--tracks", "e.csv"), ("build",), ("build", "--dry-run"), ("status",))
    urls = [f"duckdb:///{name}.duckdb" for name in ("locked/x", "x" * 300)]
    results = [(*words, "--url", url) for url in urls for words in commands]
    patterns = ("locked/*.parquet", "locked/e.csv", "e" * 300 + ".csv")
    told = refused(*results, *(("build", "--tracks", one) for one in patterns))
    of_results, of_locked, of_long = told[: len(results)], told[len(results) : -1], told[-1]
    assert all("check the path and the permissions of its folders" in one for one in of_results), of_results
    assert all("permission denied" in one for one in of_locked), of_locked
    assert "no file matches" in of_long
