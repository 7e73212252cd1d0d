"""The columns of a source: which were found, which are missing, and which have another type than a loader gives them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import ColumnElement, Date, DateTime, Dialect, Float, Integer, Numeric, String

from sessionmodels.settings import Settings
from sessionmodels.source.columns import LOAD_TIMES, TEXTS, TIMES, Source, type_name
from sessionmodels.sql.epoch import TITLES, Epoch
from sessionmodels.sql.instant import has_zones
from sessionmodels.sql.to_utc import can_be_instant, is_zoned

SERVERS: Final = LOAD_TIMES[-1]
"""The column with the time at which the loader's server received the event, which is before it was loaded."""

LIKE_LOAD_TIMES: Final = "load", "sync", "ingest", "insert", "uuid_ts"
"""Parts of the names of columns that probably hold a load time, such as `_fivetran_synced`."""


@dataclass(frozen=True)
class FoundColumn:
    """A column that an event is read from, or that was not found."""

    role: str
    """What it holds: `id`, `anonymous_id`, `user_id`, `event`, `timestamp`, `loaded_at`, or a column of the context."""

    column: str | None
    """Its name in the source; None if there is none."""

    type: str
    """Its type, as the warehouse spells it."""

    remark: str = ""
    """How it is read, unless that goes without saying."""

    is_odd: bool = False
    """Whether it is missing, or of another type than a loader gives it."""

    @property
    def is_receipt(self) -> bool:
        """Whether it is the load time, but says when a server received the event."""
        return self.role == "loaded_at" and (self.column or "").lower() == SERVERS


def found_columns(source: Source, settings: Settings, dialect: Dialect) -> Iterator[FoundColumn]:
    """Yield each column that the events of a source are read from. The settings are those of the source."""
    for role in (*TEXTS, *TIMES):
        column = source.columns.get(role)
        if column is None:
            yield FoundColumn(role, None, "", _why_missing(role, source), is_odd=role != "event" or source.event_name is None)
            continue
        found = FoundColumn(role, _name(column), type_name(column, dialect) or "unknown")
        remark = (_of_time if role in TIMES else _of_text)(column, dialect)
        if found.is_receipt:
            remark = "when it was received, which is before it was loaded"
        yield replace(found, remark=remark, is_odd=bool(remark))
    for name in settings.context:
        for column in source.context.get(name, ()):
            yield FoundColumn(name, _name(column), type_name(column, dialect) or "unknown")


def missing_context(source: Source, settings: Settings) -> tuple[str, ...]:
    """Return the columns of the context that a source does not fill."""
    return tuple(name for name in settings.context if name not in source.context)


def zoneless(source: Source, dialect: Dialect) -> tuple[str, ...]:
    """Return the columns with a time without a zone, where a loader writes times with one."""
    return tuple(_name(one) for role in TIMES if (one := source.columns.get(role)) is not None and _lacks_zone(one, dialect))


def likely_load_times(source: Source) -> tuple[str, ...]:
    """Return the columns that probably hold a load time, if the source has none under a known name."""
    if source.has_load_times:
        return ()
    times = (one for one in source.table.c if can_be_instant(one) and not isinstance(one.type, String))
    return tuple(one.name for one in times if any(part in one.name.lower() for part in LIKE_LOAD_TIMES))


def _name(column: Any) -> str:
    return column.name


def _why_missing(role: str, source: Source) -> str:
    if role == "event":
        return f"none is needed: each event has the name {source.event_name!r}"
    return "missing; incremental builds need it" if role == "loaded_at" else "missing; read as null"


def _of_text(column: ColumnElement[Any], _dialect: Dialect) -> str:
    kind = column.type
    if isinstance(kind, String):
        return ""
    if isinstance(kind, Float):
        return "numbers, read as text; 7.0 is read as 7"
    return "numbers, read as text" if isinstance(kind, Integer | Numeric) else "read as text"


def _of_time(column: ColumnElement[Any], dialect: Dialect) -> str:
    kind = column.type
    if isinstance(kind, Epoch):
        return f"read as {TITLES[kind.unit]} since 1970"
    if isinstance(kind, String):
        return "text, read as a time; UTC unless it has an offset"
    if isinstance(kind, Date):
        return "a date, read as its midnight in UTC"
    return "without a time zone, read as UTC" if _lacks_zone(column, dialect) else ""


def _lacks_zone(column: ColumnElement[Any], dialect: Dialect) -> bool:
    """Whether a time has no zone although the warehouse has times with one: on BigQuery, a `DATETIME` and no `TIMESTAMP`."""
    kind = column.type
    if is_zoned(column) or isinstance(kind, String | Date | Epoch) or not can_be_instant(column):
        return False
    return has_zones(dialect) or (isinstance(kind, DateTime) and kind.__visit_name__ == "DATETIME")
