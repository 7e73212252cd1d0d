"""The value of a column in one row of a group: the first or the last of those that satisfy a condition."""

from typing import Any, Literal, TypeAlias

from sqlalchemy import ColumnElement, FromClause, case, func
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.selectable import Join

from sessionmodels.sql.no_default import no_default

Which: TypeAlias = Literal["first", "last"]


class value_at(FunctionElement[Any]):  # noqa: N801 - a word of SQL, read as a function
    """The value of a column in the row of a group that has the smallest or the largest place. Its place is known as `found`.

    Why DuckDB's spelling differs: it has an aggregate for that, nulls included, and needs no place that is found beforehand.
    """

    name = "value_at"
    inherit_cache = False

    def __init__(self, which: Which, column: ColumnElement[Any], place: ColumnElement[int], found: ColumnElement[int]) -> None:
        """Accept the column, each row's place, null if the row does not count, and the place that was found for the group."""
        super().__init__(column, place, found)
        self.which = which
        self.type = column.type


@compiles(value_at, "duckdb")
def _by_aggregate(element: value_at, compiler: Any, **kw: Any) -> str:
    column, place, _found = element.clauses
    aggregate = func.arg_min_null if element.which == "first" else func.arg_max_null
    return compiler.process(aggregate(column, place), **kw)


@compiles(value_at, "postgresql")
@compiles(value_at, "bigquery")
@compiles(value_at, "snowflake")
@compiles(value_at, "redshift")
def _by_place(element: value_at, compiler: Any, **kw: Any) -> str:
    column, place, found = element.clauses
    return compiler.process(func.max(case((place == found, column))), **kw)


class with_places(Join):  # noqa: N801 - a word of SQL, read as a phrase
    """Rows with the places that were found for their group, for `value_at`. On DuckDB, which needs none, the rows alone."""

    inherit_cache = False

    def __init__(self, rows: FromClause, places: FromClause, is_same: ColumnElement[bool]) -> None:
        """Accept the rows, the places by group, and when a row is of a group."""
        super().__init__(rows, places, is_same)


compiles(with_places)(no_default)


@compiles(with_places, "duckdb")
def _rows_alone(element: with_places, compiler: Any, **kw: Any) -> str:
    return compiler.process(element.left, **kw)


@compiles(with_places, "postgresql")
@compiles(with_places, "bigquery")
@compiles(with_places, "snowflake")
@compiles(with_places, "redshift")
def _joined(element: with_places, compiler: Any, **kw: Any) -> str:
    return compiler.visit_join(element, **kw)
