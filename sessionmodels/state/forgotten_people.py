"""The table that lists forgotten people, each by the keyed hash of an id."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import BigInteger, Connection, Executable, FromClause, Table, and_, case, func, insert, literal, select
from sqlalchemy.schema import CreateTable

from sessionmodels.relations.naming import FORGOTTEN, own_name
from sessionmodels.rules.event import VISITOR_IDS
from sessionmodels.settings import Settings
from sessionmodels.source.database import as_table
from sessionmodels.source.without_forgotten import COLUMNS, NO, YES, Forgotten
from sessionmodels.sql.instant import Instant, as_utc, instant
from sessionmodels.sql.text import LongText, as_text


def list_table(settings: Settings) -> Table:
    """Return the table of a target. Columns: the hash of an id, a value that identifies the key, when it was listed (UTC)."""
    kinds = LongText(), LongText(), Instant()
    return as_table(own_name(FORGOTTEN, settings), settings.target_schema, zip(COLUMNS, kinds, strict=True))


@dataclass(frozen=True)
class Contents:
    """What the list holds."""

    entries: int = 0
    key_checks: frozenset[str] = frozenset()
    """A value that identifies each key that its entries were made with."""

    latest: datetime | None = None
    """When somebody was last listed."""


def contents_of(connection: Connection, table: Table) -> Contents:
    """Return what the list holds."""
    counted, latest = func.count(type_=BigInteger), func.max(table.c.forgotten_at, type_=table.c.forgotten_at.type)
    by_key = select(table.c.key_check, counted.label("entries"), latest.label("latest")).group_by(table.c.key_check)
    found = connection.execute(by_key).all()
    moments = [as_utc(row.latest) for row in found if row.latest is not None]
    return Contents(sum(row.entries for row in found), frozenset(row.key_check for row in found), max(moments, default=None))


def known_among(connection: Connection, table: Table, hashes: Iterable[str]) -> set[str]:
    """Return those of these hashes that are listed."""
    return set(connection.execute(select(table.c.id_hash).where(table.c.id_hash.in_(list(hashes)))).scalars())


def create(table: Table) -> Executable:
    """Return the statement that creates the table."""
    return CreateTable(table)


def insert_hashes(table: Table, hashes: Iterable[str], key_check: str) -> Executable:
    """Return the statement that lists people."""
    now = instant(datetime.now(UTC))
    return insert(table).values([{"id_hash": one, "key_check": key_check, "forgotten_at": now} for one in hashes])


def insert_devices(forgotten: Forgotten, events: FromClause, users: Iterable[str], key_check: str) -> Executable:
    """Return the statement that lists the devices on which these users were seen, and nobody else.

    A device that somebody else used, too, is not listed, because their events on it would be lost.
    """
    user = forgotten.hash_of(events.c.user_id)
    both = select(forgotten.hash_of(events.c.anonymous_id).label("device"), user.label("person")).where(
        *(events.c[name].is_not(None) for name in VISITOR_IDS)
    )
    seen = both.distinct().cte("people_on_devices")
    is_theirs = seen.c.person.in_(list(users))
    theirs = (
        select(seen.c.device)
        .where(seen.c.device.not_in(select(forgotten.table.c.id_hash)))
        .group_by(seen.c.device)
        .having(and_(func.max(case((is_theirs, YES), else_=NO)) == YES, func.min(case((is_theirs, YES), else_=NO)) == YES))
        .cte("devices_of_theirs")
    )
    now = instant(datetime.now(UTC))
    rows = select(theirs.c.device, as_text(literal(key_check)).label("key_check"), now.label("forgotten_at"))
    return insert(forgotten.table).from_select(list(COLUMNS), rows)
