"""Validators of settings about facts of a session."""

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import AfterValidator, ValidationInfo

from sessionmodels.errors import did_you_mean
from sessionmodels.errors.redaction import quiet
from sessionmodels.models.sessions import OWN_COLUMNS
from sessionmodels.rules.session_columns import FUNCTIONS, parse_session_column
from sessionmodels.settings.values import Name, Value, refuse_no_column_name

MAX_ENGAGED_SECONDS: Final = 1_000_000


def _session_columns(value: dict[str, str], info: ValidationInfo) -> dict[str, str]:
    counters, context = (info.data.get(name) for name in ("event_counters", "context"))
    taken = dict.fromkeys(OWN_COLUMNS, "one of the table's own columns")
    taken |= {name.lower(): "a counter" for name in counters or ()}
    for name, word in value.items():
        refuse_no_column_name(name, "revenue")
        if name.lower() in taken:
            msg = f"{name!r} is used twice: it is already {taken[name.lower()]}; give the column another name"
            raise ValueError(msg)
        if context is not None:  # a wrong context has an error of its own
            _refuse_unknown(name, word, context)
        taken[name.lower()] = "a session column (column names ignore case)"
    return value


def _refuse_unknown(name: str, expression: str, context: Mapping[str, object]) -> None:
    found = parse_session_column(expression)
    if found is None:
        functions = ", ".join(f"{one}(…)" for one in FUNCTIONS)
        msg = f"{name!r} is {quiet(expression)!r}, none of {functions} of a column of the context; write it like 'sum(revenue)'"
        raise ValueError(msg)
    if found.column not in context:
        hint = did_you_mean(found.column, context)
        column = f"the setting context has no column {found.column!r} ({hint})"
        msg = f"{name!r} is {expression!r}, and {column}; write one that it has, or add it there"
        raise ValueError(msg)


SessionColumns = Annotated[dict[str, Name], AfterValidator(_session_columns)]
EventNames = list[Value]
