"""`sessionmodels migrate`, as people without a checkout use it, and what `status` says of views."""

import json
import subprocess
import sys

import pytest
import sqlalchemy as sa
from command import run, url_of
from project import ALL_VIEWS, write_loaded
from streams import events
from tables import assert_same, read_all

from sessionmodels import Settings, status
from sessionmodels.models import MODELS
from sessionmodels.warehouses.catalogue import MARK

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("unguarded")]

RAWS = [raw for n in range(4) for raw in events(n, 1_700_000_000_000_000, [n * 7 + k * 11 for k in range(5)])]


@pytest.fixture
def url(duckdb) -> str:
    """A database with events, as the command takes it."""
    write_loaded(duckdb, RAWS)
    return url_of(duckdb)


def views(engine) -> set[str]:
    found = set(sa.inspect(engine).get_view_names())
    engine.dispose()
    return found


def test_up_and_down(url, duckdb) -> None:
    """It says which revision is reached and which views stand; down again, none does."""
    result = run("migrate", "--url", url, "--all-views")
    assert result.exit_code == 0, result.output
    shown = "\n".join(sorted(f"dbt_{name}" for name in MODELS))
    assert result.stdout.startswith("at revision 0001; these views exist:\n\nview\n---")
    assert result.stdout.endswith(f"\n{shown}\n")
    assert views(duckdb) == {f"dbt_{name}" for name in MODELS}
    result = run("migrate", "--url", url, "--check", "--all-views")
    assert (result.exit_code, result.stdout) == (0, "The views match the settings.\n"), result.output
    result = run("migrate", "--url", url, "--undo", "base")
    assert result.stdout == "at revision base; no views exist\n", result.output
    assert views(duckdb) == set()


def test_a_kind_that_is_named_wins(url, duckdb) -> None:
    """`--kind` wins over `--all-views`; and a view that should be a table is reported, with the command that replaces it."""
    result = run("migrate", "--url", url, "--all-views", "--kind", "tracks_flow=table", "--json")
    assert json.loads(result.stdout)["revision"] == "0001"
    assert views(duckdb) == {f"dbt_{name}" for name in MODELS} - {"dbt_tracks_flow"}
    result = run("migrate", "--url", url, "--check", "--kind", "session_tracks=view")
    assert result.exit_code == 1
    assert "dbt_user_session_facts is a view but should be a table: `sessionmodels build` replaces it" in result.stderr


def test_a_file_that_another_program_holds(tmp_path) -> None:
    """Is waited for as long as `--wait` says."""
    file = tmp_path / "held.duckdb"
    engine = sa.create_engine(f"duckdb:///{file}")
    write_loaded(engine, RAWS)
    engine.dispose()
    code = "import duckdb, sys, time; c = duckdb.connect(sys.argv[1]); print('held', flush=True); input(); time.sleep(1)"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", code, str(file)], stdin=pipe, stdout=pipe, text=True) as holder:
        assert holder.stdin
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        assert run("migrate", "--url", f"duckdb:///{file}", "--all-views").exit_code == 3
        holder.stdin.write("\n")
        holder.stdin.close()
        assert run("migrate", "--url", f"duckdb:///{file}", "--all-views", "--wait", "30s").exit_code == 0


def test_what_is_gone_comes_back(url, duckdb) -> None:
    """A view that was dropped is told of by `--check` and `status`, and made again."""
    run("migrate", "--url", url, "--all-views")
    rows = read_all(duckdb)
    with duckdb.begin() as connection:
        connection.exec_driver_sql("DROP VIEW dbt_tracks_flow")
    assert status(duckdb, Settings(kinds=ALL_VIEWS)).missing_views == ("dbt_tracks_flow",)
    duckdb.dispose()
    result = run("migrate", "--url", url, "--check", "--all-views")
    assert result.exit_code == 1
    assert "view dbt_tracks_flow is missing: `sessionmodels migrate` creates it" in result.stderr
    told = run("status", "--url", url, *(word for name in MODELS for word in ("--kind", f"{name}=view")))
    assert "view dbt_tracks_flow is missing; a build" in told.stdout
    assert run("migrate", "--url", url, "--all-views").exit_code == 0
    assert_same(read_all(duckdb), rows)
    assert status(duckdb, Settings(kinds=ALL_VIEWS)).missing_views == ()


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (("--check",), 1, "have not all run; run `sessionmodels migrate`"),
        (("--check", "--undo", "base"), 2, "--undo and --check exclude each other"),
        (("--check", "--sql"), 2, "--check and --sql exclude each other"),
        (("--to", "0001", "--undo", "base"), 2, "--to and --undo exclude each other"),
        (("--undo", ""), 2, "--undo names no revision"),
        (("--undo", "-1", "--sql"), 2, "takes FROM:TO"),
        (("--all-views", "--kind", "track_flow=view"), 2, "did you mean 'tracks_flow'?"),
        (("--all-views", "--idle-minutes", "45", "--check"), 2, "would have a different definition"),
        (("--to", "nowhere"), 2, "Can't locate revision identified by 'nowhere'; there are: base, 0001, head"),
        (("--undo", "nowhere"), 2, "Can't locate revision identified by 'nowhere'"),
        (("--source-table", "nothing"), 1, "there is no table 'nothing'"),
        (("--dialect", "oracle", "--sql"), 2, "'oracle' is not supported"),
    ],
)
def test_how_it_ends(url, words, status, message) -> None:
    """In one clear text and a status, without a traceback."""
    result = run("migrate", "--url", url, *words)
    assert (result.exit_code, result.stdout) == (status, ""), result.output
    assert message in result.stderr


def test_a_failure_is_ours(engine) -> None:
    """What the database refuses names the view and says what stands."""
    write_loaded(engine, RAWS)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE VIEW dbt_mapped_tracks AS SELECT 1 AS other")
        connection.exec_driver_sql(f"COMMENT ON VIEW dbt_mapped_tracks IS '{MARK}'")
        connection.exec_driver_sql("CREATE VIEW theirs AS SELECT other FROM dbt_mapped_tracks")
    result = run("migrate", "--url", url_of(engine), "--all-views")
    if engine.dialect.name == "postgresql":
        assert result.exit_code == 1
        assert "mapped_tracks: could not drop the view: " in result.stderr
        assert "The migration was rolled back." in result.stderr
        assert views(engine) == {"dbt_mapped_tracks", "theirs"}
    else:  # a view of any columns is replaced there
        assert result.exit_code == 0, result.output
