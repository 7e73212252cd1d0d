"""Converts the source's times (zoned, plain, text or numbers) to UTC instants."""

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    DateTime,
    Numeric,
    String,
    case,
    cast,
    func,
    literal_column,
    type_coerce,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from sessionmodels.sql.epoch import EpochNumber, EpochText
from sessionmodels.sql.instant import Instant, ZonedInstant

SNOWFLAKES_ZONED: Final = "TIMESTAMP_TZ", "TIMESTAMP_LTZ"
SNOWFLAKES_PLAIN: Final = "TIMESTAMP_NTZ"
"""Types of Snowflake that SQLAlchemy does not have."""


class zoned_as_utc(FunctionElement[Any]):  # noqa: N801 - a word of SQL, read as a function
    """A time with zone, converted to UTC."""

    name = "zoned_as_utc"
    type = Instant()
    inherit_cache = True


@compiles(zoned_as_utc, "duckdb")
@compiles(zoned_as_utc, "postgresql")
def _at_time_zone(element: FunctionElement[Any], compiler: Any, **kw: Any) -> str:
    return f"({compiler.process(element.clauses, **kw)} AT TIME ZONE 'UTC')"


@compiles(zoned_as_utc, "redshift")
def _unless_a_result(element: zoned_as_utc, compiler: Any, **kw: Any) -> str:
    (column,) = element.clauses  # a time of a result has no zone there
    return compiler.process(column, **kw) if isinstance(column.type, ZonedInstant) else _at_time_zone(element, compiler, **kw)


@compiles(zoned_as_utc, "bigquery")
def _as_it_is(element: zoned_as_utc, compiler: Any, **kw: Any) -> str:
    return compiler.process(element.clauses, **kw)


@compiles(zoned_as_utc, "snowflake")
def _convert_timezone(element: zoned_as_utc, compiler: Any, **kw: Any) -> str:
    return f"CAST(CONVERT_TIMEZONE('UTC', {compiler.process(element.clauses, **kw)}) AS TIMESTAMP_NTZ(6))"


class zoned_as_stored(FunctionElement[Any]):  # noqa: N801 - a word of SQL, read as a function
    """A time with zone of the source, as results hold it: at UTC."""

    name = "zoned_as_stored"
    type = ZonedInstant()
    inherit_cache = True


@compiles(zoned_as_stored, "duckdb")
@compiles(zoned_as_stored, "postgresql")
def _cast_to_microseconds(element: zoned_as_stored, compiler: Any, **kw: Any) -> str:
    (column,) = element.clauses
    return compiler.process(cast(column, ZonedInstant), **kw)


@compiles(zoned_as_stored, "bigquery")
def _unchanged(element: zoned_as_stored, compiler: Any, **kw: Any) -> str:
    return compiler.process(element.clauses, **kw)


@compiles(zoned_as_stored, "snowflake")
def _moved_to_utc(element: zoned_as_stored, compiler: Any, **kw: Any) -> str:
    return f"CAST(CONVERT_TIMEZONE('UTC', {compiler.process(element.clauses, **kw)}) AS TIMESTAMP_TZ(6))"


compiles(zoned_as_stored, "redshift")(_at_time_zone)


class utc_as_stored(FunctionElement[Any]):  # noqa: N801 - a word of SQL, read as a function
    """A time in UTC without zone, as results hold it if another time of the source has a zone."""

    name = "utc_as_stored"
    type = ZonedInstant()
    inherit_cache = True


# On both, `AT TIME ZONE 'UTC'` also turns a time without a zone into one with a zone.
compiles(utc_as_stored, "duckdb")(_at_time_zone)
compiles(utc_as_stored, "postgresql")(_at_time_zone)


@compiles(utc_as_stored, "bigquery")
@compiles(utc_as_stored, "redshift")
def _the_same(element: utc_as_stored, compiler: Any, **kw: Any) -> str:
    return compiler.process(element.clauses, **kw)


@compiles(utc_as_stored, "snowflake")
def _from_microseconds(element: utc_as_stored, compiler: Any, **kw: Any) -> str:
    # A cast would take the session's time zone; a number of microseconds has none.
    microseconds = f"DATE_PART(EPOCH_MICROSECOND, {compiler.process(element.clauses, **kw)})"
    return f"CAST(CONVERT_TIMEZONE('UTC', TO_TIMESTAMP_TZ({microseconds}, 6)) AS TIMESTAMP_TZ(6))"


class plain_as_utc(FunctionElement[Any]):  # noqa: N801 - a word of SQL, read as a function
    """A time without zone or a date, taken as UTC."""

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
    # BigQuery's `TIMESTAMP` is an instant, though the dialect does not call it zoned; its `DATETIME` and `DATE` are not.
    (column,) = element.clauses
    is_instant = column.type.__visit_name__ == "TIMESTAMP"
    return compiler.process(column if is_instant else cast(column, Instant), **kw)


