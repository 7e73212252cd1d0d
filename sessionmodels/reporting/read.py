"""Reads from a warehouse what a report is made of. It only reads."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine
from sqlalchemy.types import DateTime

from sessionmodels.analyses.asked import days_of
from sessionmodels.analyses.channel import CHANNEL, chosen_channels
from sessionmodels.analyses.notes import notes_on_events, notes_on_settings
from sessionmodels.connection.transaction import connected, named
from sessionmodels.errors import SettingsError, did_you_mean
from sessionmodels.model import AnySelect
from sessionmodels.reading.built import as_built, graph_to_read, recorded_settings
from sessionmodels.relations.all_rows import all_rows
from sessionmodels.relations.graph import Graph
from sessionmodels.reporting import labels
from sessionmodels.reporting.cohorts import with_cohorts
from sessionmodels.reporting.cubes import DEPTH
from sessionmodels.reporting.cubes.pauses import bounds_of
from sessionmodels.reporting.facts import Counted, Facts
from sessionmodels.reporting.frequent import days_seen, frequent_events, frequent_values
from sessionmodels.reporting.plan import BREAKDOWNS, Frequent, Planned, counters_of, planned
from sessionmodels.reporting.relations import Relations
from sessionmodels.reporting.scope import Scope, scopes_of
from sessionmodels.rules.event import VISITOR_IDS
from sessionmodels.settings import Settings
from sessionmodels.settings.whole_number import is_whole_number
from sessionmodels.warehouses import warehouse_of

READS = "sessions", "session_events"
IDS = (*VISITOR_IDS, "dbt_visitor_id", "session_id", "session_key")
"""Columns whose values are one person's or one session's: no file that is sent around shows them."""

MOST_VALUES, MOST_ITEMS, MOST_NAMES, MOST_STAGES = 8, 10, 5, 10


@dataclass(frozen=True)
class Wanted:
    """What is asked of a report."""

    since: date | str | None = None
    until: date | str | None = None
    last: int | None = None
    by: str = CHANNEL
    funnel: Sequence[str] = ()
    time_zone: str | None = None

    def refuse_wrong(self, settings: Settings) -> None:
        """Refuse what cannot be asked, whatever the warehouse has.

        Raises:
            SettingsError: a value is wrong; the message names it.
        """
        days_of(settings, self.since, self.until, self.time_zone)
        if self.last is not None and not is_whole_number(self.last):
            msg = f"last={self.last!r}: expected a whole number of days from 1"
            raise SettingsError(msg)
        if self.last is not None and self.since is not None:
            msg = "a report takes since or last, not both"
            raise SettingsError(msg)
        if len(self.funnel) > MOST_STAGES or not all(isinstance(one, str) and one for one in self.funnel):
            msg = f"funnel={list(self.funnel)!r}: expected the names of at most {MOST_STAGES} events"
            raise SettingsError(msg)


def facts_of(engine: Engine, settings: Settings, wanted: Wanted, *, coarser: int = 0) -> Facts:
    """Return what a report shows, in the finest steps of time that are not too many, coarsened `coarser` times.

    Raises:
        SettingsError, TargetError, ConnectError, SessionmodelsError: as `report`.
    """
    warehouse = warehouse_of(engine.dialect.name)
    wanted.refuse_wrong(settings)
    days = days_of(settings, wanted.since, wanted.until, wanted.time_zone)
    with connected(engine, warehouse.transactions.isolation_level, reads_only=True) as connection:
        built = recorded_settings(connection, settings, warehouse)
        others = built.other_than(settings)
        with named("the relations", "look for them", warehouse):
            graph = graph_to_read(connection, as_built(settings, built), READS)
        days = days if wanted.time_zone else replace(days, time_zone=graph.settings.time_zone)
        with named("the relations", "read them", warehouse):
            scope = Scope(days, "day", _dimension(graph, wanted.by))
            every = Relations(*_tables(graph), scope, chosen_channels(graph.settings))
            today = datetime.now(UTC).astimezone(ZoneInfo(days.time_zone)).date()
            seen = connection.execute(days_seen(every)).one()
            first, last = (found or today for found in seen)
            on_events = notes_on_events(connection, graph, {"steps": wanted.funnel}, names_all=False)
            notes = (*notes_on_settings(settings, others), *on_events)
            scopes = scopes_of(days, (first, last), wanted.last, wanted.by, today=today)
            reader = Reader(connection, graph, replace(every, scope=scopes[min(coarser, len(scopes) - 1)])).with_values()
            found = replace(reader.read(wanted.funnel), first_day=seen.first, last_day=last, notes=notes)
            return with_cohorts(_with_note_on_range(found))


def _with_note_on_range(facts: Facts) -> Facts:
    """Return the facts, with a note if no session starts in the range."""
    sessions = facts.cubes["sessions"]
    step = sessions.keys.index("step")
    if any(row[step] >= 0 for row in sessions.rows):  # those of the period before are negative
        return facts
    if facts.first_day is None:
        return replace(facts, notes=(*facts.notes, "There are no sessions."))
    note = f"Sessions start from {facts.first_day} to {facts.last_day}, and none of them in the range of days."
    return replace(facts, notes=(*facts.notes, note))


def _tables(graph: Graph) -> tuple[Any, Any]:
    sessions, events = (all_rows(graph[one].model, graph[one].table, graph.settings, f"all_{one}") for one in READS)
    return sessions, events


def _dimension(graph: Graph, by: str) -> str:
    columns = graph["sessions"].table.c
    known = {one.name for one in columns if not isinstance(one.type, DateTime) and one.name not in IDS} | {CHANNEL}
    if by not in known:
        kind = "an id" if by in IDS else "a time"
        why = f"a report cannot be filtered by {by!r}, {kind}" if by in columns else f"sessions has no column {by!r}"
        msg = f"by: {why}; {did_you_mean(by, known)}"
        raise SettingsError(msg)
    return by


@dataclass(frozen=True)
class Reader:
    """Reads the cubes of a range."""

    connection: Connection
    graph: Graph
    relations: Relations

    def with_values(self) -> "Reader":
        """Return a reader that counts by the most frequent values of the dimension."""
        values = self._first(frequent_values(self.relations, self.relations.scope.by, MOST_VALUES))
        return replace(self, relations=replace(self.relations, scope=replace(self.relations.scope, values=values)))

    def read(self, funnel: Sequence[str]) -> Facts:
        """Return all that a report shows, but for the builds."""
        scope, settings = self.relations.scope, self.graph.settings
        plan = planned(self.relations, settings, self._frequent(funnel))
        return Facts(
            scope=scope,
            values=labels.of_values(scope.values),
            cubes={one.name: self._counted(one) for one in plan},
            warehouse=self.connection.dialect.name,
            made_at=datetime.now(UTC),
            last_day=scope.until,
            timeout_minutes=settings.idle_minutes,
            counters=counters_of(settings),
            has_conversions=bool(settings.conversion_events),
            pauses=bounds_of(settings.idle_minutes),
        )

    def _frequent(self, funnel: Sequence[str]) -> Frequent:
        items = {name: self._first(frequent_values(self.relations, column, MOST_ITEMS)) for name, column in BREAKDOWNS.items()}
        names = self._first(frequent_events(self.relations, MOST_NAMES, among_first=DEPTH))
        return Frequent(items, names, tuple(funnel) or self._usual_funnel())

    def _usual_funnel(self) -> tuple[str, ...]:
        """Return the most frequent events in the order in which they usually come, and then the most frequent conversion."""
        conversions = tuple(self.graph.settings.conversion_events)
        common = self.connection.execute(frequent_events(self.relations, 3, without=conversions)).all()
        last = self._first(frequent_events(self.relations, 1, only=conversions)) if conversions else ()
        return (*(row.event for row in sorted(common, key=lambda row: (row.place, row.event))), *last)

    def _first(self, query: AnySelect) -> tuple[Any, ...]:
        return tuple(self.connection.execute(query).scalars())

    def _counted(self, plan: Planned) -> Counted:
        rows = sorted(tuple(map(int, row)) for row in self.connection.execute(plan.cube.query))
        return Counted(plan.cube.keys, plan.cube.sums, rows, plan.cube.query, plan.labels, plan.items)
