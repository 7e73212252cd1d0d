"""What is not ours is not replaced without a word; what is ours is replaced without one."""

import pytest
import sqlalchemy as sa
from command import run
from engines import ENGINES, QUICK, params
from loads import change
from oracle import sessionize
from streams import NEW, OLD
from tables import assert_same, assert_same_part, read_all, schema_of, write_tracks

from sessionmodels import LockedError, Settings, TargetError, build_all, migrate, plan_all
from sessionmodels.model import Kind
from sessionmodels.models import MODELS
from sessionmodels.relations.naming import lock_family
from sessionmodels.views.packaged import undo
from sessionmodels.warehouses import warehouse_of
from sessionmodels.warehouses.locks.lock import Place

ALL_VIEWS: dict[str, Kind] = dict.fromkeys(MODELS, "view")


def make(engine: sa.Engine, name: str, kind: str = "TABLE") -> None:
    """Make a table or a view of somebody's own, with one row."""
    change(engine, f"CREATE {kind} {placed(engine, name)} AS SELECT 7 AS mine")


def stands(engine: sa.Engine, name: str) -> bool:
    """Whether somebody's own table or view is there with its row."""
    with engine.connect() as connection:
        return connection.exec_driver_sql(f"SELECT mine FROM {placed(engine, name)}").all() == [(7,)]


def placed(engine: sa.Engine, name: str) -> str:
    """Return a name as a statement needs it."""
    return f"{schema_of(engine)}.{name}" if schema_of(engine) else name


def names(engine: sa.Engine) -> set[str]:
    inspector, schema = sa.inspect(engine), schema_of(engine)
    return {name.lower() for name in (*inspector.get_table_names(schema), *inspector.get_view_names(schema))}


THEIRS = {"sessions": "TABLE", "session_events": "VIEW", "session_duration": "TABLE", "tracks_flow": "VIEW"}
"""What somebody else made, of either kind where a table is to stand, and of either where a view is."""


@pytest.mark.slow
def test_what_somebody_else_made_is_refused_by_name(warehouse) -> None:
    """Before anything is touched, with every name and the way out; the way out replaces it, and the next build needs none."""
    write_tracks(warehouse, OLD)
    for name, kind in THEIRS.items():
        make(warehouse, f"dbt_{name}", kind)
    before = names(warehouse)
    for act in (build_all, plan_all, lambda one: build_all(one, incremental=True)):
        with pytest.raises(TargetError, match=r"Nothing was changed.*--replace") as caught:
            act(warehouse)
        for name, kind in THEIRS.items():
            assert f"dbt_{name} (a {kind.lower()})" in str(caught.value)
    assert names(warehouse) == before
    assert all(stands(warehouse, f"dbt_{name}") for name in THEIRS)
    assert plan_all(warehouse, replace_existing=True)
    build_all(warehouse, replace_existing=True)
    assert_same(read_all(warehouse), sessionize(OLD)[0])
    assert plan_all(warehouse)


@pytest.mark.slow
def test_a_part_asks_for_what_it_replaces_alone(duckdb) -> None:
    """Somebody's table under a relation's name that was not selected is in nobody's way."""
    write_tracks(duckdb, OLD)
    make(duckdb, "dbt_tracks_flow")
    build_all(duckdb, select="+session_tracks")
    with pytest.raises(TargetError, match="dbt_tracks_flow"):
        build_all(duckdb, select="tracks_flow")
    assert stands(duckdb, "dbt_tracks_flow")


@pytest.mark.slow
def test_a_table_in_the_place_of_ours_is_not_ours(engine) -> None:
    """Not the name but the comment tells, which goes with a table that is dropped: what somebody put there since is refused."""
    write_tracks(engine, OLD)
    build_all(engine, incremental=True)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE dbt_user_session_facts")
    make(engine, "dbt_user_session_facts")
    write_tracks(engine, NEW)
    with pytest.raises(TargetError, match="dbt_user_session_facts"):
        build_all(engine, incremental=True)
    assert stands(engine, "dbt_user_session_facts")


@pytest.mark.slow
def test_what_changed_of_ours_stays_ours(old_results) -> None:
    """Rows, columns, comments of columns and a lost table of builds do not make a table somebody else's."""
    for statement in (
        "DELETE FROM dbt_session_events",
        "ALTER TABLE dbt_session_events ADD COLUMN mine INTEGER",
        "COMMENT ON COLUMN dbt_session_events.event IS 'mine'",
        "DROP TABLE sessionmodels_builds_dbt_",
    ):
        with old_results.begin() as connection:
            connection.exec_driver_sql(statement)
    build_all(old_results)
    for kinds in (ALL_VIEWS, {}):
        build_all(old_results, Settings(kinds=kinds))
    assert_same(read_all(old_results), sessionize(OLD)[0])


OF_OURS = [(own, kind) for own in ("builds", "duplicates", "lock") for kind in ("TABLE", "VIEW")]
FEW = [("builds", "TABLE"), ("duplicates", "VIEW"), ("lock", "TABLE")]


