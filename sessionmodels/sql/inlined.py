"""A step that several others read, written so that none of its rows are stored."""

from typing import Any

from sqlalchemy import CTE, CompoundSelect, Select


def inlined(rows: Select[Any] | CompoundSelect[Any], name: str) -> CTE:
    """Return a named step that is computed for each step that reads it, with the columns and rows that this one needs.

    DuckDB stores the rows of a step that is read more than once, with all columns, and many millions do not fit into memory. The
    other warehouses decide by themselves; PostgreSQL stores them on disk, which is cheaper there than to clean the events again.
    It is for the events of a whole source: a step over an increment is small, and cheaper stored.
    """
    return rows.cte(name).prefix_with("NOT MATERIALIZED", dialect="duckdb")