class text_as_utc(FunctionElement[Any]):  # noqa: N801 - a word of SQL, read as a function
    """A time written as text (CSV, JSON Lines), converted to UTC; null if the text is not a time.

    It has a spelling only for DuckDB, which reads such files. A cast to `TIMESTAMP` would ignore an offset, and a cast to
    `TIMESTAMPTZ` would read a text without offset in the session's time zone. A text has an offset if a letter or a sign
    follows its first colon.
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


class epoch_as_utc(FunctionElement[Any]):  # noqa: N801 - a word of SQL, read as a function
    """Whole microseconds since 1970, converted to an instant.

    PostgreSQL and Redshift multiply an interval by a double. With seconds and microseconds apart, each product is exact.
    """

    name = "epoch_as_utc"
    type = Instant()
    inherit_cache = True


@compiles(epoch_as_utc, "duckdb")
def _make_timestamp(element: epoch_as_utc, compiler: Any, **kw: Any) -> str:
    return f"MAKE_TIMESTAMP({compiler.process(element.clauses, **kw)})"


@compiles(epoch_as_utc, "bigquery")
def _timestamp_micros(element: epoch_as_utc, compiler: Any, **kw: Any) -> str:
    return f"TIMESTAMP_MICROS({compiler.process(element.clauses, **kw)})"


@compiles(epoch_as_utc, "snowflake")
def _to_timestamp(element: epoch_as_utc, compiler: Any, **kw: Any) -> str:
    return f"CAST(TO_TIMESTAMP_NTZ({compiler.process(element.clauses, **kw)}, 6) AS TIMESTAMP_NTZ(6))"


@compiles(epoch_as_utc, "postgresql")
@compiles(epoch_as_utc, "redshift")
def _added_to_1970(element: epoch_as_utc, compiler: Any, **kw: Any) -> str:
    microseconds = f"({compiler.process(element.clauses, **kw)})"
    seconds = f"({microseconds} / 1000000)"
    return (
        f"(CAST('1970-01-01' AS TIMESTAMP WITHOUT TIME ZONE) + {seconds} * INTERVAL '1 second'"
        f" + ({microseconds} - {seconds} * 1000000) * INTERVAL '1 microsecond')"
    )


class epoch_text_as_utc(FunctionElement[Any]):  # noqa: N801 - a word of SQL, read as a function
    """Text that is a number of units since 1970 or a written time, as UTC; null if it is neither. For DuckDB's files."""

    name = "epoch_text_as_utc"
    type = Instant()
    inherit_cache = False

    def __init__(self, column: ColumnElement[Any], kind: EpochText) -> None:
        """Store the text and its type, which says the unit."""
        super().__init__(column)
        self.kind = kind


@compiles(epoch_text_as_utc, "duckdb")
def _number_or_written(element: epoch_text_as_utc, compiler: Any, **kw: Any) -> str:
    (column,) = element.clauses
    number = f"TRY_CAST({compiler.process(column, **kw)} AS DECIMAL(38, 9))"
    earliest, latest = element.kind.bounds
    return (
        f"CASE WHEN {number} BETWEEN {earliest} AND {latest}"
        f" THEN MAKE_TIMESTAMP(CAST(FLOOR({number} * {element.kind.microseconds}) AS BIGINT))"
        f" ELSE {compiler.process(text_as_utc(column), **kw)} END"
    )


def can_be_instant(column: ColumnElement[Any]) -> bool:
    """Whether `utc` can convert a column of this type."""
    known = DateTime | Date | String | EpochNumber
    return isinstance(column.type, known) or _kind(column) in {*SNOWFLAKES_ZONED, SNOWFLAKES_PLAIN}


def _kind(column: ColumnElement[Any]) -> str:
    return column.type.__visit_name__


def is_zoned(column: ColumnElement[Any]) -> bool:
    """Whether a time of this column's type has a zone."""
    kind = column.type
    return getattr(kind, "timezone", False) or isinstance(kind, ZonedInstant) or _kind(column) in SNOWFLAKES_ZONED


def _of_number(column: ColumnElement[Any], kind: EpochNumber) -> ColumnElement[Any]:
    """Return a number as an instant; null outside the years 1 to 9999, where the product could overflow."""
    earliest, latest = (literal_column(str(bound)) for bound in kind.bounds)
    if kind.kind == "whole":
        microseconds = cast(column, BigInteger) * literal_column(str(kind.microseconds), BigInteger)
    else:
        product = type_coerce(column, Numeric()) * literal_column(str(kind.microseconds), Numeric())
        # A double of seconds is off by less than half a microsecond. A decimal is truncated, as a written time is.
        microseconds = cast((func.round if kind.kind == "floating" else func.floor)(product), BigInteger)
    return case((column.between(earliest, latest), epoch_as_utc(microseconds)))


def utc(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the column as an `Instant`: zoned times are converted, times without zone are taken as UTC, text is parsed."""
    if isinstance(column.type, EpochNumber):
        return _of_number(column, column.type)
    if isinstance(column.type, EpochText):
        return epoch_text_as_utc(column, column.type)
    if isinstance(column.type, String):
        return text_as_utc(column)
    if is_zoned(column):
        return zoned_as_utc(column)
    return plain_as_utc(column)


def stored(column: ColumnElement[Any], *, zoned: bool) -> ColumnElement[Any]:
    """Return a time of the source as results hold it: with a zone, or in UTC without."""
    if not zoned:
        return utc(column)
    return zoned_as_stored(column) if is_zoned(column) else utc_as_stored(utc(column))
