-- session_tracks on DuckDB. One row per session: when it started, its number, and when the visitor's next one started.
-- session_tracks: create the table
CREATE TABLE dbt_session_tracks AS
SELECT
  dbt_track_facts.session_id,
  dbt_track_facts.dbt_visitor_id,
  dbt_track_facts.timestamp AS session_start_at,
  row_number() OVER (PARTITION BY dbt_track_facts.dbt_visitor_id
                     ORDER BY dbt_track_facts.timestamp, dbt_track_facts.event_id, dbt_track_facts.event IS NULL, dbt_track_facts.event, dbt_track_facts.anonymous_id IS NULL, dbt_track_facts.anonymous_id) AS session_sequence_number,
  lead(dbt_track_facts.timestamp) OVER (PARTITION BY dbt_track_facts.dbt_visitor_id
                                        ORDER BY dbt_track_facts.timestamp, dbt_track_facts.event_id, dbt_track_facts.event IS NULL, dbt_track_facts.event, dbt_track_facts.anonymous_id IS NULL, dbt_track_facts.anonymous_id) AS next_session_start_at
FROM dbt_track_facts
WHERE dbt_track_facts.track_sequence_number = 1;
-- session_tracks: add column comments
COMMENT ON TABLE dbt_session_tracks IS 'One row per session: when it started, its number, and when the visitor''s next one started. Built by sessionmodels.';
COMMENT ON COLUMN dbt_session_tracks.session_id IS '`''<session_sequence_number> - <dbt_visitor_id>''`; unique, never null.';
COMMENT ON COLUMN dbt_session_tracks.dbt_visitor_id IS 'the visitor.';
COMMENT ON COLUMN dbt_session_tracks.session_start_at IS 'its first event''s time, UTC.';
COMMENT ON COLUMN dbt_session_tracks.session_sequence_number IS 'counts from 1 within the visitor.';
COMMENT ON COLUMN dbt_session_tracks.next_session_start_at IS 'the start of the visitor''s next session, UTC; null on the last.';
