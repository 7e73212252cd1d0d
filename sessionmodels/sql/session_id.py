"""The id of a session."""

from typing import Any

from sqlalchemy import ColumnElement

from sessionmodels.sql.text import as_text


def session_id(number: ColumnElement[int], visitor: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return `'<number> - <visitor>'`.

    The result is cast to text again, because each warehouse derives its own width for concatenated text.
    """
    return as_text(as_text(number) + " - " + visitor)
