"""The working tables of an incremental build, each with the select that fills it. Nothing here depends on executed steps."""

from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import CreateTableAs, FromClause, Table, select

from sessionmodels.incremental.affected import affected_visitors, ends_before_or_at
from sessionmodels.incremental.changes import Current, Stored, changed_events, difference, rows_of_ids
from sessionmodels.incremental.identities import affected_aliases, events_of_aliases
from sessionmodels.incremental.slices import slice_of, tracks
from sessionmodels.relations.graph import Graph, Relation
from sessionmodels.relations.naming import TRACKS
from sessionmodels.rules.window import Window
from sessionmodels.settings import Settings
from sessionmodels.source.clean import usable_rows, with_ranks
from sessionmodels.source.reasons import rows_of_window
from sessionmodels.warehouses.warehouse import Job


class WorkingTables:
    """The tables of changes, of affected visitors, and of the slices that replace old rows."""

    def __init__(self, job: Job, window: Window) -> None:
        """Store the job and the window to read."""
        self.job, self.to_read = job, window
        self.workspace = job.warehouse.strategy.workspace(job)
        self.identities = self.graph.carrying("identities")
        self.sessions = self.graph.carrying("sessions")
        self._slices: dict[str, CreateTableAs] = {}

    @property
    def graph(self) -> Graph:
        """The graph of the tables that are changed."""
        return self.workspace.graph

    @property
    def settings(self) -> Settings:
        """The settings of the build."""
        return self.job.settings

    @property
    def events(self) -> Table:
        """The events in the results, as the build changes them."""
        return self.graph.carrying("events").table

    @property
    def duplicates(self) -> Table:
        """The removed duplicates, as the build changes them."""
        return self.graph.duplicates.table

    @property
    def stored_before(self) -> Stored:
        """What the last build stored, before anything is cloned or changed."""
        return Stored(self.job.graph.carrying("events").table, self.job.graph.duplicates.table, self._completes)

    @cached_property
    def window(self) -> CreateTableAs:
        """One row per raw row of the window, including rejected ones. The source is read only here."""
        return self.workspace.create("window", rows_of_window(self.job.graph.stream.windowed(self.to_read.lows)))

    @cached_property
    def difference(self) -> CreateTableAs:
        """One row per distinct raw row that was inserted or deleted since the last build."""
        return self.workspace.create("difference", difference(self._usable, self.stored_before, self.to_read))

    @cached_property
    def rows(self) -> CreateTableAs:
        """Every current raw row of the changed event ids."""
        stored = Stored(self.events, self.duplicates, self._completes)
        current = rows_of_ids(self._usable, stored, self.difference.table, self.to_read).cte("rows_of_ids")
        several = self.graph.stream.several
        return self.workspace.create("rows", with_ranks(current, deduplicate=self.settings.deduplicate, several=several))

    @cached_property
    def changed(self) -> CreateTableAs:
        """One row per version of an event that was added or removed."""
        return self.workspace.create("changed", changed_events(self.events, self.rows.table, self.difference.table))

    @property
    def current(self) -> Current:
        """The events as they are after this build, until they are stored."""
        return Current(self.events, self.rows.table, self.difference.table)

    @cached_property
    def alias_events(self) -> CreateTableAs:
        """The current events of each alias of a changed event."""
        return self.workspace.create("alias_events", events_of_aliases(self.changed.table, self.current))

    @cached_property
    def aliases(self) -> CreateTableAs:
        """One row per alias of a changed event, with its visitor before and now."""
        found = affected_aliases(self.changed.table, self.alias_events.table, self.identities.table)
        return self.workspace.create("aliases", found)

    @cached_property
    def visitors(self) -> CreateTableAs:
        """One row per affected visitor: since when, and what precedes."""
        found = affected_visitors(
            self.changed.table,
            self.aliases.table,
            self.alias_events.table,
            self.sessions.table,
            longest_idle_microseconds=self.settings.longest_idle_microseconds,
        )
        return self.workspace.create("visitors", found)

    @cached_property
    def old_sessions(self) -> CreateTableAs:
        """The sessions of the last build that change: the affected ones, and the last one before them."""
        sessions, visitors = self.sessions.table, self.visitors.table
        columns = ("session_id", "session_key", "dbt_visitor_id", "session_start_at", "session_sequence_number")
        changing = sessions.join(visitors, ends_before_or_at(sessions, visitors))
        return self.workspace.create("old_sessions", select(*(sessions.c[name] for name in columns)).select_from(changing))

    def slice_tracks(self, floor: datetime | None) -> CreateTableAs:
        """Return the events of affected visitors. `floor` is the start of the earliest slice, or None for no bound."""
        return self._slice(TRACKS, tracks(self.current, self.identities.table, self.visitors.table, floor))

    def slice(self, relation: Relation) -> CreateTableAs:
        """Return a relation's slice, computed by its model from the slices of the tables that it reads."""
        if relation.name not in self._slices:
            slices = {name: self._input(relation, name) for name in relation.model.reads}
            query = slice_of(relation.model, slices, relation.table, self.visitors.table, self.settings)
            self._slices[relation.name] = self._slice(relation.name, query)
        return self._slices[relation.name]

    def needed(self) -> Iterator[Relation]:
        """Yield the relations whose slices are computed: tables, and what they read, directly or through views."""
        for relation in self.graph.relations:
            if relation != self.identities and self._is_needed(relation):
                yield relation

    def all(self) -> Iterator[Table]:
        """Yield every working table."""
        found = self.window, self.difference, self.rows, self.changed, self.alias_events
        affected = self.aliases, self.visitors, self.old_sessions, self.slice_tracks(None)
        yield from (one.table for one in (*found, *affected, *map(self.slice, self.needed())))

    @property
    def _completes(self) -> bool:
        return self.graph.stream.several and self.settings.deduplicate

    @property
    def _usable(self) -> FromClause:
        return usable_rows(self.window.table).cte("usable_rows")

    def _slice(self, name: str, query: Any) -> CreateTableAs:
        return self.workspace.create(f"slice_{name}", query)

    def _is_needed(self, relation: Relation) -> bool:
        readers = (one for one in self.graph.relations if relation.name in one.model.reads)
        return relation.kind == "table" or any(self._is_needed(one) for one in readers)

    def _input(self, relation: Relation, name: str) -> FromClause:
        if name == self.identities.name:
            return self.identities.table
        if relation.model.lookback == "everything":
            read, visitors = self.graph[name].table, self.visitors.table
            theirs = read.c.dbt_visitor_id.in_(select(visitors.c.dbt_visitor_id))
            return select(read).where(theirs).cte(f"all_{name}")
        return self.slice_tracks(None).table if name == TRACKS else self.slice(self.graph[name]).table
