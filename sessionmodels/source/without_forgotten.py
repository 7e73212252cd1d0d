"""Leaves the rows of forgotten people out of what is read: those with an id on the list, which has keyed hashes of ids."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from sqlalchemy import CTE, BigInteger, ColumnElement, FromClause, Table, case, literal_column, or_, select

from sessionmodels.model import AnySelect
from sessionmodels.rules.event import IS_FORGOTTEN, VISITOR_IDS
from sessionmodels.sql.keyed_hash import keyed_hash

YES, NO = literal_column("1", BigInteger), literal_column("0", BigInteger)

COLUMNS: Final = "id_hash", "key_check", "forgotten_at"


@dataclass(frozen=True)
class Forgotten:
    """The list, and whether the ids that it is compared with are hashed already."""

    table: Table
    hashed: bool = False
    """Whether ids are hashed in all outputs (the setting `hash_ids`): then the list holds the same hashes."""

    entries: int = 0
    """The number of its entries when it was read."""

    latest: datetime | None = None
    """When the last of them was listed."""

    @cached_property
    def hashes(self) -> CTE:
        """One row per forgotten id: its hash."""
        return select(self.table.c.id_hash).distinct().cte("forgotten_ids")

    def marked(self, rows: FromClause) -> AnySelect:
        """Return the same rows, each with whether one of its two ids is on the list: 1 or 0."""
        joined: FromClause = rows
        found = []
        for name in VISITOR_IDS:
            ids = self.hashes.alias(f"forgotten_{name}")
            joined = joined.outerjoin(ids, ids.c.id_hash == self.hash_of(rows.c[name]))
            found.append(ids.c.id_hash.is_not(None))
        return select(*rows.c, case((or_(*found), YES), else_=NO).label(IS_FORGOTTEN)).select_from(joined)

    def hash_of(self, stored: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return the hash of an id as it is read or stored."""
        return stored if self.hashed else keyed_hash(stored)

    def without(self, rows: FromClause, *names: str) -> AnySelect:
        """Return the rows in which none of these columns is an id on the list."""
        listed = select(self.hashes.c.id_hash)
        return select(*rows.c).where(*(self.hash_of(rows.c[name]).not_in(listed) for name in names))
