"""The packaged migrations on every engine: what they make, undo and make again, and what they find owed."""

import json
import logging
import os
import shutil
import subprocess
import sys

import pytest
import sqlalchemy as sa
from alembic.util import CommandError
from faults import Fault
from oracle import MINUTE, Raw, sessionize
from project import ALL_VIEWS, Project, write_loaded
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import DropView
from streams import events
from tables import assert_same, names_in, read, read_all, schema_of

from sessionmodels import Settings, SettingsError, TargetError, build_all
from sessionmodels.models import MODELS
from sessionmodels.views import packaged
from sessionmodels.warehouses import warehouse_of
from sessionmodels.warehouses.locks.lock import Place

START = 1_700_000_000_000_000
RAWS = [
    *(raw for n in range(12) for raw in events(n, START, [n * 7 + k * 11 for k in range(6)])),
    *(Raw(f"steady{n}", "steady", None, "view_product", START + n * 20 * MINUTE) for n in range(5)),
]
EIGHT = {f"dbt_{name}" for name in MODELS}


@pytest.fixture
def project(warehouse, tmp_path) -> Project:
    """The packaged migrations on a warehouse that has events."""
    write_loaded(warehouse, RAWS)
    return Project(tmp_path / "migrations", warehouse)


@pytest.fixture
def rolling_back(transactional, tmp_path) -> Project:
    """The same where a migration is one transaction."""
    write_loaded(transactional, RAWS)
    return Project(tmp_path / "migrations", transactional)


@pytest.fixture
def quick(engine, tmp_path) -> Project:
    """The same on the two engines that run here themselves."""
    write_loaded(engine, RAWS)
    return Project(tmp_path / "migrations", engine)


def test_up_down_and_up_again(project) -> None:
    """All eight as views equal the plain-Python sessionizer, with no build; and a build; down leaves nothing, up the same."""
    before = names_in(project.engine)
    project.upgrade()
    assert project.views() == EIGHT
    assert project.owed() == []
    expected = sessionize(RAWS)[0]
    assert_same(read_all(project.engine), expected)
    first = project.texts()
    build_all(project.engine, project.settings)
    assert_same(read_all(project.engine), expected)
    assert project.owed() == []
    project.downgrade("base")
    assert project.views() == set()
    assert {name for name in names_in(project.engine) if not name.startswith("sessionmodels_")} == before
    project.upgrade()
    assert project.texts() == first
    assert_same(read_all(project.engine), expected)


def test_migrating_twice(committing) -> None:
    """The second time there is nothing to do, but for what somebody has dropped; also where each statement commits."""
    write_loaded(committing, RAWS)
    settings, schema = Settings(kinds={**ALL_VIEWS, "tracks_flow": "table"}), schema_of(committing)
    first = packaged.migrate(committing, settings)
    assert packaged.migrate(committing, settings) == first
    with committing.begin() as connection:
        connection.execute(DropView(sa.Table("dbt_user_session_facts", sa.MetaData(), schema=schema)))
    with pytest.raises(TargetError, match="user_session_facts is missing"):
        packaged.check(committing, settings)
    assert packaged.migrate(committing, settings) == first
    packaged.check(committing, settings)


def test_a_changed_setting(project) -> None:
    """One revision, of the view that changed alone; its upgrade gives the new figures, its downgrade the old view."""
    project.upgrade()
    old, texts = read_all(project.engine), project.texts()
    changed = project.under(idle_minutes=1)
    assert changed.owed() == [("replace_session_view", "track_facts")]
    text = changed.revise("shorter visits")
    assert text.count("op.replace_session_view(") == 2
    assert "op.drop" not in text
    changed.upgrade()
    assert changed.owed() == []
    build_all(changed.engine, Settings(table_prefix="other_", idle_minutes=1))
    assert_same(read_all(changed.engine), read_all(changed.engine, Settings(table_prefix="other_")))
    assert read(changed.engine, "session_tracks") != old["session_tracks"]
    changed.downgrade()
    assert project.texts() == texts
    assert_same(read_all(project.engine), old)


