"""Each source's watermark: its latest load time, and figures that show whether rows were added since."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import BigInteger, Connection, FromClause, cast, func, select

from sessionmodels.model import AnySelect
from sessionmodels.source.columns import Source
from sessionmodels.source.raw import raw_events
from sessionmodels.source.reload_window import is_loaded_since
from sessionmodels.source.stream import Stream
from sessionmodels.sql.elapsed import elapsed
from sessionmodels.sql.instant import EARLIEST, as_utc, instant
from sessionmodels.sql.to_utc import utc

MODULUS: Final = 1_000_003
"""Load times are taken modulo this number before they are summed, so that no sum overflows."""


@dataclass(frozen=True)
class Watermark:
    """One source's watermark at some moment."""

    at: datetime | None
    """The latest load time that is not in the future. None if no row has a load time."""

    reads_since: datetime | None
    """The load time from which the next build reads again: an overlap before `at`, as rows may arrive after their load time. None
    if it reads the whole source."""

    window_rows: int
    window_sum: int

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, for the table of builds."""
        times = {name: None if (moment := getattr(self, name)) is None else moment.isoformat() for name in ("at", "reads_since")}
        return {**times, "window_rows": self.window_rows, "window_sum": self.window_sum}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "Watermark":
        """Return the watermark of such data."""
        at, since = (datetime.fromisoformat(text) if (text := plain[name]) else None for name in ("at", "reads_since"))
        return cls(at, since, plain["window_rows"], plain["window_sum"])


def earliest(marks: Mapping[str, Watermark]) -> datetime | None:
    """Return the earliest of the sources' watermarks. A source that is read whole each time holds none back."""
    return min((mark.at for mark in marks.values() if mark.at is not None), default=None)


def read_watermarks(connection: Connection, stream: Stream, overlap: timedelta) -> dict[str, Watermark]:
    """Return the sources' watermarks; none if no row of any source has a load time.

    Args:
        connection: to the sources' database.
        stream: of which at least one source has load times.
        overlap: how far before a watermark the next build reads again.
    """
    found = {source.name: _latest_of(connection, source) for source in stream.sources}
    if not any(found.values()):
        return {}
    return {source.name: _mark(connection, source, found[source.name], overlap) for source in stream.sources}


def _latest_of(connection: Connection, source: Source) -> datetime | None:
    if not source.has_load_times:
        return None
    latest = connection.execute(_latest(raw_events(Stream((source,))))).scalar_one()
    return None if latest is None else as_utc(latest)


def _mark(connection: Connection, source: Source, latest: datetime | None, overlap: timedelta) -> Watermark:
    low = None if latest is None else before(latest, overlap)
    return Watermark(latest, low, *window(connection, source, low))


def watermark_in(connection: Connection, rows: FromClause, overlap: timedelta, *, at_least: datetime | None) -> Watermark:
    """Return a source's watermark from its raw rows in the window that was read. It never decreases."""
    latest = connection.execute(_latest(rows)).scalar_one()
    known = [moment for moment in (None if latest is None else as_utc(latest), at_least) if moment is not None]
    at = max(known, default=None)
    if at is None:
        return Watermark(None, None, *connection.execute(_counted(rows, EARLIEST)).one())
    low = before(at, overlap)
    return Watermark(at, low, *window_in(connection, rows, low))


def before(watermark: datetime, overlap: timedelta) -> datetime:
    """Return the load time from which the source is read again."""
    return max(watermark, EARLIEST + overlap) - overlap


def window(connection: Connection, source: Source, low: datetime | None) -> tuple[int, int]:
    """Return a source's number of raw rows loaded from that moment on or without a load time, and a sum over their load times."""
    read = source if low is None else source.windowed(low)
    with source.explained():
        rows, total = connection.execute(_counted(raw_events(Stream((read,))), low or EARLIEST)).one()
    return rows, total


def window_in(connection: Connection, rows: FromClause, low: datetime) -> tuple[int, int]:
    """Return the same figures from a source's raw rows that were read."""
    count, total = connection.execute(_counted(rows, low).where(is_loaded_since(rows, low))).one()
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
