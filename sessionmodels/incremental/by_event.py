"""Incremental builds under an identity by which an event's visitor is not the mapping of one of its ids.

Such a visitor depends on other events of the device (`point_in_time`), or on both ids (`table`). So the visitor of each event
that may have another one is found again, and compared with the one that the last build stored.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, cast, func, literal_column, null, select, union_all

from sessionmodels.incremental.affected import is_since
from sessionmodels.incremental.changes import Current
from sessionmodels.incremental.last_events import of_last_event
from sessionmodels.model import AnySelect
from sessionmodels.rules.event import RANK, VISITOR, chosen, event_columns, of_event
from sessionmodels.rules.identity.aliases import LOGIN
from sessionmodels.rules.identity.identity import Identity
from sessionmodels.sql.instant import instant


def resolved_events(identity: Identity, current: Current, theirs: FromClause, mapping: FromClause) -> Any:
    """One row per event whose visitor may have changed, with `visitor_before` and `visitor_now`.

    They are the events of changed ids, whose visitor is always found again; with `point_in_time`, all events of the devices of
    changed events (`theirs`); with `table`, all to which the graph now gives another visitor.
    """
    rows, stored = current.rows, current.events
    again = theirs if identity.graph is None else rows
    of_ids = [] if identity.graph is None else [rows.c[RANK] == 1]
    events = select(*chosen(again, LOGIN)).where(*of_ids).distinct().cte("events_again")
    visits = identity.visits(events, mapping).cte("visits_again")
    found = select(
        *chosen(visits, LOGIN), stored.c[VISITOR].label("visitor_before"), visits.c[VISITOR].label("visitor_now")
    ).select_from(visits.outerjoin(stored, is_same_event(stored, visits)))
    if identity.graph is None:
        return found.distinct()
    moved = _moved_events(identity, stored, current.is_unchanged)
    both = union_all(found, moved).cte("resolved")
    return select(both).distinct()


def graph_changes(identity: Identity, events: FromClause, mapping: FromClause) -> Iterator[AnySelect]:
    """Yield selects that return a row if the graph now says something else than when the last build stored these tables."""
    if identity.graph is not None:
        one = literal_column("1").label("one")
        for rows in (moved_aliases(identity.graph, mapping), _moved_events(identity, events)):
            yield select(one).select_from(rows.subquery("moved")).limit(literal_column("1"))


def moved_aliases(graph: FromClause, mapping: FromClause) -> AnySelect:
    """One row per stored alias to which the graph now gives another visitor: `alias`, `visitor_before`, `visitor_now`."""
    now = func.coalesce(graph.c.visitor, mapping.c.alias)
    before = mapping.c.dbt_visitor_id
    columns = mapping.c.alias, before.label("visitor_before"), now.label("visitor_now")
    return select(*columns).select_from(mapping.outerjoin(graph, graph.c.alias == mapping.c.alias)).where(before != now)


def _moved_events(identity: Identity, events: FromClause, *conditions: ColumnElement[bool]) -> AnySelect:
    """One row per stored event to which the graph now gives another visitor.

    The mapping does not show them all: a user whom the graph lacks looks there like one who is their own visitor.
    """
    before = events.c[VISITOR].label("visitor_before")
    stored = select(*chosen(events, LOGIN), before).where(*conditions).cte("stored_events")
    visits = identity.visits(stored, stored).cte("visits_now")
    columns = *chosen(visits, LOGIN), visits.c.visitor_before, visits.c[VISITOR].label("visitor_now")
    return select(*columns).where(visits.c.visitor_before != visits.c[VISITOR])


def moments_by_event(changed: FromClause, resolved: FromClause, events: FromClause) -> Any:
    """Return each changed moment with its visitor: of changed events, and of events that have another visitor than before."""

    def version(rows: FromClause) -> ColumnElement[bool]:
        return and_(rows.c.event_id == changed.c.event_id, rows.c.timestamp == changed.c.timestamp)

    moment = changed.c.timestamp.label("moment")
    removed = select(events.c[VISITOR].label("visitor"), moment).select_from(changed.join(events, version(events)))
    added = select(resolved.c.visitor_now.label("visitor"), moment).select_from(changed.join(resolved, version(resolved)))
    is_moved = resolved.c.visitor_before != resolved.c.visitor_now
    both = (resolved.c[name].label("visitor") for name in ("visitor_before", "visitor_now"))
    return union_all(
        removed.where(changed.c.change < 0),
        added.where(changed.c.change > 0),
        *(select(visitor, resolved.c.timestamp.label("moment")).where(is_moved) for visitor in both),
    )


def tracks_by_event(current: Current, resolved: FromClause, visitors: FromClause, floor: datetime | None) -> AnySelect:
    """One row per event in an affected visitor's slice, with its visitor, and one without an id for the last event before it.

    The stored events are found by their visitor in the last build: if an event moved to another visitor, both are affected since
    then. The model is handed the visitors, because the slice lacks events that decide some of them.
    """
    events, rows = current.events, current.rows
    now = func.coalesce(resolved.c.visitor_now, events.c[VISITOR]).label(VISITOR)
    affected = events.join(visitors, is_since(events, visitors, events.c.timestamp))
    stored = (
        select(*chosen(events, event_columns(rows)), now)
        .select_from(affected.outerjoin(resolved, is_same_event(resolved, events)))
        .where(current.is_unchanged, *([] if floor is None else [events.c.timestamp >= instant(floor, events.c.timestamp)]))
    )
    is_theirs = and_(visitors.c.dbt_visitor_id == resolved.c.visitor_now, rows.c.timestamp >= visitors.c.since)
    new = (
        select(*of_event(rows), resolved.c.visitor_now.label(VISITOR))
        .select_from(rows.join(resolved, is_same_event(resolved, rows)).join(visitors, is_theirs))
        .where(current.is_event)
    )
    known = of_last_event(visitors)
    nothing = (known.get(name, cast(null(), rows.c[name].type)).label(name) for name in event_columns(rows))
    last = select(*nothing, visitors.c.dbt_visitor_id.label(VISITOR)).where(visitors.c.last_event_at.is_not(None))
    both = union_all(stored, new, last).cte("slice_events")
    return select(*of_event(both), both.c[VISITOR])


def is_same_event(one: FromClause, other: FromClause) -> ColumnElement[bool]:
    """Whether two rows have the same id, time and ids of device and user. If duplicates are kept, these decide the visitor."""
    ids = (func.coalesce(one.c[name], "") == func.coalesce(other.c[name], "") for name in ("anonymous_id", "user_id"))
    return and_(one.c.event_id == other.c.event_id, one.c.timestamp == other.c.timestamp, *ids)