def test_columns_that_change(rolling_back) -> None:
    """A view whose columns change is made anew, and with it those that read it; down again, everything is as it was."""
    rolling_back.upgrade()
    old, texts = read_all(rolling_back.engine), rolling_back.texts()
    changed = rolling_back.under(compatibility="dbt", flow_depth=3)
    text = changed.revise("the figures of old")
    assert text.index("drop_session_view('session_duration'") < text.index("drop_session_view('mapped_tracks'")
    changed.upgrade()
    assert changed.owed() == []
    build_all(changed.engine, Settings(table_prefix="other_", compatibility="dbt", flow_depth=3))
    assert_same(read_all(changed.engine), read_all(changed.engine, Settings(table_prefix="other_")))
    changed.downgrade()
    assert rolling_back.texts() == texts
    assert_same(read_all(rolling_back.engine), old)


@pytest.mark.parametrize("first", ["build", "migrate"])
def test_views_on_tables_come_right_in_either_order(rolling_back, first, caplog) -> None:
    """Tables are a build's, and left alone; a view that waits for one is told of, and made by the build."""
    mixed = rolling_back.under(kinds={})
    if first == "build":
        build_all(mixed.engine, mixed.settings)
    mixed.upgrade()
    waits = "session_duration is not made yet: it reads dbt_session_track_facts, dbt_session_tracks"
    assert (waits in caplog.text) == (first == "migrate")
    assert mixed.owed() == []
    if first == "migrate":
        assert mixed.views() == set()
        build_all(mixed.engine, mixed.settings)
    assert mixed.views() == {"dbt_session_duration"}
    assert mixed.owed() == []
    rows = read_all(mixed.engine)
    mixed.downgrade("base")
    assert mixed.views() == set()
    mixed.upgrade()
    assert_same(read_all(mixed.engine), rows)


def test_a_table_in_the_way(quick) -> None:
    """What a build has made is never dropped by a migration; the error says how the view takes its place."""
    build_all(quick.engine, Settings(kinds={**ALL_VIEWS, "tracks_flow": "table"}))
    with pytest.raises(CommandError, match=r"dbt_tracks_flow is a table, and is to be a view.*sessionmodels build"):
        quick.upgrade()
    assert read(quick.engine, "tracks_flow")
    build_all(quick.engine, quick.settings)
    quick.upgrade()
    assert quick.owed() == []


def test_a_view_that_becomes_a_table(rolling_back) -> None:
    """The revision drops it with those that read it, which come back with the build; down again, the view is back."""
    rolling_back.upgrade()
    texts = rolling_back.texts()
    kept = rolling_back.under(kinds={**ALL_VIEWS, "session_tracks": "table"})
    dropped = [name for operation, name in kept.owed() if operation == "drop_session_view"]
    assert dropped[-1] == "session_tracks"
    assert sorted(dropped) == ["session_duration", "session_tracks", "user_session_facts"]
    kept.revise("sessions are kept")
    kept.upgrade()
    assert not {"dbt_session_tracks", "dbt_session_duration"} & kept.views()
    kept.downgrade()
    assert rolling_back.texts() == texts
    kept.upgrade()
    build_all(kept.engine, kept.settings)
    assert_same(read_all(kept.engine), sessionize(RAWS)[0])
    assert kept.owed() == []


def test_a_view_that_is_missing(quick) -> None:
    """Somebody has dropped it: `check` tells, and the revision that is written puts it back."""
    quick.upgrade()
    schema = schema_of(quick.engine)
    with quick.engine.begin() as connection:
        connection.execute(DropView(sa.Table("dbt_tracks_flow", sa.MetaData(), schema=schema)))
    assert quick.owed() == [("replace_session_view", "tracks_flow")]
    quick.revise("put it back")
    quick.upgrade()
    assert quick.views() == EIGHT
    assert quick.owed() == []
    quick.downgrade()
    assert quick.views() == EIGHT


def test_a_revision_that_fails_can_be_run_again(project) -> None:
    """Wherever it stops, the next run comes to the same end; where the warehouse rolls back, nothing was changed."""
    fault = Fault(project.engine, 12)
    try:
        with pytest.raises((CommandError, DBAPIError)):
            project.upgrade()
    finally:
        fault.mend()
    if warehouse_of(project.engine.dialect.name).rolls_back:
        assert project.views() == set()
    project.upgrade()
    assert project.views() == EIGHT
    assert project.owed() == []


