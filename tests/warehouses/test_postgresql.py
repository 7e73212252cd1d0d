"""PostgreSQL: views of other people live on, and what a build must not do is refused whole."""

import threading
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from oracle import sessionize
from sqlalchemy.exc import InternalError
from streams import NEW, OLD
from tables import assert_same, read_all, write_tracks
from written import execute, scalar

from sessionmodels import BuildError, LockedError, Settings, SettingsError, TargetError, build_all, status
from sessionmodels.conformance.run import verify
from sessionmodels.connection.transaction import connected
from sessionmodels.models import MODELS
from sessionmodels.warehouses.locks.advisory import advisory
from sessionmodels.warehouses.locks.lock import Place


def test_one_snapshot_for_the_whole_build(postgresql) -> None:
    """Events that arrive while a build runs are in none of its relations, or in all."""
    write_tracks(postgresql, OLD)

    def arrive(done, _total, _step) -> None:
        if not done:
            return  # the snapshot is that of the first step
        late = threading.Thread(
            target=execute,
            args=(postgresql, f"INSERT INTO tracks (id, anonymous_id, timestamp) VALUES ('late{done}', 'late', now())"),
        )
        late.start()
        late.join()

    result = build_all(postgresql, watch=arrive)
    assert result.source
    assert result.source.events_read == len(OLD)
    assert_same(read_all(postgresql), sessionize(OLD)[0])


@pytest.mark.slow
def test_the_least_privileges(postgresql) -> None:
    """Reading the source and creating in the target schema is enough."""
    write_tracks(postgresql, OLD)
    execute(postgresql, "CREATE SCHEMA analytics")
    role = f"builder_{postgresql.url.database}"
    execute(postgresql, f"CREATE ROLE {role} LOGIN")
    execute(postgresql, f"GRANT SELECT ON tracks TO {role}; GRANT USAGE, CREATE ON SCHEMA analytics TO {role}")
    builder = sa.create_engine(postgresql.url.set(username=role))
    settings = Settings(target_schema="analytics")
    for _ in range(2):
        build_all(builder, settings)
    assert_same(read_all(builder, settings), sessionize(OLD)[0])
    builder.dispose()


def test_missing_privileges(postgresql) -> None:
    """All are reported at once, as statements that grant them; once they were run, the build is done."""
    execute(postgresql, "CREATE SCHEMA raw")
    write_tracks(postgresql, OLD, schema="raw")
    execute(postgresql, "CREATE SCHEMA analytics")
    role = f"builder_{postgresql.url.database}"
    execute(postgresql, f"CREATE ROLE {role} LOGIN")
    builder = sa.create_engine(postgresql.url.set(username=role))
    settings = Settings(source_schema="raw", target_schema="analytics")
    with pytest.raises(TargetError, match=r"your role lacks privileges\. Nothing was changed") as caught:
        build_all(builder, settings)
    grants = [
        f"GRANT USAGE ON SCHEMA raw TO {role};",
        f"GRANT SELECT ON raw.tracks TO {role};",
        f"GRANT USAGE, CREATE ON SCHEMA analytics TO {role};",
    ]
    assert str(caught.value).endswith(" ".join(grants))
    for statement in grants:
        execute(postgresql, statement)
    build_all(builder, settings)
    with pytest.raises(TargetError, match=r"GRANT CREATE ON DATABASE \w+ TO \w+;"):
        build_all(builder, Settings(source_schema="raw", target_schema="new"))
    with pytest.raises(TargetError, match=r"then verify again: GRANT CREATE ON DATABASE"):
        verify(builder)
    builder.dispose()


@pytest.mark.slow
def test_a_table_with_a_type_that_nobody_reads(postgresql) -> None:
    """A column of ours that stands there as something else goes, whatever it is."""
    write_tracks(postgresql, OLD)
    execute(postgresql, "CREATE TABLE dbt_session_events (event box, other point)")
    build_all(postgresql, replace_existing=True)
    assert_same(read_all(postgresql), sessionize(OLD)[0])


@pytest.mark.slow
def test_a_search_path_of_several_schemas(postgresql_results) -> None:
    """Results go into the first schema, and tables of the same name further down the path stay as they are."""
    execute(postgresql_results, "CREATE SCHEMA analytics")
    elsewhere = sa.create_engine(postgresql_results.url, connect_args={"options": "-c search_path=analytics,public"})
    write_tracks(postgresql_results, NEW)
    for _ in range(2):
        build_all(elsewhere)
    assert_same(read_all(postgresql_results), sessionize(OLD)[0])
    assert_same(read_all(postgresql_results, Settings(target_schema="analytics")), sessionize(NEW)[0])
    elsewhere.dispose()


