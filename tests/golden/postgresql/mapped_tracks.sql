-- mapped_tracks on PostgreSQL. One row an event: who did it, and how long after the visitor's event before.
-- mapped_tracks: update the planner's statistics
ANALYZE dbt_mapped_tracks;
