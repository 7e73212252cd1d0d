"""The texts in a column that occur more than once."""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.selectable import Join

from sessionmodels.sql.no_default import no_default
from sessionmodels.sql.short_hash import repeats_by_sorting, short_hash


def repeated(rows: FromClause, column: ColumnElement[str]) -> Select[Any]:
    """Return each text that occurs more than once. None of them is null."""
    candidates = rows_with_repeated_hash(rows, column)
    return select(column).select_from(candidates).group_by(column).having(func.count() > 1)


class rows_with_repeated_hash(Join):  # noqa: N801 - a word of SQL, read as a phrase
    """Rows of which some may have the same text. On most warehouses, all of them.

    Why DuckDB's spelling differs: to sort short hashes takes it less than half the time that it takes to group the texts, and a
    fraction of the memory. So only texts whose hash occurs more than once are grouped.
    """

    inherit_cache = False

    def __init__(self, rows: FromClause, column: ColumnElement[str]) -> None:
        """Accept the rows, and their column."""
        hashes = repeats_by_sorting(rows, column).distinct().cte("repeated_hashes")
        super().__init__(rows, hashes, short_hash(column) == hashes.c.hash)


compiles(rows_with_repeated_hash)(no_default)


@compiles(rows_with_repeated_hash, "duckdb")
def _joined(element: rows_with_repeated_hash, compiler: Any, **kw: Any) -> str:
    return compiler.visit_join(element, **kw)


@compiles(rows_with_repeated_hash, "postgresql")
@compiles(rows_with_repeated_hash, "bigquery")
@compiles(rows_with_repeated_hash, "snowflake")
@compiles(rows_with_repeated_hash, "redshift")
def _all(element: rows_with_repeated_hash, compiler: Any, **kw: Any) -> str:
    return compiler.process(element.left, **kw)
