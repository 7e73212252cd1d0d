"""Which rows of a source are examined: those of the last days that have any, so that a long history is not read whole."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import BigInteger, case, func, select

from sessionmodels.model import AnySelect
from sessionmodels.source.columns import Source
from sessionmodels.source.raw import typed_events
from sessionmodels.source.stream import Stream
from sessionmodels.sql.instant import as_utc, instant
from sessionmodels.sql.time_range import in_range

DAYS: Final = 30
"""How many days up to a source's latest row are examined."""

LONG_AGO: Final = datetime(2011, 1, 1, tzinfo=UTC)
"""No event is older: Segment, the first of the loaders, was founded in that year."""


def role_of_window(source: Source) -> str:
    """Return the role of the time that says which rows of a source are examined: the load time, or the event's own."""
    return "loaded_at" if source.has_load_times else "timestamp"


def extent(stream: Stream, source: Source, now: datetime) -> AnySelect:
    """One row: the `latest` time of a source's rows that is not in the future, and how many of these times are `long_ago`."""
    typed = typed_events(stream.without_context(), source).cte("typed_events")
    times = select(in_range(typed.c[role_of_window(source)]).label("moment")).cte("times")
    moment = times.c.moment
    latest = func.max(case((moment <= instant(now, moment), moment)), type_=moment.type)
    long_ago = func.count(case((moment < instant(LONG_AGO, moment), 1)), type_=BigInteger)
    return select(latest.label("latest"), long_ago.label("long_ago"))


def start_of(latest: datetime | None, given: datetime | None, source: Source) -> datetime | None:
    """Return the moment from which on a source is examined: the given one, or some days before its latest row.

    No row is examined that the setting `loaded_since` excludes.
    """
    start = given or (latest and latest - timedelta(days=DAYS))
    starts = [as_utc(one) for one in (start, source.since) if one]
    return max(starts, default=None)


def windowed(stream: Stream, starts: Mapping[str, datetime | None]) -> Stream:
    """Return the stream limited to these moments, by source. Only what is examined is read, so it has no context."""
    few = stream.without_context()
    return replace(few, sources=tuple(_from(one, starts[one.name]) for one in few.sources))


def _from(source: Source, start: datetime | None) -> Source:
    """Return the source limited to rows from that moment on, and rows without a time."""
    return replace(source, window=start, window_role=role_of_window(source)) if start else source
