"""Whether two values differ, nulls included."""

from typing import Any

from sqlalchemy import ColumnElement, or_


def differ(one: ColumnElement[Any], other: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return whether two values differ; two nulls do not. Redshift has no `IS DISTINCT FROM`.

    It is true or not true, for conditions only: for two nulls it is null.
    """
    return or_(one != other, one.is_(None) != other.is_(None))
