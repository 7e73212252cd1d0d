"""DuckDB's files: named like a schema, held by others, read-only, in memory, in a folder that may not be entered."""

import pytest
import sqlalchemy as sa
from command import run
from oracle import sessionize
from streams import NEW, OLD
from tables import assert_same, read_all, tracks_table, write_tracks

from sessionmodels import Settings, SettingsError, build_all, migrate, plan_all, status


@pytest.fixture
def rudder(tmp_path):
    """Return the URL of a file whose raw events stand in a schema that is called like the file."""
    url = f"duckdb:///{tmp_path / 'rudder.duckdb'}"
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA rudder")
    write_tracks(engine, OLD, schema="rudder.rudder")
    engine.dispose()
    return url


def test_a_file_named_like_the_schema(rudder) -> None:
    """Every command means the schema: in full, incremental, read again."""
    places = ("--source-schema", "rudder", "--target-schema", "rudder")
    assert run("build", "--url", rudder, *places, "--incremental").exit_code == 0
    engine = sa.create_engine(rudder)
    write_tracks(engine, NEW, schema="rudder.rudder")
    settings = Settings(source_schema="rudder", target_schema="rudder")
    assert build_all(engine, settings, incremental=True).mode != "nothing"
    assert_same(read_all(engine, Settings(target_schema="rudder.rudder")), sessionize(NEW)[0])
    assert [one.outcome for one in status(engine, settings).builds] == ["done", "done"]
    assert plan_all(engine, settings)
    engine.dispose()
    for command in (("status", *places[2:]), ("report", *places[2:]), ("build", *places, "--dry-run")):
        result = run(command[0], "--url", rudder, *command[1:])
        assert result.exit_code == 0, result.output


def test_migrations_of_a_file_named_like_the_schema(rudder) -> None:
    """Up, checked, and down again."""
    words = ("--url", rudder, "--source-schema", "rudder", "--target-schema", "rudder", "--all-views")
    for more in ((), ("--check",), ("--undo", "base")):
        result = run("migrate", *words, *more)
        assert result.exit_code == 0, result.output


@pytest.mark.parametrize("pool", [None, sa.StaticPool])
def test_the_only_connection_is_inside_a_transaction(pool) -> None:
    """Refused in words by whatever reads or writes; the transaction goes on as if nothing had been, and then a build is made."""
    engine = sa.create_engine("duckdb://", poolclass=pool)
    connection = engine.connect()
    connection.execute(sa.schema.CreateTable(tracks_table()))
    for do in (build_all, plan_all, status, migrate):
        with pytest.raises(SettingsError, match="only connection is inside an open transaction; commit or roll back first"):
            do(engine)
    connection.commit()
    assert sa.inspect(engine).has_table("tracks")
    assert build_all(engine).mode == "full"
    connection.close()
    engine.dispose()
