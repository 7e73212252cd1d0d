"""Several sources as one stream. Each keeps its own columns, load times and filter; their rows are united once they are clean."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from sessionmodels.source.columns import Source


@dataclass(frozen=True)
class Stream:
    """The sources that are read as one stream of events. Mostly it is one."""

    sources: tuple[Source, ...]
    context: tuple[str, ...] = ()
    """The columns of the context that any source fills, in the order of the setting."""

    @classmethod
    def of(cls, sources: Sequence[Source], context: Mapping[str, Sequence[str]]) -> "Stream":
        """Return the stream of these sources. Its times have a zone if one of any source has."""
        filled = tuple(name for name in context if any(name in source.context for source in sources))
        zoned = any(source.zoned for source in sources)
        return cls(tuple(replace(source, zoned=zoned) for source in sources), filled)

    @property
    def several(self) -> bool:
        """Whether there is more than one source."""
        return len(self.sources) > 1

    @property
    def first(self) -> Source:
        """The first source, or the only one."""
        return self.sources[0]

    @property
    def names(self) -> tuple[str, ...]:
        """The sources' names."""
        return tuple(source.name for source in self.sources)

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
