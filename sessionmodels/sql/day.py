"""Days as whole numbers, so that weeks and months are counted alike on every engine."""

from datetime import date, timedelta
from typing import Any, Final, Literal

from sqlalchemy import BigInteger, ColumnElement, Date, Integer, cast, extract, func, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from sessionmodels.sql.elapsed import divide

Period = Literal["day", "week", "month"]

PERIODS: Final[tuple[Period, ...]] = ("day", "week", "month")

MONDAY: Final = literal_column("3", BigInteger)
"""1970-01-01 was a Thursday: three days after a Monday."""

WEEK: Final = literal_column("7", BigInteger)
ALL_WEEKS: Final = literal_column("1400000", BigInteger)
"""A multiple of seven that makes every day since the year 1 positive: engines disagree on the remainder of a negative number."""


class day_number(FunctionElement[int]):  # noqa: N801 - a word of SQL, read as a function
    """The days from 1970-01-01 to a date.

    Why the spellings differ: only DuckDB and PostgreSQL subtract dates. The other functions count boundaries of days, which
    is exact for dates.
    """

    name = "day_number"
    type = BigInteger()
    inherit_cache = True


@compiles(day_number, "duckdb")
@compiles(day_number, "postgresql")
def _subtracted(element: day_number, compiler: Any, **kw: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **kw)} - DATE '1970-01-01' AS BIGINT)"


@compiles(day_number, "bigquery")
def _date_diff(element: day_number, compiler: Any, **kw: Any) -> str:
    return f"DATE_DIFF({compiler.process(element.clauses, **kw)}, DATE '1970-01-01', DAY)"


@compiles(day_number, "snowflake")
@compiles(day_number, "redshift")
def _datediff(element: day_number, compiler: Any, **kw: Any) -> str:
    return f"DATEDIFF(DAY, CAST('1970-01-01' AS DATE), {compiler.process(element.clauses, **kw)})"


class date_of_day(FunctionElement[Any]):  # noqa: N801 - a word of SQL, read as a function
    """The date that many days after 1970-01-01."""

    name = "date_of_day"
    type = Date()
    inherit_cache = True


@compiles(date_of_day, "duckdb")
@compiles(date_of_day, "postgresql")
def _added(element: date_of_day, compiler: Any, **kw: Any) -> str:
    (number,) = element.clauses
    return f"(DATE '1970-01-01' + {compiler.process(cast(number, Integer), **kw)})"


@compiles(date_of_day, "bigquery")
def _date_add(element: date_of_day, compiler: Any, **kw: Any) -> str:
    return f"DATE_ADD(DATE '1970-01-01', INTERVAL {compiler.process(element.clauses, **kw)} DAY)"


@compiles(date_of_day, "snowflake")
@compiles(date_of_day, "redshift")
def _dateadd(element: date_of_day, compiler: Any, **kw: Any) -> str:
    added = f"DATEADD(DAY, {compiler.process(element.clauses, **kw)}, CAST('1970-01-01' AS DATE))"
    return f"CAST({added} AS DATE)"


def weekday_number(day: ColumnElement[Any]) -> ColumnElement[int]:
    """Return the number of a date's day of the week: 0 is a Monday, 6 a Sunday."""
    return func.mod(day_number(day) + MONDAY + ALL_WEEKS, WEEK, type_=BigInteger)


def period_start(day: ColumnElement[Any], period: Period) -> ColumnElement[Any]:
    """Return the date on which the day, the week or the month of a date starts. A week starts on Monday."""
    if period == "day":
        return day
    number = day_number(day)
    if period == "week":
        return date_of_day(number - weekday_number(day))
    return date_of_day(number - cast(extract("day", day), BigInteger) + literal_column("1", BigInteger))


def first_day_of(day: date, period: Period) -> date:
    """Return the same of a date that is known."""
    if period == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if period == "month" else day


def period_number(day: ColumnElement[Any], period: Period) -> ColumnElement[int]:
    """Return the number of the day, the week or the month of a date: that of the following one is one more."""
    if period == "month":
        twelve = literal_column("12", BigInteger)
        return cast(extract("year", day), BigInteger) * twelve + cast(extract("month", day), BigInteger)
    number = day_number(day)
    if period == "day":
        return number
    since_monday = number + MONDAY + ALL_WEEKS
    return cast(divide(since_monday - func.mod(since_monday, WEEK, type_=BigInteger), WEEK), BigInteger)
