"""Fields nested in other fields, named with dots: `context.traits.id`. A column with that very name takes precedence."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, FromClause, String, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import JSON, NullType, Text, TypeEngine

from sessionmodels.errors import SourceError, did_you_mean
from sessionmodels.settings import Settings

ROLES: Final = "id", "anonymous_id", "user_id", "event", "timestamp", "loaded_at"


class Struct(NullType):
    """A column with typed fields."""

    def __init__(self, fields: Mapping[str, TypeEngine[Any]] | None = None) -> None:
        """Store the fields."""
        super().__init__()
        self.fields = dict(fields or {})


class json_field(FunctionElement[str]):  # noqa: N801 - a word of SQL, read as a function
    """The value at a path in a JSON document, as text; null if there is none. For DuckDB's files."""

    name = "json_field"
    type = Text()
    inherit_cache = False

    def __init__(self, document: ColumnElement[Any], path: Iterable[str]) -> None:
        """Store the document and the path from its root."""
        super().__init__(document)
        self.path = tuple(path)


@compiles(json_field, "duckdb")
def _extracted(element: json_field, compiler: Any, **kw: Any) -> str:
    pointer = compiler.render_literal_value(_pointer(element.path), String())
    return f"JSON_EXTRACT_STRING({compiler.process(element.clauses, **kw)}, {pointer})"


class json_names(FunctionElement[str]):  # noqa: N801 - a word of SQL, read as a function
    """One row per name at a path in a JSON document. For DuckDB's files.

    It is not `func.unnest`, because BigQuery's dialect redefines that when it is imported.
    """

    name = "json_names"
    type = Text()
    inherit_cache = False

    def __init__(self, document: ColumnElement[Any], path: Iterable[str]) -> None:
        """Store the document and the path from its root."""
        super().__init__(document)
        self.path = tuple(path)


@compiles(json_names, "duckdb")
def _unnested(element: json_names, compiler: Any, **kw: Any) -> str:
    pointer = compiler.render_literal_value(_pointer(element.path), String())
    return f"UNNEST(JSON_KEYS({compiler.process(element.clauses, **kw)}, {pointer}))"


class struct_field(FunctionElement[Any]):  # noqa: N801 - a word of SQL, read as a function
    """A field of a struct column. For DuckDB's files."""

    name = "struct_field"
    inherit_cache = False

    def __init__(self, struct: ColumnElement[Any], field: str, kind: TypeEngine[Any]) -> None:
        """Store the column, the field's name and its type."""
        super().__init__(struct)
        self.field = field
        self.type = kind


@compiles(struct_field, "duckdb")
def _struct_extract(element: struct_field, compiler: Any, **kw: Any) -> str:
    field = compiler.render_literal_value(element.field, String())
    return f"STRUCT_EXTRACT({compiler.process(element.clauses, **kw)}, {field})"


def _pointer(path: Iterable[str]) -> str:
    return "".join(f"/{name.replace('~', '~0').replace('/', '~1')}" for name in path)


def dotted(names: Iterable[str], settings: Settings) -> dict[str, str]:
    """Return the configured column names with dots, each with its setting, except for existing columns of that very name."""
    known = {name.lower() for name in names}
    chosen = {f"{role}_column": getattr(settings, f"{role}_column") for role in ROLES}
    return {name: setting for setting, name in chosen.items() if name and "." in name and name.lower() not in known}


def roots(names: Iterable[str], settings: Settings) -> set[str]:
    """Return the columns that contain the fields named with dots."""
    known = list(names)
    return {root for name in dotted(known, settings) if (root := _alike(name.partition(".")[0], known)) is not None}


@dataclass(frozen=True)
class _Found:
    """The field found so far on the path of a name with dots."""

    element: ColumnElement[Any]
    spelt: tuple[str, ...]
    """The path as the file spells it."""


def nested_fields(connection: Connection, lines: FromClause, called: str, settings: Settings) -> list[ColumnElement[Any]]:
    """Return a column for each name with dots, labelled with that name.

    Raises:
        SourceError: there is no such field.
    """
    names = dotted((column.name for column in lines.c), settings)
    return [_resolved(connection, lines, name, setting, called).label(name) for name, setting in names.items()]


def _resolved(connection: Connection, lines: FromClause, name: str, setting: str, called: str) -> ColumnElement[Any]:
    root, *path = name.split(".")
    column = _alike(root, [one.name for one in lines.c])
    if column is None:
        raise _missing(name, [one.name for one in lines.c], setting, called, near=root)
    found = _Found(lines.c[column], (column,))
    for field in path:
        known = _fields(connection, lines, found)
        spelt = _alike(field, known)
        if spelt is None:
            raise _missing(name, [".".join((*found.spelt, one)) for one in known], setting, called)
        found = _Found(_inside(found.element, spelt), (*found.spelt, spelt))
    return found.element


def _inside(element: ColumnElement[Any], field: str) -> ColumnElement[Any]:
    if isinstance(element, json_field):
        (document,) = element.clauses
        return json_field(document, (*element.path, field))
    kind = element.type
    return struct_field(element, field, kind.fields[field]) if isinstance(kind, Struct) else json_field(element, (field,))


def _fields(connection: Connection, lines: FromClause, found: _Found) -> list[str]:
    """Return the names of all fields that the found field contains in any line."""
    element = found.element
    if isinstance(element.type, Struct):
        return sorted(element.type.fields)
    document, path = (next(iter(element.clauses)), element.path) if isinstance(element, json_field) else (element, ())
    if not isinstance(document.type, JSON):
        return []
    names = select(json_names(document, path).label("name")).select_from(lines).distinct()
    return sorted(connection.execute(names).scalars())


def _alike(name: str, known: Iterable[str]) -> str | None:
    """Return the name if it exists, else the only one that differs from it only in case."""
    names = list(known)
    alike = [one for one in names if one.lower() == name.lower()]
    return name if name in names else alike[0] if len(alike) == 1 else None


def _missing(name: str, known: list[str], setting: str, called: str, *, near: str = "") -> SourceError:
    return SourceError(f"{called} has no field {name!r} ({did_you_mean(near or name, known)}); set {setting} to the field's name")
