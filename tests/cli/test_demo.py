"""The demo: sessions on a fresh machine, the same every time, and nobody's tables touched."""

import re
import time
from pathlib import Path

import pytest
import sqlalchemy as sa
from command import run
from oracle import Raw
from tables import write_tracks


@pytest.mark.slow
def test_demo(tmp_path) -> None:
    """On a fresh machine: sessions, the analysis and three answered questions, in seconds, the same every time."""
    started = time.monotonic()
    result = run("demo")
    assert result.exit_code == 0, result.output
    assert time.monotonic() - started < 10
    assert result.stdout.count("?\n\nSELECT") == 3
    assert "avg_session_duration" in result.stdout
    again = run("demo", "--file", "other.duckdb")

    def without_seconds(text: str) -> list[str]:
        return [line for line in text.splitlines() if not re.search(r"  table  |  view  |\.duckdb|Built in", line)]

    assert without_seconds(again.stdout) == without_seconds(result.stdout)
    engine = sa.create_engine(f"duckdb:///{tmp_path / 'other.duckdb'}")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM dbt_session_tracks").scalar_one() > 5_000


@pytest.mark.slow
def test_demo_minds_its_own_settings(monkeypatch) -> None:
    """It shows the same wherever it is run."""
    monkeypatch.setenv("SESSIONMODELS_TABLE_PREFIX", "mine_")
    Path("sessionmodels.toml").write_text("source_table = 'elsewhere'\ncompatibility = 'dbt'\n")
    result = run("demo")
    assert result.exit_code == 0, result.output
    assert "dbt_track_facts" in result.stdout


def test_demo_leaves_other_peoples_tables_alone(tmp_path) -> None:
    """A file that has a table `tracks` of somebody's is refused; the demo's own is made again."""
    engine = sa.create_engine(f"duckdb:///{tmp_path / 'mine.duckdb'}")
    write_tracks(engine, [Raw("1", "d", None, "x", 0)])
    engine.dispose()
    result = run("demo", "--file", "mine.duckdb")
    assert result.exit_code == 1
    assert "'mine.duckdb' has tables that are not the demo's; give another --file" in result.stderr
    with engine.begin() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM tracks").scalar_one() == 1
        connection.exec_driver_sql("ALTER TABLE tracks RENAME TO dbt_track_facts")
    engine.dispose()
    assert run("demo", "--file", "mine.duckdb").exit_code == 1
