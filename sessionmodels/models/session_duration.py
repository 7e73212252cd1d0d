"""How long each session lasted."""

from sqlalchemy import FromClause, select

from sessionmodels.model import AnySelect, model


@model(
    "session",
    key=("session_id",),
    not_null=("dbt_visitor_id", "session_duration"),
    kind="view",
)
def session_duration(sessions: FromClause) -> AnySelect:
    """One row per session: the time from its first event to its last.

    Columns:
        dbt_visitor_id: the visitor.
        session_id: the session; unique, never null.
        session_duration: minutes from its first event to its last, as a fraction; 0 if it has one event.

    Source: `sessions`, some of its columns.
    """
    return select(sessions.c.dbt_visitor_id, sessions.c.session_id, sessions.c.session_duration)
