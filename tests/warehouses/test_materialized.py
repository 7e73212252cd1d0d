"""Relations kept as materialized views: on PostgreSQL, refreshed by builds, made by migrations; refused everywhere else."""

import pytest
import sqlalchemy as sa
from alembic.util import CommandError
from oracle import MINUTE, Raw, Rules, sessionize
from project import Project, write_loaded
from streams import events
from tables import assert_same, names_in, read_all, write_tracks

from sessionmodels import Settings, SettingsError, build_all, status
from sessionmodels.models import MODELS
from sessionmodels.offline.script import write_statements
from sessionmodels.views.packaged import write_script
from sessionmodels.warehouses import WAREHOUSES

pytestmark = pytest.mark.usefixtures("unguarded")

START = 1_700_000_000_000_000
RAWS = [
    *(raw for n in range(8) for raw in events(n, START, [n * 7 + k * 11 for k in range(6)])),
    *(Raw(f"steady{n}", "steady", None, "view_product", START + n * 20 * MINUTE, START + n * 20 * MINUTE) for n in range(5)),
]
# Settings that are made on import do not see what the fixture `unguarded` sets.
ALL = Settings(max_duplicate_share=1, kinds=dict.fromkeys(MODELS, "materialized_view"))
SOME = Settings(
    max_duplicate_share=1,
    kinds={"tracks_flow": "materialized_view", "user_session_facts": "materialized_view", "session_duration": "view"},
)


def kept(engine) -> set[str]:
    return set(sa.inspect(engine).get_materialized_view_names())


@pytest.mark.parametrize("settings", [ALL, SOME], ids=["all", "some"])
@pytest.mark.slow
def test_a_build_refreshes_them(postgresql, settings) -> None:
    """The rows are the oracle's after each build, also where nothing but the source has changed.

    They have indexes and comments, as tables have.
    """
    write_tracks(postgresql, RAWS[:20])
    build_all(postgresql, settings)
    assert kept(postgresql) == {f"dbt_{name}" for name, kind in settings.kinds.items() if kind == "materialized_view"}
    assert_same(read_all(postgresql), sessionize(RAWS[:20])[0])
    assert sa.inspect(postgresql).get_indexes("dbt_tracks_flow")
    with postgresql.connect() as connection:
        comment = connection.exec_driver_sql("SELECT obj_description('dbt_tracks_flow'::regclass)").scalar_one()
    assert comment.startswith(f"{MODELS['tracks_flow'].row} Built by sessionmodels. [computed ")
    write_tracks(postgresql, RAWS)
    build_all(postgresql, settings)
    assert_same(read_all(postgresql), sessionize(RAWS)[0])
    build_all(postgresql, settings.model_copy(update={"idle_minutes": 10}))
    assert_same(read_all(postgresql), sessionize(RAWS, Rules(idle_minutes=10))[0])
    assert names_in(postgresql) == {
        "tracks",
        *(f"dbt_{name}" for name, kind in settings.kinds.items() if kind != "materialized_view"),
    }


@pytest.mark.slow
def test_an_incremental_build_refreshes_them(postgresql) -> None:
    """After what came is in the tables that they read."""
    for end in (10, 25, len(RAWS)):
        write_tracks(postgresql, RAWS[:end])
        build_all(postgresql, SOME, incremental=True)
        assert_same(read_all(postgresql), sessionize(RAWS[:end])[0])
    assert build_all(postgresql, SOME, incremental=True).mode == "nothing"
    assert status(postgresql, SOME).missing_views == ()


@pytest.mark.slow
def test_every_kind_becomes_every_other(postgresql) -> None:
    """Table, view and materialized view, in each order, with views of ours on them, and the rows stay right."""
    write_tracks(postgresql, RAWS)
    expected = sessionize(RAWS)[0]
    for kind in ("table", "materialized_view", "view", "materialized_view", "table", "view", "table"):
        build_all(postgresql, Settings(kinds={"session_events": kind, "sessions": "materialized_view"}))
        assert ("dbt_session_events" in kept(postgresql)) == (kind == "materialized_view")
        assert_same(read_all(postgresql), expected)


