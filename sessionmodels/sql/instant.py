"""An instant: UTC at microsecond resolution, whatever type the source gives it and whatever the session's time zone is."""

from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    TIMESTAMP,
    ColumnElement,
    cast,
    literal,
)
from sqlalchemy.ext.compiler import compiles


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


EARLIEST: Final = datetime(1, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
"""The years 1 to 9999: every instant that BigQuery holds, and Python. The others hold more, up to half a million years, whose
distance in microseconds no 64-bit integer can hold, and DuckDB and PostgreSQL infinite times, which have none."""


def instant(moment: datetime) -> ColumnElement[Any]:
    """Return a moment as a constant in the statement, so that partitions prune; one without zone is taken as UTC."""
    return cast(literal(written_utc(moment)), Instant)


def as_utc(moment: datetime) -> datetime:
    """Return a moment with the zone UTC; one without zone is taken as UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def written_utc(moment: datetime) -> str:
    """Return a moment as every warehouse reads it in a literal, without its zone."""
    utc_moment = as_utc(moment)
    # `%Y` has fewer than four digits for a year before 1000.
    return f"{utc_moment.year:04}-{utc_moment:%m-%d %H:%M:%S.%f}"
