"""Columns with nearly the right name: it differs only in case and separators, such as `userId` for `user_id`."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause

from sessionmodels.errors import SourceError
from sessionmodels.settings import Settings

ALSO: Final[Mapping[str, tuple[str, ...]]] = {"id": ("message_id",)}
"""Other common names by role. A column with such a name is not used, but suggested."""


def refuse_near(
    missing: Mapping[str, Iterable[str]], table: FromClause, called: str, used: Iterable[ColumnElement[Any]], settings: Settings
) -> None:
    """Refuse a source that lacks a column but has one with nearly its name. Otherwise its values would silently be null.

    Args:
        missing: the roles without a column, each with the names that were tried.
        table: the source.
        called: its name, for the message.
        used: the columns that have other roles.
        settings: those of the source.

    Raises:
        SourceError: there is such a column; the message names each one and the setting to set.
    """
    free = [column.name for column in table.c if not any(column is one for one in used)]
    near = {role: _alike(names, ALSO.get(role, ()), free) for role, names in missing.items()}
    found = [(role, next(iter(missing[role])), names) for role, names in near.items() if names]
    if found:
        has = ", ".join(f"no column {name!r} but {' and '.join(map(repr, names))}" for _, name, names in found)
        named = ", ".join(f"{settings.spelt(f'{role}_column')}={names[0]!r}" for role, _, names in found)
        flags = " ".join(f"--{role.replace('_', '-')}-column {names[0]}" for role, _, names in found)
        msg = f"{called} has {has}; set {named}" + ("" if settings.in_source else f" ({flags})")
        raise SourceError(msg)


def _alike(names: Iterable[str], also: Iterable[str], columns: Iterable[str]) -> list[str]:
    """Return the columns with nearly one of the tried names, or with another common name.

    A column with exactly a tried name is not among them: it was found and ruled out before.
    """
    exact = {name.lower() for name in names}
    wanted = {_letters(name) for name in (*exact, *also)}
    return [column for column in columns if _letters(column) in wanted and column.lower() not in exact]


def _letters(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()
