"""`sql`: the script that it prints, and that it does what a build does."""

import re
from pathlib import Path

import pytest
from command import run
from engines import params
from oracle import sessionize
from streams import SIGNUPS
from tables import assert_same, read_all, write_tracks

from sessionmodels import Settings, build_all
from sessionmodels.models import MODELS
from sessionmodels.warehouses import WAREHOUSES


@pytest.mark.parametrize("dialect", params(*WAREHOUSES))
def test_sql(dialect) -> None:
    """Every statement of a first build, without connecting."""
    result = run("sql", "--dialect", dialect, "--target-schema", "analytics", "--loaded-at-column", "arrived")
    assert result.exit_code == 0, result.output
    for name in ("tracks", *MODELS):
        assert re.search(rf"^-- {name}: .*\nCREATE ", result.stdout, re.MULTILINE)
    assert "arrived" in result.stdout
    assert "avg_session_duration" in run("sql", "--dialect", dialect, "--analysis").stdout


@pytest.mark.slow
def test_the_sql_of_duckdb_runs_as_it_is_printed(duckdb) -> None:
    """Pasted into a console, it builds what `build` builds."""
    write_tracks(duckdb, SIGNUPS)
    printed = run("sql").stdout
    with duckdb.begin() as connection:
        for statement in printed.split(";\n"):
            connection.exec_driver_sql(statement)
    assert_same(read_all(duckdb), sessionize(SIGNUPS)[0])


@pytest.mark.slow
def test_the_script_with_context(duckdb) -> None:
    """Run as it is printed, `sql --with-context` fills the same rows as a build; without the flag, the context is null."""
    columns = [names[0] for names in Settings().context.values()]
    ids = "n::TEXT AS id, 'd' AS anonymous_id, NULL::TEXT AS user_id, 'page' AS event"
    times = "TIMESTAMPTZ '2026-01-05 12:00:00+00' + INTERVAL (n * 20) MINUTE AS timestamp, now() AS uuid_ts"
    context = ", ".join(f"CASE WHEN n % 2 = 0 THEN '{column} ' || n END AS {column}" for column in columns)
    with duckdb.begin() as connection:
        connection.exec_driver_sql(
            f"CREATE TABLE tracks AS SELECT {ids}, {times}, {context} FROM generate_series(1, 5) AS made(n)"
        )
        for prefix, flags in {"with_": ["--with-context"], "without_": []}.items():
            connection.connection.cursor().execute(run("sql", "--table-prefix", prefix, *flags).stdout)
    build_all(duckdb)
    assert_same(read_all(duckdb, Settings(table_prefix="with_")), read_all(duckdb))
    campaigns = [
        {row["utm_campaign"] for row in read_all(duckdb, Settings(table_prefix=prefix))["session_events"]}
        for prefix in ("with_", "without_")
    ]
    assert campaigns == [{None, "context_campaign_name 2", "context_campaign_name 4"}, {None}]


@pytest.mark.slow
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
