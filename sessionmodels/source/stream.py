"""Several sources as one stream. Each keeps its own columns, load times and filter; their rows are united once they are clean."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import FromClause

from sessionmodels.settings import Settings
from sessionmodels.source.columns import Source
from sessionmodels.source.identity_graph import IdentityGraph
from sessionmodels.source.without_forgotten import Forgotten


@dataclass(frozen=True)
class Stream:
    """The sources that are read as one stream of events. Mostly it is one."""

    sources: tuple[Source, ...]
    context: tuple[str, ...] = ()
    """The columns of the context that any source fills, in the order of the setting."""

    ignored_ids: Sequence[str] = ()
    """Ids of devices and users that are none."""

    ignored_events: Sequence[str] = ()
    """Names of events that are ignored."""

    identity_graph: IdentityGraph | None = None
    """The table that says whose an event is, if the setting `identity` is `table`."""

    hash_ids: bool = False
    """Whether the ids of devices and users are replaced by their keyed hashes."""

    forgotten: Forgotten | None = None
    """The list of forgotten people, if anybody was forgotten."""

    @classmethod
    def of(cls, sources: Sequence[Source], settings: Settings, identity_graph: IdentityGraph | None = None) -> "Stream":
        """Return the stream of these sources. Its times have a zone if one of any source has."""
        context = tuple(name for name in settings.context if any(name in source.context for source in sources))
        zoned = any(source.zoned for source in sources)
        ignored: Any = {"ignored_ids": tuple(settings.ignored_ids), "ignored_events": tuple(settings.ignored_events)}
        ignored["hash_ids"] = settings.hash_ids
        return cls(tuple(replace(source, zoned=zoned) for source in sources), context, identity_graph=identity_graph, **ignored)

    @property
    def several(self) -> bool:
        """Whether there is more than one source."""
        return len(self.sources) > 1

    def called(self, source: Source) -> str:
        """Return what a source is called in messages."""
        return f"the source {source.name!r}" if self.several else "the source"

    @property
    def first(self) -> Source:
        """The first source, or the only one."""
        return self.sources[0]

    @property
    def names(self) -> tuple[str, ...]:
        """The sources' names."""
        return tuple(source.name for source in self.sources)

    @property
    def tables(self) -> tuple[FromClause, ...]:
        """What is read: the raw events, and the identity graph if there is one."""
        return *(source.table for source in self.sources), *([self.identity_graph.table] if self.identity_graph else [])

    @property
    def filled(self) -> frozenset[str]:
        """The columns of an event that any source fills, of those that it may lack: ids and context."""
        return frozenset(name for source in self.sources for name in source.filled)

    @property
    def taken_as_null(self) -> tuple[str, ...]:
        """The columns of ids for which a source has no column."""
        return tuple(dict.fromkeys(column for source in self.sources for column in source.taken_as_null))

    @property
    def zoned(self) -> bool:
        """Whether results hold times with a zone."""
        return self.first.zoned

    @property
    def is_table(self) -> bool:
        """Whether all sources are known to be tables, whose rows are the same for every statement of a transaction."""
        return all(source.is_table for source in self.sources)

    @property
    def has_load_times(self) -> bool:
        """Whether a source has load times. One that has none, beside others that have, is read whole by every build."""
        return any(source.has_load_times for source in self.sources)

    def known_as_tables(self, is_table: Callable[[Source], bool]) -> "Stream":
        """Return the same stream, for each source with whether it is known to be a table."""
        return replace(self, sources=tuple(replace(source, is_table=is_table(source)) for source in self.sources))

    def with_plain_times(self) -> "Stream":
        """Return the same stream with times without a zone."""
        return replace(self, sources=tuple(replace(source, zoned=False) for source in self.sources))

    def without_context(self) -> "Stream":
        """Return the same stream without the columns of the context, as if no source had one."""
        return replace(self, sources=tuple(replace(source, context={}) for source in self.sources), context=())

    @property
    def needs_key(self) -> bool:
        """Whether ids are hashed when events are read."""
        return self.hash_ids or self.forgotten is not None

    def with_list(self, forgotten: Forgotten | None) -> "Stream":
        """Return the same stream, without the rows of the people on the list."""
        graph = self.identity_graph and replace(self.identity_graph, forgotten=forgotten)
        return replace(self, forgotten=forgotten, identity_graph=graph)

    def as_sent(self) -> "Stream":
        """Return the same stream with ids as they were sent, none of them ignored."""
        return replace(self, ignored_ids=(), hash_ids=False)

    def windowed(self, lows: Mapping[str, datetime]) -> "Stream":
        """Return the same stream, limited to rows loaded from each source's moment on, and rows without a load time."""
        limited = (source.windowed(lows[source.name]) if source.name in lows else source for source in self.sources)
        return replace(self, sources=tuple(limited))

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Replace an error in reading a source by our own message, if an inspection of that source finds the cause.

        Raises:
            SourceError: the cause was found.
        """
        with ExitStack() as stack:
            for source in self.sources:
                stack.enter_context(source.explained())
            yield