@pytest.mark.slow
@pytest.mark.parametrize("warehouse", params("duckdb", "postgresql", "bigquery"), indirect=True)
def test_our_own_tables_names(warehouse) -> None:
    """What bears the name of a table of our own and is none of ours is refused too, and stays as it is.

    On an emulator, where looking takes long: each name once, and each kind. A build of another prefix is not concerned.
    """
    write_tracks(warehouse, OLD)
    for own, kind in OF_OURS if warehouse.dialect.name in ENGINES else FEW:
        theirs = f"sessionmodels_{own}_dbt_"
        make(warehouse, theirs, kind)
        for incremental in (False, True):
            with pytest.raises(
                TargetError, match=rf"{theirs} .*(Nothing was changed|is a view, where the table of builds belongs)"
            ):
                build_all(warehouse, incremental=incremental)
        assert stands(warehouse, theirs)
        assert "dbt_tracks_flow" not in names(warehouse)
        change(warehouse, f"DROP {kind} {placed(warehouse, theirs)}")
    make(warehouse, "sessionmodels_lock_dbt_")
    build_all(warehouse, Settings(table_prefix="other_"), select="aliases_mapping")


@pytest.mark.slow
def test_the_command_says_how_to_replace(duckdb, tmp_path) -> None:
    """`--replace` is told of, and works, also with a dry run."""
    write_tracks(duckdb, OLD)
    make(duckdb, "dbt_tracks_flow")
    duckdb.dispose()
    url = f"duckdb:///{tmp_path / 'events.duckdb'}"
    refused = run("build", "--url", url)
    assert refused.exit_code == 1
    assert "dbt_tracks_flow (a table)" in refused.stderr
    assert "--replace" in refused.stderr
    assert run("build", "--url", url, "--dry-run").exit_code == 1
    assert run("build", "--url", url, "--dry-run", "--replace").exit_code == 0
    assert run("build", "--url", url, "--replace").exit_code == 0
    assert run("build", "--url", url).exit_code == 0


@pytest.mark.slow
def test_migrations_replace_and_drop_only_what_is_ours(engine) -> None:
    """A view that somebody else made is refused by name where ours is to stand, and stays where ours is to be dropped."""
    settings = Settings(kinds=ALL_VIEWS)
    write_tracks(engine, OLD)
    make(engine, "dbt_tracks_flow", "VIEW")
    with pytest.raises(TargetError, match=r"dbt_tracks_flow \(a view\).*Rename or drop it"):
        migrate(engine, settings)
    assert stands(engine, "dbt_tracks_flow")
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP VIEW dbt_tracks_flow")
    for _ in range(2):
        migrate(engine, settings)
    build_all(engine, settings)
    assert_same(read_all(engine), sessionize(OLD)[0])
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP VIEW dbt_tracks_flow")
    make(engine, "dbt_tracks_flow", "VIEW")
    undo(engine, settings)
    assert stands(engine, "dbt_tracks_flow")
    assert "dbt_session_tracks" not in names(engine)


MEETING = (("dbt_", "dbt_session_"), ("dbt_session_", "dbt_"), ("", "session_"), ("session_", ""))
"""Prefixes with a table in common, whichever is built first. The names are made without a warehouse: all of them on one alone."""


@pytest.mark.slow
@pytest.mark.parametrize("warehouse", params("duckdb", "bigquery"), indirect=True)
def test_prefixes_that_meet(warehouse) -> None:
    """The later one is refused, the first one goes on."""
    write_tracks(warehouse, OLD)
    for first, second in MEETING if warehouse.dialect.name == QUICK else MEETING[:1]:
        own, its = (Settings(table_prefix=prefix, target_schema=f"{first or 'none'}1") for prefix in (first, second))
        own, its = (each.model_copy(update={"source_schema": schema_of(warehouse)}) for each in (own, its))
        build_all(warehouse, own, select="aliases_mapping")  # that a prefix is in use is recorded, whatever was built
        shorter = min(first, second, key=len)
        with pytest.raises(TargetError, match=f"{shorter}session_track_facts would be a result of both"):
            build_all(warehouse, its, replace_existing=True)
        build_all(warehouse, own, select="aliases_mapping")
        assert_same_part(warehouse, ["aliases_mapping"], sessionize(OLD)[0], own)


@pytest.mark.slow
def test_one_lock_for_prefixes_that_meet(engine) -> None:
    """While one builds for the first time, and nothing of it is recorded, the other one is kept out by the lock."""
    write_tracks(engine, OLD)
    found: list[Exception] = []

    def meanwhile(done, *_) -> None:
        if not done:
            with pytest.raises((LockedError, TargetError)) as caught:
                build_all(engine, Settings(table_prefix="dbt_session_"))
            found.append(caught.value)

    with engine.connect() as connection:
        place = Place(sa.inspect(connection).default_schema_name, "dbt_session_")
    with engine.connect() as connection, warehouse_of(engine.dialect.name).transactions.lock(engine, connection, place, 0):
        with pytest.raises(LockedError):
            build_all(engine)
        build_all(engine, Settings(table_prefix="other_"))
    build_all(engine, watch=meanwhile)
    assert found


def test_families_of_prefixes() -> None:
    """Prefixes are of one family where builds could write tables of the same names, and only there."""
    for prefix in ("", "dbt_", "a", "session", "x_session_"):
        for between in ("session_", "mapped_"):
            assert lock_family(prefix + between) == lock_family(prefix)
    assert len({lock_family(prefix) for prefix in ("", "dbt_", "dbt", "mart_", "tracks_")}) == 5
