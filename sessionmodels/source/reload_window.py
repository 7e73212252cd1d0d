"""The window that an incremental build reads again: by source, the rows from a load time on, and those without a load time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, FromClause, and_, or_

from sessionmodels.sql.instant import instant


@dataclass(frozen=True)
class Window:
    """From which load time on each source is read again. One that is not here is read whole."""

    lows: Mapping[str, datetime]
    sources: tuple[str, ...]
    """The names of all sources."""

    @property
    def earliest(self) -> datetime:
        """The earliest of these load times. A window has one: without any, no build continues from another."""
        return min(self.lows.values())

    def holds(self, rows: FromClause) -> ColumnElement[bool]:
        """Whether a row is in the window."""
        since = is_loaded_since(rows, self.earliest)
        if len(self.sources) == 1:
            return since
        # The first condition says nothing that the others do not, but prunes partitions.
        bound = [since] if self.lows.keys() == set(self.sources) else []
        return and_(*bound, or_(~self.precedes(rows), rows.c.loaded_at.is_(None)))

    def precedes(self, rows: FromClause) -> ColumnElement[bool]:
        """Whether a row was loaded before the window; null if it has no load time."""
        if len(self.sources) == 1:
            return rows.c.loaded_at < instant(self.earliest, rows.c.loaded_at)
        return or_(*self._each_before(rows))

    def _each_before(self, rows: FromClause) -> Iterator[ColumnElement[bool]]:
        for name, low in self.lows.items():
            yield and_(rows.c.source == name, rows.c.loaded_at < instant(low, rows.c.loaded_at))


def is_loaded_since(rows: FromClause, low: datetime) -> ColumnElement[bool]:
    """Whether a row was loaded from that moment on, or has no load time."""
    return or_(rows.c.loaded_at >= instant(low, rows.c.loaded_at), rows.c.loaded_at.is_(None))
