"""A step that several others read, and that is worked out again for each of them."""

from sqlalchemy import CTE, Select


def read_again(rows: Select, name: str) -> CTE:
    """Return a named step that is worked out for each step that reads it, with the columns and rows that this one needs.

    DuckDB keeps the rows of a step that is read more than once, with all columns: many events do not fit into memory then. The
    other warehouses decide by themselves.
    """
    return rows.cte(name).prefix_with("NOT MATERIALIZED", dialect="duckdb")
