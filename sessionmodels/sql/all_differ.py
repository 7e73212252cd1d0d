"""Whether all texts in a column differ, asked of a short hash of each."""

from typing import Any

from sqlalchemy import BigInteger, Boolean, ColumnElement, FromClause, Select, Subquery, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class short_hash(FunctionElement[int]):  # noqa: N801 - a word of SQL, read as a function
    """A hash of 64 bits of a text: equal texts have equal hashes, and two different texts hardly ever have the same.

    Each warehouse has a function of its own for it, so the values differ.
    """

    name = "short_hash"
    type = BigInteger()
    inherit_cache = True


@compiles(short_hash, "duckdb")
@compiles(short_hash, "snowflake")
def _hash(element: short_hash, compiler: Any, **kw: Any) -> str:
    return f"HASH({compiler.process(element.clauses, **kw)})"


@compiles(short_hash, "postgresql")
def _hash_extended(element: short_hash, compiler: Any, **kw: Any) -> str:
    return f"hashtextextended({compiler.process(element.clauses, **kw)}, 0)"


@compiles(short_hash, "bigquery")
def _farm_fingerprint(element: short_hash, compiler: Any, **kw: Any) -> str:
    return f"FARM_FINGERPRINT({compiler.process(element.clauses, **kw)})"


@compiles(short_hash, "redshift")
def _farm_fingerprint_64(element: short_hash, compiler: Any, **kw: Any) -> str:
    return f"FARMFINGERPRINT64({compiler.process(element.clauses, **kw)})"


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
    hashed = _hashed(element)
    following = func.lead(hashed.c.hash, type_=BigInteger).over(order_by=hashed.c.hash)
    pairs = select(hashed.c.hash, following.label("following")).subquery("pairs")
    return _none(select(pairs.c.hash).where(pairs.c.hash == pairs.c.following), element, compiler, kw)


@compiles(all_differ, "postgresql")
@compiles(all_differ, "bigquery")
@compiles(all_differ, "snowflake")
@compiles(all_differ, "redshift")
def _by_grouping(element: all_differ, compiler: Any, **kw: Any) -> str:
    hashed = _hashed(element)
    return _none(select(hashed.c.hash).group_by(hashed.c.hash).having(func.count() > 1), element, compiler, kw)


def _hashed(element: all_differ) -> Subquery:
    """Return the hashes by themselves: what sorts or groups them would carry the texts, too."""
    hashed = select(short_hash(element.column).label("hash")).select_from(element.table)
    return hashed.where(element.column.is_not(None)).subquery("hashed")


def _none(repeated: Select[Any], element: all_differ, compiler: Any, kw: dict[str, Any]) -> str:
    """Return whether there is no repeated hash."""
    are_none = select((func.count() == 0).label(element.name)).select_from(repeated.subquery("repeated"))
    return compiler.process(are_none.scalar_subquery(), **kw)
