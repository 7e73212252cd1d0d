"""What the command prints, as a terminal of 80 columns shows it, as a file keeps it, and as a program reads it."""

import json
import re
import subprocess
import unicodedata
from pathlib import Path

import pytest
import sqlalchemy as sa
from command import run
from environments import lean
from oracle import MINUTE, Raw
from tables import write_tracks
from terminal import COMMAND, shown

from sessionmodels import build_all

EVIL = "evil\x1b]0;owned\x07\x9b2J\x7f\u202e"
PACKAGE = Path(__file__).parents[2] / "sessionmodels"


def raw_controls(text: str) -> set[str]:
    return {one for one in text if (unicodedata.category(one) == "Cc" and one != "\n") or one == "\u202e"}


@pytest.fixture
def url(duckdb: sa.Engine) -> str:
    """A built database with a visitor whose id would steer a terminal, and one whose id is long."""
    raws = [Raw(f"e{n}", who, None, "x", n * MINUTE) for n, who in enumerate((EVIL, EVIL, "long" * 30, "long" * 30))]
    write_tracks(duckdb, raws)
    build_all(duckdb)
    text = duckdb.url.render_as_string()
    duckdb.dispose()
    return text


@pytest.mark.slow
def test_what_is_shown_of_ids(url) -> None:
    """No id is torn: in a terminal one record a block, in a file one line a row, however long. No control character reaches them.

    JSON says the same exactly, in ASCII.
    """
    words = ("ask", "top_users", "--url", url)
    narrow, wide, file = shown(*words), shown(*words, width=200), run(*words).stdout
    assert f"dbt_visitor_id:\n{'long' * 30}\navg_session_duration: 1\n" in narrow
    for told in (wide, file):
        assert re.search(f"^{'long' * 30} +1$", told, re.MULTILINE)
    for told in (narrow, wide, file):
        assert r"evil\x1b]0;owned\x07\x9b2J\x7f\u202e" in told
        assert raw_controls(told) == set()
    plain = run(*words, "--json").stdout
    assert plain.isascii()
    assert raw_controls(plain) == set()
    assert EVIL in {row["dbt_visitor_id"] for row in json.loads(plain)}


@pytest.mark.parametrize(
    "words",
    [
        ["ask", "top_users", "--url", "duckdb://", "--target-schema", EVIL],
        ["build", "--url", "duckdb://", "--source-table", EVIL],
        ["build", "--url", "duckdb://", "--source-table", EVIL, "--log-format", "json"],
        ["status", EVIL],
        ["--" + EVIL],
        [EVIL],
    ],
)
def test_no_control_character_is_in_an_error(words) -> None:
    """Whether it is ours, the database's or about the usage."""
    result = run(*words)
    assert result.exit_code in {1, 2}
    assert "evil" in result.stderr
    assert raw_controls(result.output) == set()


@pytest.mark.slow
def test_statements_are_kept_to_the_letter() -> None:
    """A literal in a script is what it is; a terminal is shown it in escapes."""
    words = ["sql", "--select", "sessions", "--counter", "cnt_red=\x1b[31mred"]
    assert "'\x1b[31mred'" in run(*words).stdout
    assert r"'\x1b[31mred'" in shown(*words)


@pytest.mark.slow
def test_an_output_that_knows_ascii_alone(duckdb) -> None:
    """What was done is done and told, in escapes; a script, which would be another one, is refused with the way out."""
    ascii_alone = lean(PYTHONIOENCODING="ascii", PYTHONUTF8="0")

    def told(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*COMMAND, *words], capture_output=True, text=True, env=ascii_alone, check=False)

    write_tracks(duckdb, [Raw("e", "d", None, "x", 0)])
    url = duckdb.url.render_as_string()
    duckdb.dispose()
    built = told("build", "--url", url, "--target-schema", "schön", "--select", "aliases_mapping", "--quiet")
    assert built.returncode == 0, built.stderr
    assert r"sch\xf6n.dbt_aliases_mapping" in built.stdout
    written = told("sql", "--target-schema", "schön")
    assert (written.returncode, written.stdout) == (2, "")
    assert "set PYTHONIOENCODING=utf-8" in written.stderr


@pytest.mark.slow
def test_an_error_is_told_once(duckdb) -> None:
    """On the standard error, also under --quiet, and where a build writes it down; logs for machines keep their records."""
    with duckdb.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE raw (id VARCHAR, anonymous_id VARCHAR, event VARCHAR, timestamp TIMESTAMP)")
        connection.exec_driver_sql("INSERT INTO raw VALUES ('1', 'd', 'x', TIMESTAMP '2026-01-01')")
        connection.exec_driver_sql(
            "CREATE VIEW tracks AS SELECT id, anonymous_id, event, timestamp, CAST(event AS INTEGER) AS user_id FROM raw"
        )
    url = duckdb.url.render_as_string()
    duckdb.dispose()
    for words in ([], ["--quiet"]):
        failed = run("build", "--url", url, *words)
        assert (failed.exit_code, failed.stdout) == (1, "")
        assert failed.stderr.count("Conversion Error") == 1
        assert len(re.findall(r"^Error: ", failed.stderr, re.MULTILINE)) == 1
    lines = [json.loads(line) for line in run("build", "--url", url, "--log-format", "json").stderr.splitlines()]
    assert [one["outcome"] for one in lines if "outcome" in one] == ["failed"]
    assert lines[-1]["exit_status"] == 1


@pytest.mark.slow
def test_an_audit_is_told_once(duckdb) -> None:
    """What it found is the error; the result beside it is what was built. JSON has both."""
    raws = [Raw(f"e{n}", "d", None, "x", n * MINUTE, 0) for n in range(3)]
    write_tracks(duckdb, raws)
    build_all(duckdb, incremental=True)
    with duckdb.begin() as connection:
        connection.exec_driver_sql("UPDATE dbt_sessions SET session_start_at = session_start_at - INTERVAL 1 HOUR")
    url = duckdb.url.render_as_string()
    duckdb.dispose()
    words = ["build", "--url", url, "--incremental", "--audit", "100%", "--quiet"]
    found = run(*words)
    assert found.exit_code == 4
    assert found.output.count("audit: 1 visitor compared") == found.stderr.count("audit: 1 visitor compared") == 1
    assert found.stdout.strip()
    plain = json.loads(run(*words, "--json").stdout)
    assert plain["audit"]["differences"]


def test_one_place_prints() -> None:
    """Nothing passes by its escapes; the words of `signals.py` are fixed."""
    for path in PACKAGE.rglob("*.py"):
        printing = re.findall(r"\bclick\.s?echo\(|(?<!\.)\bprint\(|sys\.std(?:out|err)\.write", path.read_text())
        assert not printing or path.name in {"output.py", "signals.py"}, path


@pytest.mark.parametrize(
    "command",
    ["", "demo", "build", "check", "migrate", "settings", "status", "sql", "graph", "report", "ask top_users", "verify"],
)
def test_help_fits_80_columns(command) -> None:
    """Also its examples."""
    told = shown(*command.split(), "--help")
    assert [line for line in told.splitlines() if len(line) > 80] == []
