"""The raw events are never overwritten, whatever they are called and however many views stand in front of them."""

import pytest
import sqlalchemy as sa
from streams import OLD
from tables import write_tracks

from sessionmodels import Settings, SettingsError, build_all

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
    "a view of kept events": (
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
    with pytest.raises(SettingsError, match=r"source_table 'tracks' reads '(track_facts|sessionmodels_events_)', which"):
        build_all(engine, BARE, replace_existing=True)
    assert rows(engine) == len(OLD)


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
