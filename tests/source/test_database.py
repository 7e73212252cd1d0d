"""The raw table, wherever it is."""

import pytest
import sqlalchemy as sa
from oracle import Raw, sessionize
from tables import assert_same, read_all, write_tracks

from sessionmodels import Settings, SourceError, build_all

RAWS = [Raw("1", "d", None, "x", 0), Raw("2", "d", "u", "y", 60_000_000)]


@pytest.mark.parametrize(
    "name", ["tracks", "Tracks of 2026", 'quo"ted', "per%cent", ":colon", "it's", "select", "t); DROP TABLE tracks; --"]
)
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


def test_columns_of_any_name(engine) -> None:
    """Each column's name is a setting, and may be a nasty one."""
    nasty = {"id": "e;id", "anonymous_id": 'de"vice', "user_id": "per%son", "event": ":event", "timestamp": "select"}
    columns = [sa.Column(name, sa.Text if part != "timestamp" else sa.TIMESTAMP(timezone=True)) for part, name in nasty.items()]
    table = sa.Table("tracks", sa.MetaData(), *columns)
    with engine.begin() as connection:
        table.create(connection)
        row = {"e;id": "1", 'de"vice': "d", "per%son": None, ":event": "x", "select": sa.func.to_timestamp(0)}
        connection.execute(table.insert().values(row))
    build_all(engine, Settings(**{f"{part}_column": name for part, name in nasty.items()}))
    assert_same(read_all(engine), sessionize([Raw("1", "d", None, "x", 0)])[0])


def test_a_view_is_a_source_too(engine) -> None:
    """A cleaned view in place of the loader's table."""
    write_tracks(engine, RAWS, name="raw")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE VIEW tracks AS SELECT * FROM raw")
    build_all(engine)
    assert_same(read_all(engine), sessionize(RAWS)[0])


def test_a_table_in_another_case(postgresql) -> None:
    """A name that differs by case alone is found."""
    write_tracks(postgresql, RAWS, name="TRACKS")
    build_all(postgresql)
    assert_same(read_all(postgresql), sessionize(RAWS)[0])


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({}, r"no table 'tracks' in the default schema .'(main|public)'. .did you mean 'track'\?.; set source_table"),
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
