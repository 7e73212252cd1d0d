"""Which slice each model is handed. The models know nothing of it: they see a row more than is taken of their answer.

What lies before a visitor's slice is carried in as one row, by what a model looks back to: the last event before it, or the last
session. Sessions within a slice count from 1 as everywhere; their numbers are moved up by those that lie before.
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
    """One row per event of a touched visitor since their slice begins, and one for the last event before, without an id.

    The mapping is the one as it is now. `floor` is where the earliest slice begins, as a constant by which partitions prune.
    """
    own = (
        select(mapping.c.alias, visitors.c.dbt_visitor_id, visitors.c.since, visitors.c.last_event_at)
        .select_from(mapping.join(visitors, visitors.c.dbt_visitor_id == mapping.c.dbt_visitor_id))
        .cte("their_aliases")
    )
    at_hand = (
        select(*of_event(retained))
        .select_from(retained.join(own, own.c.alias == alias_of(retained)))
        .where(retained.c.standing == 1, retained.c.timestamp >= own.c.since)
    )
    if floor is not None:
        at_hand = at_hand.where(retained.c.timestamp >= instant(floor))
    nothing = as_text(null())
    before = (
        select(
            nothing.label("event_id"),
            nothing.label("anonymous_id"),
            func.min(own.c.alias).label("user_id"),  # any alias of theirs leads to them
            nothing.label("event"),
            own.c.last_event_at.label("timestamp"),
        )
        .where(own.c.last_event_at.is_not(None))
        .group_by(own.c.dbt_visitor_id, own.c.last_event_at)
    )
    both = union_all(at_hand, before).cte("events_at_hand")
    return select(*of_event(both))


def slice_of(model: Model, handed: Mapping[str, FromClause], visitors: FromClause, settings: Settings) -> AnySelect:
    """Return what a model says of the slices of what it reads, in place of the rows that leave."""
    answer = model(*(_handed(model, name, handed, visitors) for name in model.reads), **_chosen(model, settings))
    return _TAKEN[model.lookback](answer, visitors, settings)


def _chosen(model: Model, settings: Settings) -> dict[str, Any]:
    return {name: getattr(settings, name) for name in model.sets}


def _handed(model: Model, name: str, handed: Mapping[str, FromClause], visitors: FromClause) -> FromClause:
    if model.lookback == "session":
        return _with_last_session(handed[name], visitors)
    return handed[name]


def _as_it_is(answer: AnySelect, _visitors: FromClause, _settings: Settings) -> AnySelect:
    return answer


def _with_last_session(track_facts: FromClause, visitors: FromClause) -> FromClause:
    """Return the slice, and of each visitor's last session before it the first event, which is all that is read of a session."""
    carried = {
        "timestamp": visitors.c.last_session_start_at,
        "session_id": visitors.c.last_session_id,
        "dbt_visitor_id": visitors.c.dbt_visitor_id,
        "track_sequence_number": literal_column("1", BigInteger),
    }
    columns = [carried.get(column.name, as_text(null())).label(column.name) for column in track_facts.c]
    before = select(*columns).where(visitors.c.last_session_id.is_not(None))
    return union_all(select(track_facts), before).cte("first_events_at_hand")


def _without_last_event(answer: AnySelect, _visitors: FromClause, _settings: Settings) -> AnySelect:
    mapped = answer.cte("mapped_at_hand")
    return select(mapped).where(mapped.c.event_id.is_not(None))


def _renumbered_events(answer: AnySelect, visitors: FromClause, settings: Settings) -> AnySelect:
    """Call each session by its number among all of its visitor."""
    facts = answer.cte("facts_at_hand")
    begins = case((facts.c.track_sequence_number == 1, 1), else_=0)
    order = visit_order(facts, unique_ids=settings.deduplicate)
    so_far = func.sum(begins).over(partition_by=facts.c.dbt_visitor_id, order_by=order, rows=RUNNING)
    counted = select(facts, cast(so_far, BigInteger).label("session_at_hand")).cte("counted_at_hand")
    number = visitors.c.sessions_before + counted.c.session_at_hand
    renamed = session_id(number, counted.c.dbt_visitor_id).label("session_id")
    columns = (renamed if column.name == "session_id" else counted.c[column.name] for column in facts.c)
    return select(*columns).select_from(counted.join(visitors, visitors.c.dbt_visitor_id == counted.c.dbt_visitor_id))


def _renumbered_sessions(answer: AnySelect, visitors: FromClause, _settings: Settings) -> AnySelect:
    """Give each session its number among all of its visitor: where a last one was carried in, it is the first in the slice."""
    sessions = answer.cte("sessions_at_hand")
    before = case((visitors.c.sessions_before > 0, visitors.c.sessions_before - 1), else_=0)
    number = cast(sessions.c.session_sequence_number + before, BigInteger).label("session_sequence_number")
    columns = (number if column.name == number.name else column for column in sessions.c)
    return select(*columns).select_from(sessions.join(visitors, visitors.c.dbt_visitor_id == sessions.c.dbt_visitor_id))


_TAKEN: Mapping[Lookback, Any] = {
    "nothing": _as_it_is,
    "event": _without_last_event,
    "session_count": _renumbered_events,
    "session": _renumbered_sessions,
    "everything": _as_it_is,
}
"""What is taken of an answer, by what a model's windows reach before the slice."""
