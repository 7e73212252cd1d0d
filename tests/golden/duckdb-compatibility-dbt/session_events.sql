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
  tracks AS NOT MATERIALIZED
  (SELECT
     usable_events.event_id AS event_id,
     usable_events.source AS source,
     usable_events.anonymous_id AS anonymous_id,
     usable_events.user_id AS user_id,
     usable_events.event AS event,
     usable_events.timestamp AS timestamp,
     usable_events.loaded_at AS loaded_at
   FROM usable_events),
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
                        ORDER BY visits.timestamp, visits.event_id, visits.event IS NULL, visits.event, visits.anonymous_id IS NULL, visits.anonymous_id, visits.user_id IS NULL, visits.user_id, visits.loaded_at IS NULL, visits.loaded_at, visits.source IS NULL, visits.source) AS visit_sequence_number,
     lag(visits.timestamp) OVER (PARTITION BY visits.dbt_visitor_id
                                 ORDER BY visits.timestamp, visits.event_id, visits.event IS NULL, visits.event, visits.anonymous_id IS NULL, visits.anonymous_id, visits.user_id IS NULL, visits.user_id, visits.loaded_at IS NULL, visits.loaded_at, visits.source IS NULL, visits.source) AS previous_timestamp
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
         WHEN ((EPOCH_US(ordered.timestamp) - EPOCH_US(ordered.previous_timestamp)) > 1859999999) THEN 1
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
                    ORDER BY marked.visit_sequence_number ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS started_at_number
   FROM marked),
  placed AS
  (SELECT
     numbered.event_id AS event_id,
     numbered.source AS source,
     numbered.anonymous_id AS anonymous_id,
     numbered.user_id AS user_id,
     numbered.dbt_visitor_id AS dbt_visitor_id,
     numbered.timestamp AS timestamp,
     numbered.loaded_at AS loaded_at,
     numbered.event AS event,
     CAST(((EPOCH_US(numbered.timestamp) - EPOCH_US(numbered.previous_timestamp)) - mod((EPOCH_US(numbered.timestamp) - EPOCH_US(numbered.previous_timestamp)), 60000000)) / 60000000 AS BIGINT) AS idle_time_minutes,
     CAST(CAST(numbered.session_sequence_number AS VARCHAR) || ' - ' || numbered.dbt_visitor_id AS VARCHAR) AS session_id,
     numbered.session_sequence_number AS session_sequence_number,
     (numbered.visit_sequence_number - numbered.started_at_number) + 1 AS track_sequence_number,
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
   FROM numbered),
  counted AS
  (SELECT
     placed.event_id AS event_id,
     placed.source AS source,
     placed.anonymous_id AS anonymous_id,
     placed.user_id AS user_id,
     placed.dbt_visitor_id AS dbt_visitor_id,
     placed.timestamp AS timestamp,
     placed.loaded_at AS loaded_at,
     placed.event AS event,
     placed.idle_time_minutes AS idle_time_minutes,
     placed.session_id AS session_id,
     placed.session_sequence_number AS session_sequence_number,
     placed.track_sequence_number AS track_sequence_number,
     placed.page_url AS page_url,
     placed.page_path AS page_path,
     placed.page_referrer AS page_referrer,
     placed.utm_source AS utm_source,
     placed.utm_medium AS utm_medium,
     placed.utm_campaign AS utm_campaign,
     placed.utm_term AS utm_term,
     placed.utm_content AS utm_content,
     placed.device_type AS device_type,
     placed.os_name AS os_name,
     placed.library_name AS library_name,
     placed.sdk_session_id AS sdk_session_id,
     count(placed.event) OVER (PARTITION BY placed.session_id
                               ORDER BY placed.track_sequence_number ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS named_so_far
   FROM placed)
SELECT
  counted.event_id,
  counted.source,
  counted.anonymous_id,
  counted.user_id,
  counted.dbt_visitor_id,
  counted.timestamp,
  counted.loaded_at,
  counted.event,
  counted.idle_time_minutes,
  counted.session_id,
  counted.session_sequence_number,
  counted.track_sequence_number,
  CAST(max(CASE
               WHEN (counted.named_so_far = 2
                     AND counted.event IS NOT NULL) THEN counted.event
           END) OVER (PARTITION BY counted.session_id
                      ORDER BY counted.track_sequence_number ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS VARCHAR) AS event_2,
  CAST(max(CASE
               WHEN (counted.named_so_far = 3
                     AND counted.event IS NOT NULL) THEN counted.event
           END) OVER (PARTITION BY counted.session_id
                      ORDER BY counted.track_sequence_number ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS VARCHAR) AS event_3,
  CAST(max(CASE
               WHEN (counted.named_so_far = 4
                     AND counted.event IS NOT NULL) THEN counted.event
           END) OVER (PARTITION BY counted.session_id
                      ORDER BY counted.track_sequence_number ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS VARCHAR) AS event_4,
  CAST(max(CASE
               WHEN (counted.named_so_far = 5
                     AND counted.event IS NOT NULL) THEN counted.event
           END) OVER (PARTITION BY counted.session_id
                      ORDER BY counted.track_sequence_number ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS VARCHAR) AS event_5,
  counted.page_url,
  counted.page_path,
  counted.page_referrer,
  counted.utm_source,
  counted.utm_medium,
  counted.utm_campaign,
  counted.utm_term,
  counted.utm_content,
  counted.device_type,
  counted.os_name,
  counted.library_name,
  counted.sdk_session_id
FROM counted;
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
COMMENT ON COLUMN dbt_session_events.idle_time_minutes IS 'whole minutes since the same visitor''s previous event, truncated; null on the first.';
COMMENT ON COLUMN dbt_session_events.session_id IS 'its session, `''<session_sequence_number> - <dbt_visitor_id>''`.';
COMMENT ON COLUMN dbt_session_events.session_sequence_number IS 'the session''s number, from 1 within the visitor.';
COMMENT ON COLUMN dbt_session_events.track_sequence_number IS 'the event''s place within its session, from 1.';
COMMENT ON COLUMN dbt_session_events.event_2 IS 'the session''s event name number 2, if it occurred up to this event.';
COMMENT ON COLUMN dbt_session_events.event_3 IS 'the session''s event name number 3, if it occurred up to this event.';
COMMENT ON COLUMN dbt_session_events.event_4 IS 'the session''s event name number 4, if it occurred up to this event.';
COMMENT ON COLUMN dbt_session_events.event_5 IS 'the session''s event name number 5, if it occurred up to this event.';
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
