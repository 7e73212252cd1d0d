"""Migrations and builds in one schema: whatever came first, and whatever kind a relation was, both end in the same."""

import pytest
from alembic.util import CommandError
from engines import only_on
from oracle import sessionize
from project import ALL_NAMES, ALL_VIEWS, DEFAULT_VIEWS, RAWS
from tables import assert_same, read, read_all

from sessionmodels import Settings, build_all
from sessionmodels.warehouses import warehouse_of
from sessionmodels.warehouses.locks.lock import Place

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("unguarded")]


@pytest.mark.parametrize("first", ["build", "migrate"])
def test_views_on_tables_come_right_in_either_order(quick, first, caplog) -> None:
    """Tables are a build's, and left alone; a view that waits for one is told of, and made by the build."""
    mixed = quick.under(kinds={})
    if first == "build":
        build_all(mixed.engine, mixed.settings)
    mixed.upgrade()
    for name, table in (("tracks_flow", "session_events"), ("session_duration", "sessions")):
        assert (f"{name} is not created yet: it reads dbt_{table}" in caplog.text) == (first == "migrate")
    if first == "migrate":
        assert mixed.pending() == []
        assert mixed.views() == set()
        build_all(mixed.engine, mixed.settings)
    assert mixed.views() == DEFAULT_VIEWS
    assert mixed.pending() == []
    rows = read_all(mixed.engine)
    mixed.downgrade("base")
    assert mixed.views() == set()
    mixed.upgrade()
    assert_same(read_all(mixed.engine), rows)


@only_on("duckdb")
def test_a_table_in_the_way(quick) -> None:
    """What a build has made is never dropped by a migration; the error says how the view takes its place."""
    build_all(quick.engine, Settings(kinds={**ALL_VIEWS, "tracks_flow": "table"}))
    with pytest.raises(CommandError, match=r"dbt_tracks_flow is a table but should be a view.*sessionmodels build"):
        quick.upgrade()
    assert read(quick.engine, "tracks_flow")
    build_all(quick.engine, quick.settings)
    quick.upgrade()
    assert quick.pending() == []


def test_a_view_that_becomes_a_table(quick) -> None:
    """The revision drops it with those that read it, which come back with the build; down again, the view is back."""
    quick.upgrade()
    texts = quick.texts()
    kept = quick.under(kinds={**ALL_VIEWS, "sessions": "table"})
    dropped = [name for operation, name in kept.pending() if operation == "drop_session_view"]
    assert dropped[-1] == "sessions"
    assert sorted(dropped) == ["session_duration", "session_track_facts", "session_tracks", "sessions", "user_session_facts"]
    kept.revise("sessions are kept")
    kept.upgrade()
    assert not {"dbt_sessions", "dbt_session_duration"} & kept.views()
    kept.downgrade()
    assert quick.texts() == texts
    kept.upgrade()
    build_all(kept.engine, kept.settings)
    assert_same(read_all(kept.engine), sessionize(RAWS)[0])
    assert kept.pending() == []


@only_on("postgresql")
def test_a_build_before_a_longer_history(quick) -> None:
    """Where everything stands as the last revision has it, the earlier ones put their own there, and the last its own again."""
    quick.upgrade()
    changed = quick.under(compatibility="dbt", flow_depth=3)
    changed.revise("the figures of old")
    changed.downgrade("base")
    build_all(changed.engine, changed.settings)
    changed.upgrade()
    assert changed.pending() == []
    assert changed.views() == ALL_NAMES


@only_on("postgresql")
def test_a_table_that_is_not_dropped_keeps_its_readers(quick) -> None:
    """A revision drops a view that is a table by now: the table stays, and the views of ours that read it stay as well."""
    quick.upgrade()
    mixed = quick.under(kinds={**ALL_VIEWS, "sessions": "table"})
    mixed.revise("sessions are kept")
    text = next(mixed.folder.glob("versions/*sessions_are_kept.py"))
    kept = [line for line in text.read_text().splitlines() if "session_view('sessions'" in line or "session_view" not in line]
    text.write_text("\n".join(kept))  # as another team's revision would be, which knows of no readers
    build_all(mixed.engine, mixed.settings)
    mixed.upgrade()
    assert mixed.views() == ALL_NAMES - {"dbt_sessions"}
    assert read(mixed.engine, "sessions")


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
    assert changed.pending() == []
    assert changed.views() == ALL_NAMES
    assert ("session_duration is dropped" in caplog.text) == (quick.engine.dialect.name == "postgresql")


def test_a_build_keeps_migrations_away(quick) -> None:
    """One writer at a time: while a build holds the lock, a migration says so and changes nothing."""
    facts = warehouse_of(quick.engine.dialect.name)
    with quick.engine.connect() as connection:
        place = Place(facts.catalogue(connection).default_schema, "dbt_")
        connection.rollback()
        with facts.transactions.lock(quick.engine, connection, place, 0), pytest.raises(CommandError, match="is running"):
            quick.upgrade()
    assert quick.views() == set()
    quick.upgrade()
