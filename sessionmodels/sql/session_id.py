"""What a session is called."""

from typing import Any

from sqlalchemy import ColumnElement

from sessionmodels.sql.text import as_text


def session_id(number: ColumnElement[int], visitor: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return `'<number> - <visitor>'`.

    As text once more: what joined texts make is of a width that each warehouse finds for itself.
    """
    return as_text(as_text(number) + " - " + visitor)
