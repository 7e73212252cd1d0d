"""Each event with its visitor."""

from sqlalchemy import FromClause, func, select

from sessionmodels.model import AnySelect, model
from sessionmodels.rules.identity import alias_of, visitor_of
from sessionmodels.sql.elapsed import elapsed, minutes
from sessionmodels.sql.instant import Instant
from sessionmodels.sql.order import visit_order


def _whole(*, whole_minutes: bool) -> dict[str, str]:
    meaning = "whole minutes since the same visitor's previous event, truncated; null on the first."
    return {"idle_time_minutes": meaning} if whole_minutes else {}


@model(
    "event",
    key=("event_id",),
    not_null=("dbt_visitor_id", "timestamp"),
    time_column="timestamp",
    lookback="event",
    described=_whole,
)
def mapped_tracks(tracks: FromClause, aliases_mapping: FromClause, *, deduplicate: bool, whole_minutes: bool) -> AnySelect:
    """One row per event: its visitor, and the time since the visitor's previous event.

    Columns:
        event_id: the event's `id`.
        anonymous_id: the device it came from; may be null.
        dbt_visitor_id: the visitor: the mapping of its `user_id` if it has one, else of its `anonymous_id`.
        timestamp: when it happened, UTC.
        event: its name; may be null.
        idle_time_minutes: minutes since the same visitor's previous event, as a fraction; null on the first.

    Source: `tracks`, `aliases_mapping`. An id that the mapping lacks is its own visitor, so that no event is lost.
    """
    visits = (
        select(
            tracks.c.event_id,
            tracks.c.anonymous_id,
            visitor_of(tracks, aliases_mapping).label("dbt_visitor_id"),
            tracks.c.timestamp,
            tracks.c.event,
        )
        .select_from(tracks.outerjoin(aliases_mapping, aliases_mapping.c.alias == alias_of(tracks)))
        .cte("visits")
    )
    previous = func.lag(visits.c.timestamp, type_=Instant()).over(
        partition_by=visits.c.dbt_visitor_id, order_by=visit_order(visits, unique_ids=deduplicate)
    )
    return select(
        visits.c.event_id,
        visits.c.anonymous_id,
        visits.c.dbt_visitor_id,
        visits.c.timestamp,
        visits.c.event,
        minutes(elapsed(previous, visits.c.timestamp), whole=whole_minutes).label("idle_time_minutes"),
    )
