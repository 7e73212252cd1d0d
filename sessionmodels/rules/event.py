"""The columns of an event, and what a build notes beside them."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import ColumnElement, FromClause

VISITOR_IDS: Final = "anonymous_id", "user_id"
"""The ids of an event's device and user."""

IDS: Final = "event_id", *VISITOR_IDS
"""The ids of an event: its own, its device's and its user's."""

COLUMNS: Final = "event_id", "source", "anonymous_id", "user_id", "event", "timestamp", "loaded_at"
"""The columns that every event has, in order. After them come the columns of the context that its source has."""

REASON, RANK, CHANGE, IS_STORED_EVENT, WRITTEN_TIME, ANY_TIME, FAILED_CONDITION, IS_FORGOTTEN, VISITOR = MARKS = (
    *("reason", "duplicate_rank", "change", "is_event", "written_time", "any_time", "failed_condition", "is_forgotten"),
    "dbt_visitor_id",
)
"""What a build adds to a row, in this order: why it is rejected; its rank among the rows of its id; by how many the
number of equal rows changed; 1 if it was the event, 0 if a duplicate; its time as written; its time even if out of range; the
number of the first condition of the filter that it fails, 0 if none; 1 if one of its ids is to be forgotten, else 0; and its
visitor, if known already."""


def of_event(rows: FromClause) -> tuple[ColumnElement, ...]:
    """Return the columns of an event, given rows that hold nothing but events and marks."""
    return tuple(column for column in rows.c if column.name not in MARKS)


def context_of(rows: FromClause) -> tuple[ColumnElement, ...]:
    """Return the columns of an event's context, given rows that hold nothing but events and marks."""
    return tuple(column for column in of_event(rows) if column.name not in COLUMNS)


def event_columns(rows: FromClause) -> tuple[str, ...]:
    """Return the names of these columns."""
    return tuple(column.name for column in of_event(rows))


def chosen(rows: FromClause, names: Iterable[str]) -> tuple[ColumnElement, ...]:
    """Return the columns of these names."""
    return tuple(rows.c[name] for name in names)
