"""Whether two values differ, nulls included."""

from typing import Any

from sqlalchemy import ColumnElement, or_


def differ(one: ColumnElement[Any], other: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return whether two values differ; two nulls do not. Redshift has no `IS DISTINCT FROM`.

    Use it only as a condition: for two nulls the result is null, which a condition does not accept.
    """
    return or_(one != other, one.is_(None) != other.is_(None))
