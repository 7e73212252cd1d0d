"""Which column of the raw table plays which part. Columns are found by name, whatever their case."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from typing import cast as typed

from sqlalchemy import TIMESTAMP, ColumnElement, Date, Dialect, FromClause, cast
from sqlalchemy import column as sql_column
from sqlalchemy.exc import DBAPIError, UnsupportedCompilationError
from sqlalchemy.types import NullType

from sessionmodels.errors import BuildError, SourceError, did_you_mean
from sessionmodels.settings import Settings
from sessionmodels.source.near import refuse_near
from sessionmodels.sql.to_utc import can_be_instant, utc

TEXTS: Final = "id", "anonymous_id", "user_id", "event"
TIMES: Final = "timestamp", "loaded_at"
OPTIONAL: Final = "anonymous_id", "user_id"
REQUIRED: Final = "id", "timestamp", "event"
LOAD_TIMES: Final = "uuid_ts", "loaded_at", "received_at"
"""Where loaders write when they loaded a row; the first that is there is used."""


@dataclass(frozen=True)
class Source:
    """The raw table as it stands: what to select from, and which of its columns plays which part."""

    table: FromClause
    columns: Mapping[str, ColumnElement[Any]]
    """By part (`id`, `anonymous_id`, `user_id`, `event`, `timestamp`, `loaded_at`); a part that the table lacks is missing."""

    since: datetime | None = None
    """Where set, only what was loaded then or later is read."""

    window: datetime | None = None
    """Where set, of those only what was loaded then or later, or nobody knows when."""

    skipped: "Source | None" = None
    """The lines of a raw export that are no events: of other types, each as the name of an event."""

    why_unreadable: Callable[[], SourceError | None] = lambda: None
    """Looks into the files, after an error, for what cannot be read in them."""

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Say in our own words why rows of the source cannot be read, where a look into it tells.

        Raises:
            SourceError: it does.
        """
        try:
            yield
        except (DBAPIError, BuildError) as error:
            if found := self.why_unreadable():
                raise found from error
            raise

    def windowed(self, start: datetime) -> "Source":
        """Return the same source, of which only what was loaded from that moment on is read, or nobody knows when."""
        return replace(self, window=start, skipped=self.skipped and self.skipped.windowed(start))

    @property
    def has_load_times(self) -> bool:
        """Whether a column says when a row was loaded."""
        return "loaded_at" in self.columns

    @property
    def taken_as_null(self) -> tuple[str, ...]:
        """The optional ids that the table lacks: nobody has sent one yet."""
        return tuple(part for part in OPTIONAL if part not in self.columns)


def assign_columns(table: FromClause, called: str, settings: Settings, dialect: Dialect) -> Source:
    """Give each part to the column of its name.

    Raises:
        SourceError: a required column is missing, a name fits two columns, or a time is of a type that is no time.
    """
    named = {part: _find(table, getattr(settings, f"{part}_column"), called) for part in (*TEXTS, "timestamp")}
    columns = {part: column for part, column in named.items() if column is not None}
    loaded_at = _load_time(table, called, settings, dialect)
    columns |= {} if loaded_at is None else {"loaded_at": loaded_at}
    refuse_near(_missing(columns, settings), table, called, columns.values())
    _refuse_missing(columns, table, called, settings)
    _refuse_no_time(columns["timestamp"], called, dialect)
    _refuse_date(columns["timestamp"], called, dialect)
    since = typed("datetime | None", settings.loaded_since)
    if since and "loaded_at" not in columns:
        msg = f"{called} has no column that says when a row was loaded; set loaded_at_column to one, or leave out loaded_since"
        raise SourceError(msg)
    return Source(table, columns, since)


