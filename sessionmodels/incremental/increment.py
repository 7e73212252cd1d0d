"""The steps of an incremental build: find changes and affected visitors, compute slices, and replace the old rows.

Between the steps, a build runs two queries: it can stop if nothing changed or no visitor is affected, and the first affected
moment becomes a constant in the statements, by which partitions are pruned.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    CreateTableAs,
    Executable,
    FromClause,
    Table,
    and_,
    case,
    func,
    insert,
    literal_column,
    select,
    true,
    union_all,
)

from sessionmodels.incremental.affected import is_since
from sessionmodels.incremental.changes import count_changes, difference, is_unchanged
from sessionmodels.incremental.working import WorkingTables
from sessionmodels.model import AnySelect
from sessionmodels.relations.graph import Relation
from sessionmodels.relations.naming import TRACKS
from sessionmodels.rules.event import RANK, chosen, of_event
from sessionmodels.rules.identity.aliases import is_added, is_reassigned
from sessionmodels.source import junk
from sessionmodels.source.clean import usable_events, usable_rows
from sessionmodels.source.reload_window import Window
from sessionmodels.sql.delete_matching import delete_from, delete_matching
from sessionmodels.sql.elapsed import MICROSECONDS_A_HOUR
from sessionmodels.sql.instant import EARLIEST, instant
from sessionmodels.sql.to_utc import utc
from sessionmodels.warehouses.step import Step
from sessionmodels.warehouses.strategies.steps import dropped, finish, grant
from sessionmodels.warehouses.warehouse import Job

LATEST: Final = datetime(9999, 12, 31, tzinfo=UTC)
"""The last day that Python can represent. Beyond it, and before the earliest moment, no constant limits what is read."""

NAMES_OF_SESSION: Final = "dbt_visitor_id", "session_key", "session_start_at"
"""What identifies a visitor's session in two builds, whatever its number."""


