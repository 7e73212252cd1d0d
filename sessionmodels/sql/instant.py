"""An instant: UTC at microsecond resolution, whatever type the source gives it and whatever the session's time zone is."""

from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import TIMESTAMP, ColumnElement, Date, DateTime, String, cast, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class Instant(TIMESTAMP):
    """The type of every time that is stored: UTC, without a zone, where the warehouse knows such a type.

    A zoned type would show, and cut into days, by the reader's session time zone. BigQuery's only instant is its `TIMESTAMP`,
    which is UTC; Snowflake's bare `TIMESTAMP` means whatever a session parameter says, so its own is named.
    """


@compiles(Instant, "duckdb")
@compiles(Instant, "bigquery")
def _timestamp(_type: Instant, _compiler: Any, **_kw: Any) -> str:
    return "TIMESTAMP"


@compiles(Instant, "postgresql")
@compiles(Instant, "redshift")
def _without_zone(_type: Instant, _compiler: Any, **_kw: Any) -> str:
    return "TIMESTAMP WITHOUT TIME ZONE"


@compiles(Instant, "snowflake")
def _ntz(_type: Instant, _compiler: Any, **_kw: Any) -> str:
    return "TIMESTAMP_NTZ(6)"


class zoned_as_utc(FunctionElement[Any]):  # noqa: N801 - a word of SQL, read as a function
    """A time with zone as the UTC instant that it is."""

    name = "zoned_as_utc"
    type = Instant()
    inherit_cache = True


@compiles(zoned_as_utc, "duckdb")
@compiles(zoned_as_utc, "postgresql")
@compiles(zoned_as_utc, "redshift")
def _at_time_zone(element: zoned_as_utc, compiler: Any, **kw: Any) -> str:
    return f"({compiler.process(element.clauses, **kw)} AT TIME ZONE 'UTC')"


@compiles(zoned_as_utc, "bigquery")
def _as_it_is(element: zoned_as_utc, compiler: Any, **kw: Any) -> str:
    return compiler.process(element.clauses, **kw)


@compiles(zoned_as_utc, "snowflake")
def _convert_timezone(element: zoned_as_utc, compiler: Any, **kw: Any) -> str:
    return f"CAST(CONVERT_TIMEZONE('UTC', {compiler.process(element.clauses, **kw)}) AS TIMESTAMP_NTZ(6))"


class plain_as_utc(FunctionElement[Any]):  # noqa: N801 - a word of SQL, read as a function
    """A time without zone, or a date, as the UTC instant that it is taken for."""

    name = "plain_as_utc"
    type = Instant()
    inherit_cache = True


@compiles(plain_as_utc, "duckdb")
@compiles(plain_as_utc, "postgresql")
@compiles(plain_as_utc, "redshift")
@compiles(plain_as_utc, "snowflake")
def _cast(element: plain_as_utc, compiler: Any, **kw: Any) -> str:
    (column,) = element.clauses
    return compiler.process(cast(column, Instant), **kw)


@compiles(plain_as_utc, "bigquery")
def _cast_dates(element: plain_as_utc, compiler: Any, **kw: Any) -> str:
    # Its `TIMESTAMP` is the instant already, though the dialect does not call it zoned; its `DATETIME` and `DATE` are not.
    (column,) = element.clauses
    is_instant = column.type.__visit_name__ == "TIMESTAMP"
    return compiler.process(column if is_instant else cast(column, Instant), **kw)


class text_as_utc(FunctionElement[Any]):  # noqa: N801 - a word of SQL, read as a function
    """A time written as text (CSV, JSON Lines) as UTC; null where the text is no time.

    Spelt for DuckDB alone, which reads such files. A cast to `TIMESTAMP` would ignore an offset, and one to `TIMESTAMPTZ` would
    take a text without offset for the session's time zone; a letter or a sign after the first colon tells the two apart.
    """

    name = "text_as_utc"
    type = Instant()
    inherit_cache = True


@compiles(text_as_utc, "duckdb")
def _parsed(element: text_as_utc, compiler: Any, **kw: Any) -> str:
    text = compiler.process(element.clauses, **kw)
    return (
        f"CASE WHEN REGEXP_MATCHES({text}, ':.*[A-Za-z+-]')"
        f" THEN TRY_CAST({text} AS TIMESTAMPTZ) AT TIME ZONE 'UTC'"
        f" ELSE TRY_CAST({text} AS TIMESTAMP) END"
    )


class finite(FunctionElement[Any]):  # noqa: N801 - a word of SQL, read as a function
    """The instant, or null where it is infinite: DuckDB and PostgreSQL know such times, and no distance from them."""

    name = "finite"
    type = Instant()
    inherit_cache = True


@compiles(finite, "duckdb")
@compiles(finite, "postgresql")
def _guarded(element: finite, compiler: Any, **kw: Any) -> str:
    instant = compiler.process(element.clauses, **kw)
    return f"CASE WHEN ISFINITE({instant}) THEN {instant} END"


@compiles(finite, "bigquery")
@compiles(finite, "snowflake")
@compiles(finite, "redshift")
def _always_finite(element: finite, compiler: Any, **kw: Any) -> str:
    return compiler.process(element.clauses, **kw)


SNOWFLAKES_ZONED: Final = "TIMESTAMP_TZ", "TIMESTAMP_LTZ"
SNOWFLAKES_PLAIN: Final = "TIMESTAMP_NTZ"
"""Snowflake's own types, which are none of SQLAlchemy's."""


def can_be_instant(column: ColumnElement[Any]) -> bool:
    """Whether `utc` knows what to do with a column of this type."""
    return isinstance(column.type, DateTime | Date | String) or _kind(column) in {*SNOWFLAKES_ZONED, SNOWFLAKES_PLAIN}


def _kind(column: ColumnElement[Any]) -> str:
    return column.type.__visit_name__


def not_before(column: ColumnElement[Any], moment: datetime) -> ColumnElement[bool]:
    """Whether a raw time is that moment or later. The column stands bare and the moment has its type, so that partitions prune.

    The moment is a text that is cast: a literal of a time becomes text by itself on four of the dialects.
    """
    if isinstance(column.type, String):
        return utc(column) >= instant(moment)
    offset = "+00:00" if is_zoned(column) else ""
    return column >= cast(literal(_written(moment) + offset), column.type)


def instant(moment: datetime) -> ColumnElement[Any]:
    """Return a moment as a constant in the statement, so that partitions prune; one without zone is taken as UTC."""
    return cast(literal(_written(moment)), Instant)


def as_utc(moment: datetime) -> datetime:
    """Return a moment with the zone UTC; one without zone is taken as UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _written(moment: datetime) -> str:
    utc_moment = as_utc(moment)
    # `%Y` has fewer than four digits for a year before 1000.
    return f"{utc_moment.year:04}-{utc_moment:%m-%d %H:%M:%S.%f}"


def is_unknown(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a raw time is missing, infinite, or a text that is no time; the column stands bare where it can."""
    return finite(utc(column) if isinstance(column.type, String) else column).is_(None)


def is_zoned(column: ColumnElement[Any]) -> bool:
    """Whether a time of this column's type has a zone."""
    return getattr(column.type, "timezone", False) or _kind(column) in SNOWFLAKES_ZONED


def utc(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the column as an `Instant`: zoned times converted, times without zone taken as UTC, text read."""
    if isinstance(column.type, String):
        return text_as_utc(column)
    if is_zoned(column):
        return zoned_as_utc(column)
    return plain_as_utc(column)