def _load_time(table: FromClause, called: str, settings: Settings, dialect: Dialect) -> ColumnElement[Any] | None:
    """Return the named column, which must be a time, or the first that a loader writes and that is one."""
    if settings.loaded_at_column:
        column = _find(table, settings.loaded_at_column, called)
        if column is not None:
            _refuse_no_time(column, called, dialect)
        return column
    found = (_find(table, name, called) for name in LOAD_TIMES)
    return next((column for column in found if column is not None and _is_time(column, dialect)), None)


def _find(table: FromClause, name: str, called: str) -> ColumnElement[Any] | None:
    if name in table.c:
        return table.c[name]
    alike = [column for column in table.c if column.name.lower() == name.lower()]
    if len(alike) > 1:
        spelt = ", ".join(repr(column.name) for column in alike)
        msg = f"{called} has {spelt} for the column {name!r}; name the one that is meant in the setting of that column"
        raise SourceError(msg)
    return alike[0] if alike else None


def _missing(columns: Mapping[str, Any], settings: Settings) -> dict[str, tuple[str, ...]]:
    """Return the parts that no column has, each with the names that it was looked for under."""
    others = {"loaded_at": LOAD_TIMES}
    parts = (part for part in (*TEXTS, *TIMES) if part not in columns)
    return {part: (*filter(None, [getattr(settings, f"{part}_column")]), *others.get(part, ())) for part in parts}


def _refuse_missing(columns: Mapping[str, Any], table: FromClause, called: str, settings: Settings) -> None:
    # An optional column may be missing, but not one that somebody took the trouble to name: that is a slip of the pen.
    named = [part for part in (*OPTIONAL, "loaded_at") if getattr(settings, f"{part}_column") and _was_set(part, settings)]
    for part in (*REQUIRED, *named):
        if part not in columns:
            setting = f"{part}_column"
            name = getattr(settings, setting)
            hint = did_you_mean(name, (column.name for column in table.c))
            msg = f"{called} has no column {name!r} ({hint}); set {setting} to the column's name"
            raise SourceError(msg)
    if not any(part in columns for part in OPTIONAL):
        missing = " nor ".join(repr(getattr(settings, f"{part}_column")) for part in OPTIONAL)
        msg = f"{called} has neither {missing}, so no event belongs to anybody; set anonymous_id_column or user_id_column"
        raise SourceError(msg)


def _was_set(part: str, settings: Settings) -> bool:
    return f"{part}_column" in settings.model_fields_set


def _refuse_no_time(column: ColumnElement[Any], called: str, dialect: Dialect) -> None:
    if not _is_time(column, dialect):
        found = _type_name(column, dialect) or "a type"
        msg = (
            f"{called} has {getattr(column, 'name', '')!r} as {found}, which is not read as a time on {dialect.name}; "
            "make a view that casts it to a timestamp and set source_table to it, or export it as a timestamp"
        )
        raise SourceError(msg)


def _refuse_date(column: ColumnElement[Any], called: str, dialect: Dialect) -> None:
    """Refuse a date for the time of events: all of a day would be at midnight, and in one session."""
    if isinstance(column.type, Date):
        name = getattr(column, "name", "")
        written = sql_column(name, column.type)
        msg = (
            f"{called} has {name!r} as a DATE, which has no time of day, so that all events of a day would happen at midnight;"
            " set timestamp_column to a column that has the time; or, if midnight is meant, make a view with"
            f" {cast(written, TIMESTAMP()).compile(dialect=dialect)} in its place and set source_table to it"
        )
        raise SourceError(msg)


def _type_name(column: ColumnElement[Any], dialect: Dialect) -> str:
    """Return a column's type as the warehouse spells it; empty where SQLAlchemy does not know it."""
    if isinstance(column.type, NullType):
        return ""
    try:
        return column.type.compile(dialect=dialect)
    except UnsupportedCompilationError:
        return type(column.type).__name__.upper()


def _is_time(column: ColumnElement[Any], dialect: Dialect) -> bool:
    try:
        utc(column).compile(dialect=dialect)
    except UnsupportedCompilationError:
        return False
    return can_be_instant(column)
