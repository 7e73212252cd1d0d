"""Each event with its visitor."""

from sqlalchemy import FromClause, select

from sessionmodels.model import AnySelect, model


@model(
    "event",
    key=("event_id",),
    not_null=("dbt_visitor_id", "timestamp"),
    kind="view",
    time_column="timestamp",
)
def mapped_tracks(session_events: FromClause) -> AnySelect:
    """One row per event: its visitor, and the time since the visitor's previous event.

    Columns:
        event_id: the event's `id`.
        anonymous_id: the device it came from; may be null.
        dbt_visitor_id: the visitor: the mapping of its `user_id` if it has one, else of its `anonymous_id`.
        timestamp: when it happened.
        event: its name; may be null.
        idle_time_minutes: minutes since the same visitor's previous event, as a fraction; null on the first.

    Source: `session_events`, some of its columns.
    """
    return select(
        session_events.c.event_id,
        session_events.c.anonymous_id,
        session_events.c.dbt_visitor_id,
        session_events.c.timestamp,
        session_events.c.event,
        session_events.c.idle_time_minutes,
    )
