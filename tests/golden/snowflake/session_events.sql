-- session_events on Snowflake. One row per event: its visitor, its session, its place in it, and the events that follow it there.
-- session_events: create the table
CREATE TRANSIENT TABLE public.sessionmodels_shadow_00000000_dbt_session_events COMMENT = 'One row per event: its visitor, its session, its place in it, and the events that follow it there. Built by sessionmodels.' AS WITH
  tracks AS
  (SELECT
     public.sessionmodels_shadow_00000000_dbt_tracks.event_id AS event_id,
     public.sessionmodels_shadow_00000000_dbt_tracks.source AS source,
     public.sessionmodels_shadow_00000000_dbt_tracks.anonymous_id AS anonymous_id,
     public.sessionmodels_shadow_00000000_dbt_tracks.user_id AS user_id,
     public.sessionmodels_shadow_00000000_dbt_tracks.event AS event,
     public.sessionmodels_shadow_00000000_dbt_tracks.timestamp AS timestamp,
     public.sessionmodels_shadow_00000000_dbt_tracks.loaded_at AS loaded_at
   FROM public.sessionmodels_shadow_00000000_dbt_tracks
   WHERE public.sessionmodels_shadow_00000000_dbt_tracks.duplicate_rank = 1),
  visits AS
  (SELECT
     tracks.event_id AS event_id,
     tracks.source AS source,
     tracks.anonymous_id AS anonymous_id,
     tracks.user_id AS user_id,
     tracks.event AS event,
     tracks.timestamp AS timestamp,
     tracks.loaded_at AS loaded_at,
     coalesce(public.sessionmodels_shadow_00000000_dbt_aliases_mapping.dbt_visitor_id, tracks.user_id, tracks.anonymous_id) AS dbt_visitor_id
   FROM tracks
   LEFT OUTER JOIN public.sessionmodels_shadow_00000000_dbt_aliases_mapping ON public.sessionmodels_shadow_00000000_dbt_aliases_mapping.alias = coalesce(tracks.user_id, tracks.anonymous_id)),
  ordered AS
  (SELECT
     visits.event_id AS event_id,
     visits.source AS source,
     visits.anonymous_id AS anonymous_id,
     visits.user_id AS user_id,
     visits.event AS event,
     visits.timestamp AS timestamp,
     visits.loaded_at AS loaded_at,
     visits.dbt_visitor_id AS dbt_visitor_id,
     row_number() OVER (PARTITION BY visits.dbt_visitor_id
                        ORDER BY visits.timestamp, visits.event_id) AS visit_sequence_number,
     lag(visits.timestamp) OVER (PARTITION BY visits.dbt_visitor_id
                                 ORDER BY visits.timestamp, visits.event_id) AS previous_timestamp
   FROM visits),
  marked AS
  (SELECT
     ordered.event_id AS event_id,
     ordered.source AS source,
     ordered.anonymous_id AS anonymous_id,
     ordered.user_id AS user_id,
     ordered.event AS event,
     ordered.timestamp AS timestamp,
     ordered.loaded_at AS loaded_at,
     ordered.dbt_visitor_id AS dbt_visitor_id,
     ordered.visit_sequence_number AS visit_sequence_number,
     ordered.previous_timestamp AS previous_timestamp,
     CASE
         WHEN (ordered.previous_timestamp IS NULL) THEN 1
         WHEN ((DATE_PART(EPOCH_MICROSECOND, ordered.timestamp) - DATE_PART(EPOCH_MICROSECOND, ordered.previous_timestamp)) > 1800000000) THEN 1
         ELSE 0
     END AS starts_session
   FROM ordered),
  numbered AS
  (SELECT
     marked.event_id AS event_id,
     marked.source AS source,
     marked.anonymous_id AS anonymous_id,
     marked.user_id AS user_id,
     marked.event AS event,
     marked.timestamp AS timestamp,
     marked.loaded_at AS loaded_at,
     marked.dbt_visitor_id AS dbt_visitor_id,
     marked.visit_sequence_number AS visit_sequence_number,
     marked.previous_timestamp AS previous_timestamp,
     marked.starts_session AS starts_session,
     CAST(sum(marked.starts_session) OVER (PARTITION BY marked.dbt_visitor_id
                                           ORDER BY marked.visit_sequence_number ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS BIGINT) AS session_sequence_number,
     max(CASE
             WHEN (marked.starts_session = 1) THEN marked.visit_sequence_number
         END) OVER (PARTITION BY marked.dbt_visitor_id
                    ORDER BY marked.visit_sequence_number ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS started_at_number,
     lead(marked.event, 1) OVER (PARTITION BY marked.dbt_visitor_id
                                 ORDER BY marked.visit_sequence_number) AS next_event_1,
     lead(marked.event, 2) OVER (PARTITION BY marked.dbt_visitor_id
                                 ORDER BY marked.visit_sequence_number) AS next_event_2,
     lead(marked.event, 3) OVER (PARTITION BY marked.dbt_visitor_id
                                 ORDER BY marked.visit_sequence_number) AS next_event_3,
     lead(marked.event, 4) OVER (PARTITION BY marked.dbt_visitor_id
                                 ORDER BY marked.visit_sequence_number) AS next_event_4,
     lead(marked.starts_session, 1) OVER (PARTITION BY marked.dbt_visitor_id
                                          ORDER BY marked.visit_sequence_number) AS next_starts_1,
     lead(marked.starts_session, 2) OVER (PARTITION BY marked.dbt_visitor_id
                                          ORDER BY marked.visit_sequence_number) AS next_starts_2,
     lead(marked.starts_session, 3) OVER (PARTITION BY marked.dbt_visitor_id
                                          ORDER BY marked.visit_sequence_number) AS next_starts_3,
     lead(marked.starts_session, 4) OVER (PARTITION BY marked.dbt_visitor_id
                                          ORDER BY marked.visit_sequence_number) AS next_starts_4
   FROM marked)
SELECT
  numbered.event_id,
  numbered.source,
  numbered.anonymous_id,
  numbered.user_id,
  numbered.dbt_visitor_id,
  numbered.timestamp,
  numbered.loaded_at,
  numbered.event,
  CAST((DATE_PART(EPOCH_MICROSECOND, numbered.timestamp) - DATE_PART(EPOCH_MICROSECOND, numbered.previous_timestamp)) AS DOUBLE) / 60000000 AS idle_time_minutes,
  CAST(CAST(numbered.session_sequence_number AS VARCHAR) || ' - ' || numbered.dbt_visitor_id AS VARCHAR) AS session_id,
  numbered.session_sequence_number,
  (numbered.visit_sequence_number - numbered.started_at_number) + 1 AS track_sequence_number,
  CASE
      WHEN (numbered.next_starts_1 = 0) THEN numbered.next_event_1
  END AS event_2,
  CASE
      WHEN (numbered.next_starts_1 = 0
            AND numbered.next_starts_2 = 0) THEN numbered.next_event_2
  END AS event_3,
  CASE
      WHEN (numbered.next_starts_1 = 0
            AND numbered.next_starts_2 = 0
            AND numbered.next_starts_3 = 0) THEN numbered.next_event_3
  END AS event_4,
  CASE
      WHEN (numbered.next_starts_1 = 0
            AND numbered.next_starts_2 = 0
            AND numbered.next_starts_3 = 0
            AND numbered.next_starts_4 = 0) THEN numbered.next_event_4
  END AS event_5,
  CAST(NULL AS VARCHAR) AS page_url,
  CAST(NULL AS VARCHAR) AS page_path,
  CAST(NULL AS VARCHAR) AS page_referrer,
  CAST(NULL AS VARCHAR) AS utm_source,
  CAST(NULL AS VARCHAR) AS utm_medium,
  CAST(NULL AS VARCHAR) AS utm_campaign,
  CAST(NULL AS VARCHAR) AS utm_term,
  CAST(NULL AS VARCHAR) AS utm_content,
  CAST(NULL AS VARCHAR) AS device_type,
  CAST(NULL AS VARCHAR) AS os_name,
  CAST(NULL AS VARCHAR) AS library_name,
  CAST(NULL AS VARCHAR) AS sdk_session_id
FROM numbered;
-- session_events: swap in the new rows
CREATE OR REPLACE TRANSIENT TABLE public.dbt_session_events CLONE public.sessionmodels_shadow_00000000_dbt_session_events COPY GRANTS;
-- session_events: add column comments
COMMENT ON TABLE public.dbt_session_events IS 'One row per event: its visitor, its session, its place in it, and the events that follow it there. Built by sessionmodels.';
ALTER TABLE public.dbt_session_events MODIFY COLUMN event_id COMMENT 'the event''s `id`.', COLUMN source COMMENT 'the source that it was read from.', COLUMN anonymous_id COMMENT 'the device it came from; may be null.', COLUMN user_id COMMENT 'the user who was logged in; may be null.', COLUMN dbt_visitor_id COMMENT 'the visitor: the mapping of its `user_id` if it has one, else of its `anonymous_id`.', COLUMN timestamp COMMENT 'when it happened.', COLUMN loaded_at COMMENT 'when it was loaded into the warehouse; null if the source does not say.', COLUMN event COMMENT 'its name; may be null.', COLUMN idle_time_minutes COMMENT 'minutes since the same visitor''s previous event, as a fraction; null on the first.', COLUMN session_id COMMENT 'its session, `''<session_sequence_number> - <dbt_visitor_id>''`.', COLUMN session_sequence_number COMMENT 'the session''s number, from 1 within the visitor.', COLUMN track_sequence_number COMMENT 'the event''s place within its session, from 1.', COLUMN event_2 COMMENT 'the name of the event that follows; null past the session''s end, or if that event has none.', COLUMN event_3 COMMENT 'the name of the event 2 places on.', COLUMN event_4 COMMENT 'the name of the event 3 places on.', COLUMN event_5 COMMENT 'the name of the event 4 places on.', COLUMN page_url COMMENT '`context_page_url` or `url` of the source.', COLUMN page_path COMMENT '`context_page_path` or `path` of the source.', COLUMN page_referrer COMMENT '`context_page_referrer` or `referrer` of the source.', COLUMN utm_source COMMENT '`context_campaign_source` of the source.', COLUMN utm_medium COMMENT '`context_campaign_medium` of the source.', COLUMN utm_campaign COMMENT '`context_campaign_name` of the source.', COLUMN utm_term COMMENT '`context_campaign_term` of the source.', COLUMN utm_content COMMENT '`context_campaign_content` of the source.', COLUMN device_type COMMENT '`context_device_type` of the source.', COLUMN os_name COMMENT '`context_os_name` of the source.', COLUMN library_name COMMENT '`context_library_name` of the source.', COLUMN sdk_session_id COMMENT '`context_session_id` of the source.';
-- session_events: drop its working table
DROP TABLE IF EXISTS public.sessionmodels_shadow_00000000_dbt_session_events;
