-- session_events on DuckDB. One row per event: its visitor, its session, its place in it, and the events that follow it there.
-- session_events: create the table
CREATE TABLE dbt_session_events AS WITH
  typed_events AS
  (SELECT
     CAST(tracks.id AS VARCHAR) AS event_id,
     CAST(tracks.anonymous_id AS VARCHAR) AS anonymous_id,
     CAST(tracks.user_id AS VARCHAR) AS user_id,
     CAST(tracks.event AS VARCHAR) AS event,
     CAST(tracks.timestamp AS TIMESTAMP WITH TIME ZONE) AS timestamp,
     CAST(tracks.uuid_ts AS TIMESTAMP WITH TIME ZONE) AS loaded_at
   FROM tracks),
  raw_events AS
  (SELECT
     CASE
         WHEN (typed_events.event_id >= '!') THEN typed_events.event_id
         WHEN (replace(typed_events.event_id, ' ', '') != '') THEN typed_events.event_id
     END AS event_id,
     CAST('tracks' AS VARCHAR) AS source,
     CASE
         WHEN (typed_events.anonymous_id >= '!') THEN typed_events.anonymous_id
         WHEN (replace(typed_events.anonymous_id, ' ', '') != '') THEN typed_events.anonymous_id
     END AS anonymous_id,
     CASE
         WHEN (typed_events.user_id >= '!') THEN typed_events.user_id
         WHEN (replace(typed_events.user_id, ' ', '') != '') THEN typed_events.user_id
     END AS user_id,
     typed_events.event AS event,
     CASE
         WHEN (typed_events.timestamp BETWEEN CAST('0001-01-01 00:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE) AND CAST('9999-12-31 23:59:59.999999+00:00' AS TIMESTAMP WITH TIME ZONE)) THEN typed_events.timestamp
     END AS timestamp,
     CASE
         WHEN (typed_events.loaded_at BETWEEN CAST('0001-01-01 00:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE) AND CAST('9999-12-31 23:59:59.999999+00:00' AS TIMESTAMP WITH TIME ZONE)) THEN typed_events.loaded_at
     END AS loaded_at
   FROM typed_events),
  usable_events AS
  (SELECT
     raw_events.event_id AS event_id,
     raw_events.source AS source,
     raw_events.anonymous_id AS anonymous_id,
     raw_events.user_id AS user_id,
     raw_events.event AS event,
     raw_events.timestamp AS timestamp,
     raw_events.loaded_at AS loaded_at
   FROM raw_events
   WHERE raw_events.event_id IS NOT NULL
     AND raw_events.timestamp IS NOT NULL
     AND (raw_events.anonymous_id IS NOT NULL
          OR raw_events.user_id IS NOT NULL)
     AND CASE
             WHEN (strlen(raw_events.event_id) > 65535
                   AND length(raw_events.event_id) > 65535
                   OR strlen(raw_events.anonymous_id) > 65535
                   AND length(raw_events.anonymous_id) > 65535
                   OR strlen(raw_events.user_id) > 65535
                   AND length(raw_events.user_id) > 65535) THEN 1
             ELSE 0
         END != 1),
  shared_ids AS
  (SELECT DISTINCT sessionmodels_tracks.event_id AS event_id
   FROM sessionmodels_tracks),
  events_of_each_id AS
  (SELECT
     usable_events.event_id AS event_id,
     usable_events.source AS source,
     usable_events.anonymous_id AS anonymous_id,
     usable_events.user_id AS user_id,
     usable_events.event AS event,
     usable_events.timestamp AS timestamp,
     usable_events.loaded_at AS loaded_at
   FROM usable_events
   LEFT OUTER JOIN shared_ids ON shared_ids.event_id = usable_events.event_id
   WHERE shared_ids.event_id IS NULL
   UNION ALL SELECT
     sessionmodels_tracks.event_id AS event_id,
     sessionmodels_tracks.source AS source,
     sessionmodels_tracks.anonymous_id AS anonymous_id,
     sessionmodels_tracks.user_id AS user_id,
     sessionmodels_tracks.event AS event,
     sessionmodels_tracks.timestamp AS timestamp,
     sessionmodels_tracks.loaded_at AS loaded_at
   FROM sessionmodels_tracks
   WHERE sessionmodels_tracks.duplicate_rank = 1),
  tracks AS NOT MATERIALIZED
  (SELECT
     events_of_each_id.event_id AS event_id,
     events_of_each_id.source AS source,
     events_of_each_id.anonymous_id AS anonymous_id,
     events_of_each_id.user_id AS user_id,
     events_of_each_id.event AS event,
     events_of_each_id.timestamp AS timestamp,
     events_of_each_id.loaded_at AS loaded_at
   FROM events_of_each_id),
  visits AS
  (SELECT
     tracks.event_id AS event_id,
     tracks.source AS source,
     tracks.anonymous_id AS anonymous_id,
     tracks.user_id AS user_id,
     tracks.event AS event,
     tracks.timestamp AS timestamp,
     tracks.loaded_at AS loaded_at,
     coalesce(dbt_aliases_mapping.dbt_visitor_id, tracks.user_id, tracks.anonymous_id) AS dbt_visitor_id
   FROM tracks
   LEFT OUTER JOIN dbt_aliases_mapping ON dbt_aliases_mapping.alias = coalesce(tracks.user_id, tracks.anonymous_id)),
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
         WHEN ((EPOCH_US(ordered.timestamp) - EPOCH_US(ordered.previous_timestamp)) > 1800000000) THEN 1
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
  CAST((EPOCH_US(numbered.timestamp) - EPOCH_US(numbered.previous_timestamp)) AS DOUBLE PRECISION) / 60000000 AS idle_time_minutes,
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
-- session_events: add column comments
COMMENT ON TABLE dbt_session_events IS 'One row per event: its visitor, its session, its place in it, and the events that follow it there. Built by sessionmodels.';
COMMENT ON COLUMN dbt_session_events.event_id IS 'the event''s `id`.';
COMMENT ON COLUMN dbt_session_events.source IS 'the source that it was read from.';
COMMENT ON COLUMN dbt_session_events.anonymous_id IS 'the device it came from; may be null.';
COMMENT ON COLUMN dbt_session_events.user_id IS 'the user who was logged in; may be null.';
COMMENT ON COLUMN dbt_session_events.dbt_visitor_id IS 'the visitor: the mapping of its `user_id` if it has one, else of its `anonymous_id`.';
COMMENT ON COLUMN dbt_session_events.timestamp IS 'when it happened.';
COMMENT ON COLUMN dbt_session_events.loaded_at IS 'when it was loaded into the warehouse; null if the source does not say.';
COMMENT ON COLUMN dbt_session_events.event IS 'its name; may be null.';
COMMENT ON COLUMN dbt_session_events.idle_time_minutes IS 'minutes since the same visitor''s previous event, as a fraction; null on the first.';
COMMENT ON COLUMN dbt_session_events.session_id IS 'its session, `''<session_sequence_number> - <dbt_visitor_id>''`.';
COMMENT ON COLUMN dbt_session_events.session_sequence_number IS 'the session''s number, from 1 within the visitor.';
COMMENT ON COLUMN dbt_session_events.track_sequence_number IS 'the event''s place within its session, from 1.';
COMMENT ON COLUMN dbt_session_events.event_2 IS 'the name of the event that follows; null past the session''s end, or if that event has none.';
COMMENT ON COLUMN dbt_session_events.event_3 IS 'the name of the event 2 places on.';
COMMENT ON COLUMN dbt_session_events.event_4 IS 'the name of the event 3 places on.';
COMMENT ON COLUMN dbt_session_events.event_5 IS 'the name of the event 4 places on.';
COMMENT ON COLUMN dbt_session_events.page_url IS '`context_page_url` or `url` of the source.';
COMMENT ON COLUMN dbt_session_events.page_path IS '`context_page_path` or `path` of the source.';
COMMENT ON COLUMN dbt_session_events.page_referrer IS '`context_page_referrer` or `referrer` of the source.';
COMMENT ON COLUMN dbt_session_events.utm_source IS '`context_campaign_source` of the source.';
COMMENT ON COLUMN dbt_session_events.utm_medium IS '`context_campaign_medium` of the source.';
COMMENT ON COLUMN dbt_session_events.utm_campaign IS '`context_campaign_name` of the source.';
COMMENT ON COLUMN dbt_session_events.utm_term IS '`context_campaign_term` of the source.';
COMMENT ON COLUMN dbt_session_events.utm_content IS '`context_campaign_content` of the source.';
COMMENT ON COLUMN dbt_session_events.device_type IS '`context_device_type` of the source.';
COMMENT ON COLUMN dbt_session_events.os_name IS '`context_os_name` of the source.';
COMMENT ON COLUMN dbt_session_events.library_name IS '`context_library_name` of the source.';
COMMENT ON COLUMN dbt_session_events.sdk_session_id IS '`context_session_id` of the source.';
