"""On DuckDB, a build reads the events that it has just stored in parts, so that several threads can read them."""

import pytest
import sqlalchemy as sa
from conformance import stream_for
from everything import FACTS
from sqlalchemy import event
from tables import assert_same, read_all, write_tracks

from sessionmodels import Settings, build_all
from sessionmodels.models import MODELS
from sessionmodels.warehouses import in_parts
from sessionmodels.warehouses.in_parts import FIRST_ROW

PART = 15
"""The rows of a part here."""

TABLES = dict.fromkeys(MODELS, "table")
SETTINGS = {
    "default": {},
    "context, all as tables in another schema": {**FACTS, "kinds": TABLES, "target_schema": "own"},
    "all as tables, as the dbt project, which keeps duplicates": {"kinds": TABLES, "compatibility": "dbt"},
}


@pytest.fixture
def statements(duckdb, monkeypatch) -> list[str]:
    """Return the statements that fill sessions; a part has few rows."""
    monkeypatch.setattr(in_parts, "LEAST", PART)
    found = []

    def note(_connection, _cursor, statement, *_more) -> None:
        if "dbt_sessions AS" in statement:
            found.append(statement)

    event.listen(duckdb, "before_cursor_execute", note)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("chosen", SETTINGS.values(), ids=list(SETTINGS))
def test_the_same_rows(duckdb, statements, monkeypatch, chosen) -> None:
    """Whatever reads the events gives the same rows as if they were read at once."""
    write_tracks(duckdb, stream_for("duckdb"))
    settings = Settings(**chosen)
    build_all(duckdb, settings)
    in_many = read_all(duckdb, settings)
    monkeypatch.setattr(in_parts, "LEAST", 1_000_000)
    build_all(duckdb, settings)
    many, whole = (statement.count("rowid <") for statement in statements)
    assert (many, whole) == (in_parts.MOST - 1, 0)
    assert_same(in_many, read_all(duckdb, settings))


@pytest.mark.slow
def test_a_column_of_that_name(duckdb, statements) -> None:
    """If a column is called `rowid`, the events are read at once: the name no longer means the number of a row."""
    write_tracks(duckdb, stream_for("duckdb"))
    result = build_all(duckdb, Settings(context={"RowId": ["event"]}))
    assert ["rowid" in statement for statement in statements] == [False]
    assert result["sessions"].rows


@pytest.mark.slow
def test_stored_events_are_read_at_once(duckdb, statements) -> None:
    """What an earlier build has committed is read by several threads anyway."""
    write_tracks(duckdb, stream_for("duckdb"))
    build_all(duckdb)
    build_all(duckdb, select="sessions")
    assert ["rowid" in statement for statement in statements] == [True, False]


def test_the_first_row_of_a_table_that_is_not_committed(duckdb) -> None:
    """The number that DuckDB gives it is the one that the parts begin with: else one thread would read everything."""
    with duckdb.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE fresh AS SELECT range AS number FROM range(10)")
        assert connection.exec_driver_sql("SELECT min(rowid) FROM fresh").scalar_one() == FIRST_ROW


@pytest.mark.parametrize("committed", [True, False])
def test_any_guess_of_the_rows(duckdb, monkeypatch, committed) -> None:
    """Each row is in one part, whether the table has more or fewer rows than was thought, and whatever its first number is."""
    monkeypatch.setattr(in_parts, "LEAST", 1)
    with duckdb.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE fresh AS SELECT range AS number FROM range(100)")
        if committed:
            connection.commit()
        table = sa.Table("fresh", sa.MetaData(), sa.Column("number", sa.BigInteger))
        for guess in (*range(20), 99, 100, 101, 1_000_000):
            query = in_parts.in_parts(sa.select(table.c.number), table, guess)
            assert sorted(connection.scalars(query)) == list(range(100))
