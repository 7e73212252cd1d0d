"""The table of builds of a prefix: a row each, written when it begins, and again when it ends together with its rows."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any, Final, Literal, get_origin

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Double,
    Executable,
    MetaData,
    Table,
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
from sessionmodels.warehouses.catalogue import Catalogue
from sessionmodels.warehouses.locks.lock import Place
from sessionmodels.warehouses.statement import Statement

NAME: Final = "sessionmodels_builds"
LONGEST_ERROR: Final = 4000

Mode = Literal["full", "incremental", "part", "nothing", "audit"]
Outcome = Literal["running", "done", "failed"]
Changed = Literal["nothing", "some", "all"]


@dataclass(frozen=True)
class Build:
    """One build, as its row tells it."""

    build: str
    """What it called itself: tells its tables beside the real names from those of others."""

    number: int
    """Counts the builds of a prefix."""

    table_prefix: str
    mode: Mode
    """`full`, `incremental`, `part` where only some relations were selected, or `audit` where nothing had come."""

    reason: str
    """Why it was not incremental, where that was asked for."""

    outcome: str
    """`running` (or killed, where nobody holds the lock), `done` or `failed`."""

    changed: str
    """What readers see of it: `nothing`, `some` relations, or `all`."""

    started_at: datetime
    package_version: str
    idle_minutes: int
    """What a session's longest pause was."""

    fingerprint: str
    """Tells the settings, the source's columns and the package's definitions from any others."""

    source: str = ""
    """Which table the source was, by its schema, or which files."""

    granted_to: tuple[str, ...] = ()
    """Who was granted the right to read the results, this table among them."""

    view_definitions: Mapping[str, str] = field(default_factory=dict)
    """By relation, what tells the definition of a view, as the catalogue had it, from any other."""

    column_types: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By relation, the columns of a table and their types, as the catalogue had them; the retained events as `tracks`."""

    finished_at: datetime | None = None
    watermark: datetime | None = None
    """The latest load time that was seen; never in the future."""

    reads_since: datetime | None = None
    """From which load time on the next incremental build reads again."""

    window_rows: int | None = None
    """How many raw rows the source had from there on, and a sum over their load times: where both are the same, nothing came."""

    window_sum: int | None = None
    kept_rows: int | None = None
    """How many raw rows are kept for the next incremental build; null where none can continue from this one."""

    events_read: int | None = None
    events_kept: int | None = None
    duplicates_removed: int | None = None
    left_out: Mapping[str, int] = field(default_factory=dict)
    """Events by the reason for which they are left out."""

    row_counts: Mapping[str, int] = field(default_factory=dict)
    """Rows by relation."""

    events_new: int | None = None
    late_events: int | None = None
    """New events that were loaded later than the overlap after they happened."""

    late_by_minutes: float | None = None
    """How long after it happened the latest of the late events was loaded; null where none was late."""

    visitors_touched: int | None = None
    sessions_renumbered: int | None = None
    visitors_audited: int | None = None
    """How many visitors were compared with a fresh computation."""

    rows_differing: int | None = None
    """Rows of theirs that differed."""

    error: str | None = None

    @property
    def complete_through(self) -> datetime | None:
        """The moment through which sessions are complete but for late events: nothing on time can still join them."""
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
    Mapping[str, int]: LongText,
    Mapping[str, str]: LongText,
    Mapping[str, Mapping[str, str]]: LongText,
}


_MAPPINGS: Final = {one.name for one in fields(Build) if get_origin(one.type) is Mapping}


class Builds:
    """The table of builds of one place, as statements and as what they answer."""

    kind: Kind = "table"

    def __init__(self, place: Place) -> None:
        """Take whose builds are meant."""
        columns = (Column(one.name, _TYPES[one.type]) for one in fields(Build))
        self.place = place
        self.table = Table(f"{NAME}_{place.prefix}", MetaData(), *columns, schema=place.schema)

    def is_there(self, catalogue: Catalogue) -> bool:
        """Whether a build has made it.

        Raises:
            TargetError: what stands there is no table of ours.
        """
        kind = catalogue.kind(self.table.name, self.place.schema)
        if kind == "view":
            msg = f"{self.table.fullname} is a view, where builds are written down; drop it, or set another table_prefix"
            raise TargetError(msg)
        return kind == "table"

    def missing(self, catalogue: Catalogue) -> list[Column[Any]]:
        """Return the columns that another version of this package has not made."""
        found = {name.lower() for name in catalogue.columns(self.table.name, self.place.schema)}
        # Where the catalogue tells of none, it does not tell: the table is ours, and has some.
        return [column for column in self.table.c if found and column.name not in found]

    def add(self, column: Column[Any]) -> Executable:
        """Return what adds a column."""
        return Statement("ALTER TABLE {table} ADD COLUMN {column} {kind}", table=self.table, column=column, kind=column.type)

    def make(self) -> Executable:
        """Return what makes it."""
        return CreateTable(self.table)

    def begun(self, build: Build) -> Executable:
        """Return what writes a build's row."""
        return insert(self.table).values({name: _written(value) for name, value in asdict(build).items() if value is not None})

    def told(self, build: str, **values: Any) -> Executable:
        """Return what writes more of a build into its row, as long as it is not done: what was committed stays true."""
        written = {name: _written(value) for name, value in values.items()}
        return update(self.table).where(self.table.c.build == build, self.table.c.outcome == "running").values(written)

    def next_number(self, connection: Connection) -> int:
        """Return the number of the next build."""
        return (connection.execute(select(func.max(self.table.c.number))).scalar_one() or 0) + 1

    def standing(self, connection: Connection) -> Build | None:
        """Return the last build of which readers see anything; whether it is one to go on from is another question."""
        found = self._latest().where(self.table.c.changed != "nothing").limit(literal_column("1"))
        return next(iter(self._read(connection, found)), None)

    def visible(self, connection: Connection) -> list[Build]:
        """Return the builds of which readers have seen anything, the latest first."""
        return self._read(connection, self._latest().where(self.table.c.changed != "nothing"))

    def seen(self, connection: Connection) -> list[Build]:
        """Return the last full build that ended and those after it, of which readers see everything, the latest first."""
        seen = self.table.c.changed == "all"
        whole = select(func.coalesce(func.max(self.table.c.number), 0)).where(seen, self.table.c.mode != "part")
        return self._read(connection, self._latest().where(seen, self.table.c.number >= whole.scalar_subquery()))

    def last(self, connection: Connection, count: int) -> list[Build]:
        """Return the last builds, the latest first."""
        return self._read(connection, self._latest().limit(literal_column(str(count))))

    def unfinished(self, connection: Connection) -> list[Build]:
        """Return those that have not ended, the latest first; with the lock in hand: those that were killed."""
        return self._read(connection, self._latest().where(self.table.c.outcome == "running"))

    def _latest(self) -> Any:
        return select(self.table).order_by(self.table.c.number.desc())

    def _read(self, connection: Connection, found: Any) -> list[Build]:
        return [
            Build(**{name: _as_written(name, value) for name, value in row.items()})
            for row in connection.execute(found).mappings()
        ]


def _written(value: Any) -> Any:
    if isinstance(value, datetime):
        return instant(value)
    return json.dumps(value) if isinstance(value, Mapping | tuple) else value


def _as_written(name: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return as_utc(value)
    if name == "granted_to":
        return tuple(json.loads(value or "[]"))
    return json.loads(value or "{}") if name in _MAPPINGS else value
