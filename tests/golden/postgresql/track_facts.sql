-- track_facts on PostgreSQL. One row per event, with its session.
-- track_facts: create the table
CREATE TABLE dbt_track_facts AS WITH
  ordered AS
  (SELECT
     dbt_mapped_tracks.anonymous_id AS anonymous_id,
     dbt_mapped_tracks.timestamp AS timestamp,
     dbt_mapped_tracks.event_id AS event_id,
     dbt_mapped_tracks.event AS event,
     dbt_mapped_tracks.dbt_visitor_id AS dbt_visitor_id,
     row_number() OVER (PARTITION BY dbt_mapped_tracks.dbt_visitor_id
                        ORDER BY dbt_mapped_tracks.timestamp, dbt_mapped_tracks.event_id COLLATE "C") AS visit_sequence_number,
     lag(dbt_mapped_tracks.timestamp) OVER (PARTITION BY dbt_mapped_tracks.dbt_visitor_id
                                            ORDER BY dbt_mapped_tracks.timestamp, dbt_mapped_tracks.event_id COLLATE "C") AS previous_timestamp
   FROM dbt_mapped_tracks),
  marked AS
  (SELECT
     ordered.anonymous_id AS anonymous_id,
     ordered.timestamp AS timestamp,
     ordered.event_id AS event_id,
     ordered.event AS event,
     ordered.dbt_visitor_id AS dbt_visitor_id,
     ordered.visit_sequence_number AS visit_sequence_number,
     CASE
         WHEN (ordered.previous_timestamp IS NULL) THEN 1
         WHEN (CAST(EXTRACT(EPOCH
                            FROM (ordered.timestamp - ordered.previous_timestamp)) * 1000000 AS BIGINT) > 1800000000) THEN 1
         ELSE 0
     END AS starts_session
   FROM ordered),
  numbered AS
  (SELECT
     marked.anonymous_id AS anonymous_id,
     marked.timestamp AS timestamp,
     marked.event_id AS event_id,
     marked.event AS event,
     marked.dbt_visitor_id AS dbt_visitor_id,
     CAST(sum(marked.starts_session) OVER (PARTITION BY marked.dbt_visitor_id
                                           ORDER BY marked.visit_sequence_number ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS BIGINT) AS session_sequence_number,
     marked.visit_sequence_number AS visit_sequence_number,
     max(CASE
             WHEN (marked.starts_session = 1) THEN marked.visit_sequence_number
         END) OVER (PARTITION BY marked.dbt_visitor_id
                    ORDER BY marked.visit_sequence_number ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS started_at_number
   FROM marked)
SELECT
  numbered.anonymous_id,
  numbered.timestamp,
  numbered.event_id,
  numbered.event,
  CAST(CAST(numbered.session_sequence_number AS TEXT) COLLATE "default" || ' - ' || numbered.dbt_visitor_id AS TEXT) COLLATE
  "default" AS session_id,
  numbered.dbt_visitor_id,
  (numbered.visit_sequence_number - numbered.started_at_number) + 1 AS track_sequence_number
FROM numbered;
-- track_facts: index it
DROP INDEX IF EXISTS dbt_track_facts_session_id;
CREATE INDEX IF NOT EXISTS dbt_track_facts_session_id_beginning ON dbt_track_facts USING btree (LEFT(session_id, 200));
CREATE INDEX IF NOT EXISTS dbt_track_facts_session_id_bloom ON dbt_track_facts USING brin (session_id text_bloom_ops) WITH (autosummarize = on);
DROP INDEX IF EXISTS dbt_track_facts_dbt_visitor_id;
CREATE INDEX IF NOT EXISTS dbt_track_facts_dbt_visitor_id_beginning ON dbt_track_facts USING btree (LEFT(dbt_visitor_id, 200));
CREATE INDEX IF NOT EXISTS dbt_track_facts_dbt_visitor_id_bloom ON dbt_track_facts USING brin (dbt_visitor_id text_bloom_ops) WITH (autosummarize = on);
CREATE INDEX IF NOT EXISTS dbt_track_facts_timestamp ON dbt_track_facts USING btree (timestamp);
-- track_facts: update the planner's statistics
ANALYZE dbt_track_facts;
-- track_facts: add column comments
COMMENT ON TABLE dbt_track_facts IS 'One row per event, with its session. Built by sessionmodels.';
COMMENT ON COLUMN dbt_track_facts.anonymous_id IS 'the device it came from; may be null.';
COMMENT ON COLUMN dbt_track_facts.timestamp IS 'when it happened, UTC.';
COMMENT ON COLUMN dbt_track_facts.event_id IS 'the event''s `id`.';
COMMENT ON COLUMN dbt_track_facts.event IS 'its name; may be null.';
COMMENT ON COLUMN dbt_track_facts.session_id IS 'its session, `''<session_sequence_number> - <dbt_visitor_id>''`.';
COMMENT ON COLUMN dbt_track_facts.dbt_visitor_id IS 'the visitor.';
COMMENT ON COLUMN dbt_track_facts.track_sequence_number IS 'the event''s place within its session, from 1.';
