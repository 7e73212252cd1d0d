-- junk ids on PostgreSQL. One row per pair of junk ids, `user_id` and `anonymous_id`, with its number of events. An id that is not junk is null.
WITH
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
     usable_events.loaded_at AS loaded_at,
     usable_events.utm_source AS utm_source,
     usable_events.utm_medium AS utm_medium,
     usable_events.utm_campaign AS utm_campaign,
     usable_events.utm_term AS utm_term,
     usable_events.utm_content AS utm_content,
     usable_events.sdk_session_id AS sdk_session_id
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
     sessionmodels_tracks.loaded_at AS loaded_at,
     sessionmodels_tracks.utm_source AS utm_source,
     sessionmodels_tracks.utm_medium AS utm_medium,
     sessionmodels_tracks.utm_campaign AS utm_campaign,
     sessionmodels_tracks.utm_term AS utm_term,
     sessionmodels_tracks.utm_content AS utm_content,
     sessionmodels_tracks.sdk_session_id AS sdk_session_id
   FROM sessionmodels_tracks
   WHERE sessionmodels_tracks.duplicate_rank = 1),
  tracks AS
  (SELECT
     events_of_each_id.event_id AS event_id,
     events_of_each_id.source AS source,
     events_of_each_id.anonymous_id AS anonymous_id,
     events_of_each_id.user_id AS user_id,
     events_of_each_id.event AS event,
     events_of_each_id.timestamp AS timestamp,
     events_of_each_id.loaded_at AS loaded_at,
     events_of_each_id.utm_source AS utm_source,
     events_of_each_id.utm_medium AS utm_medium,
     events_of_each_id.utm_campaign AS utm_campaign,
     events_of_each_id.utm_term AS utm_term,
     events_of_each_id.utm_content AS utm_content,
     events_of_each_id.sdk_session_id AS sdk_session_id
   FROM events_of_each_id),
  pairs_of_ids AS
  (SELECT
     tracks.user_id AS user_id,
     tracks.anonymous_id AS anonymous_id,
     count(*) AS events
   FROM tracks
   GROUP BY
     tracks.user_id,
     tracks.anonymous_id),
  junk_ids AS
  (SELECT
     CASE
         WHEN (lower(trim(pairs_of_ids.user_id)) IN (
                                                       'null',
                                                       'undefined',
                                                       'none',
                                                       'nan',
                                                       '\n',
                                                       '0',
                                                       'unknown')) THEN lower(trim(pairs_of_ids.user_id))
         WHEN (replace(replace(lower(trim(pairs_of_ids.user_id)), '0', ''), '-', '') = ''
               AND replace(lower(trim(pairs_of_ids.user_id)), '0', '') != lower(trim(pairs_of_ids.user_id))) THEN 'zeros'
     END AS user_id,
     CASE
         WHEN (lower(trim(pairs_of_ids.anonymous_id)) IN (
                                                            'null',
                                                            'undefined',
                                                            'none',
                                                            'nan',
                                                            '\n',
                                                            '0',
                                                            'unknown')) THEN lower(trim(pairs_of_ids.anonymous_id))
         WHEN (replace(replace(lower(trim(pairs_of_ids.anonymous_id)), '0', ''), '-', '') = ''
               AND replace(lower(trim(pairs_of_ids.anonymous_id)), '0', '') != lower(trim(pairs_of_ids.anonymous_id))) THEN 'zeros'
     END AS anonymous_id,
     pairs_of_ids.events AS events
   FROM pairs_of_ids)
SELECT
  junk_ids.user_id,
  junk_ids.anonymous_id,
  CAST(sum(junk_ids.events) AS BIGINT) AS events
FROM junk_ids
GROUP BY
  junk_ids.user_id,
  junk_ids.anonymous_id;
