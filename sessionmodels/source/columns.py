"""Assigns columns of the raw table to roles. Columns are found by name, whatever their case."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any, Final
from typing import cast as typed

from sqlalchemy import TIMESTAMP, ColumnElement, Date, Dialect, FromClause, cast
from sqlalchemy import column as sql_column
from sqlalchemy.exc import DBAPIError, UnsupportedCompilationError
from sqlalchemy.types import NullType

from sessionmodels.errors import BuildError, SourceError, did_you_mean
from sessionmodels.settings import Settings
from sessionmodels.settings.one_source import TRACKS, event_name_of
from sessionmodels.source.near import refuse_near
from sessionmodels.source.where import bound
from sessionmodels.sql.instant import has_zones
from sessionmodels.sql.to_utc import can_be_instant, is_zoned, utc

TEXTS: Final = "id", "anonymous_id", "user_id", "event"
TIMES: Final = "timestamp", "loaded_at"
OPTIONAL: Final = "anonymous_id", "user_id"
REQUIRED: Final = "id", "timestamp", "event"
LOAD_TIMES: Final = "uuid_ts", "loaded_at", "received_at"
"""The columns in which loaders write the load time. The first that exists is used."""


@dataclass(frozen=True)
class Source:
    """The raw table to select from, and the role of each of its columns."""

    table: FromClause
    columns: Mapping[str, ColumnElement[Any]]
    """By role: `id`, `anonymous_id`, `user_id`, `event`, `timestamp`, `loaded_at`. A role without a column is absent."""

    context: Mapping[str, Sequence[ColumnElement[Any]]] = field(default_factory=dict)
    """By column of the context, the columns that it is read from: the first that is not null. One without any is absent."""

    name: str = "tracks"
    """What its events are marked with as their `source`."""

    where: tuple[ColumnElement[bool], ...] = ()
    """The conditions that a row must satisfy, if rows are filtered."""

    event_name: str | None = None
    """The name of its events, where no column has one."""

    zoned: bool = False
    """Whether results hold times with a zone, because a time of the source has one."""

    is_table: bool = False
    """Whether it is known to be a table. Files, and views of files, may change between two statements of a transaction."""

    since: datetime | None = None
    """If set, only rows loaded then or later are read."""

    window: datetime | None = None
    """If set, of these rows only those that were loaded then or later, or have no load time, are read."""

    only: ColumnElement[bool] | None = None
    """If set, a condition on the raw columns. Rows that do not satisfy it are treated as if they did not exist."""

    window_role: str = "loaded_at"
    """The role of the column that `window` limits. For a source without load times, it can be the time of the event."""

    skipped: "Source | None" = None
    """The lines of a raw export that are not events. The type of each line takes the place of the event's name."""

    read_by_others: frozenset[str] = frozenset()
    """The types of such lines that other sources read in the same files."""

    why_unreadable: Callable[[], SourceError | None] = lambda: None
    """Inspects the files after an error and returns what cannot be read in them."""

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Replace an error in reading the source by our own message, if an inspection finds the cause.

        Raises:
            SourceError: the cause was found.
        """
        try:
            yield
        except (DBAPIError, BuildError) as error:
            if found := self.why_unreadable():
                raise found from error
            raise

    def windowed(self, start: datetime) -> "Source":
        """Return the same source, limited to rows loaded from that moment on and rows without a load time."""
        return replace(self, window=start, skipped=self.skipped and self.skipped.windowed(start))

    @property
    def has_load_times(self) -> bool:
        """Whether a column holds load times."""
        return "loaded_at" in self.columns

    @property
    def filled(self) -> frozenset[str]:
        """Which of the columns that a source may lack (ids and context) this one fills."""
        return frozenset(self.context) | (self.columns.keys() & set(OPTIONAL))

    @property
    def taken_as_null(self) -> tuple[str, ...]:
        """The optional id columns that the table lacks, because no event has had one yet."""
        return tuple(role for role in OPTIONAL if role not in self.columns)


def assign_columns(table: FromClause, called: str, settings: Settings, dialect: Dialect) -> Source:
    """Find the column of each role by its name. The settings are those of one source.

    Raises:
        SourceError: a required column is missing, a name matches two columns, or a time has a type that is not a time.
    """
    find = partial(find_column, table, called=called, in_source=settings.in_source)
    named = {role: find(getattr(settings, f"{role}_column")) for role in (*TEXTS, "timestamp")}
    columns = {role: column for role, column in named.items() if column is not None}
    event_name = _event_name(settings)
    if _replaces_event(settings):
        columns.pop("event", None)
    loaded_at = _load_time(table, called, settings, dialect)
    columns |= {} if loaded_at is None else {"loaded_at": loaded_at}
    required = tuple(role for role in REQUIRED if role != "event" or event_name is None)
    if "event" in columns and "event_name" not in settings.own:
        event_name = None
    refuse_near(_missing(columns, settings, required), table, called, columns.values(), settings)
    _refuse_missing(columns, table, called, settings, required)
    _refuse_no_time(columns["timestamp"], called, dialect, settings)
    _refuse_date(columns["timestamp"], called, dialect, settings)
    since = typed("datetime | None", settings.loaded_since)
    if since and "loaded_at" not in columns:
        setting = settings.spelt("loaded_at_column")
        msg = f"{called} has no column that says when a row was loaded; set {setting} to one, or remove loaded_since"
        raise SourceError(msg)
    zoned = not has_zones(dialect) or any(is_zoned(columns[role]) for role in TIMES if role in columns)
    where = bound(settings.row_filter, find)
    found = _context(table, called, settings)
    return Source(table, columns, found, settings.source_name, where, event_name, zoned=zoned, since=since)


def _event_name(settings: Settings) -> str | None:
    """Return the name of a source's events where no column has one. A column that the source itself names must exist."""
    if "event_name" in settings.own:
        return settings.own["event_name"]
    has_own = settings.source_name == TRACKS or "event_column" in settings.own
    return None if has_own else event_name_of(settings.source_name)


