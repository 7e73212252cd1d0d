"""The slice that each model is given. Models do not know of it: they see one row more than is used of their results.

What precedes a visitor's slice is added as one row, depending on the model's lookback: the last event before it, or the last
session. Sessions within a slice are numbered from 1 as everywhere; the number of preceding sessions is added afterwards.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, FromClause, case, cast, func, literal_column, null, select, union_all

from sessionmodels.model import AnySelect, Lookback, Model
from sessionmodels.rules.event import of_event
from sessionmodels.rules.identity import alias_of
from sessionmodels.settings import Settings
from sessionmodels.sql.instant import instant
from sessionmodels.sql.order import RUNNING, visit_order
from sessionmodels.sql.session_id import session_id
from sessionmodels.sql.text import as_text


def tracks(retained: FromClause, mapping: FromClause, visitors: FromClause, floor: datetime | None) -> AnySelect:
    """One row per event in an affected visitor's slice, and one without an id for the last event before it.

    The mapping is the current one. `floor` is the start of the earliest slice, a constant by which partitions are pruned.
    """
    own = (
        select(mapping.c.alias, visitors.c.dbt_visitor_id, visitors.c.since, visitors.c.last_event_at)
        .select_from(mapping.join(visitors, visitors.c.dbt_visitor_id == mapping.c.dbt_visitor_id))
        .cte("their_aliases")
    )
    in_slice = (
        select(*of_event(retained))
        .select_from(retained.join(own, own.c.alias == alias_of(retained)))
        .where(retained.c.standing == 1, retained.c.timestamp >= own.c.since)
    )
    if floor is not None:
        in_slice = in_slice.where(retained.c.timestamp >= instant(floor))
    nothing = as_text(null())
    before = (
        select(
            nothing.label("event_id"),
            nothing.label("anonymous_id"),
            func.min(own.c.alias).label("user_id"),  # any of the visitor's aliases resolves to the visitor
            nothing.label("event"),
            own.c.last_event_at.label("timestamp"),
        )
        .where(own.c.last_event_at.is_not(None))
        .group_by(own.c.dbt_visitor_id, own.c.last_event_at)
    )
    both = union_all(in_slice, before).cte("slice_events")
    return select(*of_event(both))


def slice_of(model: Model, slices: Mapping[str, FromClause], visitors: FromClause, settings: Settings) -> AnySelect:
    """Return the new rows of a model, computed from the slices of the tables that it reads."""
    rows = model(*(_input(model, name, slices, visitors) for name in model.reads), **_chosen(model, settings))
    return _CORRECTIONS[model.lookback](rows, visitors, settings)


def _chosen(model: Model, settings: Settings) -> dict[str, Any]:
    return {name: getattr(settings, name) for name in model.sets}


def _input(model: Model, name: str, slices: Mapping[str, FromClause], visitors: FromClause) -> FromClause:
    if model.lookback == "session":
        return _with_last_session(slices[name], visitors)
    return slices[name]


def _unchanged(rows: AnySelect, _visitors: FromClause, _settings: Settings) -> AnySelect:
    return rows


def _with_last_session(track_facts: FromClause, visitors: FromClause) -> FromClause:
    """Return the slice with the first event of each visitor's last session before it. Of a session, only that event is read."""
    last_session = {
        "timestamp": visitors.c.last_session_start_at,
        "session_id": visitors.c.last_session_id,
        "dbt_visitor_id": visitors.c.dbt_visitor_id,
        "track_sequence_number": literal_column("1", BigInteger),
    }
    columns = [last_session.get(column.name, as_text(null())).label(column.name) for column in track_facts.c]
    before = select(*columns).where(visitors.c.last_session_id.is_not(None))
    return union_all(select(track_facts), before).cte("slice_with_last_session")


def _without_last_event(rows: AnySelect, _visitors: FromClause, _settings: Settings) -> AnySelect:
    mapped = rows.cte("slice_with_last_event")
    return select(mapped).where(mapped.c.event_id.is_not(None))


def _renumbered_events(rows: AnySelect, visitors: FromClause, settings: Settings) -> AnySelect:
    """Give each session its number among all of its visitor's."""
    facts = rows.cte("slice_facts")
    begins = case((facts.c.track_sequence_number == 1, 1), else_=0)
    order = visit_order(facts, unique_ids=settings.deduplicate)
    so_far = func.sum(begins).over(partition_by=facts.c.dbt_visitor_id, order_by=order, rows=RUNNING)
    counted = select(facts, cast(so_far, BigInteger).label("session_in_slice")).cte("counted_slice_facts")
    number = visitors.c.sessions_before + counted.c.session_in_slice
    renamed = session_id(number, counted.c.dbt_visitor_id).label("session_id")
    columns = (renamed if column.name == "session_id" else counted.c[column.name] for column in facts.c)
    return select(*columns).select_from(counted.join(visitors, visitors.c.dbt_visitor_id == counted.c.dbt_visitor_id))


def _renumbered_sessions(rows: AnySelect, visitors: FromClause, _settings: Settings) -> AnySelect:
    """Give each session its number among all of its visitor's. The last session before the slice is the first one here."""
    sessions = rows.cte("slice_sessions")
    before = case((visitors.c.sessions_before > 0, visitors.c.sessions_before - 1), else_=0)
    number = cast(sessions.c.session_sequence_number + before, BigInteger).label("session_sequence_number")
    columns = (number if column.name == number.name else column for column in sessions.c)
    return select(*columns).select_from(sessions.join(visitors, visitors.c.dbt_visitor_id == sessions.c.dbt_visitor_id))


_CORRECTIONS: Mapping[Lookback, Any] = {
    "nothing": _unchanged,
    "event": _without_last_event,
    "session_count": _renumbered_events,
    "session": _renumbered_sessions,
    "everything": _unchanged,
}
"""How a model's rows are corrected, by its lookback."""