class Increment:
    """One incremental build that reads the rows of a window. Its steps are values and can be requested in any order."""

    tables: type[WorkingTables] = WorkingTables

    def __init__(self, job: Job, window: Window, replaced: frozenset[str] = frozenset(), *, has_window: bool = False) -> None:
        """Store the job, the window to read, the views that other users replaced, and whether its rows are read already."""
        self.job, self.window, self.replaced, self.has_window = job, window, replaced, has_window
        self.working = self.tables(job, window)
        self.sessions = self.working.sessions
        self.workspace = self.working.workspace

    @property
    def read_rows(self) -> Table:
        """The table of the window's raw rows, once it is filled."""
        return self.working.window.table

    def rows_of(self, source: str) -> FromClause:
        """Return those of these rows that are of one source."""
        rows = self.read_rows
        return select(rows).where(rows.c.source == source).subquery("rows_of_source") if self.job.graph.stream.several else rows

    def read_window(self) -> Step:
        """Return the step that reads the source since the last build. No other step reads it."""
        return self._stage(self.working.window, TRACKS, "read the newly loaded rows")

    def drop_window(self) -> Step:
        """Return the step that drops the window's rows, if they were read for a build that did not take place."""
        return Step(TRACKS, "drop the newly loaded rows", (dropped(self.read_rows, "table", if_exists=True),))

    def read(self) -> Iterator[Step]:
        """Yield the steps that read the source since the last build, unless that was done, and find what changed."""
        if not self.has_window:
            yield self.read_window()
        yield self._stage(self.working.difference, TRACKS, "find new and removed rows")

    def count_changes(self) -> AnySelect:
        """Return the query that counts the changes."""
        return count_changes(self.working.difference.table, self._late)

    def count_changes_directly(self) -> AnySelect:
        """Return the same query as one select over the source and the stored rows, without working tables."""
        fresh = usable_events(self.job.graph.stream.windowed(self.window.lows)).cte("fresh")
        found = difference(fresh, self.working.stored_before, self.window).cte("difference")
        return count_changes(found, self._late)

    def trace(self) -> Iterator[Step]:
        """Yield the steps that find the changes and the affected visitors. Duplicates are kept even if no visitor is affected."""
        working = self.working
        yield from self.workspace.begin()
        yield self._stage(working.known, TRACKS, "find the stored rows of the changed ids")
        yield self._stage(working.rows, TRACKS, "rank every row of the changed ids")
        yield self._stage(working.changed, TRACKS, "find the changed events")
        yield Step(TRACKS, "keep the removed duplicates", self._keep_duplicates())
        yield self._stage(working.changed_aliases, working.identities.name, "find the ids whose visitor is in doubt")
        yield self._stage(working.deciding, working.identities.name, "find the events that decide it")
        yield self._stage(working.aliases, working.identities.name, "re-resolve identities")
        if not working.identity.is_by_alias:
            yield self._stage(working.alias_events, working.identities.name, "find the events of these ids")
            yield self._stage(working.resolved, working.identities.name, "find the visitors of their events")
        yield self._stage(working.visitors, working.sessions.name, "find the affected visitors")

    def count_affected(self) -> AnySelect:
        """Return the query for the number of affected visitors and the first affected moment; null outside Python's range."""
        since = func.min(self.working.visitors.table.c.since)
        floor = case((since.between(instant(EARLIEST, since), instant(LATEST, since)), utc(since)))
        return select(func.count(type_=BigInteger).label("visitors"), floor.label("floor"))

    def apply(self, floor: datetime | None) -> Iterator[Step]:
        """Yield the steps that replace the old slices by new ones, relation by relation."""
        working = self.working
        yield self._stage(working.old_sessions, working.sessions.name, "note their previous sessions")
        yield from self.update_mapping()
        yield self._stage(working.slice_tracks(floor), TRACKS, "select their events")
        for relation in working.needed():
            new = working.slice(relation)
            yield self._stage(new, relation.name, "compute the new rows")
            if relation.kind == "table":
                replaced = (*self._delete_old(relation, floor), _filled(relation.table, new.table))
                yield Step(relation.name, "replace the rows of affected visitors", replaced)

    def update_mapping(self) -> Iterator[Step]:
        """Yield the step that updates the mapping. It can change although no visitor is affected: an identity table can."""
        yield Step(self.working.identities.name, "update the mapping", self._map())

    def count_renumbered(self) -> AnySelect:
        """Return the query that counts the sessions with a changed number."""
        old = _with_place(self.working.old_sessions.table).subquery("sessions_before")
        new = _with_place(self.working.slice(self.sessions).table).subquery("sessions_now")
        same = and_(*(new.c[name] == old.c[name] for name in (*NAMES_OF_SESSION, "place")))
        moved = new.c.session_sequence_number != old.c.session_sequence_number
        return select(func.count(type_=BigInteger)).select_from(old.join(new, same)).where(moved)

    def events_of_window(self, *, changed: bool) -> FromClause:
        """Return the ids of the window's events as they are after this build, each row with its weight.

        They are its usable rows without removed duplicates. Of ids that changed, the ranked rows say which rows
        are duplicates; of the others, the stored duplicates do. So the events in the results are not read for it, unless several
        sources complete each other's events.
        """
        working = self.working
        if self.job.graph.stream.several:
            return self._stored_events_of_window(changed=changed)
        usable = usable_rows(self.read_rows).subquery("usable_rows")
        duplicates = working.stored_before.duplicates
        parts = [
            _weighed(usable, 1).where(is_unchanged(usable, working.difference.table)),
            _weighed(duplicates, -1).where(self.window.holds(duplicates), is_unchanged(duplicates, working.difference.table)),
        ]
        if changed:
            rows = working.rows.table
            parts.append(_weighed(rows, 1).where(self.window.holds(rows), working.current.is_event))
        return union_all(*parts).subquery("events_of_window")

    def _stored_events_of_window(self, *, changed: bool) -> FromClause:
        """Return the same from the events themselves, with their source."""
        names = *junk.COLUMNS, "source"
        if changed:
            return union_all(*self.working.current.where(self.window.holds, names)).subquery("events_of_window")
        events = self.job.graph.carrying("events").table
        return select(*chosen(events, names)).where(self.window.holds(events)).subquery("events_of_window")

    def all_events(self) -> FromClause:
        """Return all events as they are after this build."""
        return union_all(*self.working.current.where(lambda _rows: true())).subquery("current_events")

    def put_in_place(self, *, changed: bool = True) -> Iterator[Step]:
        """Yield the steps that show readers the new rows, if any, and those that every build must end with."""
        if changed:
            yield from self.workspace.put_in_place()
        yield from _settle(self.job, self.replaced, new_tables=changed and self.workspace.replaces_tables)

    def steps(self, floor: datetime | None) -> Iterator[Step]:
        """Yield every step for a given first affected moment, for scripts; None sets no bound."""
        yield from (*self.read(), *self.trace(), *self.apply(floor), *self.put_in_place(), *self.clean_up())

    def steps_without_changes(self) -> Iterator[Step]:
        """Yield every step of a build that finds no changes, but must replace a view or grant something."""
        yield from (*self.read(), *self.put_in_place(changed=False), *self.clean_up())

    def clean_up(self) -> tuple[Step, ...]:
        """Return the steps that drop the working tables."""
        return tuple(self.workspace.clean_up())

    @property
    def _late(self) -> int:
        return self.job.settings.overlap_hours * MICROSECONDS_A_HOUR

    def _stage(self, table: CreateTableAs, relation_name: str, action: str) -> Step:
        return Step(relation_name, action, (self.job.warehouse.tables.stage(table),))

    def _keep_duplicates(self) -> tuple[Executable, ...]:
        duplicates, rows = self.working.duplicates, self.working.rows.table
        ids = select(self.working.difference.table.c.event_id)
        lost = select(*of_event(rows)).where(rows.c[RANK] > 1)
        deleted = delete_from(duplicates).where(duplicates.c.event_id.in_(ids))
        return deleted, insert(duplicates).from_select(duplicates.c.keys(), lost)

    def _map(self) -> tuple[Executable, ...]:
        mapping, aliases = self.working.identities.table, self.working.aliases.table
        deleted = delete_matching(mapping, aliases, lambda old, new: and_(old.c.alias == new.c.alias, is_reassigned(new)))
        added = select(aliases.c.alias, aliases.c.visitor_now.label("dbt_visitor_id")).where(is_added(aliases))
        return deleted, insert(mapping).from_select(["alias", "dbt_visitor_id"], added)

    def _delete_old(self, relation: Relation, floor: datetime | None) -> Iterator[Executable]:
        """Yield the statements that delete the old rows, according to the relation's grain."""
        table, visitors, sessions = relation.table, self.working.visitors.table, self.working.old_sessions.table
        if relation.model.grain == "session":
            yield delete_matching(table, sessions, lambda old, new: old.c.session_id == new.c.session_id)
        elif relation.model.grain == "visitor":
            yield delete_matching(table, visitors, lambda old, new: old.c.dbt_visitor_id == new.c.dbt_visitor_id)
        else:
            when = relation.model.time_column or ""

            def in_slice(old: Any, new: Any) -> Any:
                bound = [] if floor is None else [old.c[when] >= instant(floor, old.c[when])]
                return and_(is_since(old, new, old.c[when]), *bound)

            yield delete_matching(table, visitors, in_slice)


