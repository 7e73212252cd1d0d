"""Whether all texts in a column differ, asked of a short hash of each."""

from typing import Any

from sqlalchemy import Boolean, ColumnElement, FromClause, Select, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from sessionmodels.sql.short_hash import repeats_by_grouping, repeats_by_sorting


class all_differ(FunctionElement[bool]):  # noqa: N801 - a word of SQL, read as a function
    """Whether the hashes of all texts in a column of a table differ, and so the texts. Nulls do not count.

    If it is false, two equal texts are likely, but two different ones may have the same hash: count the texts then.

    Why DuckDB's spelling differs: it sorts numbers quicker than it groups them. Others would sort all of them in one place, so
    they group them, which takes less memory than to group the texts.
    """

    name = "all_differ"
    type = Boolean()
    inherit_cache = False

    def __init__(self, table: FromClause, column: ColumnElement[str]) -> None:
        """Accept the table, and its column."""
        super().__init__()  # without the column, whose table would be read once more around this
        self.table, self.column = table, column


@compiles(all_differ, "duckdb")
def _by_sorting(element: all_differ, compiler: Any, **kw: Any) -> str:
    return _none(repeats_by_sorting(element.table, element.column), element, compiler, kw)


@compiles(all_differ, "postgresql")
@compiles(all_differ, "bigquery")
@compiles(all_differ, "snowflake")
@compiles(all_differ, "redshift")
def _by_grouping(element: all_differ, compiler: Any, **kw: Any) -> str:
    return _none(repeats_by_grouping(element.table, element.column), element, compiler, kw)


def _none(repeated: Select[Any], element: all_differ, compiler: Any, kw: dict[str, Any]) -> str:
    """Return whether there is no repeated hash."""
    are_none = select((func.count() == 0).label(element.name)).select_from(repeated.subquery("repeated"))
    return compiler.process(are_none.scalar_subquery(), **kw)
