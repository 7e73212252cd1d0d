"""Each event in its session."""

from typing import Any

from sqlalchemy import BigInteger, FromClause, case, cast, func, select

from sessionmodels.model import AnySelect, model
from sessionmodels.rules.session_rule import starts_session
from sessionmodels.sql.instant import Instant
from sessionmodels.sql.order import RUNNING, visit_order
from sessionmodels.sql.session_id import session_id


@model(
    "event",
    key=("event_id",),
    not_null=("timestamp", "session_id", "dbt_visitor_id", "track_sequence_number"),
    time_column="timestamp",
    lookback="session_count",
)
def track_facts(mapped_tracks: FromClause, *, deduplicate: bool, longest_idle_microseconds: int) -> AnySelect:
    """One row per event, with its session.

    Columns:
        anonymous_id: the device it came from; may be null.
        timestamp: when it happened, UTC.
        event_id: the event's `id`.
        event: its name; may be null.
        session_id: its session, `'<session_sequence_number> - <dbt_visitor_id>'`.
        dbt_visitor_id: the visitor.
        track_sequence_number: the event's place within its session, from 1.

    Source: `mapped_tracks`. A session starts at a visitor's first event and at every event after a gap of more than
    `longest_idle_microseconds`. A running sum of starts numbers the sessions: no join of events to sessions.
    """
    visit: Any = {
        "partition_by": mapped_tracks.c.dbt_visitor_id,
        "order_by": visit_order(mapped_tracks, unique_ids=deduplicate),
    }
    ordered = select(
        *_event(mapped_tracks),
        func.row_number(type_=BigInteger).over(**visit).label("visit_sequence_number"),
        func.lag(mapped_tracks.c.timestamp, type_=Instant()).over(**visit).label("previous_timestamp"),
    ).cte("ordered")

    starts = starts_session(ordered.c.previous_timestamp, ordered.c.timestamp, longest_idle_microseconds)
    marked = select(*_event(ordered), ordered.c.visit_sequence_number, starts.label("starts_session")).cte("marked")

    so_far: Any = {"partition_by": marked.c.dbt_visitor_id, "order_by": marked.c.visit_sequence_number, "rows": RUNNING}
    started_at = case((marked.c.starts_session == 1, marked.c.visit_sequence_number))
    numbered = select(
        *_event(marked),
        cast(func.sum(marked.c.starts_session).over(**so_far), BigInteger).label("session_sequence_number"),
        marked.c.visit_sequence_number,
        func.max(started_at).over(**so_far).label("started_at_number"),
    ).cte("numbered")

    return select(
        numbered.c.anonymous_id,
        numbered.c.timestamp,
        numbered.c.event_id,
        numbered.c.event,
        session_id(numbered.c.session_sequence_number, numbered.c.dbt_visitor_id).label("session_id"),
        numbered.c.dbt_visitor_id,
        (numbered.c.visit_sequence_number - numbered.c.started_at_number + 1).label("track_sequence_number"),
    )


def _event(events: FromClause) -> tuple[Any, ...]:
    return events.c.anonymous_id, events.c.timestamp, events.c.event_id, events.c.event, events.c.dbt_visitor_id
