"""A materialized view does not follow the views that it reads: migrations refresh it, and a stale one is told of."""

from dataclasses import replace

import pytest
import sqlalchemy as sa
from command import run, url_of
from oracle import Rules, sessionize
from project import ALL_VIEWS, RAWS, START, Project, write_loaded
from tables import assert_same, read_all, write_tracks

from sessionmodels import Settings, build_all, status
from sessionmodels.model import Kind

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("unguarded")]

KINDS: dict[str, Kind] = {**ALL_VIEWS, "tracks_flow": "materialized_view"}


@pytest.fixture
def project(postgresql, tmp_path) -> Project:
    """Migrations of a team's own that have run: nine views, and a materialized view on them."""
    write_loaded(postgresql, RAWS)
    migrated = Project(tmp_path / "migrations", postgresql, Settings(kinds=KINDS))
    migrated.upgrade()
    migrated.revise("flows are stored")
    migrated.upgrade()
    assert migrated.pending() == []
    return migrated


def assert_idle(project: Project, minutes: int) -> None:
    """Hold every relation, the materialized one too, against the plain-Python sessionizer."""
    assert_same(read_all(project.engine), sessionize(RAWS, Rules(idle_minutes=minutes))[0])


def test_a_migration_refreshes_it(project) -> None:
    """Whatever the settings were before, it agrees with the views that it reads, up and down again."""
    steps = [10, 400]
    reached = [30, *steps]
    for minutes in steps:
        changed = project.under(kinds=KINDS, idle_minutes=minutes)
        assert changed.pending() == [("replace_session_view", "session_events"), ("refresh_session_view", "tracks_flow")]
        changed.revise(f"idle {minutes}")
        changed.upgrade()
        assert changed.pending() == []
        assert_idle(project, minutes)
    for minutes in reversed(reached[:-1]):
        project.downgrade()
        assert_idle(project, minutes)
    project.upgrade()
    assert_idle(project, steps[-1])


def test_a_view_that_somebody_replaced(project) -> None:
    """By hand or by a revision of their own: `alembic check` and `status` tell, and the next revision refreshes it."""
    with project.engine.begin() as connection:
        body = sa.inspect(connection).get_view_definition("dbt_session_events").rstrip("; ")
        connection.exec_driver_sql(f"CREATE OR REPLACE VIEW dbt_session_events AS SELECT * FROM ({body}) AS x WHERE 1 = 1")
    assert project.pending() == [("refresh_session_view", "tracks_flow")]
    assert [one.is_stale for one in status(project.engine, project.settings).materialized] == [True]
    assert "tracks_flow was computed before" in project.revise("refresh it")
    project.upgrade()
    assert project.pending() == []
    assert [one.is_stale for one in status(project.engine, project.settings).materialized] == [False]
    assert_status_says_when_it_was_computed(project)


def assert_status_says_when_it_was_computed(project: Project) -> None:
    """And that it does not call it always fresh."""
    words = [word for name, kind in KINDS.items() for word in ("--kind", f"{name}={kind}")]
    told = run("status", "--url", url_of(project.engine), *words).stdout
    assert "views are always fresh" not in told
    assert "dbt_tracks_flow is a materialized view, computed just now" in told
    with project.engine.begin() as connection:
        connection.exec_driver_sql("COMMENT ON MATERIALIZED VIEW dbt_tracks_flow IS 'mine'")
    told = run("status", "--url", url_of(project.engine), *words).stdout
    assert "dbt_tracks_flow is a materialized view; it is unknown when it was computed" in told


def test_builds_mark_it_too(postgresql) -> None:
    """In full and incrementally: what a build has refreshed is stale for nobody."""
    on_table = Settings(kinds={"tracks_flow": "materialized_view"})
    on_view = Settings(kinds={"tracks_flow": "materialized_view", "session_events": "view"})

    def build(settings: Settings, end: int) -> str:
        write_tracks(postgresql, [replace(raw, loaded_at=START + place) for place, raw in enumerate(RAWS[:end])])
        mode = build_all(postgresql, settings, incremental=True).mode
        found = status(postgresql, settings).materialized
        assert [(one.relation, one.is_stale) for one in found] == [("tracks_flow", False)]
        return mode

    assert [build(on_table, 20), build(on_table, 40), build(on_view, len(RAWS))] == ["full", "incremental", "full"]
    build_all(postgresql, on_view.model_copy(update={"idle_minutes": 10}), select="session_events")
    assert [one.is_stale for one in status(postgresql, on_view).materialized] == [True]
