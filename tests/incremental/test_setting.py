"""Incremental by a setting, and what a build that is none does to those that are."""

import json
import logging

import pytest
from command import run
from oracle import MINUTE, Raw
from streams import OLD
from tables import write_tracks

from sessionmodels import Settings, build_all

pytestmark = pytest.mark.slow

HOUR = 60 * MINUTE
FIRST = [Raw(raw.id, raw.anonymous_id, raw.user_id, raw.event, raw.timestamp, 100 * HOUR) for raw in OLD]
WARNED = "so the next incremental build will be a full one"


def test_from_every_place(duckdb, monkeypatch, tmp_path) -> None:
    """The settings file, the environment, an argument and a flag: the last two override what is set."""
    write_tracks(duckdb, FIRST)
    (tmp_path / "sessionmodels.toml").write_text("incremental = true\n")
    assert build_all(duckdb).mode == "full"
    assert build_all(duckdb).mode == "nothing"
    assert build_all(duckdb, full_refresh=True).mode == "full"
    assert build_all(duckdb, incremental=False).mode == "full"
    monkeypatch.setenv("SESSIONMODELS_INCREMENTAL", "false")
    assert build_all(duckdb, incremental=True).reason.startswith("build 3 ")
    url = duckdb.url.render_as_string()
    duckdb.dispose()
    modes = []
    for setting, flags in (("true", ()), ("true", ("--no-incremental",)), ("false", ("--incremental",)), ("false", ())):
        monkeypatch.setenv("SESSIONMODELS_INCREMENTAL", setting)
        result = run("build", "--url", url, "--json", "--quiet", *flags)
        modes.append((json.loads(result.stdout)["mode"], WARNED in result.stderr))
    assert modes == [("nothing", False), ("full", True), ("full", False), ("full", True)]


def test_a_part_under_the_setting(duckdb) -> None:
    """The setting is of builds of all relations: a part is built as ever, with the warning."""
    write_tracks(duckdb, FIRST)
    settings = Settings(incremental=True)
    build_all(duckdb, settings)
    assert build_all(duckdb, settings, select="tracks_flow").mode == "part"


@pytest.mark.parametrize("how", [{}, {"select": "tracks_flow"}])
def test_the_warning_comes_before_the_build(duckdb, how, caplog) -> None:
    """It says what follows and how builds stay incremental, before anything is done; only where there is something to lose."""
    write_tracks(duckdb, FIRST)
    caplog.set_level(logging.INFO, "sessionmodels")
    build_all(duckdb)
    assert WARNED not in caplog.text
    build_all(duckdb, incremental=True)
    caplog.clear()
    build_all(duckdb, **how)
    assert WARNED in caplog.records[0].getMessage()
    assert "set incremental = true" in caplog.text
    assert caplog.records[1].getMessage().startswith("build 3 starts")
