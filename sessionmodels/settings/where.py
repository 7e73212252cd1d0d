"""The filter of raw rows: plain conditions that must all hold, or in Python an expression of SQLAlchemy."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Final, Self, TypeAlias

from pydantic import BeforeValidator, PlainSerializer
from sqlalchemy import ColumnElement, SelectBase, TableClause
from sqlalchemy.sql.visitors import iterate

from sessionmodels.errors import did_you_mean
from sessionmodels.errors.redaction import quiet, shown

BARE: Final = "is null", "is not null"
LISTS: Final = "in", "not in"
TEXTS: Final = "starts with", "not starts with", "contains", "not contains"
OPERATORS: Final = ("=", "!=", "<", "<=", ">", ">=", *LISTS, *BARE, *TEXTS)
EXAMPLE: Final = "{'column': 'context_ip', 'operator': '!=', 'value': '10.0.0.1'}"
Plain: TypeAlias = str | bool | int | float


@dataclass(frozen=True)
class Condition:
    """A column of the source, an operator, and the value that it is compared with."""

    column: str
    operator: str
    value: Plain | tuple[Plain, ...] | None = None

    def __str__(self) -> str:
        """Return the condition as people write it."""
        values = self.value if isinstance(self.value, tuple) else (self.value,)
        return f"{self.column} {self.operator} {', '.join(str(one) for one in values if one is not None)}".rstrip()

    @classmethod
    def of(cls, given: Any) -> Self:
        """Return the condition that a table of `column`, `operator` and `value` states.

        Raises:
            ValueError: it is no condition.
        """
        if not isinstance(given, Mapping) or not given.keys() <= {"column", "operator", "value"} or "column" not in given:
            msg = f"expected a condition such as {EXAMPLE}, got {shown(given)}"
            raise ValueError(msg)
        column, operator, value = (given.get(name) for name in ("column", "operator", "value"))
        operator = str(operator).lower()
        if operator not in OPERATORS:
            msg = f"there is no operator {quiet(operator)!r}; {did_you_mean(operator, OPERATORS)}"
            raise ValueError(msg)
        return cls(str(column), operator, _value(str(column), operator, value))


def _value(column: str, operator: str, value: Any) -> Any:
    found = tuple(map(_plain, value)) if isinstance(value, list | tuple) else _plain(value)
    wanted, is_right = _wanted(operator)
    if not is_right(found):
        msg = f"{column!r} {operator} takes {wanted}, got {shown(value)}"
        raise ValueError(msg)
    return found


def _wanted(operator: str) -> tuple[str, Callable[[Any], bool]]:
    """Return in words what an operator takes, and whether a value is that."""
    if operator in BARE:
        return "no value", lambda value: value is None
    if operator in LISTS:
        return "a list of values", lambda value: isinstance(value, tuple) and bool(value) and all(map(_is_plain, value))
    if operator in TEXTS:
        return "a text", lambda value: isinstance(value, str) and bool(value)
    return "a value", _is_plain


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | bool | int | float)


class Where:
    """What a raw row must satisfy. An expression names columns by `sqlalchemy.column(name)`."""

    def __init__(self, conditions: Sequence[Condition] = (), expression: ColumnElement[bool] | None = None) -> None:
        """Store the conditions, or the expression."""
        self.conditions, self.expression = tuple(conditions), expression

    def __bool__(self) -> bool:
        """Whether anything is filtered."""
        return bool(self.conditions) or self.expression is not None

    def __eq__(self, other: object) -> bool:
        """Whether both are the same conditions. Two expressions are equal if they are one: `==` makes another expression."""
        return isinstance(other, Where) and self.conditions == other.conditions and self.expression is other.expression

    def __hash__(self) -> int:
        """Return a hash of the conditions."""
        return hash((self.conditions, id(self.expression)))

    def __repr__(self) -> str:
        """Return the conditions as they are written."""
        return str(self.plain)

    @property
    def plain(self) -> Any:
        """The conditions as they are written: as data, or as the text of an expression."""
        if self.expression is not None:
            return str(self.expression)
        return [{name: value for name, value in vars(one).items() if value is not None} for one in self.conditions]

    @property
    def in_words(self) -> str:
        """The conditions for people."""
        if self.expression is not None:
            return str(self.expression)
        return " and ".join(map(_in_words, self.conditions))


def _in_words(condition: Condition) -> str:
    value = list(condition.value) if isinstance(condition.value, tuple) else condition.value
    words = f"`{condition.column}` {condition.operator}"
    return words if condition.operator in BARE else f"{words} {value!r}"


def _plain(value: Any) -> Any:
    """Return a time or a decimal number of Python or TOML as it is written."""
    return value.isoformat() if isinstance(value, date) else str(value) if isinstance(value, Decimal) else value


def _of_names_only(expression: ColumnElement[bool]) -> ColumnElement[bool]:
    """Refuse tables and subqueries: a row passes by its own columns, so that an incremental build finds out what changed."""
    for part in iterate(expression):
        if isinstance(part, TableClause | SelectBase) or getattr(part, "table", None) is not None:
            msg = "the expression reads a table; name columns by sqlalchemy.column('name'), without tables or subqueries"
            raise ValueError(msg)
    return expression


def where_of(given: Any) -> Where:
    """Return the filter that a setting states.

    Raises:
        ValueError: it is none.
    """
    if isinstance(given, Where):
        return given
    if isinstance(given, ColumnElement):
        return Where(expression=_of_names_only(given))
    if isinstance(given, str):  # in the environment, as JSON; the library decodes only what it knows to be a list
        with suppress(ValueError):
            given = json.loads(given)
    if not isinstance(given, list | tuple):
        msg = f"expected a list of conditions such as [{EXAMPLE}], got {shown(given)}"
        raise ValueError(msg)  # noqa: TRY004 - the library reports a ValueError, not a TypeError
    return Where([Condition.of(one) for one in given])


if TYPE_CHECKING:  # the setting accepts more types than it stores
    Filter = Where | ColumnElement[bool] | Sequence[Mapping[str, Any]]
else:
    Filter = Annotated[Any, BeforeValidator(where_of), PlainSerializer(repr, return_type=str)]
