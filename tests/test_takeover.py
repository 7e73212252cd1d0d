"""Results of an earlier version, in which six relations were tables that are views by default now, are taken over."""

from dataclasses import replace

import pytest
import sqlalchemy as sa
import streams
from engines import ENGINES
from kept import Template
from oracle import sessionize
from tables import assert_same, read_all, schema_of, write_tracks

from sessionmodels import Settings, build_all
from sessionmodels.model import Kind
from sessionmodels.models import MODELS

HOUR = 3_600_000_000
OLD = [replace(raw, loaded_at=100 * HOUR) for raw in streams.OLD]
NEW = [replace(raw, loaded_at=101 * HOUR) for raw in streams.NEW]
SIX = [name for name, model in MODELS.items() if model.kind == "view"]
AS_TABLES: dict[str, Kind] = dict.fromkeys(SIX, "table")
KEPT = "CREATE TABLE sessionmodels_events_dbt_ (event_id VARCHAR, timestamp TIMESTAMP, loaded_at TIMESTAMP, standing BIGINT)"
"""The table in which an earlier version kept every raw row."""


def standing(engine: sa.Engine) -> None:
    """Build as an earlier version did."""
    write_tracks(engine, OLD)
    build_all(engine, Settings(kinds=AS_TABLES), incremental=True)


STANDING = Template(standing)

taken_over = STANDING.copies(*ENGINES)
taken_over_on_postgresql = STANDING.copies("postgresql")


def kinds(engine: sa.Engine) -> dict[str, str]:
    inspector = sa.inspect(engine)
    found = dict.fromkeys(inspector.get_table_names(schema_of(engine)), "table")
    return found | dict.fromkeys(inspector.get_view_names(schema_of(engine)), "view")


@pytest.mark.slow
def test_tables_become_views(taken_over) -> None:
    """In one transaction, which ends with the same rows under every name, and without what the earlier version kept."""
    with taken_over.begin() as connection:
        connection.exec_driver_sql(KEPT)
    write_tracks(taken_over, [*OLD, *NEW])
    result = build_all(taken_over, incremental=True)
    assert {result[name].kind for name in SIX} == {"view"}
    assert {kinds(taken_over)[f"dbt_{name}"] for name in SIX} == {"view"}
    assert "sessionmodels_events_dbt_" not in kinds(taken_over)
    assert_same(read_all(taken_over), sessionize([*OLD, *NEW])[0])
    assert build_all(taken_over, incremental=True).mode == "nothing"


@pytest.mark.slow
def test_readers_find_rows_at_every_moment(taken_over) -> None:
    """Until the commit they see the old tables; nobody waits for what is computed before the first of them is dropped."""
    seen, dropping = [], []

    def look(_done: int, _total: int | None, step) -> None:
        blocks = taken_over.dialect.name == "postgresql"  # DuckDB keeps the old table for others until the commit
        dropping.extend([1] if blocks and step.action.startswith("drop the old") else [])
        if not dropping:
            with taken_over.connect() as connection:
                seen.append(connection.exec_driver_sql("SELECT count(*) FROM dbt_track_facts").scalar_one())

    result = build_all(taken_over, watch=look)
    assert len(seen) > 5
    assert set(seen) == {result["track_facts"].rows}


def test_a_table_that_a_view_of_others_reads(taken_over_on_postgresql, caplog) -> None:
    """It stays a table, with the rows of each build, and a warning names the view; without that view it becomes one."""
    with taken_over_on_postgresql.begin() as connection:
        connection.exec_driver_sql("CREATE VIEW theirs AS SELECT count(*) AS events FROM dbt_track_facts")
    write_tracks(taken_over_on_postgresql, [*OLD, *NEW])
    result = build_all(taken_over_on_postgresql, incremental=True)
    assert [name for name in SIX if result[name].kind == "table"] == ["track_facts"]
    assert "dbt_track_facts stays a table, because public.theirs would have to be dropped" in caplog.text
    assert_same(read_all(taken_over_on_postgresql), sessionize([*OLD, *NEW])[0])
    with taken_over_on_postgresql.begin() as connection:
        assert connection.exec_driver_sql("SELECT events FROM theirs").scalar_one() == result["track_facts"].rows
        connection.exec_driver_sql("DROP VIEW theirs")
    assert build_all(taken_over_on_postgresql)["track_facts"].kind == "view"


@pytest.mark.slow
def test_where_each_statement_commits(bigquery_dataset, caplog) -> None:
    """Tables stay tables, so that readers never find nothing, unless `kinds` says otherwise."""
    standing(bigquery_dataset)
    result = build_all(bigquery_dataset, Settings(kinds={"tracks_flow": "view"}))
    assert [name for name in SIX if result[name].kind == "view"] == ["tracks_flow"]
    for name in SIX:
        stays = f"dbt_{name} stays a table, because readers would find nothing while a view takes its place"
        assert (stays in caplog.text) == (name != "tracks_flow")
    assert_same(read_all(bigquery_dataset), sessionize(OLD)[0])
