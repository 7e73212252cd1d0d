"""An instant: UTC at microsecond resolution, whatever type the source gives it and whatever the session's time zone is."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    TIMESTAMP,
    BigInteger,
    ColumnElement,
    Date,
    DateTime,
    Numeric,
    String,
    case,
    cast,
    func,
    literal,
    literal_column,
    or_,
    type_coerce,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from sessionmodels.sql.epoch import EpochNumber, EpochText


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


class epoch_as_utc(FunctionElement[Any]):  # noqa: N801 - a word of SQL, read as a function
    """Whole microseconds since 1970 began as the UTC instant that they are.

    PostgreSQL and Redshift multiply an interval by a double: seconds and the rest of them apart, each product is exact.
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
    """Text that counts a unit since 1970 began, or is a written time, as UTC; null where it is neither. For DuckDB's files."""

    name = "epoch_text_as_utc"
    type = Instant()
    inherit_cache = False

    def __init__(self, column: ColumnElement[Any], kind: EpochText) -> None:
        """Take the text, and what its numbers count."""
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


EARLIEST: Final = datetime(1, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
"""The years 1 to 9999: every instant that BigQuery holds, and Python. The others hold more, up to half a million years, whose
distance in microseconds no 64-bit integer can hold, and DuckDB and PostgreSQL infinite times, which have none."""


class in_range(FunctionElement[Any]):  # noqa: N801 - a word of SQL, read as a function
    """The instant, or null where it lies outside of the years 1 to 9999. On BigQuery none does."""

    name = "in_range"
    type = Instant()
    inherit_cache = True


@compiles(in_range, "duckdb")
@compiles(in_range, "postgresql")
@compiles(in_range, "snowflake")
@compiles(in_range, "redshift")
def _guarded(element: in_range, compiler: Any, **kw: Any) -> str:
    (moment,) = element.clauses
    return compiler.process(case((moment.between(instant(EARLIEST), instant(LATEST)), moment)), **kw)


@compiles(in_range, "bigquery")
def _always_in_range(element: in_range, compiler: Any, **kw: Any) -> str:
    return compiler.process(element.clauses, **kw)


SNOWFLAKES_ZONED: Final = "TIMESTAMP_TZ", "TIMESTAMP_LTZ"
SNOWFLAKES_PLAIN: Final = "TIMESTAMP_NTZ"
"""Snowflake's own types, which are none of SQLAlchemy's."""


def can_be_instant(column: ColumnElement[Any]) -> bool:
    """Whether `utc` knows what to do with a column of this type."""
    known = DateTime | Date | String | EpochNumber
    return isinstance(column.type, known) or _kind(column) in {*SNOWFLAKES_ZONED, SNOWFLAKES_PLAIN}


def _kind(column: ColumnElement[Any]) -> str:
    return column.type.__visit_name__


def not_before(column: ColumnElement[Any], moment: datetime) -> ColumnElement[bool]:
    """Whether a raw time is that moment or later. The column stands bare and the moment has its type, so that partitions prune.

    The moment is a text that is cast: a literal of a time becomes text by itself on four of the dialects.
    """
    if isinstance(column.type, EpochNumber) and column.type.kind == "whole":
        return column >= literal_column(str(_counted(moment, column.type)))
    if isinstance(column.type, String | EpochNumber):
        return utc(column) >= instant(moment)
    return column >= _as_raw(moment, column)


def _as_raw(moment: datetime, column: ColumnElement[Any]) -> ColumnElement[Any]:
    offset = "+00:00" if is_zoned(column) else ""
    return cast(literal(_written(moment) + offset), column.type)


def _counted(moment: datetime, kind: EpochNumber) -> int:
    """Return the first whole number of a unit that is not before the moment."""
    microseconds = (as_utc(moment) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    return -(-microseconds // kind.microseconds)


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
    """Whether a raw time is missing, out of range, or a text that is no time; the column stands bare where it can."""
    if isinstance(column.type, String | EpochNumber):
        return in_range(utc(column)).is_(None)
    return or_(column.is_(None), column < _as_raw(EARLIEST, column), column > _as_raw(LATEST, column))


def is_zoned(column: ColumnElement[Any]) -> bool:
    """Whether a time of this column's type has a zone."""
    return getattr(column.type, "timezone", False) or _kind(column) in SNOWFLAKES_ZONED


def _of_number(column: ColumnElement[Any], kind: EpochNumber) -> ColumnElement[Any]:
    """Return the instant that a number counts to; null outside of the years 1 to 9999, where multiplying could overflow."""
    earliest, latest = (literal_column(str(bound)) for bound in kind.bounds)
    if kind.kind == "whole":
        microseconds = cast(column, BigInteger) * literal_column(str(kind.microseconds), BigInteger)
    else:
        product = type_coerce(column, Numeric()) * literal_column(str(kind.microseconds), Numeric())
        # A double of seconds is off by less than half a microsecond; of a decimal the rest is cut off, as of a written time.
        microseconds = cast((func.round if kind.kind == "floating" else func.floor)(product), BigInteger)
    return case((column.between(earliest, latest), epoch_as_utc(microseconds)))


def utc(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the column as an `Instant`: zoned times converted, times without zone taken as UTC, text read."""
    if isinstance(column.type, EpochNumber):
        return _of_number(column, column.type)
    if isinstance(column.type, EpochText):
        return epoch_text_as_utc(column, column.type)
    if isinstance(column.type, String):
        return text_as_utc(column)
    if is_zoned(column):
        return zoned_as_utc(column)
    return plain_as_utc(column)
