"""All that a report is made of, read from a warehouse: the cubes, the words for their numbers, and what the builds recorded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sessionmodels.display.blocks import Grid
from sessionmodels.model import AnySelect
from sessionmodels.reporting.scope import Scope, number_of, start_of

Row = tuple[int, ...]


@dataclass(frozen=True)
class Counted:
    """A cube's rows, in order."""

    keys: tuple[str, ...]
    sums: tuple[str, ...]
    rows: Sequence[Row]
    query: AnySelect | None = None
    """The select that gave them."""

    labels: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By key, the words for its numbers."""

    items: Sequence[Any] = ()
    """The most frequent values that the cube counts by their place."""

    last_later: Sequence[int] = ()
    """By cohort, the number of periods from it to the last one that has begun."""


@dataclass(frozen=True)
class Facts:
    """What a report shows."""

    scope: Scope
    values: Sequence[str]
    """The words for the values of the dimension."""

    cubes: Mapping[str, Counted]
    warehouse: str
    """The name of its dialect."""

    made_at: datetime
    last_day: date
    """The last day that has sessions, which may be after the range."""

    timeout_minutes: int
    first_day: date | None = None
    """The first day that has sessions, which may be before the range; None if it is unknown."""

    counters: Sequence[str] = ()
    """The names of the columns of sessions that count events."""

    has_conversions: bool = False
    pauses: Sequence[int] = ()
    """The bounds of the classes of pauses, in microseconds."""

    excluded: Grid | None = None
    builds: Grid | None = None
    freshness: Grid | None = None
    notes: Sequence[str] = ()
    about_builds: Sequence[str] = ()

    @property
    def known_from(self) -> int:
        """The first step of which every day can have sessions. It is negative if it lies before the range."""
        if self.first_day is None:
            return -self.scope.steps
        begun = number_of(self.first_day, self.scope.period) - self.scope.first
        return begun if start_of(self.first_day, self.scope.period) == self.first_day else begun + 1

    @property
    def is_unfinished(self) -> bool:
        """Whether the last step has days after the range, or was not over when the report was made."""
        today = self.made_at.astimezone(ZoneInfo(self.scope.days.time_zone)).date()
        return self.scope.last_step_ends > self.scope.until or self.scope.last_step_ends >= today
