"""The steps of an incremental build: what came, whom it touches and since when, and the slices that take the old rows' place.

Between its parts a build asks two questions, so that it can stop where nothing came or nobody is affected, and so that the moment
from which tables are read and changed stands in the statements as a constant, by which partitions prune.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import BigInteger, Executable, FromClause, Table, and_, case, func, insert, select

from sessionmodels.graph import Relation
from sessionmodels.incremental.affected import affected_visitors, ends_before_or_at, is_since
from sessionmodels.incremental.changes import changed_events, count_changes, difference, rows_of_ids
from sessionmodels.incremental.identities import affected_aliases
from sessionmodels.incremental.invariants import settle
from sessionmodels.incremental.slices import slice_of, tracks
from sessionmodels.model import AnySelect
from sessionmodels.naming import TRACKS
from sessionmodels.rules.identity import is_added, is_reassigned
from sessionmodels.source.clean import usable_events
from sessionmodels.sql.delete_matching import delete_from, delete_matching
from sessionmodels.sql.elapsed import MICROSECONDS_A_HOUR
from sessionmodels.sql.instant import instant
from sessionmodels.warehouses.job import Job, Step

EARLIEST: Final = datetime(1, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(9999, 12, 31, tzinfo=UTC)
"""Moments that Python knows: beyond them, no constant bounds what is read."""


class Increment:
    """One incremental build, from rows loaded since `low` on."""

    def __init__(self, job: Job, low: datetime, replaced: frozenset[str] = frozenset()) -> None:
        """Take what is asked, since when the source is read again, and which views somebody else has replaced."""
        self.job, self.low, self.replaced = job, low, replaced
        self.workspace = job.warehouse.strategy.workspace(job)
        self.retained = self.workspace.graph.staged.table
        self.working: dict[str, Table] = {}
        graph = self.workspace.graph
        self.identities, self.sessions = graph.carrying("identities"), graph.carrying("sessions")
        self.session_ends = graph.carrying("session_ends")

    @property
    def settings(self) -> Any:
        """The settings of the build."""
        return self.job.settings

    def read(self) -> Iterator[Step]:
        """Yield what reads the source since the last build, and finds what came."""
        fresh = usable_events(self.job.graph.source.windowed(self.low))
        yield self._make("fresh", fresh, TRACKS, "read the newly loaded rows")
        came = difference(self.working["fresh"], self.job.graph.staged.table, self.low)
        yield self._make("difference", came, TRACKS, "find new and removed rows")

    def count_changes(self) -> AnySelect:
        """Return the question what came."""
        return count_changes(self.working["difference"], self.settings.overlap_hours * MICROSECONDS_A_HOUR)

    def count_changes_at_once(self) -> AnySelect:
        """Return the same question as one select over the source and the retained rows, for those who may make no table."""
        fresh = usable_events(self.job.graph.source.windowed(self.low)).cte("fresh")
        came = difference(fresh, self.job.graph.staged.table, self.low).cte("difference")
        return count_changes(came, self.settings.overlap_hours * MICROSECONDS_A_HOUR)

    def trace(self) -> Iterator[Step]:
        """Yield what finds out whose events changed, and keeps them."""
        working, retained, low = self.working, self.retained, self.low
        yield from self.workspace.begin()
        rows = rows_of_ids(working["fresh"], retained, working["difference"], low, deduplicate=self.settings.deduplicate)
        yield self._make("rows", rows, TRACKS, "find every row of the changed ids")
        changed = changed_events(retained, working["rows"], working["difference"])
        yield self._make("changed", changed, TRACKS, "find the changed events")
        yield Step(TRACKS, "retain the new rows", self._keep())
        aliases = affected_aliases(working["changed"], retained, self.identities.table)
        yield self._make("aliases", aliases, self.identities.name, "re-resolve identities")
        visitors = affected_visitors(
            working["changed"],
            working["aliases"],
            retained,
            self.sessions.table,
            self.session_ends.table,
            longest_idle_microseconds=self.settings.longest_idle_microseconds,
        )
        yield self._make("visitors", visitors, self.sessions.name, "find the affected visitors")

    def reach(self) -> AnySelect:
        """Return the question how many visitors are touched, and since when the first; null beyond what Python can tell."""
        since = func.min(self.working["visitors"].c.since)
        floor = case((since.between(instant(EARLIEST), instant(LATEST)), since))
        return select(func.count(type_=BigInteger).label("visitors"), floor.label("floor"))

    def apply(self, floor: datetime | None) -> Iterator[Step]:
        """Yield what puts the new slices in the place of the old ones, relation by relation."""
        visitors, sessions = self.working["visitors"], self.sessions.table
        old = select(
            sessions.c.session_id, sessions.c.dbt_visitor_id, sessions.c.session_start_at, sessions.c.session_sequence_number
        )
        touched = old.select_from(sessions.join(visitors, is_since(sessions, visitors, sessions.c.session_start_at)))
        yield self._make("old_sessions", touched, self.sessions.name, "note their sessions as they were")
        yield Step(self.identities.name, "update the mapping", self._map())
        at_hand = tracks(self.retained, self.identities.table, visitors, floor)
        yield self._make(f"slice_{TRACKS}", at_hand, TRACKS, "select their events")
        for relation in self.workspace.graph.relations:
            if relation != self.identities:
                yield from self._materialize(relation, floor)

    def renumbered(self) -> AnySelect:
        """Return the question how many sessions have another number than before."""
        old, new = self.working["old_sessions"], self.working[f"slice_{self.sessions.name}"]
        same = and_(new.c.dbt_visitor_id == old.c.dbt_visitor_id, new.c.session_start_at == old.c.session_start_at)
        moved = new.c.session_sequence_number != old.c.session_sequence_number
        return select(func.count(type_=BigInteger)).select_from(old.join(new, same)).where(moved)

    def put_in_place(self, *, changed: bool = True) -> Iterator[Step]:
        """Yield what shows readers the new rows, where there are any, and what must hold after every build."""
        if changed:
            yield from self.workspace.put_in_place()
        yield from settle(self.job, self.replaced, new_tables=changed and self.workspace.replaces_tables)

    def steps(self, floor: datetime | None) -> Iterator[Step]:
        """Yield every step, as if the first affected moment were known (None bounds nothing), for readers of the SQL."""
        yield from (*self.read(), *self.trace(), *self.apply(floor), *self.put_in_place(), *self.clean_up())

    def steps_without_news(self) -> Iterator[Step]:
        """Yield every step of a build that finds nothing new, but must replace a view or grant something."""
        yield from (*self.read(), *self.put_in_place(changed=False), *self.clean_up())

    def clean_up(self) -> tuple[Step, ...]:
        """Return what takes away what only the build needed."""
        return tuple(self.workspace.clean_up())

    def _target(self, name: str) -> Table:
        return self.workspace.graph[name].table

    def _make(self, name: str, query: AnySelect, relation_name: str, action: str) -> Step:
        made = self.workspace.make(name, query)
        self.working[name] = made.table
        return Step(relation_name, action, (self.job.warehouse.tables.stage(made),))

    def _keep(self) -> tuple[Executable, ...]:
        ids = select(self.working["difference"].c.event_id)
        gone = delete_from(self.retained).where(self.retained.c.event_id.in_(ids))
        return gone, _filled(self.retained, self.working["rows"])

    def _map(self) -> tuple[Executable, ...]:
        mapping, aliases = self.identities.table, self.working["aliases"]
        gone = delete_matching(mapping, aliases, lambda old, new: and_(old.c.alias == new.c.alias, is_reassigned(new)))
        come = select(aliases.c.alias, aliases.c.visitor_now.label("dbt_visitor_id")).where(is_added(aliases))
        return gone, insert(mapping).from_select(["alias", "dbt_visitor_id"], come)

    def _materialize(self, relation: Relation, floor: datetime | None) -> Iterator[Step]:
        """Yield the slice of one relation; where it is kept as a table, old rows go and the slice comes."""
        handed = {name: self._handed(relation, name) for name in relation.model.reads}
        query = slice_of(relation.model, handed, self.working["visitors"], self.settings)
        if self._is_needed(relation):
            yield self._make(f"slice_{relation.name}", query, relation.name, "compute the new rows")
        if relation.kind == "table":
            filled = _filled(relation.table, self.working[f"slice_{relation.name}"])
            yield Step(relation.name, "replace the rows of affected visitors", (*self._leave(relation, floor), filled))

    def _handed(self, relation: Relation, name: str) -> FromClause:
        if name == self.identities.name:
            return self.identities.table
        if relation.model.lookback == "everything":
            read, visitors = self._target(name), self.working["visitors"]
            theirs = read.c.dbt_visitor_id.in_(select(visitors.c.dbt_visitor_id))
            return select(read).where(theirs).cte(f"all_{name}")
        return self.working[f"slice_{name}"]

    def _is_needed(self, relation: Relation) -> bool:
        """Whether it is kept as a table, or one reads it, perhaps through views."""
        readers = (one for one in self.workspace.graph.relations if relation.name in one.model.reads)
        return relation.kind == "table" or any(self._is_needed(one) for one in readers)

    def _leave(self, relation: Relation, floor: datetime | None) -> Iterator[Executable]:
        """Yield what takes the old rows away, by what one row is of."""
        table, visitors, sessions = relation.table, self.working["visitors"], self.working["old_sessions"]
        if relation == self.sessions:
            yield delete_matching(table, visitors, ends_before_or_at)
        elif relation.model.grain == "session":
            yield delete_matching(table, sessions, lambda old, new: old.c.session_id == new.c.session_id)
        elif relation.model.grain == "visitor":
            yield delete_matching(table, visitors, lambda old, new: old.c.dbt_visitor_id == new.c.dbt_visitor_id)
        else:
            when = relation.model.time_column or ""

            def in_slice(old: Any, new: Any) -> Any:
                bound = [] if floor is None else [old.c[when] >= instant(floor)]
                return and_(is_since(old, new, old.c[when]), *bound)

            yield delete_matching(table, visitors, in_slice)


def _filled(table: Table, rows: FromClause) -> Executable:
    names = table.c.keys()
    return insert(table).from_select(names, select(*(rows.c[name] for name in names)))
