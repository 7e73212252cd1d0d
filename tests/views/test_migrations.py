"""The packaged migrations on every engine: what they make, undo and make again, and what they find owed."""

import json
import logging
import re
import shutil
import subprocess
import sys
from dataclasses import replace

import pytest
import sqlalchemy as sa
from alembic.util import CommandError
from engines import ENGINES, only_on, params
from environments import lean
from faults import Fault
from oracle import Rules, sessionize
from project import ALEMBIC, ALL_NAMES, ALL_VIEWS, RAWS, Project, write_loaded
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import DropView
from streams import OLD
from tables import assert_same, names_in, read_all, schema_of, write_tracks

from sessionmodels import Settings, SettingsError, TargetError, build_all
from sessionmodels.models import MODELS
from sessionmodels.views import packaged
from sessionmodels.warehouses import warehouse_of
from sessionmodels.warehouses.catalogue import MARK

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("unguarded")]


def test_up_down_and_up_again(project) -> None:
    """All ten as views equal the plain-Python sessionizer, with no build; and a build; down leaves nothing, up the same.

    A changed setting is a revision between the two, after whose downgrade the old views are there again.
    """
    before, expected = names_in(project.engine), sessionize(RAWS)[0]
    project.upgrade()
    assert project.views() == ALL_NAMES
    assert_same(read_all(project.engine), expected)
    first = project.texts()
    build_all(project.engine, project.settings)
    assert_same(read_all(project.engine), expected)
    assert project.pending() == []
    change_a_setting(project)
    project.downgrade()
    assert project.texts() == first
    project.downgrade("base")
    assert project.views() == set()
    assert {name for name in names_in(project.engine) if not name.startswith("sessionmodels_")} == before
    project.upgrade("0001")
    assert project.texts() == first


def change_a_setting(project: Project) -> None:
    """Write one revision, of the view that changed alone; its upgrade gives the new figures."""
    changed = project.under(idle_minutes=1)
    text = changed.revise("shorter visits")
    assert re.findall(r"op\.(\w+)\(\s*'(\w+)'", text) == [("replace_session_view", "session_events")] * 2
    changed.upgrade()
    assert changed.pending() == []
    assert_same(read_all(changed.engine), sessionize(RAWS, Rules(idle_minutes=1))[0])


def test_a_source_with_a_context(duckdb, caplog) -> None:
    """Which columns of it a table has, differs from one to the next: the packaged views leave them null, and say so."""
    sent = [replace(raw, context=(("context_page_path", "/"),)) for raw in OLD]
    write_tracks(duckdb, sent)
    settings = Settings(kinds=ALL_VIEWS)
    packaged.migrate(duckdb, settings)
    assert "the packaged views leave page_path null, although the source has columns for it" in caplog.text
    assert_same(read_all(duckdb), sessionize(OLD)[0])
    packaged.check(duckdb, settings)
    build_all(duckdb, settings)
    assert_same(read_all(duckdb), sessionize(sent)[0])
    caplog.clear()
    packaged.migrate(duckdb, Settings(table_prefix="six_"))
    assert "null" not in caplog.text, "by default, the relations that hold the context are tables, which a build fills"
    for number, name in enumerate(("session_events", "sessions")):
        caplog.clear()
        packaged.migrate(duckdb, Settings(table_prefix=f"only_{number}_", kinds={name: "view"}))
        assert "leave page_path null" in caplog.text, name


def test_migrating_twice(bigquery_dataset) -> None:
    """The second time there is nothing to do, but for what somebody has dropped; also where each statement commits."""
    write_loaded(bigquery_dataset, RAWS)
    settings, schema = Settings(kinds={**ALL_VIEWS, "tracks_flow": "table"}), schema_of(bigquery_dataset)
    first = packaged.migrate(bigquery_dataset, settings)
    assert packaged.migrate(bigquery_dataset, settings) == first
    with bigquery_dataset.begin() as connection:
        connection.execute(DropView(sa.Table("dbt_user_session_facts", sa.MetaData(), schema=schema)))
    with pytest.raises(TargetError, match="user_session_facts is missing"):
        packaged.check(bigquery_dataset, settings)
    assert packaged.migrate(bigquery_dataset, settings) == first
    packaged.check(bigquery_dataset, settings)


@only_on("postgresql")
def test_columns_that_change(quick) -> None:
    """A view whose columns change is made anew, and with it those that read it; down again, everything is as it was."""
    quick.upgrade()
    old, texts = read_all(quick.engine), quick.texts()
    changed = quick.under(compatibility="dbt", flow_depth=3)
    text = changed.revise("the figures of old")
    assert text.index("drop_session_view('session_duration'") < text.index("drop_session_view('session_events'")
    changed.upgrade()
    assert changed.pending() == []
    build_all(changed.engine, Settings(table_prefix="other_", compatibility="dbt", flow_depth=3))
    assert_same(read_all(changed.engine), read_all(changed.engine, Settings(table_prefix="other_")))
    changed.downgrade()
    assert quick.texts() == texts
    assert_same(read_all(quick.engine), old)


@only_on("duckdb")
def test_a_view_that_is_missing(quick) -> None:
    """Somebody has dropped it: `check` tells, and the revision that is written puts it back."""
    quick.upgrade()
    schema = schema_of(quick.engine)
    with quick.engine.begin() as connection:
        connection.execute(DropView(sa.Table("dbt_tracks_flow", sa.MetaData(), schema=schema)))
    assert quick.pending() == [("replace_session_view", "tracks_flow")]
    quick.revise("put it back")
    quick.upgrade()
    assert quick.views() == ALL_NAMES
    assert quick.pending() == []
    quick.downgrade()
    assert quick.views() == ALL_NAMES


