"""Deletes rows of a table that match rows of another table."""

import re
from collections.abc import Callable
from typing import Any

from sqlalchemy import ClauseElement, ColumnElement, Delete, Executable, FromClause, Table, delete
from sqlalchemy.ext.compiler import compiles

Matches = Callable[[FromClause, FromClause], ColumnElement[bool]]
"""From the table to delete from and the table to match, the condition that a row of the first matches a row of the second."""


ONLY = "ONLY"
"""On PostgreSQL, this spares the rows of tables that inherit from the table to delete from."""


def delete_from(table: Table) -> Delete:
    """Return a statement that deletes all rows of a table. Add `where` to delete only some."""
    return delete(table).with_hint(ONLY, dialect_name="postgresql")


class delete_matching(Executable, ClauseElement):  # noqa: N801 - a word of SQL, read as a verb
    """Delete the rows of `table` that match a row of `named`. At most one row of `named` may match each.

    Why the spellings differ: BigQuery's `DELETE` can read a second table only in a subquery, and can correlate that only by
    equality; its `MERGE` has no such limit. Everywhere else `USING` is one join, where a correlated subquery might become a
    loop. PostgreSQL would also delete rows of inheriting tables.
    """

    inherit_cache = False

    def __init__(self, table: FromClause, named: FromClause, matches: Matches) -> None:
        """Store both tables and the condition."""
        self.table, self.named, self.matches = table, named, matches


@compiles(delete_matching, "duckdb")
@compiles(delete_matching, "redshift")
@compiles(delete_matching, "snowflake")
def _using(element: delete_matching, compiler: Any, **kw: Any) -> str:
    table, named = (compiler.process(one, asfrom=True, **kw) for one in (element.table, element.named))
    matches = compiler.process(element.matches(element.table, element.named), **kw)
    return f"DELETE FROM {table} USING {named} WHERE {matches}"  # noqa: S608 - names are quoted and values rendered


@compiles(delete_matching, "postgresql")
def _only(element: delete_matching, compiler: Any, **kw: Any) -> str:
    return re.sub("^DELETE FROM", rf"\g<0> {ONLY}", _using(element, compiler, **kw))


@compiles(delete_matching, "bigquery")
def _merge(element: delete_matching, compiler: Any, **kw: Any) -> str:
    old, new = element.table.alias("old"), element.named.alias("new")
    table, named = (compiler.process(one, asfrom=True, **kw) for one in (old, new))
    return f"MERGE INTO {table} USING {named} ON {compiler.process(element.matches(old, new), **kw)} WHEN MATCHED THEN DELETE"
