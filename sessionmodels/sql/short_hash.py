"""A short hash of a text, and the hashes that several texts of a column share."""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, FromClause, Select, Subquery, func, select
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


def _hashes_of(table: FromClause, column: ColumnElement[str]) -> Subquery:
    """Return the hashes by themselves: what sorts or groups them would carry the texts, too. Nulls have none."""
    return select(short_hash(column).label("hash")).select_from(table).where(column.is_not(None)).subquery("hashed")


def repeats_by_sorting(table: FromClause, column: ColumnElement[str]) -> Select[Any]:
    """Return each hash that equals the next in order. DuckDB sorts numbers quicker than it groups them."""
    hashed = _hashes_of(table, column)
    following = func.lead(hashed.c.hash, type_=BigInteger).over(order_by=hashed.c.hash)
    pairs = select(hashed.c.hash, following.label("following")).subquery("pairs")
    return select(pairs.c.hash).where(pairs.c.hash == pairs.c.following)


def repeats_by_grouping(table: FromClause, column: ColumnElement[str]) -> Select[Any]:
    """Return each hash that occurs more than once. To sort them, an engine of many machines would use one."""
    hashed = _hashes_of(table, column)
    return select(hashed.c.hash).group_by(hashed.c.hash).having(func.count() > 1)
