"""Each session, by its first event."""

from sqlalchemy import FromClause, select

from sessionmodels.model import AnySelect, model


@model(
    "session",
    key=("session_id",),
    not_null=("dbt_visitor_id", "session_start_at", "session_sequence_number"),
    kind="view",
    time_column="session_start_at",
)
def session_tracks(sessions: FromClause) -> AnySelect:
    """One row per session: when it started, its number, and when the visitor's next one started.

    Columns:
        session_id: `'<session_sequence_number> - <dbt_visitor_id>'`; unique, never null.
        dbt_visitor_id: the visitor.
        session_start_at: its first event's time.
        session_sequence_number: counts from 1 within the visitor.
        next_session_start_at: the start of the visitor's next session; null on the last.

    Source: `sessions`, some of its columns.
    """
    return select(
        sessions.c.session_id,
        sessions.c.dbt_visitor_id,
        sessions.c.session_start_at,
        sessions.c.session_sequence_number,
        sessions.c.next_session_start_at,
    )
