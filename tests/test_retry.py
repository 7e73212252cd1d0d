"""Transient errors are retried after growing pauses, where that is safe; all other errors are reported at once."""

import logging

import pytest
import sqlalchemy as sa
from google.api_core import exceptions as google
from google.cloud.bigquery.dbapi import DatabaseError
from oracle import sessionize
from snowflake.connector.errors import OperationalError, ProgrammingError
from sqlalchemy import event
from sqlalchemy.exc import OperationalError as SQLAlchemyOperationalError
from streams import NEW, OLD
from tables import assert_same, assert_same_part, read_all, write_tracks

from sessionmodels import BuildError, Settings, build_all, status
from sessionmodels.connection import retry
from sessionmodels.warehouses import WAREHOUSES


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch) -> None:
    """Nobody waits in a test."""
    monkeypatch.setattr(retry, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(retry, "LONGEST_PAUSE", 0.01)


@pytest.mark.slow
def test_a_lost_connection(postgresql_results, caplog) -> None:
    """The server ends the session in the middle: the build begins again, says so, and is written down as two."""
    write_tracks(postgresql_results, NEW)
    killed = []

    def kill(_done, _known, step) -> None:
        if step.relation_name == "user_session_facts" and not killed:
            killed.append(step)
            with postgresql_results.connect() as connection:
                mine = "pid <> pg_backend_pid() AND datname = current_database()"
                others = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {mine}"
                connection.exec_driver_sql(others)

    with caplog.at_level(logging.WARNING, "sessionmodels"):
        build_all(postgresql_results, watch=kill)
    assert any("retrying in" in record.getMessage() for record in caplog.records)
    assert_same(read_all(postgresql_results), sessionize(NEW)[0])
    assert [one.outcome for one in status(postgresql_results).builds] == ["done", "failed", "done"]


@pytest.mark.slow
def test_a_server_that_restarts(postgresql, monkeypatch) -> None:
    """Nobody answers for a while, where somebody did before: that is tried again; where nobody ever did, it is told at once."""
    write_tracks(postgresql, OLD)
    connects = []
    connect = postgresql.dialect.connect

    def refuse(*args, **kw):
        connects.append(args)
        if len(connects) in {2, 3}:
            refused = "connection refused"
            raise postgresql.dialect.dbapi.OperationalError(refused)
        return connect(*args, **kw)

    monkeypatch.setattr(postgresql.dialect, "connect", refuse)
    postgresql.dispose()
    gone = Exception("terminating connection due to administrator command")
    gone.sqlstate = "57P01"  # pyright: ignore[reportAttributeAccessIssue] - as psycopg tells it
    failed = failing(postgresql, "dbt_user_session_facts", gone, 1)

    @event.listens_for(postgresql, "handle_error")
    def lost(context) -> None:
        context.is_disconnect = True

    build_all(postgresql)
    assert failed
    assert len(connects) >= 4
    assert_same(read_all(postgresql), sessionize(OLD)[0])


def failing(engine: sa.Engine, word: str, error: Exception, times: int) -> list[str]:
    """Make statements with that word fail so often, with that error of the driver's; return those that did."""
    failed: list[str] = []

    @event.listens_for(engine, "before_cursor_execute")
    def fail(_connection, _cursor, statement, *_more) -> None:
        if word in statement and len(failed) < times:
            failed.append(statement)
            raise SQLAlchemyOperationalError(statement, {}, error)

    return failed


@pytest.mark.slow
def test_a_failure_that_stays(old_results) -> None:
    """Is tried so often and no more, and then told."""
    conflict = Exception("Transaction conflict: cannot update")
    conflict.sqlstate = "40001"  # pyright: ignore[reportAttributeAccessIssue] - as psycopg tells it
    failed = failing(old_results, "dbt_user_session_facts", conflict, 99)
    with pytest.raises(BuildError, match="conflict"):
        build_all(old_results, Settings(retries=2))
    assert len(failed) == 3


@pytest.mark.slow
def test_a_failure_that_does_not_pass_is_told_at_once(duckdb_results) -> None:
    """A missing privilege is not there in a minute either."""
    failed = failing(duckdb_results, "dbt_user_session_facts", Exception("permission denied"), 99)
    with pytest.raises(BuildError, match="permission denied"):
        build_all(duckdb_results)
    assert len(failed) == 1


@pytest.mark.slow
def test_a_place_is_tried_again_by_itself(bigquery_dataset) -> None:
    """Where some relations are new already, the one statement that failed is run again, not the build."""
    write_tracks(bigquery_dataset, OLD)
    build_all(bigquery_dataset, select="+sessions")
    write_tracks(bigquery_dataset, NEW)
    transient = google.ServiceUnavailable("busy")
    failed: list[str] = []

    @event.listens_for(bigquery_dataset, "before_cursor_execute")
    def fail(_connection, _cursor, statement, *_more) -> None:
        if statement.startswith("CREATE OR REPLACE") and "dbt_sessions" in statement.split("CLONE")[0] and not failed:
            failed.append(statement)
            raise SQLAlchemyOperationalError(statement, {}, transient)

    build_all(bigquery_dataset, select="+sessions")
    assert failed
    assert_same_part(bigquery_dataset, ("aliases_mapping", "session_events", "sessions"), sessionize(NEW)[0])
    assert [one.outcome for one in status(bigquery_dataset).builds] == ["done", "done"]


def with_state(state: str) -> Exception:
    error = Exception("as told by its state")
    error.sqlstate = state  # pyright: ignore[reportAttributeAccessIssue] - as drivers do
    return error


def caused_by(cause: Exception) -> Exception:
    error = DatabaseError(cause)
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("dialect", "error", "passes"),
    [
        ("duckdb", Exception("TransactionContext Error: Conflict on update!"), True),
        ("duckdb", Exception("Catalog Error: Table does not exist"), False),
        ("postgresql", with_state("40001"), True),
        ("postgresql", with_state("57P01"), True),
        ("postgresql", with_state("57014"), False),
        ("postgresql", with_state("42501"), False),
        ("redshift", Exception("ERROR: 1023 DETAIL: Serializable isolation violation on table"), True),
        ("redshift", with_state("42501"), False),
        ("bigquery", caused_by(google.TooManyRequests("slow down")), True),
        ("bigquery", caused_by(google.Forbidden("403 Exceeded rate limits: too many table update operations")), True),
        ("bigquery", caused_by(google.BadRequest("Could not serialize access to table t due to concurrent update")), True),
        ("bigquery", caused_by(google.Forbidden("no bigquery.tables.get on this dataset")), False),
        ("bigquery", google.NotFound("no such table"), False),
        ("snowflake", OperationalError(errno=250001), True),
        ("snowflake", ProgrammingError(errno=390114), True),
        ("snowflake", ProgrammingError(errno=3001), False),
    ],
)
def test_what_passes_on_each_warehouse(dialect, error, passes) -> None:
    """By the driver's own words for it."""
    assert WAREHOUSES[dialect].driver.is_transient(error) == passes
