"""What an event consists of: the columns that the models read, and those that a build keeps of a raw row besides."""

from typing import Final

from sqlalchemy import ColumnElement, FromClause

IDS: Final = "event_id", "anonymous_id", "user_id"
"""The ids of an event: its own, the device's and the user's."""

COLUMNS: Final = *IDS, "event", "timestamp"
"""The columns of an event, in order."""


def of_event(rows: FromClause) -> tuple[ColumnElement, ...]:
    """Return the columns of an event, as the models read them."""
    return tuple(rows.c[name] for name in COLUMNS)


def of_row(rows: FromClause) -> tuple[ColumnElement, ...]:
    """Return the columns of an event and when it was loaded."""
    return *of_event(rows), rows.c.loaded_at
