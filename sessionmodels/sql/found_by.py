"""Whether a row satisfies a condition of few columns, although many columns are read."""

from typing import Any

from sqlalchemy import Boolean, ColumnElement, FromClause, literal_column, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class found_by(FunctionElement[bool]):  # noqa: N801 - a word of SQL, read as a function
    """Whether a row of the only table of a select satisfies a condition.

    Why DuckDB's spelling differs: a join reads every column of a select from every row before it drops most of them. If rows are
    found by their position, only theirs are read.
    """

    name = "found_by"
    type = Boolean()
    inherit_cache = False

    def __init__(self, rows: FromClause, condition: ColumnElement[bool]) -> None:
        """Accept the table, and the condition of its columns."""
        super().__init__(condition)
        self.rows = rows


@compiles(found_by, "duckdb")
def _by_position(element: found_by, compiler: Any, **kw: Any) -> str:
    (condition,) = element.clauses
    position = literal_column("rowid")
    found = select(position).select_from(element.rows).where(condition).correlate(None)
    return compiler.process(position.in_(found), **kw)


@compiles(found_by, "postgresql")
@compiles(found_by, "bigquery")
@compiles(found_by, "snowflake")
@compiles(found_by, "redshift")
def _as_it_is(element: found_by, compiler: Any, **kw: Any) -> str:
    (condition,) = element.clauses
    return compiler.process(condition, **kw)
