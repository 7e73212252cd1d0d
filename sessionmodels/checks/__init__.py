"""Checks of the relations, as a build left them: what each model declares, and what its rows say of each other."""

from sessionmodels.checks import (
    events,
    events_in_order,
    ids,
    sessions,
    sessions_in_order,
    sessions_of_events,
    sessions_of_visitors,
)
from sessionmodels.checks.check import Check
from sessionmodels.checks.declared import not_null, unique
from sessionmodels.models import MODELS

_FILES = events, events_in_order, sessions, sessions_in_order, sessions_of_events, sessions_of_visitors, ids

DECLARED: tuple[Check, ...] = tuple(one for model in MODELS.values() for one in (unique(model), *not_null(model)))
"""What follows from `key=` and `not_null=` of each model."""

RULES: tuple[Check, ...] = tuple(one for file in _FILES for one in vars(file).values() if isinstance(one, Check))
"""What the contract promises about the rows, each check in the file of the rows that it looks at."""

CHECKS: dict[str, Check] = {one.name: one for one in (*DECLARED, *RULES)}
