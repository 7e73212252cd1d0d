"""The raw events are never overwritten, whatever they are called and however many views stand in front of them."""

import re

import pytest
import sqlalchemy as sa
from engines import make_engine, on
from streams import OLD
from tables import write_tracks

from sessionmodels import Settings, SettingsError, TargetError, build_all

BARE = Settings(table_prefix="")
VIEWS = {
    "a view": ("CREATE VIEW tracks AS SELECT * FROM track_facts",),
    "a view of a view": (
        'CREATE VIEW "between AS ()" AS SELECT * FROM track_facts',
        'CREATE VIEW tracks AS WITH found AS (SELECT * FROM "between AS ()") SELECT * FROM found WHERE id IS NOT NULL',
    ),
    "a union, a join and a subquery": (
        (
            "CREATE VIEW tracks AS SELECT t.* FROM (SELECT 1 AS one) AS o CROSS JOIN track_facts AS t"
            " UNION ALL SELECT * FROM track_facts WHERE id IN (SELECT id FROM track_facts WHERE 1 = 0)"
        ),
    ),
    "a view of kept duplicates": (
        "CREATE TABLE sessionmodels_duplicates_ AS SELECT * FROM track_facts",
        "CREATE VIEW tracks AS SELECT * FROM sessionmodels_duplicates_",
    ),
    "a view of what an earlier version kept": (
        "CREATE TABLE sessionmodels_events_ AS SELECT * FROM track_facts",
        "CREATE VIEW tracks AS SELECT * FROM sessionmodels_events_",
    ),
}


def rows(engine: sa.Engine, table: str = "track_facts") -> int:
    with engine.connect() as connection:
        return connection.exec_driver_sql(f"SELECT count(id) FROM {table}").scalar_one()


@pytest.mark.parametrize("case", VIEWS)
def test_what_a_source_view_reads_is_never_overwritten(engine, case) -> None:
    """Refused by name, even where the build was told to replace what is not ours."""
    write_tracks(engine, OLD, name="track_facts")
    with engine.begin() as connection:
        for statement in VIEWS[case]:
            connection.exec_driver_sql(statement)
    with pytest.raises(
        SettingsError, match=r"source_table 'tracks' reads '(track_facts|sessionmodels_(events|duplicates)_)', which"
    ):
        build_all(engine, BARE, replace_existing=True)
    assert rows(engine) == len(OLD)


@pytest.mark.slow
def test_every_spelling_of_the_source_schema(duckdb) -> None:
    """`main`, `<database>.main` and none at all are one place on DuckDB."""
    write_tracks(duckdb, OLD, name="track_facts")
    for source in (None, "main", "events.main"):
        for target in (None, "main", "events.main"):
            settings = Settings(source_table="track_facts", table_prefix="", source_schema=source, target_schema=target)
            with pytest.raises(SettingsError, match="'track_facts' is also the name of a result"):
                build_all(duckdb, settings, replace_existing=True)
    assert rows(duckdb) == len(OLD)


def test_a_partition_of_the_source(postgresql) -> None:
    """A partitioned table is read through its partitions: a result may not bear the name of one."""
    write_tracks(postgresql, OLD, name="raw")
    with postgresql.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE tracks (LIKE raw) PARTITION BY RANGE (timestamp)")
        connection.exec_driver_sql("CREATE TABLE track_facts PARTITION OF tracks DEFAULT")
        connection.exec_driver_sql("INSERT INTO tracks SELECT * FROM raw")
    with pytest.raises(SettingsError, match="'tracks' reads 'track_facts'"):
        build_all(postgresql, BARE, replace_existing=True)
    assert rows(postgresql) == len(OLD)


def test_a_source_that_the_search_path_finds(postgresql) -> None:
    """What the database finds under a bare name is meant, in whichever schema that is."""
    with postgresql.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA rudder")
    write_tracks(postgresql, OLD, name="track_facts", schema="rudder")
    elsewhere = sa.create_engine(postgresql.url, connect_args={"options": "-c search_path=public,rudder"})
    with pytest.raises(SettingsError, match="'track_facts' is also the name of a result"):
        build_all(elsewhere, Settings(source_table="track_facts", table_prefix="", target_schema="rudder"), replace_existing=True)
    elsewhere.dispose()
    assert rows(postgresql, "rudder.track_facts") == len(OLD)


@pytest.mark.slow
def test_a_namesake_elsewhere_is_no_source(engine) -> None:
    """A table of a result's name in another schema, which the source's view reads, stays, and nothing is refused."""
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA rudder")
    write_tracks(engine, OLD, name="track_facts", schema="rudder")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE VIEW tracks AS SELECT * FROM rudder.track_facts")
    for _ in range(2):
        build_all(engine, BARE)
    assert rows(engine, "rudder.track_facts") == len(OLD)


UNSEEN = {
    "duckdb": {
        "query_table()": ("CREATE VIEW tracks AS SELECT * FROM query_table('track_facts')",),
        "query()": ("CREATE VIEW tracks AS SELECT * FROM query('FROM track_facts')",),
        "raw events()": (
            'CREATE MACRO "raw events"() AS TABLE SELECT * FROM track_facts',
            'CREATE VIEW between_them AS SELECT * FROM "raw events"()',
            "CREATE VIEW tracks AS SELECT * FROM between_them",
        ),
    },
    "postgresql": {
        "f()": (
            (
                "CREATE FUNCTION f() RETURNS TABLE (id text, anonymous_id text, user_id text, event text,"
                ' "timestamp" timestamptz)'
                " LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY"
                " SELECT t.id, t.anonymous_id, t.user_id, t.event, t.timestamp FROM public.track_facts AS t; END $$"
            ),
            "CREATE VIEW tracks AS SELECT * FROM f()",
        ),
        "a function that runs a query from a text": (
            (
                "CREATE VIEW tracks AS SELECT t.* FROM XMLTABLE('//row' PASSING"
                " query_to_xml('TABLE track_facts', false, false, '')"
                " COLUMNS id text, anonymous_id text, user_id text, event text, timestamp timestamptz) AS t"
            ),
        ),
    },
}


@pytest.mark.parametrize(
    ("kind", "function"), [on(kind, function) for kind, functions in UNSEEN.items() for function in functions], indirect=["kind"]
)
def test_what_a_source_may_read_through_a_function(kind, function) -> None:
    """No table of others is replaced that a function, which cannot be looked into, may read; what is ours is, as ever."""
    write_tracks(kind, OLD, name="track_facts")
    with kind.begin() as connection:
        for statement in UNSEEN[kind.dialect.name][function]:
            connection.exec_driver_sql(statement)
    with pytest.raises(TargetError, match=re.escape(f"reads through {function}, which cannot be inspected, so it may read")):
        build_all(kind, BARE, replace_existing=True)
    assert rows(kind) == len(OLD)


@pytest.mark.slow
def test_a_source_that_reads_through_a_function(engine) -> None:
    """What is ours is replaced as ever, and so is what somebody else made where nothing of it is hidden."""
    write_tracks(engine, OLD, name="raw")
    with engine.begin() as connection:
        for statement in UNSEEN[engine.dialect.name]["f()" if engine.dialect.name == "postgresql" else "query_table()"]:
            connection.exec_driver_sql(statement.replace("track_facts", "raw"))
    for _ in range(2):
        build_all(engine, BARE, replace_existing=True)


@pytest.fixture
def kind(request, tmp_path):
    """An empty database of the warehouse that a parameter names."""
    made = make_engine(request.param, request, tmp_path)
    yield made
    made.dispose()
