-- session_tracks on PostgreSQL. One row per session: when it started, its number, and when the visitor's next one started.
-- session_tracks: create the view
CREATE VIEW dbt_session_tracks AS
SELECT
  dbt_sessions.session_id,
  dbt_sessions.dbt_visitor_id,
  dbt_sessions.session_start_at,
  dbt_sessions.session_sequence_number,
  dbt_sessions.next_session_start_at
FROM dbt_sessions;
-- session_tracks: add column comments
COMMENT ON VIEW dbt_session_tracks IS 'One row per session: when it started, its number, and when the visitor''s next one started. Built by sessionmodels.';
COMMENT ON COLUMN dbt_session_tracks.session_id IS '`''<session_sequence_number> - <dbt_visitor_id>''`; unique, never null.';
COMMENT ON COLUMN dbt_session_tracks.dbt_visitor_id IS 'the visitor.';
COMMENT ON COLUMN dbt_session_tracks.session_start_at IS 'its first event''s time.';
COMMENT ON COLUMN dbt_session_tracks.session_sequence_number IS 'counts from 1 within the visitor.';
COMMENT ON COLUMN dbt_session_tracks.next_session_start_at IS 'the start of the visitor''s next session; null on the last.';
