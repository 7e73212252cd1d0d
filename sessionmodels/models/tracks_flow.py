"""What visitors did next."""

from sqlalchemy import FromClause, select

from sessionmodels.model import AnySelect, model
from sessionmodels.rules.flow import names_so_far, with_named_so_far


def _first(*, flow_so_far: bool) -> dict[str, str]:
    return {"event": "the session's first event name."} if flow_so_far else {}


@model(
    "event",
    key=("event_id",),
    not_null=("session_id", "track_sequence_number", "dbt_visitor_id", "timestamp"),
    kind="view",
    time_column="timestamp",
    described=_first,
)
def tracks_flow(session_events: FromClause, *, flow_depth: int, flow_so_far: bool) -> AnySelect:
    """One row per event, with the events that follow it in its session.

    Columns:
        event_id: the event's `id`.
        session_id: its session.
        track_sequence_number: its place within the session, from 1.
        event: its name; may be null.
        dbt_visitor_id: the visitor.
        timestamp: when it happened.
        event_2: the name of the event that follows; null past the session's end, or if that event has none.
        event_3: the name of the event 2 places on.
        event_4: the name of the event 3 places on.
        event_5: the name of the event 4 places on.

    Source: `session_events`, some of its columns. With `flow_so_far`, as in the dbt project, `event` is the session's first
    non-null event name up to the row's event, and is computed here: in `session_events` it is the event's own name.
    """
    events = with_named_so_far(session_events) if flow_so_far else session_events
    event = names_so_far(events, [1])[0] if flow_so_far else events.c.event
    return select(
        events.c.event_id,
        events.c.session_id,
        events.c.track_sequence_number,
        event,
        events.c.dbt_visitor_id,
        events.c.timestamp,
        *(events.c[f"event_{n}"] for n in range(2, flow_depth + 1)),
    )
