-- tracks_flow on PostgreSQL. One row an event, with the events that follow it in its session.
-- tracks_flow: update the planner's statistics
ANALYZE dbt_tracks_flow;
