"""The queries of an examination. Each reads the source once."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select

from sessionmodels.doctor.duplicates import duplicates
from sessionmodels.doctor.ids import suspicious_ids
from sessionmodels.doctor.landing import lateness, loads
from sessionmodels.doctor.profile import profile
from sessionmodels.doctor.visitors import visitors
from sessionmodels.doctor.window import extent
from sessionmodels.model import AnySelect
from sessionmodels.settings import Settings
from sessionmodels.source.stream import Stream
from sessionmodels.sql.session_zone import session_zone


@dataclass(frozen=True)
class Question:
    """A query of one source, or of all of them."""

    name: str
    action: str
    """What it does, as the end of a sentence."""

    query: AnySelect
    source: str = ""
    """The name of the source; empty if it is about all of them."""


def extents(stream: Stream, now: datetime, since: datetime | None) -> Iterator[Question]:
    """Yield a query for each source's extent, if the window depends on it, or if the window would hide events of long ago."""
    for source in stream.sources:
        if since is None or not source.has_load_times:
            yield Question("extent", "find its latest row", extent(stream, source, now), source.name)


def questions(stream: Stream, settings: Settings, now: datetime) -> Iterator[Question]:
    """Yield the queries of the rows inside the window, which the stream is limited to."""
    for source in stream.sources:
        alone = replace(stream, sources=(source,))
        yield Question("profile", "count its rows", profile(stream, source, now), source.name)
        if source.has_load_times:
            yield Question("lateness", "find how late it is loaded", lateness(alone), source.name)
            yield Question("loads", "find the pauses between loads", loads(alone), source.name)
    yield Question("duplicates", "count the duplicates", duplicates(stream))
    yield Question("ids", "find suspicious ids", suspicious_ids(stream))
    yield Question("visitors", "count the visitors", visitors(stream, settings))
    yield Question("zone", "read the session's time zone", select(session_zone().label("zone")))
