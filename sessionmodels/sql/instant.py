"""Instants in UTC at microsecond resolution, whatever the source's type and the session's time zone."""

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
    """The type of every stored time: UTC, without a zone if the warehouse has such a type.

    A zoned type would be displayed and truncated to days in the reader's session time zone. BigQuery's only instant is its
    `TIMESTAMP`, which is UTC. Snowflake's bare `TIMESTAMP` depends on a session parameter, so the type is named in full.
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
"""The years 1 to 9999: the instants that BigQuery and Python can hold. The other warehouses hold up to half a million years, and
a distance that long in microseconds does not fit a 64-bit integer. DuckDB and PostgreSQL also hold infinite times."""


def instant(moment: datetime) -> ColumnElement[Any]:
    """Return a moment as a constant in the statement, so that partitions can be pruned. Without a zone, it is taken as UTC."""
    return cast(literal(written_utc(moment)), Instant)


def as_utc(moment: datetime) -> datetime:
    """Return a moment in UTC. Without a zone, it is taken as UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def written_utc(moment: datetime) -> str:
    """Return a moment in UTC as text that every warehouse reads, without a zone."""
    utc_moment = as_utc(moment)
    # `%Y` has fewer than four digits for years before 1000.
    return f"{utc_moment.year:04}-{utc_moment:%m-%d %H:%M:%S.%f}"
