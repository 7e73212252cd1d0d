"""The table of builds of a prefix. A build's row is inserted when it starts and updated in the transaction of its results."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final, Literal, get_origin

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Double,
    Executable,
    MetaData,
    Table,
    and_,
    func,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.schema import CreateTable
from sqlalchemy.types import TypeEngine

from sessionmodels.errors import TargetError
from sessionmodels.model import Kind
from sessionmodels.sql.instant import Instant, as_utc, instant
from sessionmodels.sql.text import LongText
from sessionmodels.state.watermark import Watermark
from sessionmodels.warehouses.catalogue import Catalogue
from sessionmodels.warehouses.locks.lock import Place
from sessionmodels.warehouses.statement import Statement

NAME: Final = "sessionmodels_builds"
LONGEST_ERROR: Final = 4000

STATE_VERSION: Final = 4
"""The version of the stored state that incremental builds continue from. If it changes, the next build is a full one."""

Mode = Literal["full", "incremental", "part", "nothing", "audit", "forget"]
Outcome = Literal["running", "done", "failed"]
Changed = Literal["nothing", "some", "all"]


@dataclass(frozen=True)
class Build:
    """One build, as recorded in its row."""

    build: str
    """The build's token, which distinguishes its shadow tables from those of other builds."""

    number: int
    """Numbers the builds of a prefix."""

    table_prefix: str
    mode: Mode
    """`full`, `incremental`, `part` if only some relations were selected, `audit` for an audit without new rows, or `forget` if
    people were removed from the results."""

    reason: str
    """Why it was not incremental although that was requested."""

    outcome: str
    """`running` (killed, if no build holds the lock), `done` or `failed`."""

    changed: str
    """What readers see of its results: `nothing`, `some` relations, or `all`."""

    started_at: datetime
    package_version: str
    idle_minutes: int
    """The longest pause within a session."""

    fingerprint: str
    """A hash of the settings, the source's columns and the package's definitions."""

    forgotten: int | None = None
    """The number of entries of the list of forgotten people that the results are without; null if there was no list."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """The settings that decide what must hold of the rows and which columns there are, for those who read the rows later."""

    source: str = ""
    """The source: a table with its schema, or files."""

    granted_to: tuple[str, ...] = ()
    """The roles that were granted SELECT on the results and on this table."""

    view_definitions: Mapping[str, str] = field(default_factory=dict)
    """By relation, a hash of the view's definition in the catalogue."""

    column_types: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By relation, a table's columns and types in the catalogue. The removed duplicates are one of them."""

    finished_at: datetime | None = None
    watermark: datetime | None = None
    """The latest load time in the source, never in the future; of several sources the earliest such time."""

    watermarks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By source, its latest load time (`at`), the load time from which the next incremental build reads it again (`reads_since`),
    the number of raw rows from then on, and a sum over their load times. If both are unchanged, no rows were added."""

    sources: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By source, the rows that were read, kept, removed as duplicates and excluded by reason, and its latest load time."""

    kept_rows: int | None = None
    """The number of removed duplicates that are kept. Null if no incremental build can continue from this build."""

    events_read: int | None = None
    events_kept: int | None = None
    duplicates_removed: int | None = None
    left_out: Mapping[str, int] = field(default_factory=dict)
    """The number of excluded events by reason."""

    row_counts: Mapping[str, int] = field(default_factory=dict)
    """The number of rows by relation."""

    events_new: int | None = None
    late_events: int | None = None
    """The number of new events that were loaded more than the overlap after they happened."""

    late_by_minutes: float | None = None
    """The longest delay between a late event and its loading; null if no event was late."""

    visitors_touched: int | None = None
    sessions_renumbered: int | None = None
    visitors_audited: int | None = None
    """The number of visitors that were compared with a fresh computation."""

    rows_differing: int | None = None
    """The number of their rows that differed."""

    error: str | None = None

    @property
    def marks(self) -> dict[str, Watermark]:
        """The sources' watermarks."""
        return {name: Watermark.from_dict(plain) for name, plain in self.watermarks.items()}

    @property
    def complete_through(self) -> datetime | None:
        """The moment through which sessions are complete: only late events, or those of an SDK session, can join them."""
        return self.watermark and self.watermark - timedelta(minutes=self.idle_minutes)


_TYPES: Final[Mapping[Any, type[TypeEngine[Any]]]] = {
    Mode: LongText,
    str: LongText,
    str | None: LongText,
    int: BigInteger,
    int | None: BigInteger,
    float | None: Double,
    datetime: Instant,
    datetime | None: Instant,
    tuple[str, ...]: LongText,
    Mapping[str, Any]: LongText,
    Mapping[str, int]: LongText,
    Mapping[str, str]: LongText,
    Mapping[str, Mapping[str, str]]: LongText,
    Mapping[str, Mapping[str, Any]]: LongText,
}


_MAPPINGS: Final = {one.name for one in fields(Build) if get_origin(one.type) is Mapping}


