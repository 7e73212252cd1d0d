"""Which settings or source columns lead to other views than the packaged ones."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Dialect, select
from sqlalchemy.types import TypeEngine

from sessionmodels.offline.documented import documented_stream
from sessionmodels.settings import Settings
from sessionmodels.settings.settings import defaults
from sessionmodels.source.columns import LOAD_TIMES, Source, assign_columns
from sessionmodels.source.database import as_table
from sessionmodels.source.raw import raw_events
from sessionmodels.source.stream import Stream
from sessionmodels.views.freeze import Definitions
from sessionmodels.warehouses import warehouse_of
from sessionmodels.warehouses.render import dialect_of
from sessionmodels.warehouses.statement import literal_text

NEVER_PACKAGED = frozenset({"tracks", "loaded_since"})
"""Settings that no packaged view supports: with them, a view does not read the whole raw table."""


def why_not_packaged(settings: Settings, dialect: str, source: Stream | None) -> list[str]:
    """Return the differences to the defaults and to a source as RudderStack's loader creates it, if they change a view."""
    return [*_of_settings(settings, dialect), *_of_stream(settings, dialect, source)]


def _of_settings(settings: Settings, dialect: str) -> Iterator[str]:
    plain = defaults()
    packaged = Definitions(plain).written([dialect])
    for name in type(plain).model_fields:
        value = getattr(settings, name)
        if value == getattr(plain, name):
            continue
        never = name in NEVER_PACKAGED or (name == "sources" and settings.all_files)
        if never or Definitions(plain.model_copy(update={name: value})).written([dialect]) != packaged:
            yield f"{name}={value!r} (by default {getattr(plain, name)!r})" if name != "kinds" else _about_kinds(value)


def _about_kinds(kinds: Mapping[str, str]) -> str:
    return ", ".join(f"kinds: {name} is a materialized view" for name, kind in kinds.items() if kind == "materialized_view")


def _of_stream(settings: Settings, dialect: str, stream: Stream | None) -> Iterator[str]:
    """Yield the differences of the only source. Several sources are one of the settings."""
    if stream and not stream.several and not settings.all_files:
        yield from _of_source(settings, dialect, stream.first)


def _of_source(settings: Settings, dialect: str, found: Source) -> Iterator[str]:
    """Yield each column that is read differently. A column with another type that is read the same is not listed."""
    sqlalchemy_dialect = dialect_of(warehouse_of(dialect))
    expected = documented_stream(settings, warehouse_of(dialect)).first
    columns = {column.name: column.type for column in expected.table.c}
    as_packaged = _read(columns, settings, sqlalchemy_dialect)
    for role, column in expected.columns.items():
        other = found.columns.get(role)
        gone = LOAD_TIMES if role == "loaded_at" else (column.name,)
        changed = {name: kind for name, kind in columns.items() if name not in gone}
        if other is not None:
            changed[other.name] = other.type
        if other is None or _read(changed, settings, sqlalchemy_dialect) != as_packaged:
            yield _about_column(role, column, other, sqlalchemy_dialect)


def _read(columns: Mapping[str, TypeEngine[Any]], settings: Settings, dialect: Dialect) -> str:
    source = assign_columns(as_table(settings.source_table, None, columns.items()), settings.source_table, settings, dialect)
    return literal_text(select(raw_events(Stream.of([source], settings))), dialect)


def _about_column(role: str, expected: Any, found: Any, dialect: Dialect) -> str:
    if found is None:
        return f"the source has no column {expected.name!r}"
    if found.name.lower() != expected.name.lower():
        title = "load time" if role == "loaded_at" else role
        return f"the {title} is read from the column {found.name!r}, not {expected.name!r}"
    kinds = (one.type.compile(dialect=dialect) for one in (found, expected))
    return "the column {!r} is {}, not {}".format(expected.name, *kinds)
