"""How far the source was loaded: the latest load time, and what tells whether more has come since."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import BigInteger, Connection, cast, func, select

from sessionmodels.source.clean import raw_events
from sessionmodels.source.columns import Source
from sessionmodels.sql.elapsed import elapsed
from sessionmodels.sql.instant import as_utc, instant

EARLIEST: Final = datetime(1, 1, 1, tzinfo=UTC)
MODULUS: Final = 1_000_003
"""What load times are taken by before they are summed, so that no sum overflows."""


@dataclass(frozen=True)
class Watermark:
    """How far a source was loaded at some moment."""

    at: datetime
    """The latest load time that does not lie in the future."""

    reads_since: datetime
    """From which load time on the next build reads again: an overlap before it, since rows land later than they are loaded."""

    window_rows: int
    window_sum: int


def read_watermark(
    connection: Connection, source: Source, overlap: timedelta, *, at_least: datetime | None = None
) -> Watermark | None:
    """Return how far the source is loaded; None where no row says when it was loaded.

    Args:
        connection: where the source is.
        source: one that tells load times.
        overlap: how long before the watermark is read again.
        at_least: what is known already; a watermark never goes back.
    """
    raw = raw_events(source)
    # A clock that lies must not move it: what is in the future is read again each time, as what lies behind the watermark.
    possible = raw.c.loaded_at.between(instant(EARLIEST), instant(datetime.now(UTC)))
    latest = connection.execute(select(func.max(raw.c.loaded_at)).where(possible)).scalar_one()
    known = [as_utc(moment) for moment in (latest, at_least) if moment is not None]
    if not known:
        return None
    low = before(max(known), overlap)
    return Watermark(max(known), low, *window(connection, source, low))


def before(watermark: datetime, overlap: timedelta) -> datetime:
    """Return from which load time on the source is read again."""
    return max(watermark, EARLIEST + overlap) - overlap


def window(connection: Connection, source: Source, low: datetime) -> tuple[int, int]:
    """Return how many raw rows were loaded from that moment on (or nobody knows when), and the sum over their load times."""
    raw = raw_events(source.windowed(low))
    since: Any = func.mod(elapsed(instant(low), raw.c.loaded_at), MODULUS, type_=BigInteger)
    counted = select(func.count(type_=BigInteger), func.coalesce(cast(func.sum(since), BigInteger), 0))
    with source.explained():
        rows, total = connection.execute(counted.select_from(raw)).one()
    return rows, total