def test_a_build_before_a_longer_history(quick) -> None:
    """Where everything stands as the last revision has it, the earlier ones put their own there, and the last its own again."""
    quick.upgrade()
    changed = quick.under(compatibility="dbt", flow_depth=3)
    changed.revise("the figures of old")
    changed.downgrade("base")
    build_all(changed.engine, changed.settings)
    changed.upgrade()
    assert changed.owed() == []
    assert changed.views() == EIGHT


def test_a_table_that_is_not_dropped_keeps_its_readers(rolling_back) -> None:
    """A revision drops a view that is a table by now: the table stays, and the views of ours that read it stay as well."""
    rolling_back.upgrade()
    mixed = rolling_back.under(kinds={**ALL_VIEWS, "session_tracks": "table"})
    mixed.revise("sessions are kept")
    text = next(mixed.folder.glob("versions/*sessions_are_kept.py"))
    kept = [
        line for line in text.read_text().splitlines() if "session_view('session_tracks'" in line or "session_view" not in line
    ]
    text.write_text("\n".join(kept))  # as another team's revision would be, which knows of no readers
    build_all(mixed.engine, mixed.settings)
    mixed.upgrade()
    assert mixed.views() == EIGHT - {"dbt_session_tracks"}
    assert read(mixed.engine, "session_tracks")


def test_two_warehouses_whose_sources_differ(duckdb, postgresql, tmp_path) -> None:
    """Each has its own SQL in the same revisions, and neither takes the other's for changed."""
    write_loaded(postgresql, RAWS)
    write_loaded(duckdb, RAWS)
    with duckdb.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE tracks ALTER COLUMN timestamp TYPE TIMESTAMP USING timestamp AT TIME ZONE 'UTC'")
    one, other = (Project(tmp_path / "migrations", engine) for engine in (duckdb, postgresql))
    one.upgrade()
    assert {name for _, name in one.owed()} == {"aliases_mapping", "mapped_tracks"}
    one.revise("times without a zone")
    one.upgrade()
    other.upgrade()
    assert other.owed() == []
    assert one.owed() == []
    expected = sessionize(RAWS)[0]
    for project in (one, other):
        assert_same(read_all(project.engine), expected)


def test_a_reader_that_a_build_has_made(quick, caplog) -> None:
    """No revision knows of it; it goes with what it reads, which is told, and comes back with the revision that wants it."""
    for packaged_one in quick.folder.glob("versions/*.py"):
        packaged_one.unlink()
    most = quick.under(kinds={**ALL_VIEWS, "session_duration": "table"})
    most.revise("all but one")
    most.upgrade()
    build_all(quick.engine, quick.settings)
    changed = quick.under(compatibility="dbt")
    changed.revise("the figures of old")
    changed.upgrade()
    assert changed.owed() == []
    assert changed.views() == EIGHT
    assert ("session_duration goes" in caplog.text) == (quick.engine.dialect.name == "postgresql")


def test_an_engine_that_commits_each_statement(postgresql, tmp_path) -> None:
    """Is made to hold one transaction all the same: what is said of a failure is true."""
    write_loaded(postgresql, RAWS)
    project = Project(tmp_path / "m", postgresql.execution_options(isolation_level="AUTOCOMMIT"))
    fault = Fault(postgresql, 30)
    with pytest.raises((CommandError, DBAPIError)):
        project.upgrade()
    fault.mend()
    assert project.views() == set()


def test_looking_changes_nothing(quick) -> None:
    """Neither a check nor undoing makes a schema or a table of ours where none was."""
    elsewhere = Settings(kinds=ALL_VIEWS, target_schema="nowhere")
    with pytest.raises(TargetError, match="have not run there"):
        packaged.check(quick.engine, elsewhere)
    with pytest.raises(SettingsError, match="there is no schema 'nowhere'"):
        packaged.undo(quick.engine, elsewhere)
    assert not sa.inspect(quick.engine).has_schema("nowhere")
    with pytest.raises(TargetError):
        packaged.check(quick.engine, quick.settings)
    assert names_in(quick.engine) == {"tracks"}


