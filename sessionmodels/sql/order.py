"""Sort keys that leave no tie to chance, put nulls in one place on every engine, and the one frame in use."""

from typing import Any, Final

from sqlalchemy import ColumnElement, Text

from sessionmodels.sql.text import by_code_point

RUNNING: Final[Any] = (None, 0)
"""From the first row to this one, by rows. Always written, since engines differ in the frame that they take unasked."""


def nulls_last(column: ColumnElement[Any]) -> tuple[ColumnElement[Any], ...]:
    """Order by a column that may be null: whether it is first, since Redshift knows no `NULLS LAST` inside a window."""
    return column.is_(None), _key(column)


def visit_order(tracks: Any, *, unique_ids: bool) -> tuple[ColumnElement[Any], ...]:
    """Order a visitor's events: by time, then by id; where ids are not unique, then by the columns that are left."""
    by_time_and_id = tracks.c.timestamp, by_code_point(tracks.c.event_id)
    if unique_ids:
        return by_time_and_id
    return *by_time_and_id, *nulls_last(tracks.c.event), *nulls_last(tracks.c.anonymous_id)


def _key(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return by_code_point(column) if isinstance(column.type, Text) else column
