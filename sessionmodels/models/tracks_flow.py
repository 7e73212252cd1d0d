"""What visitors did next."""

from typing import Any

from sqlalchemy import BigInteger, FromClause, and_, case, func, select

from sessionmodels.model import AnySelect, model
from sessionmodels.sql.order import RUNNING
from sessionmodels.sql.text import as_text


def _following(*, flow_depth: int, flow_so_far: bool) -> dict[str, str]:
    if flow_so_far:
        others = {
            f"event_{n}": f"the session's event name number {n}, if it occurred up to this event."
            for n in range(2, flow_depth + 1)
        }
        return {"event": "the session's first event name."} | others
    return {f"event_{n}": f"the name of the event {n - 1} places on." for n in range(3, flow_depth + 1)}


@model(
    "event",
    key=("event_id",),
    not_null=("session_id", "track_sequence_number", "dbt_visitor_id", "timestamp"),
    time_column="timestamp",
    described=_following,
)
def tracks_flow(track_facts: FromClause, *, flow_depth: int, flow_so_far: bool) -> AnySelect:
    """One row per event, with the events that follow it in its session.

    Columns:
        event_id: the event's `id`.
        session_id: its session.
        track_sequence_number: its place within the session, from 1.
        event: its name; may be null.
        dbt_visitor_id: the visitor.
        timestamp: when it happened, UTC.
        event_2: the name of the event that follows; null past the session's end, or if that event has none.
        event_3: the name of the event 2 places on.
        event_4: the name of the event 3 places on.
        event_5: the name of the event 4 places on.

    Source: `track_facts`. `flow_depth` counts the event itself. With `flow_so_far`, as in the dbt project, `event` and
    the following columns are the session's first non-null event names up to the row's event.
    """
    return _so_far(track_facts, flow_depth) if flow_so_far else _successors(track_facts, flow_depth)


def _successors(track_facts: FromClause, depth: int) -> AnySelect:
    session: Any = {"partition_by": track_facts.c.session_id, "order_by": track_facts.c.track_sequence_number}
    event = track_facts.c.event
    follow = [func.lead(event, n - 1, type_=event.type).over(**session).label(f"event_{n}") for n in range(2, depth + 1)]
    return _row(track_facts, event, follow)


def _so_far(track_facts: FromClause, depth: int) -> AnySelect:
    event = track_facts.c.event
    named = func.count(event, type_=BigInteger).over(**_running(track_facts))
    counted = select(track_facts, named.label("named_so_far")).cte("counted")
    first, *others = [_nth(counted, n) for n in range(1, depth + 1)]
    return _row(counted, first.label("event"), [name.label(f"event_{n}") for n, name in enumerate(others, start=2)])


def _nth(counted: FromClause, n: int) -> Any:
    """Return the session's nth non-null name, if it occurred up to this row. PostgreSQL lacks `IGNORE NULLS`."""
    name = case((and_(counted.c.named_so_far == n, counted.c.event.is_not(None)), counted.c.event))
    return as_text(func.max(name).over(**_running(counted)))


def _running(events: FromClause) -> Any:
    return {"partition_by": events.c.session_id, "order_by": events.c.track_sequence_number, "rows": RUNNING}


def _row(events: FromClause, event: Any, others: list[Any]) -> AnySelect:
    return select(
        events.c.event_id,
        events.c.session_id,
        events.c.track_sequence_number,
        event,
        events.c.dbt_visitor_id,
        events.c.timestamp,
        *others,
    )
