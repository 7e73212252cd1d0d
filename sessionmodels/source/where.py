"""The filter of raw rows, bound to the columns of one source. A column that the source lacks is null there."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ColumnClause, ColumnElement, Float, FromClause, Numeric, String, and_, cast, func, null, or_
from sqlalchemy.sql.sqltypes import Integer, NullType
from sqlalchemy.sql.visitors import replacement_traverse
from sqlalchemy.types import TypeEngine

from sessionmodels.errors import SourceError, did_you_mean
from sessionmodels.settings.where import BARE, LISTS, TEXTS, Condition, Where
from sessionmodels.sql.instant import instant
from sessionmodels.sql.text import as_text, by_code_point
from sessionmodels.sql.to_utc import can_be_instant, utc

Find = Callable[[str], ColumnElement[Any] | None]
"""Returns a source's column by its name."""

COMPARISONS = {
    "=": lambda column, value: column == value,
    "!=": lambda column, value: column != value,
    "<": lambda column, value: column < value,
    "<=": lambda column, value: column <= value,
    ">": lambda column, value: column > value,
    ">=": lambda column, value: column >= value,
}


def bound(where: Where, find: Find) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that a row of a source must satisfy: none if nothing is filtered.

    Raises:
        SourceError: a condition compares a column with a value of another kind.
    """
    if where.expression is not None:
        return (_bound_expression(where.expression, find),)
    return tuple(_holds(one, find(one.column)) for one in where.conditions)


def columns_of(where: Where) -> tuple[str, ...]:
    """Return the names of the columns that are compared."""
    if where.expression is None:
        return tuple(dict.fromkeys(one.column for one in where.conditions))
    names: list[str] = []
    _bound_expression(where.expression, lambda name: names.append(name))  # noqa: PLW0108 - a list's method returns nothing
    return tuple(dict.fromkeys(names))


def _bound_expression(expression: ColumnElement[bool], find: Find) -> ColumnElement[bool]:
    def replaced(element: Any, **_more: Any) -> Any:
        if isinstance(element, ColumnClause) and not element.is_literal:
            column = find(element.name)
            return _null_of(element.type) if column is None else column
        return None

    return replacement_traverse(expression, {}, replaced)


def _null_of(kind: TypeEngine[Any]) -> ColumnElement[Any]:
    """Return null in the type that the expression says, if it says one: some warehouses choose functions by it."""
    return null() if isinstance(kind, NullType) else cast(null(), kind)


def _holds(condition: Condition, column: ColumnElement[Any] | None) -> ColumnElement[bool]:
    """Return the condition. It is never null: a row without a value differs from any value, and is not less nor greater."""
    if column is None:
        column = as_text(null())
    if condition.operator in BARE:
        return column.is_(None) if condition.operator == "is null" else column.is_not(None)
    values = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    pairs = [_comparable(condition, column, value) for value in values]
    comparable = pairs[0][0]
    found = [value for _, value in pairs]
    if condition.operator in TEXTS:
        matches = _matches(condition.operator.removeprefix("not "), comparable, str(values[0]))
        is_not = condition.operator.startswith("not ")
        return or_(comparable.is_(None), ~matches) if is_not else and_(comparable.is_not(None), matches)
    if condition.operator in LISTS:
        is_in = comparable.in_(found)
        return and_(comparable.is_not(None), is_in) if condition.operator == "in" else or_(comparable.is_(None), ~is_in)
    compared = COMPARISONS[condition.operator](comparable, found[0])
    return or_(comparable.is_(None), compared) if condition.operator == "!=" else and_(comparable.is_not(None), compared)


def _matches(operator: str, text: ColumnElement[Any], value: str) -> ColumnElement[bool]:
    """Whether a text starts with another one, or contains it, case included. `LIKE` would need characters to be escaped."""
    return func.substr(text, 1, len(value)) == value if operator == "starts with" else func.replace(text, value, "") != text


def _comparable(condition: Condition, column: ColumnElement[Any], value: Any) -> tuple[ColumnElement[Any], Any]:
    """Return a column and a value in types that can be compared on every warehouse."""
    kind, is_text = column.type, condition.operator in TEXTS
    if isinstance(kind, Boolean) and not is_text:
        return column, _read(condition, "true or false", lambda: {"true": True, "false": False}[str(value).lower()])
    if isinstance(kind, Integer | Numeric | Float) and not is_text:
        return column, _read(condition, "a number", lambda: _number(value))
    if can_be_instant(column) and not isinstance(kind, String) and not is_text:
        moment = _read(condition, "a time such as 2026-01-31T12:00Z", lambda: datetime.fromisoformat(str(value)))
        return utc(column), instant(moment)
    text = as_text(column)
    if condition.operator in COMPARISONS and condition.operator not in {"=", "!="}:
        if isinstance(value, int | float):
            msg = f"where: {condition.column!r} is text and cannot be {condition.operator} a number; make a view that casts it"
            raise SourceError(msg)
        return by_code_point(text), value
    return text, str(value).lower() if isinstance(value, bool) else str(value)


def _number(value: Any) -> int | float:
    if isinstance(value, bool):
        raise ValueError  # noqa: TRY004 - the message is the caller's
    return value if isinstance(value, int | float) else int(value) if value.lstrip("-").isdigit() else float(value)


def _read(condition: Condition, wanted: str, read: Callable[[], Any]) -> Any:
    try:
        return read()
    except (ValueError, KeyError):
        msg = f"where: {condition.column!r} is compared with {condition.value!r}, and takes {wanted}"
    raise SourceError(msg)


def refuse_unknown(where: Where, tables: Sequence[FromClause]) -> None:
    """Refuse a filter by a column that no source has, which is a typing error.

    Raises:
        SourceError: there is such a column.
    """
    known = {column.name for table in tables for column in table.c}
    lower = {name.lower() for name in known}
    for name in columns_of(where):
        if name.lower() not in lower:
            msg = f"where: no source has a column {name!r} ({did_you_mean(name, known)}); correct the condition, or remove it"
            raise SourceError(msg)