def test_a_build_keeps_migrations_away(quick) -> None:
    """One writer at a time: while a build holds the lock, a migration says so and changes nothing."""
    facts = warehouse_of(quick.engine.dialect.name)
    with quick.engine.connect() as connection:
        place = Place(facts.catalogue(connection).default_schema, "dbt_")
        connection.rollback()
        with facts.lock(quick.engine, connection, place, 0), pytest.raises(CommandError, match="is running"):
            quick.upgrade()
    assert quick.views() == set()
    quick.upgrade()


def test_another_place(quick) -> None:
    """Schema and prefix are no part of what a revision says: the same revisions run side by side, each with its own version."""
    quick.upgrade()
    elsewhere = quick.under(target_schema='An "odd" schema', table_prefix="Odd_")
    elsewhere.upgrade()
    assert elsewhere.owed() == []
    assert elsewhere.views() == {f"Odd_{name}" for name in MODELS}
    assert_same(read_all(quick.engine, elsewhere.settings), read_all(quick.engine))
    elsewhere.downgrade("base")
    assert elsewhere.views() == set()
    assert quick.views() == EIGHT


def test_other_settings_than_the_revisions_are_told(quick, caplog) -> None:
    """An upgrade makes what the revisions say, whatever the settings ask for; and says so."""
    with caplog.at_level(logging.WARNING):
        quick.under(idle_minutes=45).upgrade()
    assert "owed: ('replace_session_view', 'track_facts')" in caplog.text


def test_the_command_in_a_checkout(duckdb, tmp_path) -> None:
    """As people type it: up, nothing owed and nothing written, then one revision, and an exit status where one is owed."""
    write_loaded(duckdb, RAWS)
    duckdb.dispose()
    root = packaged.folder().parent
    shutil.copytree(root / "migrations", tmp_path / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(root / "pyproject.toml", tmp_path)
    environment = {**os.environ, "SESSIONMODELS_URL": str(duckdb.url), "SESSIONMODELS_KINDS": json.dumps(ALL_VIEWS)}

    def alembic(*words: str, **more: str) -> tuple[int, str]:
        ran = subprocess.run(
            [sys.executable, "-m", "alembic", *words],
            cwd=tmp_path,
            env=environment | more,
            capture_output=True,
            text=True,
            check=False,
        )
        return ran.returncode, ran.stdout + ran.stderr

    files = len(list(tmp_path.glob("migrations/versions/*.py")))
    assert alembic("upgrade", "head")[0] == 0
    assert alembic("check") == (0, "No new upgrade operations detected.\n")
    assert alembic("revision", "--autogenerate", "-m", "x") == (0, "nothing is owed; no revision is written\n")
    assert len(list(tmp_path.glob("migrations/versions/*.py"))) == files
    status, told = alembic("check", SESSIONMODELS_FLOW_DEPTH="3")
    assert (status, "('create_session_view', 'tracks_flow')" in told) == (255, True)
    assert alembic("revision", "--autogenerate", "-m", "x", SESSIONMODELS_FLOW_DEPTH="3")[0] == 0
    assert len(list(tmp_path.glob("migrations/versions/*.py"))) == files + 1
    assert alembic("upgrade", "head", SESSIONMODELS_FLOW_DEPTH="3")[0] == 0
    assert alembic("check", SESSIONMODELS_FLOW_DEPTH="3")[0] == 0


def test_comments_and_grants(postgresql, tmp_path) -> None:
    """A migrated view says what its columns mean, and is readable for those whom the settings name."""
    write_loaded(postgresql, RAWS)
    role = f"r{tmp_path.name[-20:].replace('-', '_')}"
    with postgresql.begin() as connection:
        connection.exec_driver_sql(f'CREATE ROLE "{role}"')
    Project(tmp_path / "m", postgresql, Settings(kinds=ALL_VIEWS, grant_to=[role])).upgrade()
    told = sa.inspect(postgresql)
    assert told.get_table_comment("dbt_tracks_flow")["text"] == MODELS["tracks_flow"].row
    with postgresql.connect() as connection:
        assert connection.scalar(sa.select(sa.func.has_table_privilege(role, "dbt_tracks_flow", "SELECT")))
