"""Columns that are nearly there: called as a part is, but for case and separators, as `userId` is for `user_id`."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause

from sessionmodels.errors import SourceError

ALSO: Final[Mapping[str, tuple[str, ...]]] = {"id": ("message_id",)}
"""By part, what others call it. No column is looked for under these names: one that bears them is proposed."""


def refuse_near(missing: Mapping[str, Iterable[str]], table: FromClause, called: str, used: Iterable[ColumnElement[Any]]) -> None:
    """Refuse a source in which a part is missing while a column nearly has its name: taken as null, it would go unnoticed.

    Args:
        missing: the parts that no column has, each with the names that it is looked for under.
        table: the source.
        called: its name, for the message.
        used: the columns that are other parts.

    Raises:
        SourceError: there is such a column; it names each, and the setting to set.
    """
    free = [column.name for column in table.c if not any(column is one for one in used)]
    near = {part: _alike(names, ALSO.get(part, ()), free) for part, names in missing.items()}
    found = [(part, next(iter(missing[part])), names) for part, names in near.items() if names]
    if found:
        has = ", ".join(f"no column {name!r} but {' and '.join(map(repr, names))}" for _, name, names in found)
        settings = ", ".join(f"{part}_column={names[0]!r}" for part, _, names in found)
        flags = " ".join(f"--{part.replace('_', '-')}-column {names[0]}" for part, _, names in found)
        msg = f"{called} has {has}; set {settings} ({flags})"
        raise SourceError(msg)


def _alike(names: Iterable[str], also: Iterable[str], columns: Iterable[str]) -> list[str]:
    """Return the columns that have nearly one of the names that were looked for, or one of the others.

    A column that has exactly a name that was looked for is none of them: it was looked at, and passed over.
    """
    exact = {name.lower() for name in names}
    wanted = {_letters(name) for name in (*exact, *also)}
    return [column for column in columns if _letters(column) in wanted and column.lower() not in exact]


def _letters(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()
