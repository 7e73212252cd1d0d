"""How late events are loaded after they happened, and how long the pauses between loads are."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import BigInteger, FromClause, func, select

from sessionmodels.doctor.percentiles import percentiles
from sessionmodels.model import AnySelect
from sessionmodels.rules.event import FAILED_CONDITION
from sessionmodels.source.raw import raw_events
from sessionmodels.source.stream import Stream
from sessionmodels.sql.elapsed import SECOND, elapsed, minutes, truncated
from sessionmodels.sql.instant import instant

OF_LATENESS: Final = 5, 50, 95, 99
OF_PAUSES: Final = 50, 95

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Lateness:
    """How many whole seconds after they happened the events of a source were loaded. Less than 0: before they happened."""

    number: int
    """The rows with both times."""

    longest: int | None
    p5: int | None
    p50: int | None
    p95: int | None
    p99: int | None
    """That percentage of the rows was loaded no later than this."""


@dataclass(frozen=True)
class Loads:
    """The pauses between loads, in minutes. Rows that were loaded in the same minute of the clock count as one load."""

    number: int
    """The pauses: one less than the loads."""

    longest: int | None
    p50: int | None
    p95: int | None


def lateness(stream: Stream) -> AnySelect:
    """One row with the columns of `Lateness`, of a stream of one source."""
    raw = raw_events(stream)
    late = truncated(elapsed(raw.c.timestamp, raw.c.loaded_at), SECOND)
    return percentiles(select(late.label("value")).where(*passing(raw)).cte("lateness"), OF_LATENESS)


def loads(stream: Stream) -> AnySelect:
    """One row with the columns of `Loads`, of a stream of one source."""
    raw = raw_events(stream)
    minute = minutes(elapsed(instant(EPOCH, raw.c.loaded_at), raw.c.loaded_at), whole=True)
    each = select(minute.label("minute")).where(raw.c.loaded_at.is_not(None), *passing(raw)).distinct().cte("minutes_with_loads")
    before = func.lag(each.c.minute, type_=BigInteger).over(order_by=each.c.minute)
    return percentiles(select((each.c.minute - before).label("value")).cte("pauses_between_loads"), OF_PAUSES)


def passing(raw: FromClause) -> list:
    """Return the condition that the filter lets a raw row pass, if there is a filter."""
    return [raw.c[FAILED_CONDITION] == 0] if FAILED_CONDITION in raw.c else []
