-- session_track_facts on PostgreSQL. One row a session: when it ended, and how often what happened in it.
-- session_track_facts: update the planner's statistics
ANALYZE dbt_session_track_facts;
