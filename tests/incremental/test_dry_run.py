"""A dry run of an incremental build: how it would go, why, and over how many new rows.

`test_continuing.py` sees on every warehouse that it shows what the next build does, and touches nothing.
"""

import json

import pytest
from command import run
from loads import FIRST, SECOND
from tables import write_tracks

from sessionmodels import Settings, SettingsError, build_all, plan_all

pytestmark = pytest.mark.slow

MORE = [*FIRST, *SECOND]


def test_under_the_setting(duckdb) -> None:
    """As the build itself: the setting counts, a full refresh is one, and what contradicts itself is refused."""
    write_tracks(duckdb, FIRST)
    settings = Settings(incremental=True)
    build_all(duckdb, settings)
    assert plan_all(duckdb, settings).mode == "nothing"
    assert plan_all(duckdb, settings, full_refresh=True).reason == "a full refresh was requested"
    assert plan_all(duckdb, settings, select="tracks_flow").mode == "part"
    with pytest.raises(SettingsError, match="an incremental build is of all relations"):
        plan_all(duckdb, incremental=True, select="tracks_flow")


def test_a_view_to_replace(built) -> None:
    """Where nothing came but a view was replaced, that is all there is to do."""
    with built.begin() as connection:
        connection.exec_driver_sql(
            "CREATE OR REPLACE VIEW dbt_session_duration AS SELECT dbt_visitor_id, session_id,"
            " CAST(99 AS DOUBLE PRECISION) AS session_duration FROM dbt_sessions"
        )
    planned = plan_all(built, incremental=True)
    assert (planned.mode, planned.new_rows) == ("incremental", 0)
    assert "replace the view" in {step.action for step in planned}


def test_the_command(built_duckdb) -> None:
    """As a script with its mode on top, and as JSON; an audit needs a build."""
    write_tracks(built_duckdb, MORE)
    url = built_duckdb.url.render_as_string()
    built_duckdb.dispose()
    shown = run("build", "--url", url, "--incremental", "--dry-run").stdout
    assert shown.startswith("-- Incremental build: 7 new rows.\n")
    plain = json.loads(run("build", "--url", url, "--incremental", "--dry-run", "--json").stdout)
    assert (plain["mode"], plain["new_rows"]) == ("incremental", 7)
    assert all(step["sql"] in shown for step in plain["steps"])
    refused = run("build", "--url", url, "--dry-run", "--audit", "1%")
    assert (refused.exit_code, "remove --audit" in refused.stderr) == (2, True)
