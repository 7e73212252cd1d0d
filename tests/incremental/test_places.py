"""Builds in several places: nobody goes on from the build of another prefix or schema."""

from typing import Any

import pytest
from loads import FIRST, SECOND
from oracle import Rules, sessionize
from tables import assert_same, read_all, schema_of, write_tracks

from sessionmodels import Settings, build_all

pytestmark = pytest.mark.slow


def test_prefixes_alike(duckdb) -> None:
    """`dbt` and `dbt_` are two places: what one keeps, the other does not go on from."""
    write_tracks(duckdb, FIRST)
    one, other = Settings(), Settings(table_prefix="dbt", deduplicate=False)
    build_all(duckdb, one, incremental=True)
    build_all(duckdb, other, incremental=True)
    write_tracks(duckdb, [*FIRST, *SECOND])
    for settings, rules in ((one, Rules()), (other, Rules(deduplicate=False))):
        assert build_all(duckdb, settings, incremental=True).mode == "incremental"
        assert_same(read_all(duckdb, settings), sessionize([*FIRST, *SECOND], rules)[0])


def test_a_place_in_other_spellings(duckdb) -> None:
    """DuckDB ignores case in names, and `main` is the default schema: no build continues from one under another spelling."""
    write_tracks(duckdb, FIRST)
    others: tuple[dict[str, Any], ...] = (
        {},
        {"table_prefix": "DBT_", "event_counters": {"c": ["x"]}},
        {},
        {"target_schema": "main"},
        {},
    )
    for chosen in others:
        settings = Settings(**chosen)
        assert build_all(duckdb, settings, incremental=True).mode == "full"
    assert_same(read_all(duckdb), sessionize(FIRST)[0])


def test_a_build_in_a_dataset_of_its_own(committing) -> None:
    """The state and the kept duplicates stand beside the results, wherever these are."""
    write_tracks(committing, FIRST)
    settings = Settings(source_schema=schema_of(committing) or "public", target_schema=f"t{id(committing)}", layout=False)
    assert build_all(committing, settings, incremental=True).mode == "full"
    write_tracks(committing, [*FIRST, *SECOND])
    assert build_all(committing, settings, incremental=True).mode == "incremental"
    assert_same(read_all(committing, settings), sessionize([*FIRST, *SECOND])[0])
