"""A table that the same transaction has written, read by several threads on DuckDB."""

from collections.abc import Collection
from itertools import pairwise
from typing import Any, Final

from sqlalchemy import Column, Integer, SelectBase, Table, literal_column, select, true, union_all
from sqlalchemy.sql.util import ClauseAdapter

FIRST_ROW: Final = 36_028_797_018_960_000
"""The number that DuckDB gives to a table's first row as long as the table is not committed."""

LEAST: Final = 1_000_000
"""A part's number of rows, at least. Fewer are read by one thread in no time."""

MOST: Final = 16
"""The number of parts, at most."""


def in_parts(query: SelectBase, table: Table, columns: Collection[Column[Any]], rows: int) -> SelectBase:
    """Return a select that reads these columns of a table of about so many rows in parts, each a range of its rows.

    DuckDB reads a table with one thread as long as it is not committed, and the parts with one each. They have neither gaps nor
    overlaps, so that a wrong number of rows, or of the first one, costs time and never a row.
    """
    number = min(rows // LEAST, MOST)
    if number < 2:  # noqa: PLR2004 - one part is the whole table
        return query
    row = literal_column("rowid", Integer)
    bounds = [None, *(FIRST_ROW + rows * part // number for part in range(1, number)), None]
    parts = union_all(
        *(
            select(*(column for column in table.c if column in columns)).where(
                true() if first is None else row >= first, true() if end is None else row < end
            )
            for first, end in pairwise(bounds)
        )
    )
    # Without this, DuckDB would store all rows once more.
    step = parts.cte(f"parts_of_{table.name}").prefix_with("NOT MATERIALIZED")
    return ClauseAdapter(step).traverse(query)
