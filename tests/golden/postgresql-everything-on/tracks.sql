-- tracks on PostgreSQL. One row per usable raw row, with its rank among the rows of its id.
-- tracks: find the ids that occur more than once
CREATE TEMPORARY TABLE sessionmodels_tracks AS WITH
  typed_events_of_tracks AS
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
     END AS sdk_session_id,
     CASE
         WHEN (CAST(tracks.context_ip AS TEXT) COLLATE "default" IS NULL
               OR CAST(tracks.context_ip AS TEXT) COLLATE "default" != '10.0.0.1') THEN 0
         ELSE 1
     END AS failed_condition
   FROM tracks),
  typed_events_of_pages AS
  (SELECT CAST(web.pages.id AS TEXT) COLLATE
     "default" AS event_id,
     CAST(web.pages.anonymous_id AS TEXT) COLLATE
     "default" AS anonymous_id,
     CAST(web.pages.user_id AS TEXT) COLLATE
     "default" AS user_id,
     CAST('page' AS TEXT) COLLATE
     "default" AS event,
     CAST(web.pages.timestamp AS TIMESTAMP WITH TIME ZONE) AS timestamp,
     CAST(web.pages.uuid_ts AS TIMESTAMP WITH TIME ZONE) AS loaded_at,
     CASE
         WHEN (replace(CAST(web.pages.context_campaign_source AS TEXT) COLLATE "default", ' ', '') != '') THEN CAST(web.pages.context_campaign_source AS TEXT) COLLATE "default"
     END AS utm_source,
     CASE
         WHEN (replace(CAST(web.pages.context_campaign_medium AS TEXT) COLLATE "default", ' ', '') != '') THEN CAST(web.pages.context_campaign_medium AS TEXT) COLLATE "default"
     END AS utm_medium,
     CASE
         WHEN (replace(CAST(web.pages.context_campaign_name AS TEXT) COLLATE "default", ' ', '') != '') THEN CAST(web.pages.context_campaign_name AS TEXT) COLLATE "default"
     END AS utm_campaign,
     CASE
         WHEN (replace(CAST(web.pages.context_campaign_term AS TEXT) COLLATE "default", ' ', '') != '') THEN CAST(web.pages.context_campaign_term AS TEXT) COLLATE "default"
     END AS utm_term,
     CASE
         WHEN (replace(CAST(web.pages.context_campaign_content AS TEXT) COLLATE "default", ' ', '') != '') THEN CAST(web.pages.context_campaign_content AS TEXT) COLLATE "default"
     END AS utm_content,
     CASE
         WHEN (replace(CAST(web.pages.context_session_id AS TEXT) COLLATE "default", ' ', '') != '') THEN CAST(web.pages.context_session_id AS TEXT) COLLATE "default"
     END AS sdk_session_id,
     CASE
         WHEN (CAST(web.pages.context_ip AS TEXT) COLLATE "default" IS NULL
               OR CAST(web.pages.context_ip AS TEXT) COLLATE "default" != '10.0.0.1') THEN 0
         ELSE 1
     END AS failed_condition
   FROM web.pages),
  typed_events_of_order_completed AS
  (SELECT CAST(order_completed.id AS TEXT) COLLATE
     "default" AS event_id,
     CAST(order_completed.anonymous_id AS TEXT) COLLATE
     "default" AS anonymous_id,
     CAST(order_completed.user_id AS TEXT) COLLATE
     "default" AS user_id,
     CAST(order_completed.event AS TEXT) COLLATE
     "default" AS event,
     CAST(order_completed.timestamp AS TIMESTAMP WITH TIME ZONE) AS timestamp,
     CAST(order_completed.uuid_ts AS TIMESTAMP WITH TIME ZONE) AS loaded_at,
     CASE
         WHEN (replace(CAST(order_completed.context_campaign_source AS TEXT) COLLATE "default", ' ', '') != '') THEN CAST(order_completed.context_campaign_source AS TEXT) COLLATE "default"
     END AS utm_source,
     CASE
         WHEN (replace(CAST(order_completed.context_campaign_medium AS TEXT) COLLATE "default", ' ', '') != '') THEN CAST(order_completed.context_campaign_medium AS TEXT) COLLATE "default"
     END AS utm_medium,
     CASE
         WHEN (replace(CAST(order_completed.context_campaign_name AS TEXT) COLLATE "default", ' ', '') != '') THEN CAST(order_completed.context_campaign_name AS TEXT) COLLATE "default"
     END AS utm_campaign,
     CASE
         WHEN (replace(CAST(order_completed.context_campaign_term AS TEXT) COLLATE "default", ' ', '') != '') THEN CAST(order_completed.context_campaign_term AS TEXT) COLLATE "default"
     END AS utm_term,
     CASE
         WHEN (replace(CAST(order_completed.context_campaign_content AS TEXT) COLLATE "default", ' ', '') != '') THEN CAST(order_completed.context_campaign_content AS TEXT) COLLATE "default"
     END AS utm_content,
     CASE
         WHEN (replace(CAST(order_completed.context_session_id AS TEXT) COLLATE "default", ' ', '') != '') THEN CAST(order_completed.context_session_id AS TEXT) COLLATE "default"
     END AS sdk_session_id,
     CASE
         WHEN (CAST(order_completed.context_ip AS TEXT) COLLATE "default" IS NULL
               OR CAST(order_completed.context_ip AS TEXT) COLLATE "default" != '10.0.0.1') THEN 0
         ELSE 1
     END AS failed_condition
   FROM order_completed),
  raw_events AS
  (SELECT
     CASE
         WHEN (replace(typed_events_of_tracks.event_id, ' ', '') != '') THEN typed_events_of_tracks.event_id
     END AS event_id,
     CAST('tracks' AS TEXT) COLLATE
     "default" AS source,
     CASE
         WHEN ((typed_events_of_tracks.anonymous_id NOT IN ('unknown'))) THEN CASE
                                                                                  WHEN (replace(typed_events_of_tracks.anonymous_id, ' ', '') != '') THEN typed_events_of_tracks.anonymous_id
                                                                              END
     END AS anonymous_id,
     CASE
         WHEN ((typed_events_of_tracks.user_id NOT IN ('unknown'))) THEN CASE
                                                                             WHEN (replace(typed_events_of_tracks.user_id, ' ', '') != '') THEN typed_events_of_tracks.user_id
                                                                         END
     END AS user_id,
     typed_events_of_tracks.event AS event,
     CASE
         WHEN (typed_events_of_tracks.timestamp BETWEEN CAST('0001-01-01 00:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE) AND CAST('9999-12-31 23:59:59.999999+00:00' AS TIMESTAMP WITH TIME ZONE)) THEN typed_events_of_tracks.timestamp
     END AS timestamp,
     CASE
         WHEN (typed_events_of_tracks.loaded_at BETWEEN CAST('0001-01-01 00:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE) AND CAST('9999-12-31 23:59:59.999999+00:00' AS TIMESTAMP WITH TIME ZONE)) THEN typed_events_of_tracks.loaded_at
     END AS loaded_at,
     typed_events_of_tracks.utm_source AS utm_source,
     typed_events_of_tracks.utm_medium AS utm_medium,
     typed_events_of_tracks.utm_campaign AS utm_campaign,
     typed_events_of_tracks.utm_term AS utm_term,
     typed_events_of_tracks.utm_content AS utm_content,
     typed_events_of_tracks.sdk_session_id AS sdk_session_id,
     typed_events_of_tracks.failed_condition AS failed_condition
   FROM typed_events_of_tracks
   UNION ALL SELECT
     CASE
         WHEN (replace(typed_events_of_pages.event_id, ' ', '') != '') THEN typed_events_of_pages.event_id
     END AS event_id,
     CAST('pages' AS TEXT) COLLATE
     "default" AS source,
     CASE
         WHEN ((typed_events_of_pages.anonymous_id NOT IN ('unknown'))) THEN CASE
                                                                                 WHEN (replace(typed_events_of_pages.anonymous_id, ' ', '') != '') THEN typed_events_of_pages.anonymous_id
                                                                             END
     END AS anonymous_id,
     CASE
         WHEN ((typed_events_of_pages.user_id NOT IN ('unknown'))) THEN CASE
                                                                            WHEN (replace(typed_events_of_pages.user_id, ' ', '') != '') THEN typed_events_of_pages.user_id
                                                                        END
     END AS user_id,
     typed_events_of_pages.event AS event,
     CASE
         WHEN (typed_events_of_pages.timestamp BETWEEN CAST('0001-01-01 00:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE) AND CAST('9999-12-31 23:59:59.999999+00:00' AS TIMESTAMP WITH TIME ZONE)) THEN typed_events_of_pages.timestamp
     END AS timestamp,
     CASE
         WHEN (typed_events_of_pages.loaded_at BETWEEN CAST('0001-01-01 00:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE) AND CAST('9999-12-31 23:59:59.999999+00:00' AS TIMESTAMP WITH TIME ZONE)) THEN typed_events_of_pages.loaded_at
     END AS loaded_at,
     typed_events_of_pages.utm_source AS utm_source,
     typed_events_of_pages.utm_medium AS utm_medium,
     typed_events_of_pages.utm_campaign AS utm_campaign,
     typed_events_of_pages.utm_term AS utm_term,
     typed_events_of_pages.utm_content AS utm_content,
     typed_events_of_pages.sdk_session_id AS sdk_session_id,
     typed_events_of_pages.failed_condition AS failed_condition
   FROM typed_events_of_pages
   UNION ALL SELECT
     CASE
         WHEN (replace(typed_events_of_order_completed.event_id, ' ', '') != '') THEN typed_events_of_order_completed.event_id
     END AS event_id,
     CAST('order_completed' AS TEXT) COLLATE
     "default" AS source,
     CASE
         WHEN ((typed_events_of_order_completed.anonymous_id NOT IN ('unknown'))) THEN CASE
                                                                                           WHEN (replace(typed_events_of_order_completed.anonymous_id, ' ', '') != '') THEN typed_events_of_order_completed.anonymous_id
                                                                                       END
     END AS anonymous_id,
     CASE
         WHEN ((typed_events_of_order_completed.user_id NOT IN ('unknown'))) THEN CASE
                                                                                      WHEN (replace(typed_events_of_order_completed.user_id, ' ', '') != '') THEN typed_events_of_order_completed.user_id
                                                                                  END
     END AS user_id,
     typed_events_of_order_completed.event AS event,
     CASE
         WHEN (typed_events_of_order_completed.timestamp BETWEEN CAST('0001-01-01 00:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE) AND CAST('9999-12-31 23:59:59.999999+00:00' AS TIMESTAMP WITH TIME ZONE)) THEN typed_events_of_order_completed.timestamp
     END AS timestamp,
     CASE
         WHEN (typed_events_of_order_completed.loaded_at BETWEEN CAST('0001-01-01 00:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE) AND CAST('9999-12-31 23:59:59.999999+00:00' AS TIMESTAMP WITH TIME ZONE)) THEN typed_events_of_order_completed.loaded_at
     END AS loaded_at,
     typed_events_of_order_completed.utm_source AS utm_source,
     typed_events_of_order_completed.utm_medium AS utm_medium,
     typed_events_of_order_completed.utm_campaign AS utm_campaign,
     typed_events_of_order_completed.utm_term AS utm_term,
     typed_events_of_order_completed.utm_content AS utm_content,
     typed_events_of_order_completed.sdk_session_id AS sdk_session_id,
     typed_events_of_order_completed.failed_condition AS failed_condition
   FROM typed_events_of_order_completed),
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
     raw_events.sdk_session_id AS sdk_session_id,
     raw_events.failed_condition AS failed_condition
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
         END != 1
     AND raw_events.failed_condition = 0
     AND (raw_events.event IS NULL
          OR (raw_events.event NOT IN ('heartbeat')))),
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
   JOIN shared_ids ON shared_ids.event_id = usable_events.event_id),
  ranked_rows AS
  (SELECT
     rows_of_shared_ids.event_id AS event_id,
     rows_of_shared_ids.source AS source,
     rows_of_shared_ids.anonymous_id AS anonymous_id,
     rows_of_shared_ids.user_id AS user_id,
     rows_of_shared_ids.event AS event,
     rows_of_shared_ids.timestamp AS timestamp,
     rows_of_shared_ids.loaded_at AS loaded_at,
     rows_of_shared_ids.utm_source AS utm_source,
     rows_of_shared_ids.utm_medium AS utm_medium,
     rows_of_shared_ids.utm_campaign AS utm_campaign,
     rows_of_shared_ids.utm_term AS utm_term,
     rows_of_shared_ids.utm_content AS utm_content,
     rows_of_shared_ids.sdk_session_id AS sdk_session_id,
     row_number() OVER (PARTITION BY rows_of_shared_ids.event_id
                        ORDER BY rows_of_shared_ids.timestamp, rows_of_shared_ids.loaded_at IS NULL, rows_of_shared_ids.loaded_at, rows_of_shared_ids.anonymous_id IS NULL, rows_of_shared_ids.anonymous_id COLLATE "C", rows_of_shared_ids.user_id IS NULL, rows_of_shared_ids.user_id COLLATE "C", rows_of_shared_ids.event IS NULL, rows_of_shared_ids.event COLLATE "C", rows_of_shared_ids.source COLLATE "C", rows_of_shared_ids.utm_source IS NULL, rows_of_shared_ids.utm_source COLLATE "C", rows_of_shared_ids.utm_medium IS NULL, rows_of_shared_ids.utm_medium COLLATE "C", rows_of_shared_ids.utm_campaign IS NULL, rows_of_shared_ids.utm_campaign COLLATE "C", rows_of_shared_ids.utm_term IS NULL, rows_of_shared_ids.utm_term COLLATE "C", rows_of_shared_ids.utm_content IS NULL, rows_of_shared_ids.utm_content COLLATE "C", rows_of_shared_ids.sdk_session_id IS NULL, rows_of_shared_ids.sdk_session_id COLLATE "C") AS duplicate_rank
   FROM rows_of_shared_ids),
  first_with_context AS
  (SELECT
     ranked_rows.event_id AS event_id,
     min(CASE
             WHEN (ranked_rows.utm_source IS NOT NULL) THEN ranked_rows.duplicate_rank
         END) AS utm_source,
     min(CASE
             WHEN (ranked_rows.utm_medium IS NOT NULL) THEN ranked_rows.duplicate_rank
         END) AS utm_medium,
     min(CASE
             WHEN (ranked_rows.utm_campaign IS NOT NULL) THEN ranked_rows.duplicate_rank
         END) AS utm_campaign,
     min(CASE
             WHEN (ranked_rows.utm_term IS NOT NULL) THEN ranked_rows.duplicate_rank
         END) AS utm_term,
     min(CASE
             WHEN (ranked_rows.utm_content IS NOT NULL) THEN ranked_rows.duplicate_rank
         END) AS utm_content,
     min(CASE
             WHEN (ranked_rows.sdk_session_id IS NOT NULL) THEN ranked_rows.duplicate_rank
         END) AS sdk_session_id
   FROM ranked_rows
   GROUP BY ranked_rows.event_id),
  completed_context AS
  (SELECT
     first_with_context.event_id AS event_id,
     max(CASE
             WHEN (ranked_rows.duplicate_rank = first_with_context.utm_source) THEN ranked_rows.utm_source
         END) AS utm_source,
     max(CASE
             WHEN (ranked_rows.duplicate_rank = first_with_context.utm_medium) THEN ranked_rows.utm_medium
         END) AS utm_medium,
     max(CASE
             WHEN (ranked_rows.duplicate_rank = first_with_context.utm_campaign) THEN ranked_rows.utm_campaign
         END) AS utm_campaign,
     max(CASE
             WHEN (ranked_rows.duplicate_rank = first_with_context.utm_term) THEN ranked_rows.utm_term
         END) AS utm_term,
     max(CASE
             WHEN (ranked_rows.duplicate_rank = first_with_context.utm_content) THEN ranked_rows.utm_content
         END) AS utm_content,
     max(CASE
             WHEN (ranked_rows.duplicate_rank = first_with_context.sdk_session_id) THEN ranked_rows.sdk_session_id
         END) AS sdk_session_id
   FROM ranked_rows
   JOIN first_with_context ON first_with_context.event_id = ranked_rows.event_id
   GROUP BY first_with_context.event_id),
  rows_and_events AS
  (SELECT
     ranked_rows.event_id AS event_id,
     ranked_rows.source AS source,
     ranked_rows.anonymous_id AS anonymous_id,
     ranked_rows.user_id AS user_id,
     ranked_rows.event AS event,
     ranked_rows.timestamp AS timestamp,
     ranked_rows.loaded_at AS loaded_at,
     completed_context.utm_source AS utm_source,
     completed_context.utm_medium AS utm_medium,
     completed_context.utm_campaign AS utm_campaign,
     completed_context.utm_term AS utm_term,
     completed_context.utm_content AS utm_content,
     completed_context.sdk_session_id AS sdk_session_id,
     ranked_rows.duplicate_rank AS duplicate_rank
   FROM ranked_rows
   JOIN completed_context ON completed_context.event_id = ranked_rows.event_id
   WHERE ranked_rows.duplicate_rank = 1
   UNION ALL SELECT
     ranked_rows.event_id AS event_id,
     ranked_rows.source AS source,
     ranked_rows.anonymous_id AS anonymous_id,
     ranked_rows.user_id AS user_id,
     ranked_rows.event AS event,
     ranked_rows.timestamp AS timestamp,
     ranked_rows.loaded_at AS loaded_at,
     ranked_rows.utm_source AS utm_source,
     ranked_rows.utm_medium AS utm_medium,
     ranked_rows.utm_campaign AS utm_campaign,
     ranked_rows.utm_term AS utm_term,
     ranked_rows.utm_content AS utm_content,
     ranked_rows.sdk_session_id AS sdk_session_id,
     ranked_rows.duplicate_rank + 1 AS duplicate_rank
   FROM ranked_rows)
SELECT
  rows_and_events.event_id,
  rows_and_events.source,
  rows_and_events.anonymous_id,
  rows_and_events.user_id,
  rows_and_events.event,
  rows_and_events.timestamp,
  rows_and_events.loaded_at,
  rows_and_events.utm_source,
  rows_and_events.utm_medium,
  rows_and_events.utm_campaign,
  rows_and_events.utm_term,
  rows_and_events.utm_content,
  rows_and_events.sdk_session_id,
  rows_and_events.duplicate_rank
FROM rows_and_events;
-- tracks: drop the working table
DROP TABLE sessionmodels_tracks;
