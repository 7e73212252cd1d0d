"""The working tables of an incremental build, each with the select that fills it. Nothing here depends on executed steps."""

from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import CreateTableAs, FromClause, Table, select

from sessionmodels.incremental.affected import affected_visitors, is_since
from sessionmodels.incremental.changes import changed_events, difference, rows_of_ids
from sessionmodels.incremental.identities import affected_aliases
from sessionmodels.incremental.slices import slice_of, tracks
from sessionmodels.relations.graph import Graph, Relation
from sessionmodels.relations.naming import TRACKS
from sessionmodels.settings import Settings
from sessionmodels.source.clean import rows_of_window, usable_rows
from sessionmodels.warehouses.warehouse import Job


class WorkingTables:
    """The tables of changes, of affected visitors, and of the slices that replace old rows."""

    def __init__(self, job: Job, low: datetime) -> None:
        """Store the job and the load time to read from."""
        self.job, self.low = job, low
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
    def retained(self) -> Table:
        """The retained events, as the build changes them."""
        return self.graph.staging.table

    @cached_property
    def window(self) -> CreateTableAs:
        """One row per raw row of the window, including rejected ones. The source is read only here."""
        return self.workspace.create("window", rows_of_window(self.job.graph.source.windowed(self.low)))

    @cached_property
    def difference(self) -> CreateTableAs:
        """One row per distinct raw row that was inserted or deleted since the last build."""
        return self.workspace.create("difference", difference(self._usable, self.job.graph.staging.table, self.low))

    @cached_property
    def rows(self) -> CreateTableAs:
        """Every current raw row of the changed event ids."""
        found = rows_of_ids(self._usable, self.retained, self.difference.table, self.low, deduplicate=self.settings.deduplicate)
        return self.workspace.create("rows", found)

    @cached_property
    def changed(self) -> CreateTableAs:
        """One row per version of an event that was added or removed."""
        return self.workspace.create("changed", changed_events(self.retained, self.rows.table, self.difference.table))

    @cached_property
    def aliases(self) -> CreateTableAs:
        """One row per alias of a changed event, with its visitor before and now."""
        return self.workspace.create("aliases", affected_aliases(self.changed.table, self.retained, self.identities.table))

    @cached_property
    def visitors(self) -> CreateTableAs:
        """One row per affected visitor: since when, and what precedes."""
        found = affected_visitors(
            self.changed.table,
            self.aliases.table,
            self.retained,
            self.sessions.table,
            self.graph.carrying("session_ends").table,
            longest_idle_microseconds=self.settings.longest_idle_microseconds,
        )
        return self.workspace.create("visitors", found)

    @cached_property
    def old_sessions(self) -> CreateTableAs:
        """The affected sessions before this build."""
        sessions, visitors = self.sessions.table, self.visitors.table
        columns = ("session_id", "dbt_visitor_id", "session_start_at", "session_sequence_number")
        affected = sessions.join(visitors, is_since(sessions, visitors, sessions.c.session_start_at))
        return self.workspace.create("old_sessions", select(*(sessions.c[name] for name in columns)).select_from(affected))

    def events(self, floor: datetime | None) -> CreateTableAs:
        """Return the events of affected visitors. `floor` is the start of the earliest slice, or None for no bound."""
        return self._slice(TRACKS, tracks(self.retained, self.identities.table, self.visitors.table, floor))

    def slice(self, relation: Relation) -> CreateTableAs:
        """Return a relation's slice, computed by its model from the slices of the tables that it reads."""
        if relation.name not in self._slices:
            slices = {name: self._input(relation, name) for name in relation.model.reads}
            query = slice_of(relation.model, slices, self.visitors.table, self.settings)
            self._slices[relation.name] = self._slice(relation.name, query)
        return self._slices[relation.name]

    def needed(self) -> Iterator[Relation]:
        """Yield the relations whose slices are computed: tables, and what they read, directly or through views."""
        for relation in self.graph.relations:
            if relation != self.identities and self._is_needed(relation):
                yield relation

    def all(self) -> Iterator[Table]:
        """Yield every working table, for scripts."""
        named = self.window, self.difference, self.rows, self.changed, self.aliases, self.visitors, self.old_sessions
        yield from (one.table for one in (*named, self.events(None), *map(self.slice, self.needed())))

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
        return self.events(None).table if name == TRACKS else self.slice(self.graph[name]).table
