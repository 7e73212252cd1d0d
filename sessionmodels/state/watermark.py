"""The source's watermark: its latest load time, and figures that show whether rows were added since."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import BigInteger, Connection, FromClause, cast, func, select

from sessionmodels.model import AnySelect
from sessionmodels.rules.event import is_in_window
from sessionmodels.source.clean import raw_events
from sessionmodels.source.columns import Source
from sessionmodels.sql.elapsed import elapsed
from sessionmodels.sql.instant import EARLIEST, as_utc, instant
from sessionmodels.sql.to_utc import utc

MODULUS: Final = 1_000_003
"""Load times are taken modulo this number before they are summed, so that no sum overflows."""


@dataclass(frozen=True)
class Watermark:
    """A source's watermark at some moment."""

    at: datetime
    """The latest load time that is not in the future."""

    reads_since: datetime
    """The load time from which the next build reads again: an overlap before `at`, as rows may arrive after their load time."""

    window_rows: int
    window_sum: int


def read_watermark(connection: Connection, source: Source, overlap: timedelta) -> Watermark | None:
    """Return the source's watermark, or None if no row has a load time.

    Args:
        connection: to the source's database.
        source: one with load times.
        overlap: how far before the watermark the next build reads again.
    """
    latest = connection.execute(_latest(raw_events(source))).scalar_one()
    if latest is None:
        return None
    low = before(as_utc(latest), overlap)
    return Watermark(as_utc(latest), low, *window(connection, source, low))


def watermark_in(connection: Connection, rows: FromClause, overlap: timedelta, *, at_least: datetime) -> Watermark:
    """Return the watermark from the raw rows of the window that was read. It never decreases."""
    latest = connection.execute(_latest(rows)).scalar_one()
    at = at_least if latest is None else max(as_utc(latest), at_least)
    low = before(at, overlap)
    return Watermark(at, low, *window_in(connection, rows, low))


def before(watermark: datetime, overlap: timedelta) -> datetime:
    """Return the load time from which the source is read again."""
    return max(watermark, EARLIEST + overlap) - overlap


def window(connection: Connection, source: Source, low: datetime) -> tuple[int, int]:
    """Return the number of raw rows loaded from that moment on or without a load time, and the sum over their load times."""
    with source.explained():
        rows, total = connection.execute(_counted(raw_events(source.windowed(low)), low)).one()
    return rows, total


def window_in(connection: Connection, rows: FromClause, low: datetime) -> tuple[int, int]:
    """Return the same figures from raw rows that were read."""
    count, total = connection.execute(_counted(rows, low).where(is_in_window(rows, low))).one()
    return count, total


def _latest(rows: FromClause) -> AnySelect:
    # A wrong clock must not move the watermark: rows with a future load time are read again by every build.
    loaded_at = rows.c.loaded_at
    possible = loaded_at.between(instant(EARLIEST, loaded_at), instant(datetime.now(UTC), loaded_at))
    return select(utc(func.max(loaded_at))).where(possible)


def _counted(rows: FromClause, low: datetime) -> AnySelect:
    since: Any = func.mod(elapsed(instant(low, rows.c.loaded_at), rows.c.loaded_at), MODULUS, type_=BigInteger)
    counted = select(func.count(type_=BigInteger), func.coalesce(cast(func.sum(since), BigInteger), 0))
    return counted.select_from(rows)
