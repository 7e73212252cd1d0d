"""Finds changes: raw rows that were inserted or deleted since the last build, and the events that changed.

Every select here reads the tables that it is given. Whole rows are compared, with their number of occurrences, by grouping: not
every warehouse has `EXCEPT ALL`, and grouping treats two nulls as equal.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    and_,
    case,
    cast,
    exists,
    func,
    literal_column,
    select,
    union_all,
)

from sessionmodels.model import AnySelect
from sessionmodels.rules.event import CHANGE, RANK, chosen, event_columns, of_event
from sessionmodels.rules.window import Window
from sessionmodels.sql.elapsed import elapsed

INSERTED, DELETED = literal_column("1", BigInteger), literal_column("-1", BigInteger)
Condition = Callable[[FromClause], ColumnElement[bool]]


@dataclass(frozen=True)
class Stored:
    """The usable raw rows that the last build stored: the events in the results, and the duplicates that it removed."""

    events: FromClause
    duplicates: FromClause
    completed: bool = False
    """Whether the events of several rows were completed. Then all of their rows are among the duplicates, as they were read."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of a raw row. The results have more."""
        return event_columns(self.duplicates)

    def rows(self, condition: Condition, *more: ColumnElement[Any]) -> tuple[AnySelect, AnySelect]:
        """Return the rows that satisfy the condition, of either table, with more columns."""
        events, duplicates = (
            select(*chosen(one, self.columns), *more).where(condition(one)) for one in (self.events, self.duplicates)
        )  # fmt: skip
        if not self.completed:
            return events, duplicates
        is_kept = self.duplicates.c.event_id == self.events.c.event_id
        return events.where(~exists(select(self.duplicates.c.event_id).where(is_kept))), duplicates


def difference(fresh: FromClause, stored: Stored, window: Window) -> AnySelect:
    """One row per distinct raw row inserted into or deleted from the window: `change` is by how many its number changed."""
    before = stored.rows(window.holds, DELETED.label(CHANGE))
    after = select(*of_event(fresh), INSERTED.label(CHANGE))
    return changes(after, *before)


def count_changes(difference: FromClause, late_microseconds: int) -> AnySelect:
    """One row: how many raw rows were inserted, how many of them late, and the longest delay of a late one in microseconds."""
    delay = elapsed(difference.c.timestamp, difference.c.loaded_at)
    is_inserted = difference.c.change > 0
    is_late = and_(is_inserted, delay > late_microseconds)
    return select(
        func.count(type_=BigInteger).label("differing"),
        _total(case((is_inserted, difference.c.change), else_=0)).label("inserted"),
        _total(case((is_late, difference.c.change), else_=0)).label("late"),
        func.max(case((is_late, delay))).label("late_by"),
    ).select_from(difference)


def rows_of_ids(fresh: FromClause, stored: Stored, difference: FromClause, window: Window) -> Any:
    """One row per current raw row of the changed ids."""

    def is_older(rows: FromClause) -> ColumnElement[bool]:
        return and_(rows.c.event_id.in_(_ids(difference)), window.precedes(rows))

    fresh_rows = select(*of_event(fresh)).where(fresh.c.event_id.in_(_ids(difference)))
    return union_all(fresh_rows, *stored.rows(is_older))


def changed_events(events: FromClause, rows: FromClause, difference: FromClause) -> AnySelect:
    """One row per version of an event that was added (`change` > 0) or removed (`change` < 0)."""
    before = select(*chosen(events, event_columns(rows)), DELETED.label(CHANGE)).where(events.c.event_id.in_(_ids(difference)))
    after = select(*of_event(rows), INSERTED.label(CHANGE)).where(rows.c[RANK] == 1)
    return changes(after, before)


@dataclass(frozen=True)
class Current:
    """The events as they are after this build: the stored ones whose id is not among the changes, and the rows of the others."""

    events: FromClause
    rows: FromClause
    difference: FromClause

    def where(self, condition: Condition, columns: Sequence[str] = ()) -> tuple[AnySelect, AnySelect]:
        """Return these columns of the events that satisfy a condition, or all: of the stored ones and of the others."""
        names = columns or event_columns(self.rows)
        stored, others = (select(*chosen(one, names)).where(condition(one)) for one in (self.events, self.rows))
        return stored.where(self.is_unchanged), others.where(self.is_event)

    @property
    def is_unchanged(self) -> ColumnElement[bool]:
        """Whether no row of a stored event's id was inserted or deleted."""
        same = self.difference.c.event_id == self.events.c.event_id
        return ~exists(select(self.difference.c.event_id).where(same))

    @property
    def is_event(self) -> ColumnElement[bool]:
        """Whether a row is the event of its id."""
        return self.rows.c[RANK] == 1


def _ids(difference: FromClause) -> Any:
    return select(difference.c.event_id)


def changes(*signed: AnySelect) -> AnySelect:
    """Return the rows whose number differs between selects: `change` is the sum of 1 for each after, -1 for each before."""
    both = union_all(*signed).cte("both_times")
    columns = [column for column in both.c if column.name != CHANGE]
    change = _total(both.c.change)
    return select(*columns, change.label(CHANGE)).group_by(*columns).having(change != 0)


def _total(number: ColumnElement[Any]) -> ColumnElement[int]:
    return cast(func.sum(number), BigInteger)
