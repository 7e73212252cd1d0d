"""A dry run of an incremental build: how it would go, why, and over how many new rows; nothing is touched."""

import json

import pytest
from command import run
from engines import params
from oracle import MINUTE, Raw
from streams import NEW, OLD
from tables import assert_same, names_in, read_all, write_tracks

from sessionmodels import Settings, SettingsError, build_all, plan_all, status
from sessionmodels.warehouses import warehouse_of

HOUR = 60 * MINUTE
FIRST = [Raw(raw.id, raw.anonymous_id, raw.user_id, raw.event, raw.timestamp, 100 * HOUR) for raw in OLD]
MORE = [*FIRST, *(Raw(raw.id, raw.anonymous_id, raw.user_id, raw.event, raw.timestamp, 101 * HOUR) for raw in NEW)]
PLAIN = Settings(layout=False)


@pytest.mark.slow
@pytest.mark.parametrize("warehouse", params("duckdb", "bigquery"), indirect=True)
def test_what_the_next_build_would_do(warehouse) -> None:
    """A full one with its reason, nothing, or an incremental one with its new rows and every step that it then takes."""
    write_tracks(warehouse, FIRST)
    first = plan_all(warehouse, PLAIN, incremental=True)
    assert (first.mode, first.reason) == ("full", "no previous build is recorded")
    assert "-- Full build: no previous build is recorded." in str(first)
    build_all(warehouse, PLAIN, incremental=True)
    nothing = plan_all(warehouse, PLAIN, incremental=True)
    assert (nothing.mode, tuple(nothing)) == ("nothing", ())
    write_tracks(warehouse, MORE)
    before, names = read_all(warehouse), names_in(warehouse)
    planned = plan_all(warehouse, PLAIN, incremental=True)
    assert (planned.mode, planned.new_rows) == ("incremental", len(MORE) - len(FIRST))
    assert "-- Incremental build: 7 new rows." in str(planned)
    assert_same(read_all(warehouse), before)
    assert (names_in(warehouse), len(status(warehouse).builds)) == (names, 1)
    taken = []
    result = build_all(
        warehouse, PLAIN, incremental=True, watch=lambda _done, _known, step: taken.append((step.relation_name, step.action))
    )
    assert result.increment
    assert result.increment.events_new == planned.new_rows
    # Where the window goes into a temporary table, it is read before the build, to find out whether there is anything to do.
    before_it = [("tracks", "read the newly loaded rows")] if warehouse_of(warehouse.dialect.name).transactions.rolls_back else []
    assert [(step.relation, step.action) for step in planned] == [*before_it, *taken]


@pytest.mark.slow
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


def test_a_view_to_replace(engine) -> None:
    """Where nothing came but a view was replaced, that is all there is to do."""
    write_tracks(engine, FIRST)
    build_all(engine, incremental=True)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE OR REPLACE VIEW dbt_session_duration AS SELECT dbt_visitor_id, session_id,"
            " CAST(99 AS DOUBLE PRECISION) AS session_duration FROM dbt_sessions"
        )
    planned = plan_all(engine, incremental=True)
    assert (planned.mode, planned.new_rows) == ("incremental", 0)
    assert "replace the view" in {step.action for step in planned}


@pytest.mark.slow
def test_the_command(duckdb) -> None:
    """As a script with its mode on top, and as JSON; an audit needs a build."""
    write_tracks(duckdb, FIRST)
    build_all(duckdb, incremental=True)
    write_tracks(duckdb, MORE)
    url = duckdb.url.render_as_string()
    duckdb.dispose()
    shown = run("build", "--url", url, "--incremental", "--dry-run").stdout
    assert shown.startswith("-- Incremental build: 7 new rows.\n")
    plain = json.loads(run("build", "--url", url, "--incremental", "--dry-run", "--json").stdout)
    assert (plain["mode"], plain["new_rows"]) == ("incremental", 7)
    assert all(step["sql"] in shown for step in plain["steps"])
    refused = run("build", "--url", url, "--dry-run", "--audit", "1%")
    assert (refused.exit_code, "remove --audit" in refused.stderr) == (2, True)
