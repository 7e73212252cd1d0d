"""The slice that each model is given. Models do not know of it: they get one more row per visitor, whose result is not used.

What precedes a visitor's slice is added as one row, depending on the model's lookback: the last event before it, or the last
session. Sessions within a slice are numbered from 1 as everywhere; the number of preceding sessions is added afterwards.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, FromClause, and_, case, cast, func, null, select, union_all

from sessionmodels.incremental.affected import is_since
from sessionmodels.incremental.changes import Current
from sessionmodels.incremental.last_events import of_last_event
from sessionmodels.model import AnySelect, Lookback, Model
from sessionmodels.rules.event import chosen, event_columns, of_event
from sessionmodels.rules.identity.identity import Identity
from sessionmodels.sql.instant import instant
from sessionmodels.sql.session_id import session_id


def tracks_by_alias(
    current: Current, mapping: FromClause, visitors: FromClause, floor: datetime | None, identity: Identity
) -> AnySelect:
    """One row per event in an affected visitor's slice, and one without an id for the last event before it.

    The stored events are found by their visitor in the last build: if an event moved to another visitor, both are affected since
    then. The mapping is the current one. `floor` is the start of the earliest slice, a constant by which partitions are pruned.
    """
    own = (
        select(mapping.c.alias, visitors.c.dbt_visitor_id, visitors.c.since, *of_last_event(visitors).values())
        .select_from(mapping.join(visitors, visitors.c.dbt_visitor_id == mapping.c.dbt_visitor_id))
        .cte("their_aliases")
    )
    events, rows = current.events, current.rows
    stored = (
        select(*chosen(events, event_columns(rows)))
        .select_from(events.join(visitors, is_since(events, visitors, events.c.timestamp)))
        .where(current.is_unchanged, *([] if floor is None else [events.c.timestamp >= instant(floor, events.c.timestamp)]))
    )
    is_theirs = and_(own.c.alias == identity.alias_of(rows), rows.c.timestamp >= own.c.since)
    new = select(*of_event(rows)).select_from(rows.join(own, is_theirs)).where(current.is_event)
    both = union_all(stored, new, _last_event_before(own, rows)).cte("slice_events")
    return select(*of_event(both))


def _last_event_before(own: FromClause, rows: FromClause) -> AnySelect:
    """One row per visitor with events before the slice. Any of the visitor's aliases resolves to the visitor."""
    last = of_last_event(own)
    known = {**last, "user_id": func.min(own.c.alias)}
    columns = (known.get(name, cast(null(), rows.c[name].type)).label(name) for name in event_columns(rows))
    return select(*columns).where(own.c.last_event_at.is_not(None)).group_by(own.c.dbt_visitor_id, *last.values())


def slice_of(
    model: Model, slices: Mapping[str, FromClause], stored: FromClause, visitors: FromClause, chosen: Mapping[str, Any]
) -> AnySelect:
    """Return the new rows of a model, computed from the slices of the tables that it reads, by these settings.

    `stored` are its previous rows.
    """
    rows = model(*(slices[name] for name in model.reads), **chosen)
    if compares_last_event(model, chosen):
        seen = rows.cte("seen_sessions")
        rows = select(seen).where(seen.c.session_key.is_not(None))
    return _CORRECTIONS[model.lookback](rows, stored, visitors)


def compares_last_event(model: Model, chosen: Mapping[str, Any]) -> bool:
    """Whether a model of sessions is given the last event before the slice, too: all reasons but a pause are found by it."""
    return model.lookback == "last_session" and not chosen["session_rules"].only_idle


def _unchanged(rows: AnySelect, _stored: FromClause, _visitors: FromClause) -> AnySelect:
    return rows


def _renumbered(rows: AnySelect, _stored: FromClause, visitors: FromClause) -> AnySelect:
    """Give each event's session its number among all of the visitor's, and omit the last event before the slice."""
    found = rows.cte("slice_with_last_event")
    before = case((visitors.c.sessions_before > 0, visitors.c.sessions_before - 1), else_=0)
    number = cast(found.c.session_sequence_number + before, BigInteger)
    renamed = {
        "session_id": session_id(number, found.c.dbt_visitor_id).label("session_id"),
        "session_sequence_number": number.label("session_sequence_number"),
    }
    return (
        select(*(renamed.get(column.name, column) for column in found.c))
        .select_from(found.join(visitors, visitors.c.dbt_visitor_id == found.c.dbt_visitor_id))
        .where(found.c.event_id.is_not(None))
    )


def _with_last_session(rows: AnySelect, stored: FromClause, visitors: FromClause) -> AnySelect:
    """Add the last session before the slice, whose next session may be another one."""
    found = rows.cte("slice_sessions")
    first = (
        select(found.c.dbt_visitor_id, func.min(found.c.session_start_at).label("session_start_at"))
        .group_by(found.c.dbt_visitor_id)
        .cte("first_sessions")
    )
    following = first.c.session_start_at.label("next_session_start_at")
    last = select(*(following if column.name == following.name else column for column in stored.c)).select_from(
        stored.join(visitors, visitors.c.last_session_id == stored.c.session_id).outerjoin(
            first, first.c.dbt_visitor_id == visitors.c.dbt_visitor_id
        )
    )
    both = union_all(select(found), last).cte("slice_with_last_session")
    return select(both)


_CORRECTIONS: Mapping[Lookback, Any] = {
    "nothing": _unchanged,
    "last_event": _renumbered,
    "last_session": _with_last_session,
    "everything": _unchanged,
}
"""How a model's rows are corrected, by its lookback."""
