"""Each event in its session."""

from sqlalchemy import FromClause, select

from sessionmodels.model import AnySelect, model


@model(
    "event",
    key=("event_id",),
    not_null=("timestamp", "session_id", "dbt_visitor_id", "track_sequence_number"),
    kind="view",
    time_column="timestamp",
)
def track_facts(session_events: FromClause) -> AnySelect:
    """One row per event, with its session.

    Columns:
        anonymous_id: the device it came from; may be null.
        timestamp: when it happened.
        event_id: the event's `id`.
        event: its name; may be null.
        session_id: its session, `'<session_sequence_number> - <dbt_visitor_id>'`.
        dbt_visitor_id: the visitor.
        track_sequence_number: the event's place within its session, from 1.

    Source: `session_events`, some of its columns.
    """
    return select(
        session_events.c.anonymous_id,
        session_events.c.timestamp,
        session_events.c.event_id,
        session_events.c.event,
        session_events.c.session_id,
        session_events.c.dbt_visitor_id,
        session_events.c.track_sequence_number,
    )
