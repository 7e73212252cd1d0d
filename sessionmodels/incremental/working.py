"""The working tables of an incremental build, each with the select that fills it. Nothing here depends on executed steps."""

from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import CreateTableAs, FromClause, Table, select

from sessionmodels.incremental.affected import affected_visitors, is_affected_or_last_before
from sessionmodels.incremental.by_event import moments_by_event, resolved_events, tracks_by_event
from sessionmodels.incremental.changes import Current, Stored, changed_events, difference, rows_of_ids, stored_rows
from sessionmodels.incremental.identities import changed_aliases, deciding_events, events_of_aliases, resolved_aliases
from sessionmodels.incremental.last_events import with_last_events, with_sessions_before
from sessionmodels.incremental.moments import moments_by_alias
from sessionmodels.incremental.slices import compares_last_event, slice_of, tracks_by_alias
from sessionmodels.relations.graph import Graph, Relation
from sessionmodels.relations.naming import TRACKS
from sessionmodels.settings import Settings
from sessionmodels.source.clean import usable_rows
from sessionmodels.source.reasons import rows_of_window
from sessionmodels.source.reload_window import Window
from sessionmodels.warehouses.warehouse import Job


class WorkingTables:
    """The tables of changes, of affected visitors, and of the slices that replace old rows."""

    def __init__(self, job: Job, window: Window) -> None:
        """Store the job and the window to read."""
        self.job, self.to_read = job, window
        self.workspace = job.warehouse.strategy.workspace(job)
        self.identities = self.graph.carrying("identities")
        self.sessions = self.graph.carrying("sessions")
        self.identity = self.graph.identity
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
        """One row per raw row of the window, including rejected ones. Ignored ids and skipped lines are counted elsewhere."""
        return self.workspace.create("window", rows_of_window(self.job.graph.stream.windowed(self.to_read.lows)))

    @cached_property
    def difference(self) -> CreateTableAs:
        """One row per distinct raw row that was inserted or deleted since the last build."""
        return self.workspace.create("difference", difference(self._usable, self.stored_before, self.to_read))

    @cached_property
    def known(self) -> CreateTableAs:
        """Every raw row of the changed event ids that the last build stored."""
        return self.workspace.create("known", stored_rows(self.stored_before, self.difference.table))

    @cached_property
    def rows(self) -> CreateTableAs:
        """Every current raw row of the changed event ids."""
        known, ids, deduplicate = self.known.table, self.difference.table, self.settings.deduplicate
        found = rows_of_ids(self._usable, known, ids, self.to_read, deduplicate=deduplicate, completed=self._completes)
        return self.workspace.create("rows", found)

    @cached_property
    def changed(self) -> CreateTableAs:
        """One row per version of an event that was added or removed."""
        return self.workspace.create("changed", changed_events(self.known.table, self.rows.table))

    @property
    def current(self) -> Current:
        """The events as they are after this build, until they are stored."""
        return Current(self.events, self.rows.table, self.difference.table)

    @cached_property
    def changed_aliases(self) -> CreateTableAs:
        """One row per alias of a changed event, with its visitor before, and whether another one is possible."""
        return self.workspace.create("changed_aliases", changed_aliases(self.changed.table, self.identities.table))

    @cached_property
    def deciding(self) -> CreateTableAs:
        """The current events that decide the visitor of each alias in doubt."""
        found = deciding_events(self.changed.table, self.changed_aliases.table, self.current)
        return self.workspace.create("deciding", found)

    @cached_property
    def aliases(self) -> CreateTableAs:
        """One row per alias of a changed event, with its visitor before and now."""
        found = resolved_aliases(
            self.changed_aliases.table, self.deciding.table, self.identities.table, self.identity
        )  # fmt: skip
        return self.workspace.create("aliases", found)

    @cached_property
    def alias_events(self) -> CreateTableAs:
        """The current events of each alias of a changed event, if other events decide an event's visitor."""
        return self.workspace.create("alias_events", events_of_aliases(self.changed.table, self.current))

    @cached_property
    def resolved(self) -> CreateTableAs:
        """One row per event whose visitor may have changed, if its alias does not decide that."""
        found = resolved_events(self.identity, self.current, self.alias_events.table, self.identities.table)
        return self.workspace.create("resolved", found)

    @cached_property
    def visitors(self) -> CreateTableAs:
        """One row per affected visitor: since when, and what precedes."""
        rules = self.settings.session_rules
        found = affected_visitors(
            self._moments(), self.sessions.table, rules
        )  # fmt: skip
        return self.workspace.create("visitors", with_last_events(found, self.events, rules))

    @cached_property
    def old_sessions(self) -> CreateTableAs:
        """The sessions of the last build that change: the affected ones, and the last one before them."""
        sessions, visitors = self.sessions.table, self.visitors.table
        changing = sessions.join(visitors, is_affected_or_last_before(sessions, visitors))
        return self.workspace.create("old_sessions", select(sessions).select_from(changing))

    def slice_tracks(self, floor: datetime | None) -> CreateTableAs:
        """Return the events of affected visitors. `floor` is the start of the earliest slice, or None for no bound."""
        if self.identity.is_by_alias:
            found = tracks_by_alias(self.current, self.identities.table, self.visitors.table, floor, self.identity)
        else:
            found = tracks_by_event(self.current, self.resolved.table, self.visitors.table, floor)
        return self._slice(TRACKS, found)

    def slice(self, relation: Relation) -> CreateTableAs:
        """Return a relation's slice, computed by its model from the slices of the tables that it reads."""
        if relation.name not in self._slices:
            slices = {name: self._input(relation, name) for name in relation.model.reads}
            stored = self.old_sessions.table if relation == self.sessions else relation.table
            query = slice_of(relation.model, slices, stored, self.visitors.table, self.graph.chosen_by(relation.model))
            self._slices[relation.name] = self._slice(relation.name, query)
        return self._slices[relation.name]

    def needed(self) -> Iterator[Relation]:
        """Yield the relations whose slices are computed: tables, and what they read, directly or through views."""
        for relation in self.graph.relations:
            if relation != self.identities and self._is_needed(relation):
                yield relation

    def all(self) -> Iterator[Table]:
        """Yield every working table."""
        found = self.window, self.difference, self.known, self.rows, self.changed
        aliases = self.changed_aliases, self.deciding, self.aliases
        by_event = () if self.identity.is_by_alias else (self.alias_events, self.resolved)
        affected = self.visitors, self.old_sessions, self.slice_tracks(None)
        yield from (one.table for one in (*found, *aliases, *by_event, *affected, *map(self.slice, self.needed())))

    @property
    def _completes(self) -> bool:
        """Whether events of several rows are completed, so that all of their rows are kept."""
        return self.graph.stream.several and self.settings.deduplicate

    @property
    def _usable(self) -> FromClause:
        return usable_rows(self.window.table).cte("usable_rows")

    def _moments(self) -> Any:
        if self.identity.is_by_alias:
            return moments_by_alias(self.changed.table, self.aliases.table, self.events, self.identity)
        return moments_by_event(self.changed.table, self.resolved.table, self.events)

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
        if name == TRACKS:
            return self.slice_tracks(None).table
        events = self.slice(self.graph[name]).table
        if compares_last_event(relation.model, self.graph.chosen_by(relation.model)):
            return with_sessions_before(events, self.visitors.table)
        return events
