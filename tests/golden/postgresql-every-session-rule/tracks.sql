-- tracks on PostgreSQL. One row per usable raw row, with its rank among the rows of its id.
-- tracks: find the ids that occur more than once
CREATE TEMPORARY TABLE sessionmodels_tracks AS WITH
  typed_events AS
  (SELECT CAST(tracks.id AS TEXT) COLLATE
     "default" AS event_id,
     CAST(tracks.anonymous_id AS TEXT) COLLATE
     "default" AS anonymous_id,
     CAST(tracks.user_id AS TEXT) COLLATE
     "default" AS user_id,
     CAST(tracks.event AS TEXT) COLLATE
     "default" AS event,
     CAST(tracks.timestamp AS TIMESTAMP WITH TIME ZONE) AS timestamp,
     CAST(tracks.uuid_ts AS TIMESTAMP WITH TIME ZONE) AS loaded_at,
     CASE
         WHEN (replace(CAST(tracks.context_campaign_source AS TEXT) COLLATE "default", ' ', '') != '') THEN CAST(tracks.context_campaign_source AS TEXT) COLLATE "default"
     END AS utm_source,
     CASE
         WHEN (replace(CAST(tracks.context_campaign_medium AS TEXT) COLLATE "default", ' ', '') != '') THEN CAST(tracks.context_campaign_medium AS TEXT) COLLATE "default"
     END AS utm_medium,
     CASE
         WHEN (replace(CAST(tracks.context_campaign_name AS TEXT) COLLATE "default", ' ', '') != '') THEN CAST(tracks.context_campaign_name AS TEXT) COLLATE "default"
     END AS utm_campaign,
     CASE
         WHEN (replace(CAST(tracks.context_campaign_term AS TEXT) COLLATE "default", ' ', '') != '') THEN CAST(tracks.context_campaign_term AS TEXT) COLLATE "default"
     END AS utm_term,
     CASE
         WHEN (replace(CAST(tracks.context_campaign_content AS TEXT) COLLATE "default", ' ', '') != '') THEN CAST(tracks.context_campaign_content AS TEXT) COLLATE "default"
     END AS utm_content,
     CASE
         WHEN (replace(CAST(tracks.context_session_id AS TEXT) COLLATE "default", ' ', '') != '') THEN CAST(tracks.context_session_id AS TEXT) COLLATE "default"
     END AS sdk_session_id
   FROM tracks),
  raw_events AS
  (SELECT
     CASE
         WHEN (replace(typed_events.event_id, ' ', '') != '') THEN typed_events.event_id
     END AS event_id,
     CAST('tracks' AS TEXT) COLLATE
     "default" AS source,
     CASE
         WHEN (replace(typed_events.anonymous_id, ' ', '') != '') THEN typed_events.anonymous_id
     END AS anonymous_id,
     CASE
         WHEN (replace(typed_events.user_id, ' ', '') != '') THEN typed_events.user_id
     END AS user_id,
     typed_events.event AS event,
     CASE
         WHEN (typed_events.timestamp BETWEEN CAST('0001-01-01 00:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE) AND CAST('9999-12-31 23:59:59.999999+00:00' AS TIMESTAMP WITH TIME ZONE)) THEN typed_events.timestamp
     END AS timestamp,
     CASE
         WHEN (typed_events.loaded_at BETWEEN CAST('0001-01-01 00:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE) AND CAST('9999-12-31 23:59:59.999999+00:00' AS TIMESTAMP WITH TIME ZONE)) THEN typed_events.loaded_at
     END AS loaded_at,
     typed_events.utm_source AS utm_source,
     typed_events.utm_medium AS utm_medium,
     typed_events.utm_campaign AS utm_campaign,
     typed_events.utm_term AS utm_term,
     typed_events.utm_content AS utm_content,
     typed_events.sdk_session_id AS sdk_session_id
   FROM typed_events),
  usable_events AS
  (SELECT
     raw_events.event_id AS event_id,
     raw_events.source AS source,
     raw_events.anonymous_id AS anonymous_id,
     raw_events.user_id AS user_id,
     raw_events.event AS event,
     raw_events.timestamp AS timestamp,
     raw_events.loaded_at AS loaded_at,
     raw_events.utm_source AS utm_source,
     raw_events.utm_medium AS utm_medium,
     raw_events.utm_campaign AS utm_campaign,
     raw_events.utm_term AS utm_term,
     raw_events.utm_content AS utm_content,
     raw_events.sdk_session_id AS sdk_session_id
   FROM raw_events
   WHERE raw_events.event_id IS NOT NULL
     AND raw_events.timestamp IS NOT NULL
     AND (raw_events.anonymous_id IS NOT NULL
          OR raw_events.user_id IS NOT NULL)
     AND CASE
             WHEN (length(raw_events.event_id) > 65535
                   OR length(raw_events.anonymous_id) > 65535
                   OR length(raw_events.user_id) > 65535) THEN 1
             ELSE 0
         END != 1),
  shared_ids AS
  (SELECT usable_events.event_id AS event_id
   FROM usable_events
   GROUP BY usable_events.event_id
   HAVING count(*) > 1),
  rows_of_shared_ids AS
  (SELECT
     usable_events.event_id AS event_id,
     usable_events.source AS source,
     usable_events.anonymous_id AS anonymous_id,
     usable_events.user_id AS user_id,
     usable_events.event AS event,
     usable_events.timestamp AS timestamp,
     usable_events.loaded_at AS loaded_at,
     usable_events.utm_source AS utm_source,
     usable_events.utm_medium AS utm_medium,
     usable_events.utm_campaign AS utm_campaign,
     usable_events.utm_term AS utm_term,
     usable_events.utm_content AS utm_content,
     usable_events.sdk_session_id AS sdk_session_id
   FROM usable_events
   JOIN shared_ids ON shared_ids.event_id = usable_events.event_id)
SELECT
  rows_of_shared_ids.event_id,
  rows_of_shared_ids.source,
  rows_of_shared_ids.anonymous_id,
  rows_of_shared_ids.user_id,
  rows_of_shared_ids.event,
  rows_of_shared_ids.timestamp,
  rows_of_shared_ids.loaded_at,
  rows_of_shared_ids.utm_source,
  rows_of_shared_ids.utm_medium,
  rows_of_shared_ids.utm_campaign,
  rows_of_shared_ids.utm_term,
  rows_of_shared_ids.utm_content,
  rows_of_shared_ids.sdk_session_id,
  row_number() OVER (PARTITION BY rows_of_shared_ids.event_id
                     ORDER BY rows_of_shared_ids.timestamp, rows_of_shared_ids.loaded_at IS NULL, rows_of_shared_ids.loaded_at, rows_of_shared_ids.anonymous_id IS NULL, rows_of_shared_ids.anonymous_id COLLATE "C", rows_of_shared_ids.user_id IS NULL, rows_of_shared_ids.user_id COLLATE "C", rows_of_shared_ids.event IS NULL, rows_of_shared_ids.event COLLATE "C", rows_of_shared_ids.utm_source IS NULL, rows_of_shared_ids.utm_source COLLATE "C", rows_of_shared_ids.utm_medium IS NULL, rows_of_shared_ids.utm_medium COLLATE "C", rows_of_shared_ids.utm_campaign IS NULL, rows_of_shared_ids.utm_campaign COLLATE "C", rows_of_shared_ids.utm_term IS NULL, rows_of_shared_ids.utm_term COLLATE "C", rows_of_shared_ids.utm_content IS NULL, rows_of_shared_ids.utm_content COLLATE "C", rows_of_shared_ids.sdk_session_id IS NULL, rows_of_shared_ids.sdk_session_id COLLATE "C") AS duplicate_rank
FROM rows_of_shared_ids;
-- tracks: drop the working table
DROP TABLE sessionmodels_tracks;
