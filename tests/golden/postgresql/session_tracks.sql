-- session_tracks on PostgreSQL. One row per session: when it started, its number, and when the visitor's next one started.
-- session_tracks: create the table
CREATE TABLE dbt_session_tracks AS
SELECT
  dbt_track_facts.session_id,
  dbt_track_facts.dbt_visitor_id,
  dbt_track_facts.timestamp AS session_start_at,
  row_number() OVER (PARTITION BY dbt_track_facts.dbt_visitor_id
                     ORDER BY dbt_track_facts.timestamp, dbt_track_facts.event_id COLLATE "C") AS session_sequence_number,
  lead(dbt_track_facts.timestamp) OVER (PARTITION BY dbt_track_facts.dbt_visitor_id
                                        ORDER BY dbt_track_facts.timestamp, dbt_track_facts.event_id COLLATE "C") AS next_session_start_at
FROM dbt_track_facts
WHERE dbt_track_facts.track_sequence_number = 1;
-- session_tracks: index it
DROP INDEX IF EXISTS dbt_session_tracks_session_id;
CREATE INDEX IF NOT EXISTS dbt_session_tracks_session_id_hash ON dbt_session_tracks USING hash (session_id);
DROP INDEX IF EXISTS dbt_session_tracks_dbt_visitor_id;
CREATE INDEX IF NOT EXISTS dbt_session_tracks_dbt_visitor_id_beginning ON dbt_session_tracks USING btree (LEFT(dbt_visitor_id, 200));
CREATE INDEX IF NOT EXISTS dbt_session_tracks_dbt_visitor_id_bloom ON dbt_session_tracks USING brin (dbt_visitor_id text_bloom_ops) WITH (autosummarize = on);
CREATE INDEX IF NOT EXISTS dbt_session_tracks_session_start_at ON dbt_session_tracks USING btree (session_start_at);
-- session_tracks: update the planner's statistics
ANALYZE dbt_session_tracks;
-- session_tracks: add column comments
COMMENT ON TABLE dbt_session_tracks IS 'One row per session: when it started, its number, and when the visitor''s next one started. Built by sessionmodels.';
COMMENT ON COLUMN dbt_session_tracks.session_id IS '`''<session_sequence_number> - <dbt_visitor_id>''`; unique, never null.';
COMMENT ON COLUMN dbt_session_tracks.dbt_visitor_id IS 'the visitor.';
COMMENT ON COLUMN dbt_session_tracks.session_start_at IS 'its first event''s time, UTC.';
COMMENT ON COLUMN dbt_session_tracks.session_sequence_number IS 'counts from 1 within the visitor.';
COMMENT ON COLUMN dbt_session_tracks.next_session_start_at IS 'the start of the visitor''s next session, UTC; null on the last.';
