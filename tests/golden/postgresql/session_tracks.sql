-- session_tracks on PostgreSQL. One row a session: when it started, its number, and when the visitor's next one started.
-- session_tracks: create the table
CREATE TABLE dbt_session_tracks AS
SELECT
  dbt_track_facts.session_id,
  dbt_track_facts.dbt_visitor_id,
  dbt_track_facts.timestamp AS session_start_at,
  row_number() OVER (PARTITION BY dbt_track_facts.dbt_visitor_id
                     ORDER BY dbt_track_facts.timestamp) AS session_sequence_number,
  lead(dbt_track_facts.timestamp) OVER (PARTITION BY dbt_track_facts.dbt_visitor_id
                                        ORDER BY dbt_track_facts.timestamp) AS next_session_start_at
FROM dbt_track_facts
WHERE dbt_track_facts.track_sequence_number = 1;
-- session_tracks: update the planner's statistics
ANALYZE dbt_session_tracks;
