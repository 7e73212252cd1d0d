-- track_facts on Snowflake. One row per event, with its session.
-- track_facts: create the table
CREATE TRANSIENT TABLE public.sessionmodels_shadow_00000000_dbt_track_facts COMMENT = 'One row per event, with its session. Built by sessionmodels.' AS WITH
  ordered AS
  (SELECT
     public.sessionmodels_shadow_00000000_dbt_mapped_tracks.anonymous_id AS anonymous_id,
     public.sessionmodels_shadow_00000000_dbt_mapped_tracks.timestamp AS timestamp,
     public.sessionmodels_shadow_00000000_dbt_mapped_tracks.event_id AS event_id,
     public.sessionmodels_shadow_00000000_dbt_mapped_tracks.event AS event,
     public.sessionmodels_shadow_00000000_dbt_mapped_tracks.dbt_visitor_id AS dbt_visitor_id,
     row_number() OVER (PARTITION BY public.sessionmodels_shadow_00000000_dbt_mapped_tracks.dbt_visitor_id
                        ORDER BY public.sessionmodels_shadow_00000000_dbt_mapped_tracks.timestamp, public.sessionmodels_shadow_00000000_dbt_mapped_tracks.event_id) AS visit_sequence_number,
     lag(public.sessionmodels_shadow_00000000_dbt_mapped_tracks.timestamp) OVER (PARTITION BY public.sessionmodels_shadow_00000000_dbt_mapped_tracks.dbt_visitor_id
                                                                                 ORDER BY public.sessionmodels_shadow_00000000_dbt_mapped_tracks.timestamp, public.sessionmodels_shadow_00000000_dbt_mapped_tracks.event_id) AS previous_timestamp
   FROM public.sessionmodels_shadow_00000000_dbt_mapped_tracks),
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
         WHEN ((DATE_PART(EPOCH_MICROSECOND, ordered.timestamp) - DATE_PART(EPOCH_MICROSECOND, ordered.previous_timestamp)) > 1800000000) THEN 1
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
  CAST(CAST(numbered.session_sequence_number AS VARCHAR) || ' - ' || numbered.dbt_visitor_id AS VARCHAR) AS session_id,
  numbered.dbt_visitor_id,
  (numbered.visit_sequence_number - numbered.started_at_number) + 1 AS track_sequence_number
FROM numbered;
-- track_facts: swap in the new rows
CREATE OR REPLACE TRANSIENT TABLE public.dbt_track_facts CLONE public.sessionmodels_shadow_00000000_dbt_track_facts COPY GRANTS;
-- track_facts: add column comments
COMMENT ON TABLE public.dbt_track_facts IS 'One row per event, with its session. Built by sessionmodels.';
ALTER TABLE public.dbt_track_facts MODIFY COLUMN anonymous_id COMMENT 'the device it came from; may be null.', COLUMN timestamp COMMENT 'when it happened, UTC.', COLUMN event_id COMMENT 'the event''s `id`.', COLUMN event COMMENT 'its name; may be null.', COLUMN session_id COMMENT 'its session, `''<session_sequence_number> - <dbt_visitor_id>''`.', COLUMN dbt_visitor_id COMMENT 'the visitor.', COLUMN track_sequence_number COMMENT 'the event''s place within its session, from 1.';
-- track_facts: drop its working table
DROP TABLE IF EXISTS public.sessionmodels_shadow_00000000_dbt_track_facts;
