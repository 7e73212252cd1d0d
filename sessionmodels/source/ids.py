"""Ids as text. A blank is no id, and neither is one that the setting `ignored_ids` names."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Float, case

from sessionmodels.sql.text import as_text, blank_as_null, number_as_text


def typed_text(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return a column of any type as text."""
    return number_as_text(column) if isinstance(column.type, Float) else as_text(column)


def as_id(text: ColumnElement[Any], ignored: Sequence[str]) -> ColumnElement[Any]:
    """Return the text, or null if it is blank or ignored."""
    known = blank_as_null(text)
    return case((text.not_in(ignored), known)) if ignored else known
