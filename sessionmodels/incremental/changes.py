"""Finds changes: raw rows that were inserted or deleted since the last build, and the events that changed.

Every select here reads the tables that it is given. Whole rows are compared, with their number of occurrences, by grouping: not
every warehouse has `EXCEPT ALL`, and grouping treats two nulls as equal.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, FromClause, and_, case, cast, func, literal_column, select, union_all

from sessionmodels.model import AnySelect
from sessionmodels.rules.event import is_in_window, of_event, of_row
from sessionmodels.source.clean import with_duplicate_rank
from sessionmodels.sql.elapsed import elapsed
from sessionmodels.sql.instant import instant

INSERTED, DELETED = literal_column("1", BigInteger), literal_column("-1", BigInteger)


def difference(fresh: FromClause, retained: FromClause, low: datetime) -> AnySelect:
    """One row per distinct raw row inserted into or deleted from the window: `change` is by how many its number changed."""
    before = select(*of_row(retained), DELETED.label("change")).where(is_in_window(retained, low))
    after = select(*of_row(fresh), INSERTED.label("change"))
    return changes(after, before)


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


def rows_of_ids(
    fresh: FromClause, retained: FromClause, difference: FromClause, low: datetime, *, deduplicate: bool
) -> AnySelect:
    """One row per current raw row of the changed ids, with its rank among the rows of its id."""
    fresh_rows = select(*of_row(fresh)).where(fresh.c.event_id.in_(_ids(difference)))
    older_rows = select(*of_row(retained)).where(retained.c.event_id.in_(_ids(difference)), retained.c.loaded_at < instant(low))
    return with_duplicate_rank(union_all(fresh_rows, older_rows).cte("rows_of_ids"), deduplicate=deduplicate)


def changed_events(retained: FromClause, rows: FromClause, difference: FromClause) -> AnySelect:
    """One row per version of an event that was added (`change` > 0) or removed (`change` < 0)."""
    before = select(*of_event(retained), DELETED.label("change")).where(
        retained.c.event_id.in_(_ids(difference)), retained.c.standing == 1
    )
    after = select(*of_event(rows), INSERTED.label("change")).where(rows.c.standing == 1)
    return changes(after, before)


def _ids(difference: FromClause) -> Any:
    return select(difference.c.event_id)


def changes(after: AnySelect, before: AnySelect) -> AnySelect:
    """Return the rows whose number differs between two selects: `change` is the sum of 1 for each after, -1 for each before."""
    both = union_all(after, before).cte("both_times")
    columns = [column for column in both.c if column.name != "change"]
    change = _total(both.c.change)
    return select(*columns, change.label("change")).group_by(*columns).having(change != 0)


def _total(number: ColumnElement[Any]) -> ColumnElement[int]:
    return cast(func.sum(number), BigInteger)