def _replaces_event(settings: Settings) -> bool:
    """Whether a source's constant takes the place of the column with the event's name, even if there is one."""
    return "event_name" in settings.own and "event_column" not in settings.own


def _context(table: FromClause, called: str, settings: Settings) -> dict[str, list[ColumnElement[Any]]]:
    """Return the columns that each column of the context is read from, without those that have none."""
    find = partial(find_column, table, called=called, in_source=settings.in_source)
    named = {name: map(find, columns) for name, columns in settings.context.items()}
    found = {name: [column for column in columns if column is not None] for name, columns in named.items()}
    return {name: columns for name, columns in found.items() if columns}


def _load_time(table: FromClause, called: str, settings: Settings, dialect: Dialect) -> ColumnElement[Any] | None:
    """Return the configured column, which must be a time, or the first load time column that is a time."""
    if settings.loaded_at_column:
        column = find_column(table, settings.loaded_at_column, called, settings.in_source)
        if column is not None:
            _refuse_no_time(column, called, dialect, settings)
        return column
    found = (find_column(table, name, called, settings.in_source) for name in LOAD_TIMES)
    return next((column for column in found if column is not None and _is_time(column, dialect)), None)


def find_column(table: FromClause, name: str, called: str, in_source: str = "") -> ColumnElement[Any] | None:
    """Return the column of that name, whatever its case; None if there is none. `in_source` ends the name of a setting.

    Raises:
        SourceError: two columns differ only in case.
    """
    if name in table.c:
        return table.c[name]
    alike = [column for column in table.c if column.name.lower() == name.lower()]
    if len(alike) > 1:
        spelt = ", ".join(repr(column.name) for column in alike)
        setting = f"that column's setting{in_source}"
        msg = f"{called} has {spelt} for the column {name!r}; write the exact name of one of them in {setting}"
        raise SourceError(msg)
    return alike[0] if alike else None


def _missing(columns: Mapping[str, Any], settings: Settings, required: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Return the roles that lack a column, each with the names that were tried."""
    others = {"loaded_at": LOAD_TIMES}
    roles = (role for role in (*TEXTS, *TIMES) if role not in columns and (role != "event" or role in required))
    return {role: (*filter(None, [getattr(settings, f"{role}_column")]), *others.get(role, ())) for role in roles}


def _refuse_missing(
    columns: Mapping[str, Any], table: FromClause, called: str, settings: Settings, required: Collection[str]
) -> None:
    # An optional column may be missing, but not if it was set explicitly: that is a typing error.
    named = [role for role in (*OPTIONAL, "loaded_at") if getattr(settings, f"{role}_column") and _was_set(role, settings)]
    for role in (*required, *named):
        if role not in columns:
            setting = f"{role}_column"
            name = getattr(settings, setting)
            hint = did_you_mean(name, (column.name for column in table.c))
            msg = f"{called} has no column {name!r} ({hint}); set {settings.spelt(setting)} to the column's name"
            raise SourceError(msg)
    if not any(role in columns for role in OPTIONAL):
        missing = " nor ".join(repr(getattr(settings, f"{role}_column")) for role in OPTIONAL)
        either = " or ".join(settings.spelt(f"{role}_column") for role in OPTIONAL)
        msg = f"{called} has neither {missing}, so no event has a visitor; set {either}"
        raise SourceError(msg)


def _was_set(role: str, settings: Settings) -> bool:
    return f"{role}_column" in settings.model_fields_set


def _refuse_no_time(column: ColumnElement[Any], called: str, dialect: Dialect, settings: Settings) -> None:
    if not _is_time(column, dialect):
        found = type_name(column, dialect) or "a type"
        msg = (
            f"{called} has {getattr(column, 'name', '')!r} as {found}, which is not read as a time on {dialect.name}; "
            f"create a view that casts it to a timestamp and set {settings.spelt('source_table')} to the view, or export it as a"
            " timestamp"
        )
        raise SourceError(msg)


def _refuse_date(column: ColumnElement[Any], called: str, dialect: Dialect, settings: Settings) -> None:
    """Refuse a date as the time of events: all events of a day would be at midnight, in one session."""
    if isinstance(column.type, Date):
        name = getattr(column, "name", "")
        cast_to = cast(sql_column(name, column.type), TIMESTAMP()).compile(dialect=dialect)
        msg = (
            f"{called} has {name!r} as a DATE, which has no time of day, so that all events of a day would happen at midnight;"
            f" set {settings.spelt('timestamp_column')} to a column that has the time; or, if midnight is intended, create a view"
            f" with {cast_to} in its place and set {settings.spelt('source_table')} to it"
        )
        raise SourceError(msg)


def type_name(column: ColumnElement[Any], dialect: Dialect) -> str:
    """Return a column's type as the warehouse spells it, or an empty text if SQLAlchemy does not know the type."""
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
