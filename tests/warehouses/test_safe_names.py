"""PostgreSQL and Redshift: whoever may create in a schema on the builder's path runs no code as the builder."""

import pytest
import sqlalchemy as sa
from oracle import sessionize
from streams import OLD
from tables import assert_same, read_all, write_tracks

from sessionmodels import Settings, SettingsError, build_all
from sessionmodels.warehouses.search_path import path_of, safe_search_path

SHOW = "SHOW search_path"


def scalar(connection, statement: str):
    return connection.exec_driver_sql(statement).scalar_one()


def execute(engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def test_the_path_is_safe_in_every_transaction_and_back_afterwards(postgresql) -> None:
    """In those that begin inside, and not after; the connection's own schemas are known meanwhile."""
    with postgresql.connect() as connection:
        before = scalar(connection, SHOW)
        connection.rollback()
        with safe_search_path(connection), safe_search_path(connection):
            for _ in range(2):
                with connection.begin():
                    assert scalar(connection, SHOW) == "pg_catalog, pg_temp"
            assert path_of(connection) == ("public",)
        assert scalar(connection, SHOW) == before
        assert path_of(connection) is None


@pytest.mark.slow
def test_somebody_elses_transaction_goes_on_with_its_own_path(postgresql) -> None:
    """Whatever is written on it; what they have done in it stands."""
    execute(postgresql, 'CREATE SCHEMA "a, b"')
    with postgresql.connect() as connection, connection.begin():
        connection.exec_driver_sql('SET LOCAL search_path TO "a, b", public')
        with safe_search_path(connection):
            assert scalar(connection, SHOW) == "pg_catalog, pg_temp"
            assert path_of(connection) == ("a, b", "public")
        assert scalar(connection, SHOW) == '"a, b", public'
        connection.exec_driver_sql("CREATE TABLE here (x int)")
    assert sa.inspect(postgresql).has_table("here", "a, b")


def test_a_connection_that_commits_each_statement(postgresql) -> None:
    """It has no transaction for a path to be local to: its session's is replaced, and put back."""
    with postgresql.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        before = scalar(connection, SHOW)
        with safe_search_path(connection):
            assert scalar(connection, SHOW) == "pg_catalog, pg_temp"
        assert scalar(connection, SHOW) == before


@pytest.mark.slow
def test_a_path_without_a_schema(postgresql) -> None:
    """It is refused in words, before anything is touched."""
    write_tracks(postgresql, OLD)
    nowhere = sa.create_engine(postgresql.url, connect_args={"options": "-c search_path=nowhere"})
    with pytest.raises(SettingsError, match="no schema of its own; set source_schema and target_schema"):
        build_all(nowhere)
    both = Settings(source_schema="public", target_schema="public")
    build_all(nowhere, both)
    assert_same(read_all(postgresql), sessionize(OLD)[0])
    nowhere.dispose()
