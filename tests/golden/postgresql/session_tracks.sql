-- session_tracks on PostgreSQL. One row a session: when it started, its number, and when the visitor's next one started.
-- session_tracks: update the planner's statistics
ANALYZE dbt_session_tracks;
