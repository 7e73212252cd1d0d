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
    CompoundSelect,
    FromClause,
    and_,
    case,
    cast,
    exists,
    func,
    literal_column,
    or_,
    select,
    union_all,
)

from sessionmodels.model import AnySelect
from sessionmodels.rules.event import CHANGE, IS_STORED_EVENT, RANK, chosen, event_columns, of_event
from sessionmodels.rules.identity.aliases import LOGIN
from sessionmodels.source.clean import with_ranks
from sessionmodels.source.reload_window import Window
from sessionmodels.sql.elapsed import elapsed
from sessionmodels.sql.found_by import found_by

INSERTED, DELETED = literal_column("1", BigInteger), literal_column("-1", BigInteger)
IS_EVENT, IS_NO_EVENT = literal_column("1", BigInteger), literal_column("0", BigInteger)
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


def stored_rows(stored: Stored, difference: FromClause) -> AnySelect:
    """One row per stored raw row of the changed ids, and whether it is the event (`is_event` is 1) or beside the events (0).

    The events are searched for these ids once, because a duplicate may be of any age.
    """
    both = (stored.events, IS_EVENT), (stored.duplicates, IS_NO_EVENT)
    found = (
        select(*chosen(rows, stored.columns), is_event.label(IS_STORED_EVENT)).where(
            found_by(rows, rows.c.event_id.in_(_ids(difference)))
        )
        for rows, is_event in both
    )
    return select(union_all(*found).cte("stored_rows"))


def rows_of_ids(  # noqa: PLR0913 - whose rows, and how they are ranked
    fresh: FromClause, known: FromClause, difference: FromClause, window: Window, *, deduplicate: bool, completed: bool
) -> AnySelect:
    """One row per current raw row of the changed ids, with its rank among the rows of its id. `known` are the stored ones."""
    fresh_rows = select(*of_event(fresh)).where(fresh.c.event_id.in_(_ids(difference)))
    older = rows_that_stay(known, window.precedes, completed=completed)
    return ranked_rows(union_all(fresh_rows, older), deduplicate=deduplicate, completed=completed)


def rows_that_stay(known: FromClause, stays: Condition, *, completed: bool) -> AnySelect:
    """Return the stored raw rows that are current, as they were read."""
    older = select(*of_event(known)).where(stays(known))
    if completed:  # every row of an event of several rows is also stored beside the events, as it was read
        others = known.alias("other_rows")
        of_several = select(others.c.event_id).where(others.c[IS_STORED_EVENT] == IS_NO_EVENT)
        older = older.where(or_(known.c[IS_STORED_EVENT] == IS_NO_EVENT, known.c.event_id.not_in(of_several)))
    return older


def ranked_rows(rows: AnySelect | CompoundSelect[Any], *, deduplicate: bool, completed: bool) -> AnySelect:
    """Return current raw rows, each with its rank among the rows of its id."""
    return with_ranks(rows.cte("rows_of_ids"), deduplicate=deduplicate, several=completed)


def changed_events(known: FromClause, rows: FromClause) -> AnySelect:
    """One row per version of an event that was added (`change` > 0) or removed (`change` < 0), with what decides its visitor.

    Versions are compared only where an id was stored before. Most ids are new.
    """
    before = select(*of_event(known), DELETED.label(CHANGE)).where(known.c[IS_STORED_EVENT] == IS_EVENT)
    after = select(*of_event(rows), INSERTED.label(CHANGE)).where(rows.c[RANK] == 1)
    is_known = exists(select(known.c.event_id).where(known.c.event_id == rows.c.event_id))
    compared = changes(after.where(is_known), before).cte("compared")
    new = after.where(~is_known).cte("new_events")
    both = union_all(*(select(*(one.c[name] for name in (*LOGIN, CHANGE))) for one in (new, compared))).cte("changed_events")
    return select(both)


def is_unchanged(rows: FromClause, difference: FromClause) -> ColumnElement[bool]:
    """Whether no row of a row's id was inserted or deleted."""
    return ~exists(select(difference.c.event_id).where(difference.c.event_id == rows.c.event_id))


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
        return is_unchanged(self.events, self.difference)

    @property
    def is_event(self) -> ColumnElement[bool]:
        """Whether a row is the event of its id."""
        return self.rows.c[RANK] == 1


def _ids(difference: FromClause) -> Any:
    return select(difference.c.event_id)


def changes(*signed: AnySelect) -> AnySelect:
    """Return the rows that now occur more or less often than before. `change` is the difference, negative if less often."""
    both = union_all(*signed).cte("both_times")
    columns = [column for column in both.c if column.name != CHANGE]
    change = _total(both.c.change)
    return select(*columns, change.label(CHANGE)).group_by(*columns).having(change != 0)


def _total(number: ColumnElement[Any]) -> ColumnElement[int]:
    return cast(func.sum(number), BigInteger)
