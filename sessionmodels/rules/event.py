"""The columns of an event: those that the models read, and those that a build retains besides."""

from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, FromClause, or_

from sessionmodels.sql.instant import instant

IDS: Final = "event_id", "anonymous_id", "user_id"
"""The ids of an event: its own, its device's and its user's."""

COLUMNS: Final = *IDS, "event", "timestamp"
"""The columns of an event, in order."""


def of_event(rows: FromClause) -> tuple[ColumnElement, ...]:
    """Return the columns of an event that the models read."""
    return tuple(rows.c[name] for name in COLUMNS)


def of_row(rows: FromClause) -> tuple[ColumnElement, ...]:
    """Return the columns of an event and its load time."""
    return *of_event(rows), rows.c.loaded_at


def is_in_window(rows: FromClause, low: datetime) -> ColumnElement[bool]:
    """Whether a row is in the window that is read again: loaded from that moment on, or without a load time."""
    return or_(rows.c.loaded_at >= instant(low), rows.c.loaded_at.is_(None))
