-- track_facts on PostgreSQL. One row an event, tied to its session.
-- track_facts: update the planner's statistics
ANALYZE dbt_track_facts;
