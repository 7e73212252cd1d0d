"""The demo: sessions on a fresh machine, the same every time, and nobody's tables touched."""

import re
import time
from pathlib import Path

import pytest
import sqlalchemy as sa
from command import run
from oracle import Raw
from tables import write_tracks

from sessionmodels.demo.settings import SETTINGS_FILE
from sessionmodels.demo.shop import COLUMNS, events
from sessionmodels.rules.context import CONTEXT, NO_REFERRER


@pytest.mark.slow
def test_demo(tmp_path) -> None:
    """On a fresh machine: sessions, the analysis and four answers, in seconds of processor time, the same every time."""
    started = time.process_time()  # not that of other processes on a busy machine
    result = run("demo")
    assert result.exit_code == 0, result.output
    assert time.process_time() - started < 10
    assert result.stdout.count("?\n\nSELECT") == 4
    assert "avg_session_duration" in result.stdout
    assert "open sessionmodels_demo.html in a browser" in result.stdout
    assert f"a file sessionmodels.toml has them:\n\n{SETTINGS_FILE}\n" in result.stdout
    again = run("demo", "--file", "other.duckdb")

    def without_seconds(text: str) -> list[str]:
        return [line for line in text.splitlines() if not re.search(r"  table  |  view  |\.duckdb|\.html|Built in", line)]

    assert without_seconds(again.stdout) == without_seconds(result.stdout)
    engine = sa.create_engine(f"duckdb:///{tmp_path / 'other.duckdb'}")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM dbt_session_tracks").scalar_one() > 5_000


def test_the_shops_events() -> None:
    """About 50,000, with every column that the context is read from by default, as a RudderStack warehouse names it."""
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in events()]
    assert 45_000 < len(rows) < 55_000
    assert {name for name in COLUMNS if name.startswith("context_")} == {sources[0] for sources in CONTEXT.values()}
    for name in COLUMNS:
        assert any(row[name] is not None for row in rows), name


def test_a_visit_has_one_entrance() -> None:
    """A campaign is there where the open page's URL has it, on a session's first pages alone; bots have none."""
    for row in (dict(zip(COLUMNS, row, strict=True)) for row in events()):
        carries = row["context_campaign_source"] is not None
        assert carries == ("utm_source=" in row["context_page_url"])
        if carries:
            assert f"utm_campaign={row['context_campaign_name']}" in row["context_page_url"]
            assert "://shop.example" not in (row["context_page_referrer"] or NO_REFERRER)
        if (row["anonymous_id"] or "").startswith("crawler-"):
            assert not carries
            assert row["context_device_type"] is None


@pytest.mark.slow
def test_campaigns_and_devices_differ(tmp_path) -> None:
    """A marketer sees something: phones convert worse than laptops, and the newsletter better than paid social media."""
    assert run("demo", "--file", "demo.duckdb").exit_code == 0
    engine = sa.create_engine(f"duckdb:///{tmp_path / 'demo.duckdb'}")
    figures = "SELECT {0}, avg(is_bounce::INT), avg((conversions > 0)::INT) FROM dbt_sessions GROUP BY 1"
    with engine.connect() as connection:
        devices, sources = (
            {name: (bounces, converts) for name, bounces, converts in connection.exec_driver_sql(figures.format(column))}
            for column in ("device_type", "utm_source")
        )
    engine.dispose()
    assert devices["mobile"][1] < 0.75 * devices["desktop"][1]
    for source in ("facebook", "instagram"):
        assert sources[source][0] > 2 * sources["newsletter"][0]
        assert sources[source][1] < sources["newsletter"][1] / 2


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