@pytest.mark.parametrize("name", ["dbt_session_events", "dbt_tracks_flow"], ids=["table", "view"])
def test_something_else_of_that_name(postgresql, name) -> None:
    """A foreign table is neither refilled nor dropped; the error says what to do, before anything is touched."""
    write_tracks(postgresql, OLD)
    execute(postgresql, "CREATE FOREIGN DATA WRAPPER nobody")
    execute(postgresql, "CREATE SERVER elsewhere FOREIGN DATA WRAPPER nobody")
    execute(postgresql, f"CREATE FOREIGN TABLE {name} (x int) SERVER elsewhere")
    with pytest.raises(TargetError, match=f"{name} exists, but is neither a table nor a view; drop it, or set another"):
        build_all(postgresql)
    assert sa.inspect(postgresql).get_table_names() == ["tracks"]


@pytest.mark.slow
def test_the_default_schema_by_its_name(postgresql) -> None:
    """Two builds at once of the same tables wait for each other, also where one names the schema and one does not."""
    write_tracks(postgresql, [])
    build_all(postgresql)
    write_tracks(postgresql, OLD)
    schemas = (None, "public")
    wait = {"wait": 60}
    builders = [
        threading.Thread(target=build_all, args=(postgresql, Settings(target_schema=one)), kwargs=wait) for one in schemas
    ]
    for builder in builders:
        builder.start()
    for builder in builders:
        builder.join()
    assert_same(read_all(postgresql), sessionize(OLD)[0])


@pytest.mark.slow
def test_a_build_waits_longer_than_its_roles_statements_may_run(postgresql) -> None:
    """What is waited for another build is what was asked for; then the status is that of a lock."""
    write_tracks(postgresql, OLD)
    hurried = sa.create_engine(postgresql.url, connect_args={"options": "-c statement_timeout=1000"})
    with (
        postgresql.connect() as other,
        advisory(postgresql, other, Place("public", "dbt_"), 0),
        pytest.raises(LockedError, match="timed out after 3 s of waiting"),
    ):
        build_all(hurried, wait=3)
    hurried.dispose()


def test_what_only_reads_cannot_write(postgresql_results) -> None:
    """The transactions of `status` are read-only, and the connection goes back as it came."""
    assert status(postgresql_results).builds
    with (
        connected(postgresql_results, reads_only=True) as connection,
        pytest.raises(InternalError, match="read-only transaction"),
    ):
        connection.exec_driver_sql("CREATE TABLE mine (i integer)")
    execute(postgresql_results, "CREATE TABLE mine (i integer)")


def test_the_table_of_builds_is_in_the_way(postgresql) -> None:
    """What could not be done is named: the catalogue was read, and it is the table of builds that cannot be made."""
    write_tracks(postgresql, OLD)
    with postgresql.begin() as connection:
        connection.exec_driver_sql("CREATE SEQUENCE sessionmodels_builds_dbt_")
    with pytest.raises(BuildError, match=r"the build: could not write to the table of builds: .*already exists\s+Nothing was"):
        build_all(postgresql)


@pytest.mark.slow
def test_rows_of_inheriting_tables_stay(postgresql_results) -> None:
    """Somebody's archive that inherits from a result loses nothing to the builds that follow."""
    tables = [f"dbt_{name}" for name, model in MODELS.items() if model.kind == "table"]
    for table in tables:
        execute(postgresql_results, f"CREATE TABLE archive_{table} () INHERITS ({table})")
        execute(postgresql_results, f"INSERT INTO archive_{table} SELECT * FROM ONLY {table}")
    kept = {table: scalar(postgresql_results, f"SELECT count(*) FROM archive_{table}") for table in tables}
    assert all(kept.values())
    for incremental in (True, False):
        build_all(postgresql_results, incremental=incremental)
        assert {table: scalar(postgresql_results, f"SELECT count(*) FROM archive_{table}") for table in tables} == kept


@pytest.fixture
def latin(postgres) -> Iterator[sa.Engine]:
    """An empty database that keeps no letter outside of Latin-1."""
    name = f"latin{uuid4().hex}"
    admin = sa.create_engine(f"postgresql://postgres@{postgres}/postgres", isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'")
    admin.dispose()
    engine = sa.create_engine(f"postgresql://postgres@{postgres}/{name}")
    yield engine
    engine.dispose()


@pytest.mark.slow
def test_a_database_that_keeps_few_letters(latin) -> None:
    """A long comment is cut in letters that any database has; a text that this one cannot store is refused by its setting."""
    write_tracks(latin, OLD)
    build_all(latin, Settings(event_counters={"n": [f"event number {n}" for n in range(100)]}))
    comment = scalar(latin, "SELECT col_description('dbt_session_track_facts'::regclass, 4)")
    assert comment.endswith(" ...")
    for name, value in (("event_counters", {"n": ["ü", "😀"]}), ("grant_to", ["😀"])):
        given: Any = {name: value}
        with pytest.raises(SettingsError, match=f"{name}: '😀' contains '😀', which this database cannot store"):
            build_all(latin, Settings(**given))