@pytest.mark.parametrize("warehouse", params(*ENGINES, "bigquery"), indirect=True)
def test_a_revision_that_fails_can_be_run_again(project) -> None:
    """Wherever it stops, the next run comes to the same end; where the warehouse rolls back, nothing was changed."""
    fault = Fault(project.engine, 12)
    try:
        with pytest.raises((CommandError, DBAPIError)):
            project.upgrade()
    finally:
        fault.patch_dialect()
    if warehouse_of(project.engine.dialect.name).transactions.rolls_back:
        assert project.views() == set()
    project.upgrade()
    assert project.views() == ALL_NAMES
    assert project.pending() == []


def test_two_warehouses_whose_sources_differ(duckdb, postgresql, tmp_path) -> None:
    """Each has its own SQL in the same revisions, and neither takes the other's for changed."""
    write_loaded(postgresql, RAWS)
    write_loaded(duckdb, RAWS)
    with duckdb.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE tracks ALTER COLUMN timestamp TYPE TIMESTAMP USING timestamp AT TIME ZONE 'UTC'")
    one, other = (Project(tmp_path / "migrations", engine) for engine in (duckdb, postgresql))
    one.upgrade()
    assert {name for _, name in one.pending()} == {"aliases_mapping", "session_events"}
    one.revise("times without a zone")
    one.upgrade()
    other.upgrade()
    assert other.pending() == []
    assert one.pending() == []
    expected = sessionize(RAWS)[0]
    for project in (one, other):
        assert_same(read_all(project.engine), expected)


def test_an_engine_that_commits_each_statement(postgresql, tmp_path) -> None:
    """Is made to hold one transaction all the same: what is said of a failure is true."""
    write_loaded(postgresql, RAWS)
    project = Project(tmp_path / "m", postgresql.execution_options(isolation_level="AUTOCOMMIT"))
    fault = Fault(postgresql, 30)
    with pytest.raises((CommandError, DBAPIError)):
        project.upgrade()
    fault.patch_dialect()
    assert project.views() == set()


@only_on("duckdb")
def test_looking_changes_nothing(quick) -> None:
    """Neither a check nor undoing makes a schema or a table of ours where none was."""
    elsewhere = Settings(kinds=ALL_VIEWS, target_schema="nowhere")
    with pytest.raises(TargetError, match="have not all run"):
        packaged.check(quick.engine, elsewhere)
    with pytest.raises(SettingsError, match="there is no schema 'nowhere'"):
        packaged.undo(quick.engine, elsewhere)
    assert not sa.inspect(quick.engine).has_schema("nowhere")
    with pytest.raises(TargetError):
        packaged.check(quick.engine, quick.settings)
    assert names_in(quick.engine) == {"tracks"}


@only_on("postgresql")
def test_another_place(quick) -> None:
    """Schema and prefix are no part of what a revision says: the same revisions run side by side, each with its own version."""
    quick.upgrade()
    elsewhere = quick.under(target_schema='An "odd" schema', table_prefix="Odd_")
    elsewhere.upgrade()
    assert elsewhere.pending() == []
    assert elsewhere.views() == {f"Odd_{name}" for name in MODELS}
    assert_same(read_all(quick.engine, elsewhere.settings), read_all(quick.engine))
    elsewhere.downgrade("base")
    assert elsewhere.views() == set()
    assert quick.views() == ALL_NAMES


@only_on("duckdb")
def test_other_settings_than_the_revisions_are_told(quick, caplog) -> None:
    """An upgrade makes what the revisions say, whatever the settings ask for; and says so."""
    with caplog.at_level(logging.WARNING):
        quick.under(idle_minutes=45).upgrade()
    assert "pending: ('replace_session_view', 'session_events')" in caplog.text


def test_the_command_in_a_checkout(duckdb, tmp_path) -> None:
    """As people type it: up, nothing owed and nothing written, then one revision, and an exit status where one is owed."""
    write_loaded(duckdb, RAWS)
    duckdb.dispose()
    root = packaged.folder().parent
    shutil.copytree(root / "migrations", tmp_path / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(root / "pyproject.toml", tmp_path)
    environment = lean(SESSIONMODELS_URL=str(duckdb.url), SESSIONMODELS_KINDS=json.dumps(ALL_VIEWS))

    revision = "revision --autogenerate -m x"
    words = [sys.executable, "-c", ALEMBIC, "upgrade head", "check", revision, "SESSIONMODELS_FLOW_DEPTH=3", "check", revision]
    files = len(list(tmp_path.glob("migrations/versions/*.py")))
    ran = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert ran.stdout.startswith("No new upgrade operations detected.\nFAILED: New upgrade operations detected: ")
    assert ran.stderr == "no changes are pending; no revision is written\n"
    assert (ran.returncode, ran.stdout.count("('create_session_view', 'tracks_flow')")) == (255, 1)
    assert len(list(tmp_path.glob("migrations/versions/*.py"))) == files + 1


def test_comments_and_grants(postgresql, tmp_path) -> None:
    """A migrated view says what its columns mean, and is readable for those whom the settings name."""
    write_loaded(postgresql, RAWS)
    role = f"r{tmp_path.name[-20:].replace('-', '_')}"
    with postgresql.begin() as connection:
        connection.exec_driver_sql(f'CREATE ROLE "{role}"')
    Project(tmp_path / "m", postgresql, Settings(kinds=ALL_VIEWS, grant_to=[role])).upgrade()
    told = sa.inspect(postgresql)
    assert told.get_table_comment("dbt_tracks_flow")["text"] == f"{MODELS['tracks_flow'].row} {MARK}"
    with postgresql.connect() as connection:
        assert connection.scalar(sa.select(sa.func.has_table_privilege(role, "dbt_tracks_flow", "SELECT")))
