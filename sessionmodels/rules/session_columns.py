"""Columns of a session that users define: the first or last value of a column of the context, or a sum or extreme of numbers."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final, Literal, NamedTuple
from typing import cast as typed

from sqlalchemy import ColumnElement, FromClause, cast, func, null

from sessionmodels.sql.number import Number, as_number
from sessionmodels.sql.text import as_text
from sessionmodels.sql.value_at import Which

Total = Literal["sum", "min", "max"]

FUNCTIONS: Final = "first", "last", "sum", "min", "max"


class SessionColumn(NamedTuple):
    """What a column holds: a function of the values that one column of the context has in the session."""

    function: Which | Total
    column: str

    @property
    def is_number(self) -> bool:
        """Whether it is computed from numbers. The others are texts."""
        return self.function not in {"first", "last"}


def parse_session_column(expression: str) -> SessionColumn | None:
    """Return the column that an expression such as `sum(revenue)` defines; None if it cannot be parsed."""
    found = re.fullmatch(rf"\s*({'|'.join(FUNCTIONS)})\(\s*(\w+)\s*\)\s*", expression)
    return SessionColumn(typed("Which | Total", found[1]), found[2]) if found else None


def totals(events: FromClause, session_columns: Mapping[str, str], filled: Collection[str]) -> Iterator[ColumnElement[Any]]:
    """Yield the columns that are computed from numbers, as aggregates of the session's events."""
    for name, expression in session_columns.items():
        found = parse_session_column(expression)
        if found and found.is_number and found.column in filled:
            yield cast(getattr(func, found.function)(as_number(events.c[found.column])), Number).label(name)


def own_values(counted: FromClause, session_columns: Mapping[str, str]) -> Iterator[ColumnElement[Any]]:
    """Yield all columns in their order, null where they were not computed."""
    for name, expression in session_columns.items():
        found = parse_session_column(expression)
        if name in counted.c:
            yield counted.c[name]
        else:
            yield (cast(null(), Number) if found and found.is_number else as_text(null())).label(name)


def describe_session_column(expression: str) -> str:
    """Return the description of the column that an expression defines."""
    found = parse_session_column(expression)
    if found is None:
        return ""
    if not found.is_number:
        return f"`{found.column}` of its {found.function} event that has one."
    what = {"sum": "the sum", "min": "the smallest", "max": "the largest"}[found.function]
    return f"{what} of the numbers in `{found.column}` of its events; null if there is none."
