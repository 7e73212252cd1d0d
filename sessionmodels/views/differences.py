"""Why the settings or the source ask for other views than the packaged ones: which setting, or which column."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Dialect, select
from sqlalchemy.types import TypeEngine

from sessionmodels.offline.documented import documented_source
from sessionmodels.offline.render import dialect_of
from sessionmodels.settings import Settings
from sessionmodels.settings.settings import defaults
from sessionmodels.source.clean import raw_events
from sessionmodels.source.columns import LOAD_TIMES, Source, assign_columns
from sessionmodels.source.database import as_table
from sessionmodels.views.freeze import Definitions
from sessionmodels.warehouses import warehouse_of
from sessionmodels.warehouses.statement import literal_text

NEVER_PACKAGED = frozenset({"tracks", "loaded_since"})
"""Settings that no packaged view can have: what they read is not the raw table, or not all of it."""


def differences(settings: Settings, dialect: str, source: Source | None) -> list[str]:
    """Return what differs from the defaults and from a source as RudderStack's loader makes it, where a view shows it."""
    return [*_of_settings(settings, dialect), *(_of_source(settings, dialect, source) if source and not settings.tracks else ())]


def _of_settings(settings: Settings, dialect: str) -> Iterator[str]:
    plain = defaults()
    packaged = Definitions(plain).written([dialect])
    for name in type(plain).model_fields:
        value = getattr(settings, name)
        if value == getattr(plain, name):
            continue
        if name in NEVER_PACKAGED or Definitions(plain.model_copy(update={name: value})).written([dialect]) != packaged:
            yield f"{name}={value!r} (by default {getattr(plain, name)!r})" if name != "kinds" else _about_kinds(value)


def _about_kinds(kinds: Mapping[str, str]) -> str:
    return ", ".join(f"kinds: {name} is a materialized view" for name, kind in kinds.items() if kind == "materialized_view")


def _of_source(settings: Settings, dialect: str, found: Source) -> Iterator[str]:
    """Yield each column that is read otherwise; one that is only of another type, and read the same, is left out."""
    sqlalchemy_dialect = dialect_of(warehouse_of(dialect))
    expected = documented_source(settings, warehouse_of(dialect))
    columns = {column.name: column.type for column in expected.table.c}
    as_packaged = _read(columns, settings, sqlalchemy_dialect)
    for part, column in expected.columns.items():
        other = found.columns.get(part)
        gone = LOAD_TIMES if part == "loaded_at" else (column.name,)
        changed = {name: kind for name, kind in columns.items() if name not in gone}
        if other is not None:
            changed[other.name] = other.type
        if other is None or _read(changed, settings, sqlalchemy_dialect) != as_packaged:
            yield _about_column(part, column, other, sqlalchemy_dialect)


def _read(columns: Mapping[str, TypeEngine[Any]], settings: Settings, dialect: Dialect) -> str:
    source = assign_columns(as_table(settings.source_table, None, columns.items()), settings.source_table, settings, dialect)
    return literal_text(select(raw_events(source)), dialect)


def _about_column(part: str, expected: Any, found: Any, dialect: Dialect) -> str:
    if found is None:
        return f"the source has no column {expected.name!r}"
    if found.name.lower() != expected.name.lower():
        role = "load time" if part == "loaded_at" else part
        return f"the {role} is read from the column {found.name!r}, not {expected.name!r}"
    kinds = (one.type.compile(dialect=dialect) for one in (found, expected))
    return "the column {!r} is {}, not {}".format(expected.name, *kinds)
