-- session_duration on DuckDB. One row per session: the time from its first event to its last.
-- session_duration: create the view
CREATE VIEW dbt_session_duration AS
SELECT
  dbt_session_tracks.dbt_visitor_id,
  dbt_session_tracks.session_id,
  CAST((EPOCH_US(dbt_session_track_facts.ended_at) - EPOCH_US(dbt_session_tracks.session_start_at)) AS DOUBLE PRECISION) / 60000000 AS session_duration
FROM dbt_session_tracks
JOIN dbt_session_track_facts ON dbt_session_track_facts.session_id = dbt_session_tracks.session_id;
-- session_duration: add column comments
COMMENT ON VIEW dbt_session_duration IS 'One row per session: the time from its first event to its last. Built by sessionmodels.';
COMMENT ON COLUMN dbt_session_duration.dbt_visitor_id IS 'the visitor.';
COMMENT ON COLUMN dbt_session_duration.session_id IS 'the session; unique, never null.';
COMMENT ON COLUMN dbt_session_duration.session_duration IS 'minutes from its first event to its last, as a fraction; 0 if it has one event.';
