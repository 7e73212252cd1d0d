"""Times that are numbers: their columns, and the error if their unit is not set."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Float, FromClause, Integer, Numeric, select
from sqlalchemy.types import TypeEngine

from sessionmodels.errors import SourceError
from sessionmodels.settings import Settings
from sessionmodels.source.columns import LOAD_TIMES
from sessionmodels.sql.epoch import TITLES, in_unit, likely_unit


def in_units(
    columns: Mapping[str, TypeEngine[Any]], settings: Settings, *, text: bool = False, more: Iterable[str] = ()
) -> dict[str, TypeEngine[Any]]:
    """Return the columns' types, where times that are numbers have the setting's `epoch_unit`.

    With `text`, text is read as numbers, too. `more` are names of time columns besides those in the settings.
    """
    loaded = (settings.loaded_at_column,) if settings.loaded_at_column else LOAD_TIMES
    times = {name.lower() for name in (settings.timestamp_column, *loaded, *more)}
    unit = settings.epoch_unit
    return {name: in_unit(kind, unit, text=text) if name.lower() in times else kind for name, kind in columns.items()}


def refuse_unitless(connection: Connection, table: FromClause, called: str, settings: Settings) -> None:
    """Refuse a time that is a number of an unknown unit.

    Raises:
        SourceError: the time is such a number; the error suggests the unit.
    """
    name = settings.timestamp_column.lower()
    found = next((column for column in table.c if column.name.lower() == name), None)
    if found is None or settings.epoch_unit or not isinstance(found.type, Integer | Numeric | Float):
        return
    example = connection.execute(select(found).where(found.is_not(None)).limit(1)).scalar()
    instead = as_epoch(example) or "set epoch_unit (--epoch-unit) to s, ms or us, the unit in which it counts the time since 1970"
    msg = f"{called} has {found.name!r} as a number, such as {example}; {instead}"
    raise SourceError(msg)


def as_epoch(example: object) -> str | None:
    """Return what to set for a time that is a number, or None if it is not a number."""
    unit = likely_unit(example)
    if unit is None:
        return None
    return f"it looks like {TITLES[unit]} since 1970: set epoch_unit (--epoch-unit) to {unit}"
