"""What is new: raw rows that came (or went) since the last build, and the events that changed by it.

Every select here is over tables that it is handed. Rows are compared whole and as often as they stand, by grouping, since not
every warehouse has `EXCEPT ALL`; grouping also takes two nulls for equal.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, FromClause, and_, case, cast, func, literal_column, or_, select, union_all

from sessionmodels.model import AnySelect
from sessionmodels.rules.event import of_event, of_row
from sessionmodels.source.clean import with_duplicate_rank
from sessionmodels.sql.elapsed import elapsed
from sessionmodels.sql.instant import instant

CAME, WENT = literal_column("1", BigInteger), literal_column("-1", BigInteger)


def difference(fresh: FromClause, retained: FromClause, low: datetime) -> AnySelect:
    """One row a raw row of the window that came or went since the last build: `change` is how many more of it there are."""
    before = select(*of_row(retained), WENT.label("change")).where(in_window(retained, low))
    after = select(*of_row(fresh), CAME.label("change"))
    return changes(after, before)


def count_changes(difference: FromClause, late_microseconds: int) -> AnySelect:
    """One row: how many raw rows came, how many of them late, and by how much (microseconds) the latest of the late ones."""
    delay = elapsed(difference.c.timestamp, difference.c.loaded_at)
    came = difference.c.change > 0
    is_late = and_(came, delay > late_microseconds)
    return select(
        func.count(type_=BigInteger).label("differing"),
        _total(case((came, difference.c.change), else_=0)).label("came"),
        _total(case((is_late, difference.c.change), else_=0)).label("late"),
        func.max(case((is_late, delay))).label("late_by"),
    ).select_from(difference)


def rows_of_ids(
    fresh: FromClause, retained: FromClause, difference: FromClause, low: datetime, *, deduplicate: bool
) -> AnySelect:
    """One row a raw row whose id is among those that changed, as things are now, with how it stands among them."""
    fresh_rows = select(*of_row(fresh)).where(fresh.c.event_id.in_(_ids(difference)))
    older_rows = select(*of_row(retained)).where(retained.c.event_id.in_(_ids(difference)), retained.c.loaded_at < instant(low))
    return with_duplicate_rank(union_all(fresh_rows, older_rows).cte("rows_of_ids"), deduplicate=deduplicate)


def changed_events(retained: FromClause, rows: FromClause, difference: FromClause) -> AnySelect:
    """One row per event that is new or another one now (`change` > 0), or that is no longer (`change` < 0)."""
    before = select(*of_event(retained), WENT.label("change")).where(
        retained.c.event_id.in_(_ids(difference)), retained.c.standing == 1
    )
    after = select(*of_event(rows), CAME.label("change")).where(rows.c.standing == 1)
    return changes(after, before)


def in_window(retained: FromClause, low: datetime) -> ColumnElement[bool]:
    """Whether a kept row is of the window that is read again: loaded from that moment on, or nobody knows when."""
    return or_(retained.c.loaded_at >= instant(low), retained.c.loaded_at.is_(None))


def _ids(difference: FromClause) -> Any:
    return select(difference.c.event_id)


def changes(after: AnySelect, before: AnySelect) -> AnySelect:
    """Return the rows that stand more often in one of two selects: `change` sums how often each counts, 1 after and -1 before."""
    both = union_all(after, before).cte("both_times")
    columns = [column for column in both.c if column.name != "change"]
    change = _total(both.c.change)
    return select(*columns, change.label("change")).group_by(*columns).having(change != 0)


def _total(number: ColumnElement[Any]) -> ColumnElement[int]:
    return cast(func.sum(number), BigInteger)