@pytest.mark.slow
def test_somebody_elses_view_on_one_is_not_lost(postgresql) -> None:
    """A refresh leaves it; a change that would drop it is refused, and nothing is changed."""
    write_tracks(postgresql, RAWS)
    build_all(postgresql, SOME)
    with postgresql.begin() as connection:
        connection.exec_driver_sql("CREATE VIEW theirs AS SELECT * FROM dbt_tracks_flow")
    build_all(postgresql, SOME)
    with pytest.raises(Exception, match="depend"):
        build_all(postgresql, SOME.model_copy(update={"flow_depth": 3}))
    assert "theirs" in names_in(postgresql)


@pytest.mark.slow
def test_migrations_make_them(postgresql, tmp_path) -> None:
    """As a revision says; a changed one is dropped and made anew with those that read it, and comes back when undone."""
    write_loaded(postgresql, RAWS)
    project = Project(tmp_path / "migrations", postgresql)
    project.upgrade()
    mixed = project.under(kinds={**dict.fromkeys(MODELS, "view"), "sessions": "materialized_view"})
    text = mixed.revise("sessions are kept")
    assert "materialized=True" in text
    mixed.upgrade()
    assert kept(postgresql) == {"dbt_sessions"}
    assert mixed.pending() == []
    build_all(postgresql, mixed.settings)
    mixed.downgrade()
    assert kept(postgresql) == set()
    assert project.views() == {f"dbt_{name}" for name in MODELS}
    mixed.upgrade()
    assert_same(read_all(postgresql), sessionize(RAWS)[0])
    script = write_script(Settings(kinds=dict.fromkeys(MODELS, "view")), dialect="postgresql")
    assert "MATERIALIZED" not in script


@pytest.mark.slow
def test_a_migration_leaves_one_alone_that_is_right(postgresql, tmp_path) -> None:
    """Built before it was migrated, and read by others: it need not go to be what it is."""
    write_loaded(postgresql, RAWS)
    project = Project(tmp_path / "migrations", postgresql)
    project.upgrade()
    mixed = project.under(kinds={**dict.fromkeys(MODELS, "view"), "tracks_flow": "materialized_view"})
    build_all(postgresql, mixed.settings)
    with postgresql.begin() as connection:
        connection.exec_driver_sql("CREATE VIEW theirs AS SELECT * FROM dbt_tracks_flow")
    text = mixed.revise("flows are kept")
    drop = "    op.drop_session_view('tracks_flow', where_kind_is_view=True)\n"
    assert drop in text
    migrated = mixed.folder / "versions"
    for path in migrated.glob("*flows_are_kept.py"):  # what a careful reviewer writes instead
        path.write_text(path.read_text().replace(drop, "", 1))
    mixed.upgrade()
    assert mixed.pending() == []
    assert "theirs" in names_in(postgresql)


@pytest.mark.parametrize("dialect", [name for name in WAREHOUSES if name != "postgresql"])
def test_elsewhere_they_are_refused(dialect) -> None:
    """With the reason, and what to write instead; before anything is touched."""
    with pytest.raises(SettingsError, match=r"'tracks_flow' is set to a materialized view, but .*; write 'view' or 'table'"):
        list(write_statements(SOME, dialect))


def test_a_build_and_a_migration_refuse_them(duckdb, tmp_path) -> None:
    """On a warehouse that has none."""
    write_loaded(duckdb, RAWS)
    for refused in (lambda: build_all(duckdb, SOME), Project(tmp_path / "m", duckdb, SOME).upgrade):
        with pytest.raises((SettingsError, CommandError), match="DuckDB has none"):
            refused()
    assert names_in(duckdb) == {"tracks"}