@lru_cache(maxsize=32)
def _table(place: Place) -> Table:
    """Return the table, which nobody may change. An incremental build asks for it nine times, and makes it once."""
    columns = (Column(one.name, _TYPES[one.type]) for one in fields(Build))
    return Table(f"{NAME}_{place.prefix}", MetaData(), *columns, schema=place.schema)


class Builds:
    """The table of builds of one place: its statements and its queries."""

    kind: Kind = "table"

    def __init__(self, place: Place) -> None:
        """Store the place."""
        self.place = place
        self.table = _table(place)

    def exists(self, catalogue: Catalogue) -> bool:
        """Whether the table exists.

        Raises:
            TargetError: a view has its name.
        """
        kind = catalogue.kind(self.table.name, self.place.schema)
        if kind == "view":
            msg = f"{self.table.fullname} is a view, where the table of builds belongs; drop it, or set another table_prefix"
            raise TargetError(msg)
        return kind == "table"

    def missing(self, catalogue: Catalogue) -> list[Column[Any]]:
        """Return the columns that the table lacks, because another version of this package created it."""
        found = {name.lower() for name in catalogue.columns(self.table.name, self.place.schema)}
        # If the catalogue shows no columns, it cannot show any: the table certainly has some.
        return [column for column in self.table.c if found and column.name not in found]

    def is_readable(self, catalogue: Catalogue) -> bool:
        """Whether the table exists and has every column."""
        return self.exists(catalogue) and not self.missing(catalogue)

    def add_column(self, column: Column[Any]) -> Executable:
        """Return the statement that adds a column."""
        return Statement("ALTER TABLE {table} ADD COLUMN {column} {kind}", table=self.table, column=column, kind=column.type)

    def create(self) -> Executable:
        """Return the statement that creates the table."""
        return CreateTable(self.table)

    def insert(self, build: Build) -> Executable:
        """Return the statement that inserts a build's row."""
        return insert(self.table).values({name: _serialized(value) for name, value in asdict(build).items() if value is not None})

    def update(self, build: str, **values: Any) -> Executable:
        """Return the statement that updates a build's row while it is running. A finished row never changes."""
        serialized = {name: _serialized(value) for name, value in values.items()}
        return update(self.table).where(self.table.c.build == build, self.table.c.outcome == "running").values(serialized)

    def next_number(self, connection: Connection) -> int:
        """Return the number of the next build."""
        return (connection.execute(select(func.max(self.table.c.number))).scalar_one() or 0) + 1

    def last_visible(self, connection: Connection) -> Build | None:
        """Return the last build whose results readers see, at least in part."""
        found = self._latest().where(self.table.c.changed != "nothing").limit(literal_column("1"))
        return next(iter(self._read(connection, found)), None)

    def last_if_readable(self, connection: Connection, catalogue: Catalogue) -> Build | None:
        """Return the last build whose results readers see. None if another version of this package created the table."""
        return self.last_visible(connection) if self.is_readable(catalogue) else None

    def visible(self, connection: Connection) -> list[Build]:
        """Return the builds whose results readers have seen, even in part, the latest first."""
        return self._read(connection, self._latest().where(self.table.c.changed != "nothing"))

    def since_last_whole(self, connection: Connection) -> list[Build]:
        """Return the completed builds from the last one of all relations on, the latest first."""
        return self._since_last_whole(connection, self.table.c.changed == "all")

    def standing(self, connection: Connection) -> list[Build]:
        """Return the builds of which readers may still see rows, also one that stopped midway, the latest first."""
        return self._since_last_whole(connection, self.table.c.changed != "nothing")

    def last(self, connection: Connection, count: int) -> list[Build]:
        """Return the last builds, the latest first."""
        return self._read(connection, self._latest().limit(literal_column(str(count))))

    def unfinished(self, connection: Connection) -> list[Build]:
        """Return the builds that have not ended, the latest first. For the holder of the lock, these were killed."""
        return self._read(connection, self._latest().where(self.table.c.outcome == "running"))

    def _since_last_whole(self, connection: Connection, is_visible: ColumnElement[bool]) -> list[Build]:
        is_whole = and_(self.table.c.changed == "all", self.table.c.mode != "part")
        last_whole = select(func.coalesce(func.max(self.table.c.number), 0)).where(is_whole)
        return self._read(connection, self._latest().where(is_visible, self.table.c.number >= last_whole.scalar_subquery()))

    def _latest(self) -> Any:
        return select(self.table).order_by(self.table.c.number.desc())

    def _read(self, connection: Connection, found: Any) -> list[Build]:
        return [
            Build(**{name: _deserialized(name, value) for name, value in row.items()})
            for row in connection.execute(found).mappings()
        ]


def _serialized(value: Any) -> Any:
    if isinstance(value, datetime):
        return instant(value)
    return json.dumps(value) if isinstance(value, Mapping | tuple) else value


def _deserialized(name: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return as_utc(value)
    if name == "granted_to":
        return tuple(json.loads(value or "[]"))
    return json.loads(value or "{}") if name in _MAPPINGS else value
