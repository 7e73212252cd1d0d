"""The columns of an event, and whether its row is in the window that is read again."""

from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, FromClause, or_

from sessionmodels.sql.instant import instant

IDS: Final = "event_id", "anonymous_id", "user_id"
"""The ids of an event: its own, its device's and its user's."""

COLUMNS: Final = "event_id", "source", "anonymous_id", "user_id", "event", "timestamp", "loaded_at"
"""The columns of an event, in order."""


def of_event(rows: FromClause) -> tuple[ColumnElement, ...]:
    """Return the columns of an event."""
    return tuple(rows.c[name] for name in COLUMNS)


def is_in_window(rows: FromClause, low: datetime) -> ColumnElement[bool]:
    """Whether a row is in the window that is read again: loaded from that moment on, or without a load time."""
    return or_(rows.c.loaded_at >= instant(low, rows.c.loaded_at), rows.c.loaded_at.is_(None))
