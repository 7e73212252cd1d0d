"""The demo: sessions on a fresh machine, the same every time, and nobody's tables touched."""

import stat
from typing import Any

import pytest
import sqlalchemy as sa
from command import run
from demos import demo
from oracle import Raw
from tables import write_tracks

from sessionmodels.demo.settings import SETTINGS_FILE
from sessionmodels.demo.shop import COLUMNS, events
from sessionmodels.rules.context import CONTEXT, NO_REFERRER


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    """The shop's events."""
    return [dict(zip(COLUMNS, row, strict=True)) for row in events()]


@pytest.mark.slow
def test_demo(rows) -> None:
    """Whatever is set elsewhere: sessions, the analysis and four answers, in a file of its own, in little time.

    It is the same every time, because the events are; the documents show what it prints, and a test holds them to it.
    """
    first = demo()
    assert [dict(zip(COLUMNS, row, strict=True)) for row in events()] == rows
    assert first.starts < 20  # ten seconds where a start takes half of one; a quicker start needs another bound
    assert first.shown.count("?\n\nSELECT") == 4
    assert "avg_session_duration" in first.shown
    assert "open sessionmodels_demo.html in a browser" in " ".join(first.shown.split())
    assert f"a file sessionmodels.toml has them:\n\n{SETTINGS_FILE}\n" in first.shown
    assert stat.S_IMODE(first.file.stat().st_mode) == 0o600
    engine = sa.create_engine(f"duckdb:///{first.file}", connect_args={"read_only": True})
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM dbt_session_tracks").scalar_one() > 5_000
    engine.dispose()


@pytest.mark.slow
def test_the_demo_fits_80_columns() -> None:
    """Every line of it, and the tables are tables."""
    told = demo().shown
    assert max(map(len, told.splitlines())) <= 80
    assert "relation                 kind     rows  seconds\n----" in told
    assert "session_id     session_start_at         landing_page  utm_campaign  conversions\n----" in told


@pytest.mark.slow
def test_the_shops_events(rows) -> None:
    """About 50,000, with every column that the context is read from by default, as a RudderStack warehouse names it."""
    assert 45_000 < len(rows) < 55_000
    assert {name for name in COLUMNS if name.startswith("context_")} == {sources[0] for sources in CONTEXT.values()}
    for name in COLUMNS:
        assert any(row[name] is not None for row in rows), name


def test_a_visit_has_one_entrance(rows) -> None:
    """A campaign is there where the open page's URL has it, on a session's first pages alone; bots have none."""
    for row in rows:
        carries = row["context_campaign_source"] is not None
        assert carries == ("utm_source=" in row["context_page_url"])
        if carries:
            assert f"utm_campaign={row['context_campaign_name']}" in row["context_page_url"]
            assert "://shop.example" not in (row["context_page_referrer"] or NO_REFERRER)
        if (row["anonymous_id"] or "").startswith("crawler-"):
            assert not carries
            assert row["context_device_type"] is None


@pytest.mark.slow
def test_campaigns_and_devices_differ() -> None:
    """A marketer sees something: phones convert worse than laptops, and the newsletter better than paid social media."""
    engine = sa.create_engine(f"duckdb:///{demo().file}", connect_args={"read_only": True})
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
