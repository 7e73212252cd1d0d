"""The raw table, wherever it is."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from engines import QUICK
from oracle import Raw, sessionize
from tables import EPOCH, assert_same, read_all, write_tracks

from sessionmodels import Settings, SourceError, build_all
from sessionmodels.offline.script import write_statements
from sessionmodels.warehouses import WAREHOUSES

RAWS = [Raw("1", "d", None, "x", 0), Raw("2", "d", "u", "y", 60_000_000)]


@pytest.mark.parametrize("name", ["select", """Quo"ted, per%cent, :colon, it's; DROP TABLE tracks; --"""])
@pytest.mark.slow
def test_any_name(engine, name) -> None:
    """Schemas and tables of any name: the dialect quotes, nothing is pasted."""
    schema = f"s {name}".replace(".", "")
    with engine.begin() as connection:
        connection.execute(sa.schema.CreateSchema(schema))
    write_tracks(engine, RAWS, schema=schema, name=name)
    write_tracks(engine, [])
    settings = Settings(source_schema=schema, source_table=name, target_schema=f"{schema}!")
    build_all(engine, settings)
    build_all(engine, settings)
    assert_same(read_all(engine, settings), sessionize(RAWS)[0])
    assert sa.inspect(engine).has_table("tracks")


@pytest.mark.slow
def test_columns_of_any_name(engine) -> None:
    """Each column's name is a setting, and may be a nasty one."""
    nasty = {"id": "e;id", "anonymous_id": 'de"vice', "user_id": "per%son", "event": ":event", "timestamp": "select"}
    columns = [sa.Column(name, sa.Text if part != "timestamp" else sa.TIMESTAMP(timezone=True)) for part, name in nasty.items()]
    table = sa.Table("tracks", sa.MetaData(), *columns)
    with engine.begin() as connection:
        table.create(connection)
        row = {"e;id": "1", 'de"vice': "d", "per%son": None, ":event": "x", "select": sa.func.to_timestamp(0)}
        connection.execute(table.insert().values(row))
    columns_named: Any = {f"{part}_column": name for part, name in nasty.items()}
    build_all(engine, Settings(**columns_named))
    assert_same(read_all(engine), sessionize([Raw("1", "d", None, "x", 0)])[0])


@pytest.mark.slow
def test_a_view_is_a_source_too(duckdb) -> None:
    """A cleaned view in place of the loader's table."""
    write_tracks(duckdb, RAWS, name="raw")
    with duckdb.begin() as connection:
        connection.exec_driver_sql("CREATE VIEW tracks AS SELECT * FROM raw")
    build_all(duckdb)
    assert_same(read_all(duckdb), sessionize(RAWS)[0])


def test_a_table_in_another_case(postgresql) -> None:
    """A name that differs by case alone is found."""
    write_tracks(postgresql, RAWS, name="TRACKS")
    build_all(postgresql)
    assert_same(read_all(postgresql), sessionize(RAWS)[0])


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({}, r"no table 'tracks' in (the default schema .'main'.|schema 'public') .did you mean 'track'\?.; set source_table"),
        ({"source_schema": "ruder"}, "no schema 'ruder' to read from .did you mean 'rudder'"),
        ({"source_schema": "rudder"}, "no table 'tracks' in schema 'rudder'"),
    ],
)
def test_a_source_that_is_not_there(engine, chosen, words) -> None:
    """The nearest name is offered, and nothing is touched."""
    write_tracks(engine, RAWS, name="track")
    with engine.begin() as connection:
        connection.execute(sa.schema.CreateSchema("rudder"))
    with pytest.raises(SourceError, match=words):
        build_all(engine, Settings(target_schema="analytics", **chosen))
    assert not sa.inspect(engine).has_schema("analytics")


@pytest.mark.slow
def test_only_what_was_loaded_since(warehouse) -> None:
    """Rows loaded earlier, or nobody knows when, are not read; what is loaded at that very microsecond is."""
    moment = datetime(2026, 1, 31, 12, tzinfo=UTC)
    since = (moment - EPOCH) // timedelta(microseconds=1)
    offsets = {"before": -1, "at": 0, "after": 1}
    raws = [Raw(name, "d", None, "x", at * 10**6, loaded_at=since + at) for name, at in offsets.items()]
    raws += [Raw("never", "d", None, "x", 5, loaded_at=None), Raw("nobody", None, None, "x", 5, loaded_at=since)]
    write_tracks(warehouse, raws)
    same = ("2026-01-31T14:00:00+02:00", "2026-01-31T12:00:00")  # which is Python's to say
    for text in same if warehouse.dialect.name == QUICK else same[:1]:
        result = build_all(warehouse, Settings(loaded_since=text))
        assert_same(read_all(warehouse), sessionize([raw for raw in raws if raw.id in {"at", "after"}])[0])
        assert result.source
        assert (result.source.events_read, result.source.left_out["no_id"]) == (3, 1)


@pytest.mark.slow
@pytest.mark.parametrize("dialect", WAREHOUSES)
def test_the_partition_column_stands_bare(dialect) -> None:
    """What the warehouse prunes by is compared as it is, with a literal of its own type."""
    text = "\n".join(write_statements(Settings(loaded_since=datetime(2026, 1, 31, tzinfo=UTC)), dialect))
    assert re.search(r"WHERE \S*\btracks`?\.`?uuid_ts`? >= CAST\('2026-01-31 00:00:00\.000000(\+00:00)?' AS TIMESTAMP", text)


def test_loaded_since_without_a_load_time(duckdb) -> None:
    """Refused, with the setting that names the column."""
    with duckdb.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE tracks (id text, anonymous_id text, event text, timestamp timestamp)")
    with pytest.raises(SourceError, match="tracks has no column that says when a row was loaded; set loaded_at_column"):
        build_all(duckdb, Settings(loaded_since="2026-01-31"))
