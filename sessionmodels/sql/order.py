"""Sort keys without ties, with nulls in the same place on every engine, and the window frame of running values."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Text

from sessionmodels.sql.text import by_code_point

RUNNING: Final[Any] = (None, 0)
"""From the first row to this one, by rows. It is always written, because engines have different default frames."""


def nulls_last(column: ColumnElement[Any]) -> tuple[ColumnElement[Any], ...]:
    """Order by a column with nulls last. Whether it is null is a key of its own: Redshift has no `NULLS LAST` in windows."""
    return column.is_(None), _key(column)


def visit_order(tracks: Any, *, unique_ids: bool, context: Sequence[str] = ()) -> tuple[ColumnElement[Any], ...]:
    """Order a visitor's events by time, then by id, and if ids are not unique, by the remaining columns."""
    by_time_and_id = tracks.c.timestamp, by_code_point(tracks.c.event_id)
    if unique_ids:
        return by_time_and_id
    names = "event", "anonymous_id", "user_id", "loaded_at", "source", *context
    others = (tracks.c[name] for name in names)
    return *by_time_and_id, *(key for column in others for key in nulls_last(column))


def _key(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return by_code_point(column) if isinstance(column.type, Text) else column
