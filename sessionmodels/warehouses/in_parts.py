"""A table that the same transaction has written, read in parts, so that several threads of DuckDB can read it."""

from itertools import pairwise
from typing import Final

from sqlalchemy import BigInteger, Table, literal_column, select, true, union_all
from sqlalchemy.sql.util import ClauseAdapter

from sessionmodels.model import AnySelect
from sessionmodels.sql.inlined import inlined

FIRST_ROW: Final = 36_028_797_018_960_000
"""The number that DuckDB gives to a table's first row as long as the table is not committed."""

LEAST: Final = 1_000_000
"""A part's number of rows, at least. Fewer are read by one thread in no time."""

MOST: Final = 16
"""The number of parts, at most."""

ROW: Final = "rowid"
"""DuckDB's name for a row's number, unless a column has that name."""


def in_parts(query: AnySelect, table: Table, rows: int) -> AnySelect:
    """Return a select that reads a table of about so many rows in parts, each a range of its rows.

    One thread reads a table as long as it is not committed, but each part can be read by another. The parts have neither gaps nor
    overlaps, so a wrong number of rows, or of the first one, costs time and never a row.
    """
    number = min(rows // LEAST, MOST)
    if number < 2 or any(column.name.lower() == ROW for column in table.c):  # noqa: PLR2004 - one part is the whole table
        return query
    row = literal_column(ROW, BigInteger)
    bounds = [None, *(FIRST_ROW + rows * part // number for part in range(1, number)), None]
    ranges = (
        (true() if first is None else row >= first, true() if end is None else row < end) for first, end in pairwise(bounds)
    )
    parts = inlined(union_all(*(select(table).where(*both) for both in ranges)), f"parts_of_{table.name}")
    return ClauseAdapter(parts).traverse(query)
