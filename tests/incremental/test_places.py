"""Builds in several places: nobody goes on from the build of another prefix or schema.

`test_equal_to_full.py` has results in a dataset of their own.
"""

from typing import Any

import pytest
from loads import FIRST, SECOND
from oracle import Rules, sessionize
from tables import assert_same, read_all, write_tracks

from sessionmodels import Settings, build_all

pytestmark = pytest.mark.slow


def test_prefixes_alike(built_duckdb) -> None:
    """`dbt` and `dbt_` are two places: what one keeps, the other does not go on from."""
    one, other = Settings(), Settings(table_prefix="dbt", deduplicate=False)
    build_all(built_duckdb, other, incremental=True)
    write_tracks(built_duckdb, [*FIRST, *SECOND])
    for settings, rules in ((one, Rules()), (other, Rules(deduplicate=False))):
        assert build_all(built_duckdb, settings, incremental=True).mode == "incremental"
        assert_same(read_all(built_duckdb, settings), sessionize([*FIRST, *SECOND], rules)[0])


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
