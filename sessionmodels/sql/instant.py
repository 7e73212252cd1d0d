"""Instants in UTC at microsecond resolution, whatever the source's type and the session's time zone."""

from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    TIMESTAMP,
    ColumnElement,
    Dialect,
    cast,
    literal,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class Instant(TIMESTAMP):
    """A time in UTC, without a zone if the warehouse has such a type. Results hold it if no time of the source has a zone.

    BigQuery's only instant is its `TIMESTAMP`, which is UTC. Snowflake's bare `TIMESTAMP` depends on a session parameter, so the
    type is named in full.
    """


class ZonedInstant(TIMESTAMP):
    """A time with a zone. Results hold it if a time of the source has one, so that both can be compared in any session.

    On BigQuery and Redshift it is the same type as `Instant`. BigQuery has no other. Redshift's loaders write UTC without a zone.
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


@compiles(ZonedInstant, "duckdb")
@compiles(ZonedInstant, "postgresql")
def _with_zone(_type: ZonedInstant, _compiler: Any, **_kw: Any) -> str:
    return "TIMESTAMP WITH TIME ZONE"


@compiles(ZonedInstant, "snowflake")
def _tz(_type: ZonedInstant, _compiler: Any, **_kw: Any) -> str:
    return "TIMESTAMP_TZ(6)"


@compiles(ZonedInstant, "bigquery")
@compiles(ZonedInstant, "redshift")
def _as_instant(_type: ZonedInstant, compiler: Any, **kw: Any) -> str:
    return compiler.process(Instant(), **kw)


def has_zones(dialect: Dialect) -> bool:
    """Whether the two types differ in a dialect."""
    return ZonedInstant().compile(dialect=dialect) != Instant().compile(dialect=dialect)


EARLIEST: Final = datetime(1, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
"""The years 1 to 9999: the instants that BigQuery and Python can hold. The other warehouses hold up to half a million years, and
a distance that long in microseconds does not fit a 64-bit integer. DuckDB and PostgreSQL also hold infinite times."""


class zoned_moment(FunctionElement[Any]):  # noqa: N801 - a word of SQL, read as a function
    """A moment as a constant with a zone, whatever the session's time zone."""

    name = "zoned_moment"
    type = ZonedInstant()
    inherit_cache = False

    def __init__(self, moment: datetime) -> None:
        """Store the moment as text."""
        super().__init__()
        self.text = written_utc(moment)


@compiles(zoned_moment, "duckdb")
@compiles(zoned_moment, "postgresql")
@compiles(zoned_moment, "snowflake")
def _with_offset(element: zoned_moment, compiler: Any, **kw: Any) -> str:
    return compiler.process(cast(_written_out(f"{element.text}+00:00"), ZonedInstant), **kw)


@compiles(zoned_moment, "bigquery")
@compiles(zoned_moment, "redshift")
def _without_offset(element: zoned_moment, compiler: Any, **kw: Any) -> str:
    return compiler.process(cast(_written_out(element.text), Instant), **kw)


def instant(moment: datetime, like: ColumnElement[Any] | None = None) -> ColumnElement[Any]:
    """Return a moment as a constant in the statement, so that partitions can be pruned. Without a zone, it is taken as UTC.

    Its type is that of the column that it is compared with: a comparison of two types would depend on the session's time zone.
    """
    if like is not None and isinstance(like.type, ZonedInstant):
        return zoned_moment(moment)
    return cast(_written_out(written_utc(moment)), Instant)


def _written_out(text: str) -> ColumnElement[str]:
    """Return a text that the dialect writes into the statement: PostgreSQL would parse a bound one again for each row."""
    return literal(text, literal_execute=True)


def as_utc(moment: datetime) -> datetime:
    """Return a moment in UTC. Without a zone, it is taken as UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def written_utc(moment: datetime) -> str:
    """Return a moment in UTC as text that every warehouse reads, without a zone."""
    utc_moment = as_utc(moment)
    # `%Y` has fewer than four digits for years before 1000.
    return f"{utc_moment.year:04}-{utc_moment:%m-%d %H:%M:%S.%f}"
