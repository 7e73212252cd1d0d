"""How long each session lasted."""

from sqlalchemy import FromClause, select

from sessionmodels.model import AnySelect, model
from sessionmodels.sql.elapsed import elapsed, minutes


def _whole(*, whole_minutes: bool) -> dict[str, str]:
    return {"session_duration": "whole minutes from its first event to its last, truncated."} if whole_minutes else {}


@model(
    "session",
    key=("session_id",),
    not_null=("dbt_visitor_id", "session_duration"),
    kind="view",
    described=_whole,
)
def session_duration(session_tracks: FromClause, session_track_facts: FromClause, *, whole_minutes: bool) -> AnySelect:
    """One row per session: the time from its first event to its last.

    Columns:
        dbt_visitor_id: the visitor.
        session_id: the session; unique, never null.
        session_duration: minutes from its first event to its last, as a fraction; 0 if it has one event.

    Source: `session_tracks`, `session_track_facts`, joined on equal `session_id`.
    """
    length = elapsed(session_tracks.c.session_start_at, session_track_facts.c.ended_at)
    return select(
        session_tracks.c.dbt_visitor_id,
        session_tracks.c.session_id,
        minutes(length, whole=whole_minutes).label("session_duration"),
    ).select_from(session_tracks.join(session_track_facts, session_track_facts.c.session_id == session_tracks.c.session_id))
