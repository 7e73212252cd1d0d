"""Each session, by its first event."""

from typing import Any

from sqlalchemy import BigInteger, FromClause, func, select

from sessionmodels.model import AnySelect, model
from sessionmodels.sql.instant import Instant
from sessionmodels.sql.order import visit_order


@model(
    "session",
    key=("session_id",),
    not_null=("dbt_visitor_id", "session_start_at", "session_sequence_number"),
    time_column="session_start_at",
    lookback="session",
    carries="sessions",
)
def session_tracks(track_facts: FromClause, *, deduplicate: bool) -> AnySelect:
    """One row per session: when it started, its number, and when the visitor's next one started.

    Columns:
        session_id: `'<session_sequence_number> - <dbt_visitor_id>'`; unique, never null.
        dbt_visitor_id: the visitor.
        session_start_at: its first event's time, UTC.
        session_sequence_number: counts from 1 within the visitor.
        next_session_start_at: the start of the visitor's next session, UTC; null on the last.

    Source: `track_facts`, filtered to the first event of each session before the window, so that the rule of where a
    session starts is applied once. Sessions are ordered as the visitor's events are: several may start at one moment.
    """
    visit: Any = {
        "partition_by": track_facts.c.dbt_visitor_id,
        "order_by": visit_order(track_facts, unique_ids=deduplicate),
    }
    return select(
        track_facts.c.session_id,
        track_facts.c.dbt_visitor_id,
        track_facts.c.timestamp.label("session_start_at"),
        func.row_number(type_=BigInteger).over(**visit).label("session_sequence_number"),
        func.lead(track_facts.c.timestamp, type_=Instant()).over(**visit).label("next_session_start_at"),
    ).where(track_facts.c.track_sequence_number == 1)
