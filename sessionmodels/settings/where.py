"""The filter of raw rows: plain conditions that must all hold, or in Python an expression of SQLAlchemy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, Self, TypeAlias

from pydantic import BeforeValidator, PlainSerializer
from sqlalchemy import ColumnElement

from sessionmodels.errors import did_you_mean
from sessionmodels.errors.redaction import quiet, shown

BARE: Final = "is null", "is not null"
LISTS: Final = "in", "not in"
OPERATORS: Final = ("=", "!=", "<", "<=", ">", ">=", *LISTS, *BARE, "starts with")
EXAMPLE: Final = "{'column': 'context_ip', 'operator': '!=', 'value': '10.0.0.1'}"
Plain: TypeAlias = str | bool | int | float


@dataclass(frozen=True)
class Condition:
    """A column of the source, an operator, and the value that it is compared with."""

    column: str
    operator: str
    value: Plain | tuple[Plain, ...] | None = None

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
        if operator not in OPERATORS:
            msg = f"there is no operator {quiet(str(operator))!r}; {did_you_mean(str(operator), OPERATORS)}"
            raise ValueError(msg)
        return cls(str(column), operator, _value(str(column), operator, value))


def _value(column: str, operator: str, value: Any) -> Any:
    is_list = isinstance(value, list | tuple)
    if operator in BARE and value is None:
        return None
    if operator in LISTS and is_list and value and all(isinstance(one, str | bool | int | float) for one in value):
        return tuple(value)
    is_plain = isinstance(value, str) or (isinstance(value, bool | int | float) and operator != "starts with")
    if operator not in (*BARE, *LISTS) and is_plain:
        return value
    wanted = "no value" if operator in BARE else "a list of values" if operator in LISTS else "a value"
    msg = f"{column!r} {operator} takes {wanted}, got {shown(value)}"
    raise ValueError(msg)


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
        if self.expression is not None:
            return str(self.expression)
        return str([{name: value for name, value in vars(one).items() if value is not None} for one in self.conditions])


def _where(given: Any) -> Where:
    if isinstance(given, Where):
        return given
    if isinstance(given, ColumnElement):
        return Where(expression=given)
    if not isinstance(given, list | tuple):
        msg = f"expected a list of conditions such as [{EXAMPLE}], got {shown(given)}"
        raise ValueError(msg)  # noqa: TRY004 - the library reports a ValueError, not a TypeError
    return Where([Condition.of(one) for one in given])


if TYPE_CHECKING:  # the setting accepts more types than it stores
    Filter = Where | ColumnElement[bool] | Sequence[Mapping[str, Any]]
else:
    Filter = Annotated[Any, BeforeValidator(_where), PlainSerializer(repr, return_type=str)]
