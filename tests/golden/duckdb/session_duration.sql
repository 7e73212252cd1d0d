-- session_duration on DuckDB. One row a session: the time from its first event to its last.
-- session_duration: create the view
CREATE VIEW dbt_session_duration AS
SELECT
  dbt_session_tracks.dbt_visitor_id,
  dbt_session_tracks.session_id,
  CAST((EPOCH_US(dbt_session_track_facts.ended_at) - EPOCH_US(dbt_session_tracks.session_start_at)) AS DOUBLE PRECISION) / 60000000 AS session_duration
FROM dbt_session_tracks
JOIN dbt_session_track_facts ON dbt_session_track_facts.session_id = dbt_session_tracks.session_id;
