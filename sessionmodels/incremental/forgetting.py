"""The steps that remove forgotten people from the results: an incremental build in which their rows were deleted.

The source is not read. The stored rows with an id on the list are the difference; everything else follows as in any incremental
build: whose a shared device is now, where sessions start without the removed events, which rows are replaced.
"""

from collections.abc import Iterator
from functools import cached_property

from sqlalchemy import BigInteger, ColumnElement, CreateTableAs, FromClause, and_, func, or_, select

from sessionmodels.incremental.changes import DELETED, changes, ranked_rows, rows_that_stay
from sessionmodels.incremental.increment import Increment
from sessionmodels.incremental.working import WorkingTables
from sessionmodels.model import AnySelect
from sessionmodels.relations.naming import TRACKS
from sessionmodels.rules.event import CHANGE, VISITOR_IDS
from sessionmodels.source.without_forgotten import Forgotten
from sessionmodels.warehouses.step import Step


class ForgettingTables(WorkingTables):
    """The working tables of an incremental build whose changes are the rows of forgotten people."""

    @property
    def forgotten(self) -> Forgotten:
        """The list of forgotten people."""
        found = self.job.graph.stream.forgotten
        if found is None:
            msg = "nobody is to be forgotten"
            raise RuntimeError(msg)
        return found

    @cached_property
    def difference(self) -> CreateTableAs:
        """One row per distinct stored raw row of a forgotten person."""
        found = changes(*self.stored_before.rows(self._is_theirs, DELETED.label(CHANGE)))
        return self.workspace.create("difference", found)

    @cached_property
    def rows(self) -> CreateTableAs:
        """Every raw row that stays of the changed event ids."""
        stay = rows_that_stay(self.known.table, lambda rows: ~self._is_theirs(rows), completed=self._completes)
        found = ranked_rows(stay, deduplicate=self.settings.deduplicate, completed=self._completes)
        return self.workspace.create("rows", found)

    def _is_theirs(self, rows: FromClause) -> ColumnElement[bool]:
        listed = select(self.forgotten.hashes.c.id_hash)
        ids = (and_(rows.c[name].is_not(None), self.forgotten.hash_of(rows.c[name]).in_(listed)) for name in VISITOR_IDS)
        return or_(*ids)


class Forgetting(Increment):
    """The removal of forgotten people from the results."""

    tables = ForgettingTables

    def read(self) -> Iterator[Step]:
        """Yield the step that finds the stored rows of forgotten people."""
        yield self._stage(self.working.difference, TRACKS, "find the rows of forgotten people")

    def count_changes(self) -> AnySelect:
        """Return the query that counts these rows."""
        difference = self.working.difference.table
        return select(func.count(type_=BigInteger).label("rows")).select_from(difference)
