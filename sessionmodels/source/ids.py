"""Ids as text. A blank is no id, and neither is one that the setting `ignored_ids` names."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Float, case

from sessionmodels.sql.keyed_hash import keyed_hash
from sessionmodels.sql.text import as_text, blank_as_null, is_too_long, number_as_text


def typed_text(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return a column of any type as text."""
    return number_as_text(column) if isinstance(column.type, Float) else as_text(column)


def as_visitor_id(text: ColumnElement[Any], ignored: Sequence[str], *, hash_ids: bool) -> ColumnElement[Any]:
    """Return the id of a device, a user or a visitor, with `hash_ids` its keyed hash. One that is too long stays too long."""
    known = as_id(text, ignored)
    return case((is_too_long(known), known), else_=keyed_hash(known)) if hash_ids else known


def as_id(text: ColumnElement[Any], ignored: Sequence[str]) -> ColumnElement[Any]:
    """Return the text, or null if it is blank or ignored."""
    known = blank_as_null(text)
    return case((text.not_in(ignored), known)) if ignored else known
