"""Finds the field of a raw export that a warehouse's column is named after: `context.page.url` for `context_page_url`."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, func
from sqlalchemy.types import JSON, Text

from sessionmodels.settings import Settings
from sessionmodels.source.nested import Struct, json_field, struct_field
from sessionmodels.source.where import columns_of
from sessionmodels.sql.text import as_text

ROOTS: Final = "context", "properties"
"""The fields of a line in which loaders find the columns beside an event's own."""


def exported_columns(lines: FromClause, settings: Settings) -> list[ColumnElement[Any]]:
    """Return a column for each one that the context or the filter names and that the lines lack, if a field holds it."""
    known = {column.name.lower() for column in lines.c}
    named = (*(name for names in settings.context.values() for name in names), *columns_of(settings.row_filter))
    wanted = (name for name in dict.fromkeys(named) if name.lower() not in known)
    found = ((name, list(_fields(lines, name))) for name in wanted)
    return [
        (fields[0] if len(fields) == 1 else func.coalesce(*fields, type_=Text())).label(name) for name, fields in found if fields
    ]


def _fields(lines: FromClause, name: str) -> Iterator[ColumnElement[Any]]:
    root, paths = _paths(name)
    if root in lines.c:
        for path in paths:
            field = _field(lines.c[root], path)
            if field is not None:
                yield as_text(field)


def _paths(name: str) -> tuple[str, list[tuple[str, ...]]]:
    """Return the field that a column is inside, and the paths to it there: a loader writes both `.` and capitals as `_`."""
    first, *rest = name.split("_")
    if first != ROOTS[0] or not rest:
        return ROOTS[1], list(dict.fromkeys([(name,), (_camel(name.split("_")),)]))
    return ROOTS[0], list(
        dict.fromkeys([tuple(rest), (_camel(rest),), (rest[0], _camel(rest[1:]))] if rest[1:] else [tuple(rest)])
    )


def _camel(words: Sequence[str]) -> str:
    return "".join([words[0], *(word.title() for word in words[1:])])


def _field(root: ColumnElement[Any], path: Sequence[str]) -> ColumnElement[Any] | None:
    if isinstance(root.type, JSON):
        return json_field(root, path)
    for name in path:
        kind = root.type
        if not isinstance(kind, Struct) or name not in kind.fields:
            return None
        root = struct_field(root, name, kind.fields[name])
    return root