def _with_place(sessions: Table) -> AnySelect:
    """Return the sessions with their place among equal names: if duplicates are kept, first events can share an id and a time."""
    names, number = [sessions.c[name] for name in NAMES_OF_SESSION], sessions.c.session_sequence_number
    place = func.row_number(type_=BigInteger).over(partition_by=names, order_by=number).label("place")
    return select(*names, number, place)


def _weighed(rows: FromClause, weight: int) -> AnySelect:
    """Return the ids of a device and a user of each row, and by how much it counts."""
    return select(*(rows.c[name] for name in junk.COLUMNS), literal_column(str(weight), BigInteger).label(junk.WEIGHT))


def _filled(table: Table, rows: FromClause) -> Executable:
    names = table.c.keys()
    return insert(table).from_select(names, select(*(rows.c[name] for name in names)))


def _settle(job: Job, replaced: frozenset[str], *, new_tables: bool) -> Iterator[Step]:
    """Yield the steps that restore views and grants. With `new_tables`, tables still lack comments and grants."""
    for relation in job.graph.relations:
        if relation.name in replaced:
            statements = (job.warehouse.tables.create_view(relation, True),)
            yield Step(relation.name, "replace the view", statements, in_place=not job.warehouse.transactions.rolls_back)
            yield from finish(job, relation)
        elif new_tables and relation.kind == "table":
            yield from finish(job, relation)
        else:
            yield from grant(job, relation, relation.name)
