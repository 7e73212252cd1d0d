"""The relations that a report reads, limited to its range: each session with its step and its value of the dimension."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import CTE, BigInteger, ColumnElement, FromClause, case, literal, literal_column, select

from sessionmodels.analyses.channel import CHANNEL, READ, with_channel
from sessionmodels.analyses.within import Days
from sessionmodels.reporting.scope import Scope
from sessionmodels.sql.day import period_number

OF_EVENTS = "session_id", "track_sequence_number", "event", "idle_time_minutes"


@dataclass(frozen=True)
class Relations:
    """The two relations, and what the report covers."""

    sessions: FromClause
    session_events: FromClause
    scope: Scope
    channels: Mapping[str, Any] = field(default_factory=dict)
    """What settings say about channels."""

    def in_range(self, *names: str, with_before: bool = False) -> CTE:
        """Return the sessions that started in the range, with the columns `step`, `value`, and those of these names.

        Args:
            *names: columns of sessions; `channel` is one.
            with_before: whether the period before the range is there, too. Its steps are negative.
        """
        days = self.scope.with_the_period_before if with_before else self.scope.days
        rows = self.rows({*names, self.scope.by, "session_start_at"}, days)
        start = days.date_of(rows.c.session_start_at)
        step = (period_number(start, self.scope.period) - self.scope.first).label("step")
        value = place_of(rows.c[self.scope.by], self.scope.values).label("value")
        return select(step, value, *(rows.c[name] for name in names)).cte("in_range")

    def rows(self, names: set[str], days: Days) -> FromClause:
        """Return the sessions that started on these days, with the columns of these names."""
        conditions = days.hold(self.sessions.c.session_start_at)
        read = [one for one in self.sessions.c if one.name in names or (CHANNEL in names and one.name in READ)]
        rows = select(*read).where(*conditions).cte("sessions_read")
        return with_channel(rows, names, **self.channels) if CHANNEL in names else rows

    @property
    def events(self) -> FromClause:
        """What figures read of the events since the range begins. No session of the range has an earlier one."""
        conditions = replace(self.scope.days, until=None).hold(self.session_events.c.timestamp)
        return select(*(self.session_events.c[name] for name in OF_EVENTS)).where(*conditions).cte("events_read")


def whole(number: int) -> ColumnElement[int]:
    """Return a number of our own, written out."""
    return literal_column(str(number), BigInteger)


def place_of(column: ColumnElement[Any], values: Sequence[Any]) -> ColumnElement[int]:
    """Return the place of a column's value among these, from 0; then come other values, and then null."""
    known = ((column == literal(value, column.type), whole(place)) for place, value in enumerate(values))
    return case(*known, (column.is_(None), whole(len(values) + 1)), else_=whole(len(values)))


def bucket_of(column: ColumnElement[Any], bounds: Sequence[int]) -> ColumnElement[int]:
    """Return the number of the first of these bounds that a value does not exceed, from 0."""
    return case(*((column <= whole(bound), whole(place)) for place, bound in enumerate(bounds)), else_=whole(len(bounds)))
