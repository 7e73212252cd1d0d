"""Whole microseconds between two instants, and their conversion to minutes."""

from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Double, cast, func, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

MICROSECONDS_A_SECOND: Final = 1_000_000
MICROSECONDS_A_MINUTE: Final = 60 * MICROSECONDS_A_SECOND
MICROSECONDS_A_HOUR: Final = 60 * MICROSECONDS_A_MINUTE
SECOND: Final = literal_column(str(MICROSECONDS_A_SECOND), BigInteger)
MINUTE: Final = literal_column(str(MICROSECONDS_A_MINUTE), BigInteger)

PRECEDENCE_OF_DIVISION: Final = 8
"""SQLAlchemy's precedence of division: sums and products next to it are put in parentheses."""


class elapsed(FunctionElement[int]):  # noqa: N801 - a word of SQL, read as a function
    """Whole microseconds from `start` to `end`.

    Why the spellings differ: `DATEDIFF` counts boundaries crossed on Snowflake and Redshift, and BigQuery's
    `TIMESTAMP_DIFF` truncates. At microseconds, the resolution in use, each of them is exact. A double of epoch seconds is not.
    """

    name = "elapsed"
    type = BigInteger()
    inherit_cache = True

    def __init__(self, start: ColumnElement[Any], end: ColumnElement[Any]) -> None:
        """Accept two instants."""
        super().__init__(start, end)


def _sides(element: elapsed, compiler: Any, **kw: Any) -> tuple[str, str]:
    start, end = element.clauses
    return compiler.process(start, **kw), compiler.process(end, **kw)


@compiles(elapsed, "duckdb")
def _duckdb(element: elapsed, compiler: Any, **kw: Any) -> str:
    start, end = _sides(element, compiler, **kw)
    return f"(EPOCH_US({end}) - EPOCH_US({start}))"


@compiles(elapsed, "postgresql")
def _postgresql(element: elapsed, compiler: Any, **kw: Any) -> str:
    start, end = _sides(element, compiler, **kw)
    return f"CAST(EXTRACT(EPOCH FROM ({end} - {start})) * 1000000 AS BIGINT)"


@compiles(elapsed, "bigquery")
def _bigquery(element: elapsed, compiler: Any, **kw: Any) -> str:
    start, end = _sides(element, compiler, **kw)
    return f"TIMESTAMP_DIFF({end}, {start}, MICROSECOND)"


@compiles(elapsed, "snowflake")
def _snowflake(element: elapsed, compiler: Any, **kw: Any) -> str:
    start, end = _sides(element, compiler, **kw)
    return f"(DATE_PART(EPOCH_MICROSECOND, {end}) - DATE_PART(EPOCH_MICROSECOND, {start}))"


@compiles(elapsed, "redshift")
def _redshift(element: elapsed, compiler: Any, **kw: Any) -> str:
    start, end = _sides(element, compiler, **kw)
    return f"DATEDIFF(MICROSECOND, {start}, {end})"


def minutes(microseconds: ColumnElement[int], *, whole: bool) -> ColumnElement[Any]:
    """Convert microseconds to minutes: an exact fraction, or truncated to `whole` minutes."""
    return truncated(microseconds, MINUTE) if whole else divide(cast(microseconds, Double), MINUTE)


def truncated(microseconds: ColumnElement[int], unit: ColumnElement[int]) -> ColumnElement[int]:
    """Convert microseconds to whole units of that many.

    The remainder is subtracted before the division, so that no engine can round 59.999999 seconds up to a minute.
    """
    rest = func.mod(microseconds, unit, type_=BigInteger)
    return cast(divide(microseconds - rest, unit), BigInteger)


def divide(dividend: ColumnElement[Any], divisor: ColumnElement[Any]) -> ColumnElement[Any]:
    """Divide as the engine does: SQLAlchemy's own `/` would cast the divisor, differently in each dialect."""
    return dividend.op("/", precedence=PRECEDENCE_OF_DIVISION, return_type=Double())(divisor)
