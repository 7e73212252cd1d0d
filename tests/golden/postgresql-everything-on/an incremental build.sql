-- An incremental build on PostgreSQL, after one that read everything loaded by 2026-01-31.

-- tracks: read the newly loaded rows
CREATE TEMPORARY TABLE sessionmodels_window AS WITH
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
     END AS failed_condition,
     CASE
         WHEN ((tracks.timestamp AT TIME ZONE 'UTC') IS NOT NULL) THEN 1
     END AS any_time,
     CAST(NULL AS TEXT) COLLATE "default" AS written_time
   FROM tracks
   WHERE tracks.uuid_ts >= CAST('2026-01-30 18:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE)
     OR tracks.uuid_ts IS NULL
     OR tracks.uuid_ts < CAST('0001-01-01 00:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE)
     OR tracks.uuid_ts > CAST('9999-12-31 23:59:59.999999+00:00' AS TIMESTAMP WITH TIME ZONE)),
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
     END AS failed_condition,
     CASE
         WHEN ((web.pages.timestamp AT TIME ZONE 'UTC') IS NOT NULL) THEN 1
     END AS any_time,
     CAST(NULL AS TEXT) COLLATE "default" AS written_time
   FROM web.pages
   WHERE web.pages.uuid_ts >= CAST('2026-01-30 18:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE)
     OR web.pages.uuid_ts IS NULL
     OR web.pages.uuid_ts < CAST('0001-01-01 00:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE)
     OR web.pages.uuid_ts > CAST('9999-12-31 23:59:59.999999+00:00' AS TIMESTAMP WITH TIME ZONE)),
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
     END AS failed_condition,
     CASE
         WHEN ((order_completed.timestamp AT TIME ZONE 'UTC') IS NOT NULL) THEN 1
     END AS any_time,
     CAST(NULL AS TEXT) COLLATE "default" AS written_time
   FROM order_completed
   WHERE order_completed.uuid_ts >= CAST('2026-01-30 18:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE)
     OR order_completed.uuid_ts IS NULL
     OR order_completed.uuid_ts < CAST('0001-01-01 00:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE)
     OR order_completed.uuid_ts > CAST('9999-12-31 23:59:59.999999+00:00' AS TIMESTAMP WITH TIME ZONE)),
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
     typed_events_of_tracks.failed_condition AS failed_condition,
     typed_events_of_tracks.any_time AS any_time,
     CASE
         WHEN (replace(typed_events_of_tracks.written_time, ' ', '') != '') THEN typed_events_of_tracks.written_time
     END AS written_time
   FROM typed_events_of_tracks
   WHERE CASE
             WHEN (typed_events_of_tracks.loaded_at BETWEEN CAST('0001-01-01 00:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE) AND CAST('9999-12-31 23:59:59.999999+00:00' AS TIMESTAMP WITH TIME ZONE)) THEN typed_events_of_tracks.loaded_at
         END >= CAST('2026-01-30 18:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE)
     OR CASE
            WHEN (typed_events_of_tracks.loaded_at BETWEEN CAST('0001-01-01 00:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE) AND CAST('9999-12-31 23:59:59.999999+00:00' AS TIMESTAMP WITH TIME ZONE)) THEN typed_events_of_tracks.loaded_at
        END IS NULL
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
     typed_events_of_pages.failed_condition AS failed_condition,
     typed_events_of_pages.any_time AS any_time,
     CASE
         WHEN (replace(typed_events_of_pages.written_time, ' ', '') != '') THEN typed_events_of_pages.written_time
     END AS written_time
   FROM typed_events_of_pages
   WHERE CASE
             WHEN (typed_events_of_pages.loaded_at BETWEEN CAST('0001-01-01 00:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE) AND CAST('9999-12-31 23:59:59.999999+00:00' AS TIMESTAMP WITH TIME ZONE)) THEN typed_events_of_pages.loaded_at
         END >= CAST('2026-01-30 18:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE)
     OR CASE
            WHEN (typed_events_of_pages.loaded_at BETWEEN CAST('0001-01-01 00:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE) AND CAST('9999-12-31 23:59:59.999999+00:00' AS TIMESTAMP WITH TIME ZONE)) THEN typed_events_of_pages.loaded_at
        END IS NULL
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
     typed_events_of_order_completed.failed_condition AS failed_condition,
     typed_events_of_order_completed.any_time AS any_time,
     CASE
         WHEN (replace(typed_events_of_order_completed.written_time, ' ', '') != '') THEN typed_events_of_order_completed.written_time
     END AS written_time
   FROM typed_events_of_order_completed
   WHERE CASE
             WHEN (typed_events_of_order_completed.loaded_at BETWEEN CAST('0001-01-01 00:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE) AND CAST('9999-12-31 23:59:59.999999+00:00' AS TIMESTAMP WITH TIME ZONE)) THEN typed_events_of_order_completed.loaded_at
         END >= CAST('2026-01-30 18:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE)
     OR CASE
            WHEN (typed_events_of_order_completed.loaded_at BETWEEN CAST('0001-01-01 00:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE) AND CAST('9999-12-31 23:59:59.999999+00:00' AS TIMESTAMP WITH TIME ZONE)) THEN typed_events_of_order_completed.loaded_at
        END IS NULL)
SELECT
  raw_events.event_id,
  raw_events.source,
  raw_events.anonymous_id,
  raw_events.user_id,
  raw_events.event,
  raw_events.timestamp,
  raw_events.loaded_at,
  raw_events.utm_source,
  raw_events.utm_medium,
  raw_events.utm_campaign,
  raw_events.utm_term,
  raw_events.utm_content,
  raw_events.sdk_session_id,
  CASE
      WHEN (raw_events.failed_condition != 0) THEN 'filtered'
      WHEN (raw_events.event IN ('heartbeat')) THEN 'ignored_event'
      WHEN (raw_events.event_id IS NULL) THEN 'no_event_id'
      WHEN (raw_events.anonymous_id IS NULL
            AND raw_events.user_id IS NULL) THEN 'no_id'
      WHEN (length(raw_events.event_id) > 65535
            OR length(raw_events.anonymous_id) > 65535
            OR length(raw_events.user_id) > 65535) THEN 'id_too_long'
      WHEN (raw_events.any_time IS NULL
            AND raw_events.written_time IS NOT NULL) THEN 'unreadable_time'
      WHEN (raw_events.timestamp IS NULL
            AND raw_events.any_time IS NOT NULL) THEN 'time_out_of_range'
      WHEN (raw_events.timestamp IS NULL) THEN 'no_time'
  END AS reason
FROM raw_events;

-- tracks: find new and removed rows
CREATE TEMPORARY TABLE sessionmodels_difference AS WITH
  usable_rows AS
  (SELECT
     sessionmodels_window.event_id AS event_id,
     sessionmodels_window.source AS source,
     sessionmodels_window.anonymous_id AS anonymous_id,
     sessionmodels_window.user_id AS user_id,
     sessionmodels_window.event AS event,
     sessionmodels_window.timestamp AS timestamp,
     sessionmodels_window.loaded_at AS loaded_at,
     sessionmodels_window.utm_source AS utm_source,
     sessionmodels_window.utm_medium AS utm_medium,
     sessionmodels_window.utm_campaign AS utm_campaign,
     sessionmodels_window.utm_term AS utm_term,
     sessionmodels_window.utm_content AS utm_content,
     sessionmodels_window.sdk_session_id AS sdk_session_id
   FROM sessionmodels_window
   WHERE sessionmodels_window.reason IS NULL),
  both_times AS
  (SELECT
     usable_rows.event_id AS event_id,
     usable_rows.source AS source,
     usable_rows.anonymous_id AS anonymous_id,
     usable_rows.user_id AS user_id,
     usable_rows.event AS event,
     usable_rows.timestamp AS timestamp,
     usable_rows.loaded_at AS loaded_at,
     usable_rows.utm_source AS utm_source,
     usable_rows.utm_medium AS utm_medium,
     usable_rows.utm_campaign AS utm_campaign,
     usable_rows.utm_term AS utm_term,
     usable_rows.utm_content AS utm_content,
     usable_rows.sdk_session_id AS sdk_session_id,
     1 AS change
   FROM usable_rows
   UNION ALL SELECT
     dbt_session_events.event_id AS event_id,
     dbt_session_events.source AS source,
     dbt_session_events.anonymous_id AS anonymous_id,
     dbt_session_events.user_id AS user_id,
     dbt_session_events.event AS event,
     dbt_session_events.timestamp AS timestamp,
     dbt_session_events.loaded_at AS loaded_at,
     dbt_session_events.utm_source AS utm_source,
     dbt_session_events.utm_medium AS utm_medium,
     dbt_session_events.utm_campaign AS utm_campaign,
     dbt_session_events.utm_term AS utm_term,
     dbt_session_events.utm_content AS utm_content,
     dbt_session_events.sdk_session_id AS sdk_session_id,
     -1 AS change
   FROM dbt_session_events
   WHERE (dbt_session_events.loaded_at >= CAST('2026-01-30 18:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE)
          OR dbt_session_events.loaded_at IS NULL)
     AND (NOT (dbt_session_events.source = 'tracks'
               AND dbt_session_events.loaded_at < CAST('2026-01-30 18:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE)
               OR dbt_session_events.source = 'pages'
               AND dbt_session_events.loaded_at < CAST('2026-01-30 18:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE)
               OR dbt_session_events.source = 'order_completed'
               AND dbt_session_events.loaded_at < CAST('2026-01-30 18:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE))
          OR dbt_session_events.loaded_at IS NULL)
     AND NOT (EXISTS
                (SELECT sessionmodels_duplicates_dbt_.event_id
                 FROM sessionmodels_duplicates_dbt_
                 WHERE sessionmodels_duplicates_dbt_.event_id = dbt_session_events.event_id))
   UNION ALL SELECT
     sessionmodels_duplicates_dbt_.event_id AS event_id,
     sessionmodels_duplicates_dbt_.source AS source,
     sessionmodels_duplicates_dbt_.anonymous_id AS anonymous_id,
     sessionmodels_duplicates_dbt_.user_id AS user_id,
     sessionmodels_duplicates_dbt_.event AS event,
     sessionmodels_duplicates_dbt_.timestamp AS timestamp,
     sessionmodels_duplicates_dbt_.loaded_at AS loaded_at,
     sessionmodels_duplicates_dbt_.utm_source AS utm_source,
     sessionmodels_duplicates_dbt_.utm_medium AS utm_medium,
     sessionmodels_duplicates_dbt_.utm_campaign AS utm_campaign,
     sessionmodels_duplicates_dbt_.utm_term AS utm_term,
     sessionmodels_duplicates_dbt_.utm_content AS utm_content,
     sessionmodels_duplicates_dbt_.sdk_session_id AS sdk_session_id,
     -1 AS change
   FROM sessionmodels_duplicates_dbt_
   WHERE (sessionmodels_duplicates_dbt_.loaded_at >= CAST('2026-01-30 18:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE)
          OR sessionmodels_duplicates_dbt_.loaded_at IS NULL)
     AND (NOT (sessionmodels_duplicates_dbt_.source = 'tracks'
               AND sessionmodels_duplicates_dbt_.loaded_at < CAST('2026-01-30 18:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE)
               OR sessionmodels_duplicates_dbt_.source = 'pages'
               AND sessionmodels_duplicates_dbt_.loaded_at < CAST('2026-01-30 18:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE)
               OR sessionmodels_duplicates_dbt_.source = 'order_completed'
               AND sessionmodels_duplicates_dbt_.loaded_at < CAST('2026-01-30 18:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE))
          OR sessionmodels_duplicates_dbt_.loaded_at IS NULL))
SELECT
  both_times.event_id,
  both_times.source,
  both_times.anonymous_id,
  both_times.user_id,
  both_times.event,
  both_times.timestamp,
  both_times.loaded_at,
  both_times.utm_source,
  both_times.utm_medium,
  both_times.utm_campaign,
  both_times.utm_term,
  both_times.utm_content,
  both_times.sdk_session_id,
  CAST(sum(both_times.change) AS BIGINT) AS change
FROM both_times
GROUP BY
  both_times.event_id,
  both_times.source,
  both_times.anonymous_id,
  both_times.user_id,
  both_times.event,
  both_times.timestamp,
  both_times.loaded_at,
  both_times.utm_source,
  both_times.utm_medium,
  both_times.utm_campaign,
  both_times.utm_term,
  both_times.utm_content,
  both_times.sdk_session_id
HAVING CAST(sum(both_times.change) AS BIGINT) != 0;

-- tracks: find the stored rows of the changed ids
CREATE TEMPORARY TABLE sessionmodels_known AS WITH stored_rows AS
  (SELECT
     dbt_session_events.event_id AS event_id,
     dbt_session_events.source AS source,
     dbt_session_events.anonymous_id AS anonymous_id,
     dbt_session_events.user_id AS user_id,
     dbt_session_events.event AS event,
     dbt_session_events.timestamp AS timestamp,
     dbt_session_events.loaded_at AS loaded_at,
     dbt_session_events.utm_source AS utm_source,
     dbt_session_events.utm_medium AS utm_medium,
     dbt_session_events.utm_campaign AS utm_campaign,
     dbt_session_events.utm_term AS utm_term,
     dbt_session_events.utm_content AS utm_content,
     dbt_session_events.sdk_session_id AS sdk_session_id,
     1 AS is_event
   FROM dbt_session_events
   WHERE dbt_session_events.event_id IN
       (SELECT sessionmodels_difference.event_id
        FROM sessionmodels_difference)
   UNION ALL SELECT
     sessionmodels_duplicates_dbt_.event_id AS event_id,
     sessionmodels_duplicates_dbt_.source AS source,
     sessionmodels_duplicates_dbt_.anonymous_id AS anonymous_id,
     sessionmodels_duplicates_dbt_.user_id AS user_id,
     sessionmodels_duplicates_dbt_.event AS event,
     sessionmodels_duplicates_dbt_.timestamp AS timestamp,
     sessionmodels_duplicates_dbt_.loaded_at AS loaded_at,
     sessionmodels_duplicates_dbt_.utm_source AS utm_source,
     sessionmodels_duplicates_dbt_.utm_medium AS utm_medium,
     sessionmodels_duplicates_dbt_.utm_campaign AS utm_campaign,
     sessionmodels_duplicates_dbt_.utm_term AS utm_term,
     sessionmodels_duplicates_dbt_.utm_content AS utm_content,
     sessionmodels_duplicates_dbt_.sdk_session_id AS sdk_session_id,
     0 AS is_event
   FROM sessionmodels_duplicates_dbt_
   WHERE sessionmodels_duplicates_dbt_.event_id IN
       (SELECT sessionmodels_difference.event_id
        FROM sessionmodels_difference))
SELECT
  stored_rows.event_id,
  stored_rows.source,
  stored_rows.anonymous_id,
  stored_rows.user_id,
  stored_rows.event,
  stored_rows.timestamp,
  stored_rows.loaded_at,
  stored_rows.utm_source,
  stored_rows.utm_medium,
  stored_rows.utm_campaign,
  stored_rows.utm_term,
  stored_rows.utm_content,
  stored_rows.sdk_session_id,
  stored_rows.is_event
FROM stored_rows;

-- tracks: rank every row of the changed ids
CREATE TEMPORARY TABLE sessionmodels_rows AS WITH
  usable_rows AS
  (SELECT
     sessionmodels_window.event_id AS event_id,
     sessionmodels_window.source AS source,
     sessionmodels_window.anonymous_id AS anonymous_id,
     sessionmodels_window.user_id AS user_id,
     sessionmodels_window.event AS event,
     sessionmodels_window.timestamp AS timestamp,
     sessionmodels_window.loaded_at AS loaded_at,
     sessionmodels_window.utm_source AS utm_source,
     sessionmodels_window.utm_medium AS utm_medium,
     sessionmodels_window.utm_campaign AS utm_campaign,
     sessionmodels_window.utm_term AS utm_term,
     sessionmodels_window.utm_content AS utm_content,
     sessionmodels_window.sdk_session_id AS sdk_session_id
   FROM sessionmodels_window
   WHERE sessionmodels_window.reason IS NULL),
  rows_of_ids AS
  (SELECT
     usable_rows.event_id AS event_id,
     usable_rows.source AS source,
     usable_rows.anonymous_id AS anonymous_id,
     usable_rows.user_id AS user_id,
     usable_rows.event AS event,
     usable_rows.timestamp AS timestamp,
     usable_rows.loaded_at AS loaded_at,
     usable_rows.utm_source AS utm_source,
     usable_rows.utm_medium AS utm_medium,
     usable_rows.utm_campaign AS utm_campaign,
     usable_rows.utm_term AS utm_term,
     usable_rows.utm_content AS utm_content,
     usable_rows.sdk_session_id AS sdk_session_id
   FROM usable_rows
   WHERE usable_rows.event_id IN
       (SELECT sessionmodels_difference.event_id
        FROM sessionmodels_difference)
   UNION ALL SELECT
     sessionmodels_known.event_id AS event_id,
     sessionmodels_known.source AS source,
     sessionmodels_known.anonymous_id AS anonymous_id,
     sessionmodels_known.user_id AS user_id,
     sessionmodels_known.event AS event,
     sessionmodels_known.timestamp AS timestamp,
     sessionmodels_known.loaded_at AS loaded_at,
     sessionmodels_known.utm_source AS utm_source,
     sessionmodels_known.utm_medium AS utm_medium,
     sessionmodels_known.utm_campaign AS utm_campaign,
     sessionmodels_known.utm_term AS utm_term,
     sessionmodels_known.utm_content AS utm_content,
     sessionmodels_known.sdk_session_id AS sdk_session_id
   FROM sessionmodels_known
   WHERE (sessionmodels_known.source = 'tracks'
          AND sessionmodels_known.loaded_at < CAST('2026-01-30 18:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE)
          OR sessionmodels_known.source = 'pages'
          AND sessionmodels_known.loaded_at < CAST('2026-01-30 18:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE)
          OR sessionmodels_known.source = 'order_completed'
          AND sessionmodels_known.loaded_at < CAST('2026-01-30 18:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE))
     AND (sessionmodels_known.is_event = 0
          OR (sessionmodels_known.event_id NOT IN
                (SELECT other_rows.event_id
                 FROM sessionmodels_known AS other_rows
                 WHERE other_rows.is_event = 0)))),
  shared_ids AS
  (SELECT rows_of_ids.event_id AS event_id
   FROM rows_of_ids
   GROUP BY rows_of_ids.event_id
   HAVING count(*) > 1),
  rows_of_shared_ids AS
  (SELECT
     rows_of_ids.event_id AS event_id,
     rows_of_ids.source AS source,
     rows_of_ids.anonymous_id AS anonymous_id,
     rows_of_ids.user_id AS user_id,
     rows_of_ids.event AS event,
     rows_of_ids.timestamp AS timestamp,
     rows_of_ids.loaded_at AS loaded_at,
     rows_of_ids.utm_source AS utm_source,
     rows_of_ids.utm_medium AS utm_medium,
     rows_of_ids.utm_campaign AS utm_campaign,
     rows_of_ids.utm_term AS utm_term,
     rows_of_ids.utm_content AS utm_content,
     rows_of_ids.sdk_session_id AS sdk_session_id
   FROM rows_of_ids
   JOIN shared_ids ON shared_ids.event_id = rows_of_ids.event_id),
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
   FROM ranked_rows),
  rows_with_ranks AS
  (SELECT
     rows_of_ids.event_id AS event_id,
     rows_of_ids.source AS source,
     rows_of_ids.anonymous_id AS anonymous_id,
     rows_of_ids.user_id AS user_id,
     rows_of_ids.event AS event,
     rows_of_ids.timestamp AS timestamp,
     rows_of_ids.loaded_at AS loaded_at,
     rows_of_ids.utm_source AS utm_source,
     rows_of_ids.utm_medium AS utm_medium,
     rows_of_ids.utm_campaign AS utm_campaign,
     rows_of_ids.utm_term AS utm_term,
     rows_of_ids.utm_content AS utm_content,
     rows_of_ids.sdk_session_id AS sdk_session_id,
     1 AS duplicate_rank
   FROM rows_of_ids
   LEFT OUTER JOIN shared_ids ON shared_ids.event_id = rows_of_ids.event_id
   WHERE shared_ids.event_id IS NULL
   UNION ALL SELECT
     rows_and_events.event_id AS event_id,
     rows_and_events.source AS source,
     rows_and_events.anonymous_id AS anonymous_id,
     rows_and_events.user_id AS user_id,
     rows_and_events.event AS event,
     rows_and_events.timestamp AS timestamp,
     rows_and_events.loaded_at AS loaded_at,
     rows_and_events.utm_source AS utm_source,
     rows_and_events.utm_medium AS utm_medium,
     rows_and_events.utm_campaign AS utm_campaign,
     rows_and_events.utm_term AS utm_term,
     rows_and_events.utm_content AS utm_content,
     rows_and_events.sdk_session_id AS sdk_session_id,
     rows_and_events.duplicate_rank AS duplicate_rank
   FROM rows_and_events)
SELECT
  rows_with_ranks.event_id,
  rows_with_ranks.source,
  rows_with_ranks.anonymous_id,
  rows_with_ranks.user_id,
  rows_with_ranks.event,
  rows_with_ranks.timestamp,
  rows_with_ranks.loaded_at,
  rows_with_ranks.utm_source,
  rows_with_ranks.utm_medium,
  rows_with_ranks.utm_campaign,
  rows_with_ranks.utm_term,
  rows_with_ranks.utm_content,
  rows_with_ranks.sdk_session_id,
  rows_with_ranks.duplicate_rank
FROM rows_with_ranks;

-- tracks: find the changed events
CREATE TEMPORARY TABLE sessionmodels_changed AS WITH
  new_events AS
  (SELECT
     sessionmodels_rows.event_id AS event_id,
     sessionmodels_rows.source AS source,
     sessionmodels_rows.anonymous_id AS anonymous_id,
     sessionmodels_rows.user_id AS user_id,
     sessionmodels_rows.event AS event,
     sessionmodels_rows.timestamp AS timestamp,
     sessionmodels_rows.loaded_at AS loaded_at,
     sessionmodels_rows.utm_source AS utm_source,
     sessionmodels_rows.utm_medium AS utm_medium,
     sessionmodels_rows.utm_campaign AS utm_campaign,
     sessionmodels_rows.utm_term AS utm_term,
     sessionmodels_rows.utm_content AS utm_content,
     sessionmodels_rows.sdk_session_id AS sdk_session_id,
     1 AS change
   FROM sessionmodels_rows
   WHERE sessionmodels_rows.duplicate_rank = 1
     AND NOT (EXISTS
                (SELECT sessionmodels_known.event_id
                 FROM sessionmodels_known
                 WHERE sessionmodels_known.event_id = sessionmodels_rows.event_id))),
  both_times AS
  (SELECT
     sessionmodels_rows.event_id AS event_id,
     sessionmodels_rows.source AS source,
     sessionmodels_rows.anonymous_id AS anonymous_id,
     sessionmodels_rows.user_id AS user_id,
     sessionmodels_rows.event AS event,
     sessionmodels_rows.timestamp AS timestamp,
     sessionmodels_rows.loaded_at AS loaded_at,
     sessionmodels_rows.utm_source AS utm_source,
     sessionmodels_rows.utm_medium AS utm_medium,
     sessionmodels_rows.utm_campaign AS utm_campaign,
     sessionmodels_rows.utm_term AS utm_term,
     sessionmodels_rows.utm_content AS utm_content,
     sessionmodels_rows.sdk_session_id AS sdk_session_id,
     1 AS change
   FROM sessionmodels_rows
   WHERE sessionmodels_rows.duplicate_rank = 1
     AND (EXISTS
            (SELECT sessionmodels_known.event_id
             FROM sessionmodels_known
             WHERE sessionmodels_known.event_id = sessionmodels_rows.event_id))
   UNION ALL SELECT
     sessionmodels_known.event_id AS event_id,
     sessionmodels_known.source AS source,
     sessionmodels_known.anonymous_id AS anonymous_id,
     sessionmodels_known.user_id AS user_id,
     sessionmodels_known.event AS event,
     sessionmodels_known.timestamp AS timestamp,
     sessionmodels_known.loaded_at AS loaded_at,
     sessionmodels_known.utm_source AS utm_source,
     sessionmodels_known.utm_medium AS utm_medium,
     sessionmodels_known.utm_campaign AS utm_campaign,
     sessionmodels_known.utm_term AS utm_term,
     sessionmodels_known.utm_content AS utm_content,
     sessionmodels_known.sdk_session_id AS sdk_session_id,
     -1 AS change
   FROM sessionmodels_known
   WHERE sessionmodels_known.is_event = 1),
  compared AS
  (SELECT
     both_times.event_id AS event_id,
     both_times.source AS source,
     both_times.anonymous_id AS anonymous_id,
     both_times.user_id AS user_id,
     both_times.event AS event,
     both_times.timestamp AS timestamp,
     both_times.loaded_at AS loaded_at,
     both_times.utm_source AS utm_source,
     both_times.utm_medium AS utm_medium,
     both_times.utm_campaign AS utm_campaign,
     both_times.utm_term AS utm_term,
     both_times.utm_content AS utm_content,
     both_times.sdk_session_id AS sdk_session_id,
     CAST(sum(both_times.change) AS BIGINT) AS change
   FROM both_times
   GROUP BY
     both_times.event_id,
     both_times.source,
     both_times.anonymous_id,
     both_times.user_id,
     both_times.event,
     both_times.timestamp,
     both_times.loaded_at,
     both_times.utm_source,
     both_times.utm_medium,
     both_times.utm_campaign,
     both_times.utm_term,
     both_times.utm_content,
     both_times.sdk_session_id
   HAVING CAST(sum(both_times.change) AS BIGINT) != 0),
  changed_events AS
  (SELECT
     new_events.event_id AS event_id,
     new_events.anonymous_id AS anonymous_id,
     new_events.user_id AS user_id,
     new_events.timestamp AS timestamp,
     new_events.change AS change
   FROM new_events
   UNION ALL SELECT
     compared.event_id AS event_id,
     compared.anonymous_id AS anonymous_id,
     compared.user_id AS user_id,
     compared.timestamp AS timestamp,
     compared.change AS change
   FROM compared)
SELECT
  changed_events.event_id,
  changed_events.anonymous_id,
  changed_events.user_id,
  changed_events.timestamp,
  changed_events.change
FROM changed_events;

-- tracks: keep the removed duplicates
DELETE
FROM ONLY sessionmodels_duplicates_dbt_
WHERE sessionmodels_duplicates_dbt_.event_id IN
    (SELECT sessionmodels_difference.event_id
     FROM sessionmodels_difference);
INSERT INTO sessionmodels_duplicates_dbt_ (event_id, source, anonymous_id, user_id, event, timestamp, loaded_at, utm_source, utm_medium, utm_campaign, utm_term, utm_content, sdk_session_id)
SELECT
  sessionmodels_rows.event_id,
  sessionmodels_rows.source,
  sessionmodels_rows.anonymous_id,
  sessionmodels_rows.user_id,
  sessionmodels_rows.event,
  sessionmodels_rows.timestamp,
  sessionmodels_rows.loaded_at,
  sessionmodels_rows.utm_source,
  sessionmodels_rows.utm_medium,
  sessionmodels_rows.utm_campaign,
  sessionmodels_rows.utm_term,
  sessionmodels_rows.utm_content,
  sessionmodels_rows.sdk_session_id
FROM sessionmodels_rows
WHERE sessionmodels_rows.duplicate_rank > 1;

-- aliases_mapping: find the ids whose visitor is in doubt
CREATE TEMPORARY TABLE sessionmodels_changed_aliases AS WITH
  ids_of_changes AS
  (SELECT
     sessionmodels_changed.anonymous_id AS alias,
     sessionmodels_changed.change AS change,
     CASE
         WHEN (sessionmodels_changed.anonymous_id IS NOT NULL
               AND sessionmodels_changed.user_id IS NOT NULL) THEN sessionmodels_changed.user_id
     END AS login
   FROM sessionmodels_changed
   WHERE sessionmodels_changed.anonymous_id IS NOT NULL
   UNION ALL SELECT
     sessionmodels_changed.user_id AS alias,
     sessionmodels_changed.change AS change,
     CAST(NULL AS TEXT) COLLATE "default" AS login
   FROM sessionmodels_changed
   WHERE sessionmodels_changed.user_id IS NOT NULL),
  changes_by_alias AS
  (SELECT
     ids_of_changes.alias AS alias,
     count(CASE
               WHEN (ids_of_changes.change > 0) THEN 1
           END) AS added,
     count(CASE
               WHEN (ids_of_changes.change <= 0
                     AND ids_of_changes.login IS NOT NULL) THEN 1
           END) AS removed_logins,
     min(CASE
             WHEN (ids_of_changes.change > 0) THEN ids_of_changes.login
         END) AS first_user,
     max(CASE
             WHEN (ids_of_changes.change > 0) THEN ids_of_changes.login
         END) AS last_user
   FROM ids_of_changes
   GROUP BY ids_of_changes.alias)
SELECT
  changes_by_alias.alias,
  mapping_before.dbt_visitor_id AS visitor_before,
  CASE
      WHEN (mapping_before.dbt_visitor_id IS NOT NULL
            AND (changes_by_alias.removed_logins > 0
                 OR mapping_before.dbt_visitor_id != changes_by_alias.first_user
                 OR mapping_before.dbt_visitor_id != changes_by_alias.last_user)) THEN 1
      ELSE 0
  END AS logins_in_doubt,
  CASE
      WHEN (changes_by_alias.added = 0) THEN 1
      ELSE 0
  END AS events_in_doubt
FROM changes_by_alias
LEFT OUTER JOIN dbt_aliases_mapping AS mapping_before ON mapping_before.alias = changes_by_alias.alias;

-- aliases_mapping: find the events that decide it
CREATE TEMPORARY TABLE sessionmodels_deciding AS WITH deciding_events AS
  (SELECT
     dbt_session_events.event_id AS event_id,
     dbt_session_events.anonymous_id AS anonymous_id,
     dbt_session_events.user_id AS user_id,
     dbt_session_events.timestamp AS timestamp
   FROM dbt_session_events
   WHERE dbt_session_events.anonymous_id IS NOT NULL
     AND dbt_session_events.user_id IS NOT NULL
     AND dbt_session_events.anonymous_id IN
       (SELECT sessionmodels_changed_aliases.alias
        FROM sessionmodels_changed_aliases
        WHERE sessionmodels_changed_aliases.logins_in_doubt = 1)
     AND NOT (EXISTS
                (SELECT sessionmodels_difference.event_id
                 FROM sessionmodels_difference
                 WHERE sessionmodels_difference.event_id = dbt_session_events.event_id))
   UNION ALL SELECT
     sessionmodels_rows.event_id AS event_id,
     sessionmodels_rows.anonymous_id AS anonymous_id,
     sessionmodels_rows.user_id AS user_id,
     sessionmodels_rows.timestamp AS timestamp
   FROM sessionmodels_rows
   WHERE sessionmodels_rows.anonymous_id IS NOT NULL
     AND sessionmodels_rows.user_id IS NOT NULL
     AND sessionmodels_rows.anonymous_id IN
       (SELECT sessionmodels_changed_aliases.alias
        FROM sessionmodels_changed_aliases
        WHERE sessionmodels_changed_aliases.logins_in_doubt = 1)
     AND sessionmodels_rows.duplicate_rank = 1
   UNION ALL SELECT
     dbt_session_events.event_id AS event_id,
     dbt_session_events.anonymous_id AS anonymous_id,
     dbt_session_events.user_id AS user_id,
     dbt_session_events.timestamp AS timestamp
   FROM dbt_session_events
   WHERE dbt_session_events.anonymous_id IN
       (SELECT sessionmodels_changed_aliases.alias
        FROM sessionmodels_changed_aliases
        WHERE sessionmodels_changed_aliases.events_in_doubt = 1)
     AND NOT (EXISTS
                (SELECT sessionmodels_difference.event_id
                 FROM sessionmodels_difference
                 WHERE sessionmodels_difference.event_id = dbt_session_events.event_id))
   UNION ALL SELECT
     sessionmodels_rows.event_id AS event_id,
     sessionmodels_rows.anonymous_id AS anonymous_id,
     sessionmodels_rows.user_id AS user_id,
     sessionmodels_rows.timestamp AS timestamp
   FROM sessionmodels_rows
   WHERE sessionmodels_rows.anonymous_id IN
       (SELECT sessionmodels_changed_aliases.alias
        FROM sessionmodels_changed_aliases
        WHERE sessionmodels_changed_aliases.events_in_doubt = 1)
     AND sessionmodels_rows.duplicate_rank = 1
   UNION ALL SELECT
     dbt_session_events.event_id AS event_id,
     dbt_session_events.anonymous_id AS anonymous_id,
     dbt_session_events.user_id AS user_id,
     dbt_session_events.timestamp AS timestamp
   FROM dbt_session_events
   WHERE dbt_session_events.user_id IN
       (SELECT sessionmodels_changed_aliases.alias
        FROM sessionmodels_changed_aliases
        WHERE sessionmodels_changed_aliases.events_in_doubt = 1)
     AND NOT (EXISTS
                (SELECT sessionmodels_difference.event_id
                 FROM sessionmodels_difference
                 WHERE sessionmodels_difference.event_id = dbt_session_events.event_id))
   UNION ALL SELECT
     sessionmodels_rows.event_id AS event_id,
     sessionmodels_rows.anonymous_id AS anonymous_id,
     sessionmodels_rows.user_id AS user_id,
     sessionmodels_rows.timestamp AS timestamp
   FROM sessionmodels_rows
   WHERE sessionmodels_rows.user_id IN
       (SELECT sessionmodels_changed_aliases.alias
        FROM sessionmodels_changed_aliases
        WHERE sessionmodels_changed_aliases.events_in_doubt = 1)
     AND sessionmodels_rows.duplicate_rank = 1
   UNION ALL SELECT
     sessionmodels_changed.event_id AS event_id,
     sessionmodels_changed.anonymous_id AS anonymous_id,
     sessionmodels_changed.user_id AS user_id,
     sessionmodels_changed.timestamp AS timestamp
   FROM sessionmodels_changed
   WHERE sessionmodels_changed.change > 0)
SELECT
  deciding_events.event_id,
  deciding_events.anonymous_id,
  deciding_events.user_id,
  deciding_events.timestamp
FROM deciding_events;

-- aliases_mapping: re-resolve identities
CREATE TEMPORARY TABLE sessionmodels_aliases AS WITH
  aliases AS
  (SELECT sessionmodels_deciding.anonymous_id AS alias
   FROM sessionmodels_deciding
   WHERE sessionmodels_deciding.anonymous_id IS NOT NULL
   UNION SELECT sessionmodels_deciding.user_id AS alias
   FROM sessionmodels_deciding
   WHERE sessionmodels_deciding.user_id IS NOT NULL),
  logins AS
  (SELECT
     sessionmodels_deciding.anonymous_id AS anonymous_id,
     sessionmodels_deciding.user_id AS user_id,
     row_number() OVER (PARTITION BY sessionmodels_deciding.anonymous_id
                        ORDER BY sessionmodels_deciding.timestamp DESC, sessionmodels_deciding.event_id COLLATE "C" DESC, sessionmodels_deciding.user_id COLLATE "C" DESC) AS recency
   FROM sessionmodels_deciding
   WHERE sessionmodels_deciding.anonymous_id IS NOT NULL
     AND sessionmodels_deciding.user_id IS NOT NULL),
  latest_logins AS
  (SELECT
     logins.anonymous_id AS anonymous_id,
     logins.user_id AS user_id
   FROM logins
   WHERE logins.recency = 1)
SELECT
  sessionmodels_changed_aliases.alias,
  sessionmodels_changed_aliases.visitor_before,
  CASE
      WHEN (sessionmodels_changed_aliases.visitor_before IS NULL
            OR sessionmodels_changed_aliases.logins_in_doubt = 1
            OR sessionmodels_changed_aliases.events_in_doubt = 1) THEN mapping_now.dbt_visitor_id
      ELSE sessionmodels_changed_aliases.visitor_before
  END AS visitor_now
FROM sessionmodels_changed_aliases
LEFT OUTER JOIN
  (SELECT
     aliases.alias AS alias,
     coalesce(latest_logins.user_id, aliases.alias) AS dbt_visitor_id
   FROM aliases
   LEFT OUTER JOIN latest_logins ON latest_logins.anonymous_id = aliases.alias) AS mapping_now ON mapping_now.alias = sessionmodels_changed_aliases.alias;

-- aliases_mapping: find the events of these ids
CREATE TEMPORARY TABLE sessionmodels_alias_events AS WITH
  events_of_changed_ids AS
  (SELECT
     sessionmodels_changed.event_id AS event_id,
     sessionmodels_changed.anonymous_id AS anonymous_id,
     sessionmodels_changed.user_id AS user_id,
     sessionmodels_changed.timestamp AS timestamp
   FROM sessionmodels_changed
   UNION ALL SELECT
     sessionmodels_rows.event_id AS event_id,
     sessionmodels_rows.anonymous_id AS anonymous_id,
     sessionmodels_rows.user_id AS user_id,
     sessionmodels_rows.timestamp AS timestamp
   FROM sessionmodels_rows
   WHERE sessionmodels_rows.duplicate_rank = 1),
  named_aliases AS
  (SELECT events_of_changed_ids.anonymous_id AS alias
   FROM events_of_changed_ids
   WHERE events_of_changed_ids.anonymous_id IS NOT NULL
   UNION SELECT events_of_changed_ids.user_id AS alias
   FROM events_of_changed_ids
   WHERE events_of_changed_ids.user_id IS NOT NULL),
  their_events AS
  (SELECT
     dbt_session_events.event_id AS event_id,
     dbt_session_events.anonymous_id AS anonymous_id,
     dbt_session_events.user_id AS user_id,
     dbt_session_events.timestamp AS timestamp
   FROM dbt_session_events
   WHERE dbt_session_events.anonymous_id IN
       (SELECT named_aliases.alias
        FROM named_aliases)
     AND NOT (EXISTS
                (SELECT sessionmodels_difference.event_id
                 FROM sessionmodels_difference
                 WHERE sessionmodels_difference.event_id = dbt_session_events.event_id))
   UNION ALL SELECT
     sessionmodels_rows.event_id AS event_id,
     sessionmodels_rows.anonymous_id AS anonymous_id,
     sessionmodels_rows.user_id AS user_id,
     sessionmodels_rows.timestamp AS timestamp
   FROM sessionmodels_rows
   WHERE sessionmodels_rows.anonymous_id IN
       (SELECT named_aliases.alias
        FROM named_aliases)
     AND sessionmodels_rows.duplicate_rank = 1
   UNION ALL SELECT
     dbt_session_events.event_id AS event_id,
     dbt_session_events.anonymous_id AS anonymous_id,
     dbt_session_events.user_id AS user_id,
     dbt_session_events.timestamp AS timestamp
   FROM dbt_session_events
   WHERE dbt_session_events.user_id IN
       (SELECT named_aliases.alias
        FROM named_aliases)
     AND NOT (EXISTS
                (SELECT sessionmodels_difference.event_id
                 FROM sessionmodels_difference
                 WHERE sessionmodels_difference.event_id = dbt_session_events.event_id))
   UNION ALL SELECT
     sessionmodels_rows.event_id AS event_id,
     sessionmodels_rows.anonymous_id AS anonymous_id,
     sessionmodels_rows.user_id AS user_id,
     sessionmodels_rows.timestamp AS timestamp
   FROM sessionmodels_rows
   WHERE sessionmodels_rows.user_id IN
       (SELECT named_aliases.alias
        FROM named_aliases)
     AND sessionmodels_rows.duplicate_rank = 1)
SELECT
  their_events.event_id,
  their_events.anonymous_id,
  their_events.user_id,
  their_events.timestamp
FROM their_events;

-- aliases_mapping: find the visitors of their events
CREATE TEMPORARY TABLE sessionmodels_resolved AS WITH
  events_again AS
  (SELECT DISTINCT
     sessionmodels_alias_events.event_id AS event_id,
     sessionmodels_alias_events.anonymous_id AS anonymous_id,
     sessionmodels_alias_events.user_id AS user_id,
     sessionmodels_alias_events.timestamp AS timestamp
   FROM sessionmodels_alias_events),
  devices_with_logins AS
  (SELECT DISTINCT events_again.anonymous_id AS anonymous_id
   FROM events_again
   WHERE events_again.anonymous_id IS NOT NULL
     AND events_again.user_id IS NOT NULL),
  events_with_login_number AS
  (SELECT
     events_again.event_id AS event_id,
     events_again.anonymous_id AS anonymous_id,
     events_again.user_id AS user_id,
     events_again.timestamp AS timestamp,
     count(events_again.user_id) OVER (PARTITION BY events_again.anonymous_id
                                       ORDER BY events_again.timestamp, events_again.event_id COLLATE "C", events_again.user_id IS NULL, events_again.user_id COLLATE "C" ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS login_number
   FROM events_again
   JOIN devices_with_logins ON devices_with_logins.anonymous_id = events_again.anonymous_id),
  logins AS
  (SELECT
     events_with_login_number.anonymous_id AS anonymous_id,
     events_with_login_number.login_number AS login_number,
     events_with_login_number.user_id AS user_id
   FROM events_with_login_number
   WHERE events_with_login_number.user_id IS NOT NULL),
  visits_again AS
  (SELECT
     events_again.event_id AS event_id,
     events_again.anonymous_id AS anonymous_id,
     events_again.user_id AS user_id,
     events_again.timestamp AS timestamp,
     coalesce(events_again.user_id, events_again.anonymous_id) AS dbt_visitor_id
   FROM events_again
   LEFT OUTER JOIN devices_with_logins ON devices_with_logins.anonymous_id = events_again.anonymous_id
   WHERE events_again.user_id IS NOT NULL
     OR devices_with_logins.anonymous_id IS NULL
   UNION ALL SELECT
     events_with_login_number.event_id AS event_id,
     events_with_login_number.anonymous_id AS anonymous_id,
     events_with_login_number.user_id AS user_id,
     events_with_login_number.timestamp AS timestamp,
     logins.user_id AS dbt_visitor_id
   FROM events_with_login_number
   JOIN logins ON logins.anonymous_id = events_with_login_number.anonymous_id
   AND logins.login_number = CASE
                                 WHEN (events_with_login_number.login_number = 0) THEN 1
                                 ELSE events_with_login_number.login_number
                             END
   WHERE events_with_login_number.user_id IS NULL)
SELECT DISTINCT
  visits_again.event_id,
  visits_again.anonymous_id,
  visits_again.user_id,
  visits_again.timestamp,
  dbt_session_events.dbt_visitor_id AS visitor_before,
  visits_again.dbt_visitor_id AS visitor_now
FROM visits_again
LEFT OUTER JOIN dbt_session_events ON dbt_session_events.event_id = visits_again.event_id
AND dbt_session_events.timestamp = visits_again.timestamp
AND coalesce(dbt_session_events.anonymous_id, '') = coalesce(visits_again.anonymous_id, '')
AND coalesce(dbt_session_events.user_id, '') = coalesce(visits_again.user_id, '');

-- sessions: find the affected visitors
CREATE TEMPORARY TABLE sessionmodels_visitors AS WITH
  moments AS
  (SELECT
     dbt_session_events.dbt_visitor_id AS visitor,
     sessionmodels_changed.timestamp AS moment
   FROM sessionmodels_changed
   JOIN dbt_session_events ON dbt_session_events.event_id = sessionmodels_changed.event_id
   AND dbt_session_events.timestamp = sessionmodels_changed.timestamp
   WHERE sessionmodels_changed.change < 0
   UNION ALL SELECT
     sessionmodels_resolved.visitor_now AS visitor,
     sessionmodels_changed.timestamp AS moment
   FROM sessionmodels_changed
   JOIN sessionmodels_resolved ON sessionmodels_resolved.event_id = sessionmodels_changed.event_id
   AND sessionmodels_resolved.timestamp = sessionmodels_changed.timestamp
   WHERE sessionmodels_changed.change > 0
   UNION ALL SELECT
     sessionmodels_resolved.visitor_before AS visitor,
     sessionmodels_resolved.timestamp AS moment
   FROM sessionmodels_resolved
   WHERE sessionmodels_resolved.visitor_before != sessionmodels_resolved.visitor_now
   UNION ALL SELECT
     sessionmodels_resolved.visitor_now AS visitor,
     sessionmodels_resolved.timestamp AS moment
   FROM sessionmodels_resolved
   WHERE sessionmodels_resolved.visitor_before != sessionmodels_resolved.visitor_now),
  first_moments AS
  (SELECT
     moments.visitor AS visitor,
     min(moments.moment) AS moment
   FROM moments
   WHERE moments.visitor IS NOT NULL
   GROUP BY moments.visitor),
  sessions_before AS
  (SELECT
     dbt_sessions.dbt_visitor_id AS dbt_visitor_id,
     dbt_sessions.session_sequence_number AS session_sequence_number,
     dbt_sessions.session_start_at AS session_start_at,
     dbt_sessions.ended_at AS ended_at,
     lag(dbt_sessions.ended_at) OVER (PARTITION BY dbt_sessions.dbt_visitor_id
                                      ORDER BY dbt_sessions.session_sequence_number) AS ended_at_before,
     dbt_sessions.start_reason AS start_reason
   FROM dbt_sessions
   JOIN first_moments ON LEFT(dbt_sessions.dbt_visitor_id, 200) = LEFT(first_moments.visitor, 200)
   AND dbt_sessions.dbt_visitor_id = first_moments.visitor
   WHERE dbt_sessions.session_start_at < first_moments.moment),
  last_sessions_before AS
  (SELECT
     sessions_before.dbt_visitor_id AS dbt_visitor_id,
     max(sessions_before.session_sequence_number) AS session_sequence_number,
     max(sessions_before.ended_at) AS ended_at,
     max(CASE
             WHEN ((sessions_before.ended_at_before IS NULL
                    OR sessions_before.session_start_at > sessions_before.ended_at_before)
                   AND sessions_before.start_reason != 'too_long') THEN sessions_before.session_sequence_number
         END) AS start_number,
     max(CASE
             WHEN ((sessions_before.ended_at_before IS NULL
                    OR sessions_before.session_start_at > sessions_before.ended_at_before)
                   AND sessions_before.start_reason != 'too_long') THEN sessions_before.session_start_at
         END) AS start_at,
     max(CASE
             WHEN ((sessions_before.ended_at_before IS NULL
                    OR sessions_before.session_start_at > sessions_before.ended_at_before)
                   AND sessions_before.start_reason != 'too_long') THEN sessions_before.ended_at_before
         END) AS ended_at_before
   FROM sessions_before
   GROUP BY sessions_before.dbt_visitor_id),
  affected_visitors AS
  (SELECT
     first_moments.visitor AS dbt_visitor_id,
     CASE
         WHEN (last_sessions_before.session_sequence_number IS NOT NULL) THEN last_sessions_before.start_at
         ELSE first_moments.moment
     END AS since,
     CAST(coalesce(CASE
                       WHEN (last_sessions_before.session_sequence_number IS NOT NULL) THEN last_sessions_before.start_number - 1
                       ELSE last_sessions_before.session_sequence_number
                   END, 0) AS BIGINT) AS sessions_before,
     CAST(CAST(nullif(CASE
                          WHEN (last_sessions_before.session_sequence_number IS NOT NULL) THEN last_sessions_before.start_number - 1
                          ELSE last_sessions_before.session_sequence_number
                      END, 0) AS TEXT) COLLATE "default" || ' - ' || first_moments.visitor AS TEXT) COLLATE
     "default" AS last_session_id,
     CASE
         WHEN (last_sessions_before.session_sequence_number IS NOT NULL) THEN last_sessions_before.ended_at_before
         ELSE last_sessions_before.ended_at
     END AS last_event_at
   FROM first_moments
   LEFT OUTER JOIN last_sessions_before ON last_sessions_before.dbt_visitor_id = first_moments.visitor),
  last_events AS
  (SELECT
     ranked_events.dbt_visitor_id AS dbt_visitor_id,
     ranked_events.anonymous_id AS anonymous_id,
     ranked_events.sdk_session_id AS sdk_session_id,
     ranked_events.recency AS recency
   FROM
     (SELECT
        dbt_session_events.dbt_visitor_id AS dbt_visitor_id,
        dbt_session_events.anonymous_id AS anonymous_id,
        dbt_session_events.sdk_session_id AS sdk_session_id,
        row_number() OVER (PARTITION BY dbt_session_events.dbt_visitor_id
                           ORDER BY dbt_session_events.session_sequence_number DESC, dbt_session_events.track_sequence_number DESC) AS recency
      FROM dbt_session_events
      JOIN affected_visitors ON LEFT(dbt_session_events.dbt_visitor_id, 200) = LEFT(affected_visitors.dbt_visitor_id, 200)
      AND dbt_session_events.dbt_visitor_id = affected_visitors.dbt_visitor_id
      AND dbt_session_events.session_sequence_number = affected_visitors.sessions_before
      AND dbt_session_events.timestamp = affected_visitors.last_event_at) AS ranked_events
   WHERE ranked_events.recency = 1),
  last_campaigns AS
  (SELECT
     ranked_events.dbt_visitor_id AS dbt_visitor_id,
     ranked_events.utm_source AS utm_source,
     ranked_events.utm_medium AS utm_medium,
     ranked_events.utm_campaign AS utm_campaign,
     ranked_events.utm_term AS utm_term,
     ranked_events.utm_content AS utm_content,
     ranked_events.recency AS recency
   FROM
     (SELECT
        dbt_session_events.dbt_visitor_id AS dbt_visitor_id,
        dbt_session_events.utm_source AS utm_source,
        dbt_session_events.utm_medium AS utm_medium,
        dbt_session_events.utm_campaign AS utm_campaign,
        dbt_session_events.utm_term AS utm_term,
        dbt_session_events.utm_content AS utm_content,
        row_number() OVER (PARTITION BY dbt_session_events.dbt_visitor_id
                           ORDER BY dbt_session_events.session_sequence_number DESC, dbt_session_events.track_sequence_number DESC) AS recency
      FROM dbt_session_events
      JOIN affected_visitors ON LEFT(dbt_session_events.dbt_visitor_id, 200) = LEFT(affected_visitors.dbt_visitor_id, 200)
      AND dbt_session_events.dbt_visitor_id = affected_visitors.dbt_visitor_id
      AND dbt_session_events.session_sequence_number <= affected_visitors.sessions_before
      AND (dbt_session_events.utm_source IS NOT NULL
           OR dbt_session_events.utm_medium IS NOT NULL
           OR dbt_session_events.utm_campaign IS NOT NULL
           OR dbt_session_events.utm_term IS NOT NULL
           OR dbt_session_events.utm_content IS NOT NULL)) AS ranked_events
   WHERE ranked_events.recency = 1)
SELECT
  affected_visitors.dbt_visitor_id,
  affected_visitors.since,
  affected_visitors.sessions_before,
  affected_visitors.last_session_id,
  affected_visitors.last_event_at,
  last_events.anonymous_id AS last_event_anonymous_id,
  last_events.sdk_session_id AS last_event_sdk_session_id,
  last_campaigns.utm_source AS last_event_utm_source,
  last_campaigns.utm_medium AS last_event_utm_medium,
  last_campaigns.utm_campaign AS last_event_utm_campaign,
  last_campaigns.utm_term AS last_event_utm_term,
  last_campaigns.utm_content AS last_event_utm_content
FROM affected_visitors
LEFT OUTER JOIN last_events ON last_events.dbt_visitor_id = affected_visitors.dbt_visitor_id
LEFT OUTER JOIN last_campaigns ON last_campaigns.dbt_visitor_id = affected_visitors.dbt_visitor_id;

-- sessions: note their previous sessions
CREATE TEMPORARY TABLE sessionmodels_old_sessions AS
SELECT
  dbt_sessions.session_id,
  dbt_sessions.session_key,
  dbt_sessions.dbt_visitor_id,
  dbt_sessions.session_sequence_number,
  dbt_sessions.session_start_at,
  dbt_sessions.ended_at,
  dbt_sessions.next_session_start_at,
  dbt_sessions.session_duration,
  dbt_sessions.num_pvs,
  dbt_sessions.cnt_viewed_product,
  dbt_sessions.cnt_signup,
  dbt_sessions.landing_page_url,
  dbt_sessions.landing_page_path,
  dbt_sessions.referrer,
  dbt_sessions.exit_page_url,
  dbt_sessions.exit_page_path,
  dbt_sessions.utm_source,
  dbt_sessions.utm_medium,
  dbt_sessions.utm_campaign,
  dbt_sessions.utm_term,
  dbt_sessions.utm_content,
  dbt_sessions.device_type,
  dbt_sessions.os_name,
  dbt_sessions.library_name,
  dbt_sessions.anonymous_id,
  dbt_sessions.user_id,
  dbt_sessions.page_views,
  dbt_sessions.conversions,
  dbt_sessions.is_engaged,
  dbt_sessions.is_bounce,
  dbt_sessions.session_date,
  dbt_sessions.start_reason,
  dbt_sessions.revenue,
  dbt_sessions.last_term
FROM dbt_sessions
JOIN sessionmodels_visitors ON LEFT(dbt_sessions.dbt_visitor_id, 200) = LEFT(sessionmodels_visitors.dbt_visitor_id, 200)
AND dbt_sessions.dbt_visitor_id = sessionmodels_visitors.dbt_visitor_id
AND (dbt_sessions.session_start_at >= sessionmodels_visitors.since
     OR dbt_sessions.session_id = sessionmodels_visitors.last_session_id);

-- aliases_mapping: update the mapping
DELETE
FROM ONLY dbt_aliases_mapping USING sessionmodels_aliases
WHERE dbt_aliases_mapping.alias = sessionmodels_aliases.alias
  AND (sessionmodels_aliases.visitor_before IS NOT NULL
       AND sessionmodels_aliases.visitor_before != sessionmodels_aliases.visitor_now
       OR sessionmodels_aliases.visitor_before IS NOT NULL
       AND sessionmodels_aliases.visitor_now IS NULL);
INSERT INTO dbt_aliases_mapping (alias, dbt_visitor_id)
SELECT
  sessionmodels_aliases.alias,
  sessionmodels_aliases.visitor_now AS dbt_visitor_id
FROM sessionmodels_aliases
WHERE sessionmodels_aliases.visitor_now IS NOT NULL
  AND (sessionmodels_aliases.visitor_before IS NULL
       OR sessionmodels_aliases.visitor_before != sessionmodels_aliases.visitor_now);

-- tracks: select their events
CREATE TEMPORARY TABLE sessionmodels_slice_tracks AS WITH slice_events AS
  (SELECT
     dbt_session_events.event_id AS event_id,
     dbt_session_events.source AS source,
     dbt_session_events.anonymous_id AS anonymous_id,
     dbt_session_events.user_id AS user_id,
     dbt_session_events.event AS event,
     dbt_session_events.timestamp AS timestamp,
     dbt_session_events.loaded_at AS loaded_at,
     dbt_session_events.utm_source AS utm_source,
     dbt_session_events.utm_medium AS utm_medium,
     dbt_session_events.utm_campaign AS utm_campaign,
     dbt_session_events.utm_term AS utm_term,
     dbt_session_events.utm_content AS utm_content,
     dbt_session_events.sdk_session_id AS sdk_session_id,
     coalesce(sessionmodels_resolved.visitor_now, dbt_session_events.dbt_visitor_id) AS dbt_visitor_id
   FROM dbt_session_events
   JOIN sessionmodels_visitors ON LEFT(dbt_session_events.dbt_visitor_id, 200) = LEFT(sessionmodels_visitors.dbt_visitor_id, 200)
   AND dbt_session_events.dbt_visitor_id = sessionmodels_visitors.dbt_visitor_id
   AND dbt_session_events.timestamp >= sessionmodels_visitors.since
   LEFT OUTER JOIN sessionmodels_resolved ON sessionmodels_resolved.event_id = dbt_session_events.event_id
   AND sessionmodels_resolved.timestamp = dbt_session_events.timestamp
   AND coalesce(sessionmodels_resolved.anonymous_id, '') = coalesce(dbt_session_events.anonymous_id, '')
   AND coalesce(sessionmodels_resolved.user_id, '') = coalesce(dbt_session_events.user_id, '')
   WHERE NOT (EXISTS
                (SELECT sessionmodels_difference.event_id
                 FROM sessionmodels_difference
                 WHERE sessionmodels_difference.event_id = dbt_session_events.event_id))
     AND dbt_session_events.timestamp >= CAST('2026-01-29 00:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE)
   UNION ALL SELECT
     sessionmodels_rows.event_id AS event_id,
     sessionmodels_rows.source AS source,
     sessionmodels_rows.anonymous_id AS anonymous_id,
     sessionmodels_rows.user_id AS user_id,
     sessionmodels_rows.event AS event,
     sessionmodels_rows.timestamp AS timestamp,
     sessionmodels_rows.loaded_at AS loaded_at,
     sessionmodels_rows.utm_source AS utm_source,
     sessionmodels_rows.utm_medium AS utm_medium,
     sessionmodels_rows.utm_campaign AS utm_campaign,
     sessionmodels_rows.utm_term AS utm_term,
     sessionmodels_rows.utm_content AS utm_content,
     sessionmodels_rows.sdk_session_id AS sdk_session_id,
     sessionmodels_resolved.visitor_now AS dbt_visitor_id
   FROM sessionmodels_rows
   JOIN sessionmodels_resolved ON sessionmodels_resolved.event_id = sessionmodels_rows.event_id
   AND sessionmodels_resolved.timestamp = sessionmodels_rows.timestamp
   AND coalesce(sessionmodels_resolved.anonymous_id, '') = coalesce(sessionmodels_rows.anonymous_id, '')
   AND coalesce(sessionmodels_resolved.user_id, '') = coalesce(sessionmodels_rows.user_id, '')
   JOIN sessionmodels_visitors ON sessionmodels_visitors.dbt_visitor_id = sessionmodels_resolved.visitor_now
   AND sessionmodels_rows.timestamp >= sessionmodels_visitors.since
   WHERE sessionmodels_rows.duplicate_rank = 1
   UNION ALL SELECT
     CAST(NULL AS TEXT) AS event_id,
     CAST(NULL AS TEXT) AS source,
     sessionmodels_visitors.last_event_anonymous_id AS anonymous_id,
     CAST(NULL AS TEXT) AS user_id,
     CAST(NULL AS TEXT) AS event,
     sessionmodels_visitors.last_event_at AS timestamp,
     CAST(NULL AS TIMESTAMP WITH TIME ZONE) AS loaded_at,
     sessionmodels_visitors.last_event_utm_source AS utm_source,
     sessionmodels_visitors.last_event_utm_medium AS utm_medium,
     sessionmodels_visitors.last_event_utm_campaign AS utm_campaign,
     sessionmodels_visitors.last_event_utm_term AS utm_term,
     sessionmodels_visitors.last_event_utm_content AS utm_content,
     sessionmodels_visitors.last_event_sdk_session_id AS sdk_session_id,
     sessionmodels_visitors.dbt_visitor_id AS dbt_visitor_id
   FROM sessionmodels_visitors
   WHERE sessionmodels_visitors.last_event_at IS NOT NULL)
SELECT
  slice_events.event_id,
  slice_events.source,
  slice_events.anonymous_id,
  slice_events.user_id,
  slice_events.event,
  slice_events.timestamp,
  slice_events.loaded_at,
  slice_events.utm_source,
  slice_events.utm_medium,
  slice_events.utm_campaign,
  slice_events.utm_term,
  slice_events.utm_content,
  slice_events.sdk_session_id,
  slice_events.dbt_visitor_id
FROM slice_events;

-- session_events: compute the new rows
CREATE TEMPORARY TABLE sessionmodels_slice_session_events AS WITH
  visits AS
  (SELECT
     sessionmodels_slice_tracks.event_id AS event_id,
     sessionmodels_slice_tracks.source AS source,
     sessionmodels_slice_tracks.anonymous_id AS anonymous_id,
     sessionmodels_slice_tracks.user_id AS user_id,
     sessionmodels_slice_tracks.event AS event,
     sessionmodels_slice_tracks.timestamp AS timestamp,
     sessionmodels_slice_tracks.loaded_at AS loaded_at,
     sessionmodels_slice_tracks.utm_source AS utm_source,
     sessionmodels_slice_tracks.utm_medium AS utm_medium,
     sessionmodels_slice_tracks.utm_campaign AS utm_campaign,
     sessionmodels_slice_tracks.utm_term AS utm_term,
     sessionmodels_slice_tracks.utm_content AS utm_content,
     sessionmodels_slice_tracks.sdk_session_id AS sdk_session_id,
     sessionmodels_slice_tracks.dbt_visitor_id AS dbt_visitor_id
   FROM sessionmodels_slice_tracks),
  dated AS
  (SELECT
     visits.event_id AS event_id,
     visits.source AS source,
     visits.anonymous_id AS anonymous_id,
     visits.user_id AS user_id,
     visits.event AS event,
     visits.timestamp AS timestamp,
     visits.loaded_at AS loaded_at,
     visits.utm_source AS utm_source,
     visits.utm_medium AS utm_medium,
     visits.utm_campaign AS utm_campaign,
     visits.utm_term AS utm_term,
     visits.utm_content AS utm_content,
     visits.sdk_session_id AS sdk_session_id,
     visits.dbt_visitor_id AS dbt_visitor_id,
     CASE
         WHEN (visits.timestamp >= CAST('0001-01-02 00:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE)
               AND visits.timestamp <= CAST('9999-12-30 23:59:59.999999+00:00' AS TIMESTAMP WITH TIME ZONE)) THEN CAST((visits.timestamp AT TIME ZONE 'Europe/Berlin') AS DATE)
         ELSE CAST((visits.timestamp AT TIME ZONE 'UTC') AS DATE)
     END AS date_in_zone
   FROM visits),
  ordered AS
  (SELECT
     dated.event_id AS event_id,
     dated.source AS source,
     dated.anonymous_id AS anonymous_id,
     dated.user_id AS user_id,
     dated.event AS event,
     dated.timestamp AS timestamp,
     dated.loaded_at AS loaded_at,
     dated.utm_source AS utm_source,
     dated.utm_medium AS utm_medium,
     dated.utm_campaign AS utm_campaign,
     dated.utm_term AS utm_term,
     dated.utm_content AS utm_content,
     dated.sdk_session_id AS sdk_session_id,
     dated.dbt_visitor_id AS dbt_visitor_id,
     dated.date_in_zone AS date_in_zone,
     row_number() OVER (PARTITION BY dated.dbt_visitor_id
                        ORDER BY dated.timestamp, dated.event_id COLLATE "C") AS visit_sequence_number,
     lag(dated.timestamp) OVER (PARTITION BY dated.dbt_visitor_id
                                ORDER BY dated.timestamp, dated.event_id COLLATE "C") AS previous_timestamp,
     lag(dated.anonymous_id) OVER (PARTITION BY dated.dbt_visitor_id
                                   ORDER BY dated.timestamp, dated.event_id COLLATE "C") AS previous_anonymous_id,
     lag(dated.sdk_session_id) OVER (PARTITION BY dated.dbt_visitor_id
                                     ORDER BY dated.timestamp, dated.event_id COLLATE "C") AS previous_sdk_session_id,
     lag(dated.date_in_zone) OVER (PARTITION BY dated.dbt_visitor_id
                                   ORDER BY dated.timestamp, dated.event_id COLLATE "C") AS previous_date_in_zone,
     CASE
         WHEN ((dated.utm_source IS NOT NULL
                OR dated.utm_medium IS NOT NULL
                OR dated.utm_campaign IS NOT NULL
                OR dated.utm_term IS NOT NULL
                OR dated.utm_content IS NOT NULL)
               AND (coalesce(lag(dated.utm_source) OVER (PARTITION BY dated.dbt_visitor_id, dated.utm_source IS NOT NULL
                                                         OR dated.utm_medium IS NOT NULL
                                                         OR dated.utm_campaign IS NOT NULL
                                                         OR dated.utm_term IS NOT NULL
                                                         OR dated.utm_content IS NOT NULL
                                                         ORDER BY dated.timestamp, dated.event_id COLLATE "C"), CAST('' AS TEXT) COLLATE "default") != coalesce(dated.utm_source, CAST('' AS TEXT) COLLATE "default")
                    OR coalesce(lag(dated.utm_medium) OVER (PARTITION BY dated.dbt_visitor_id, dated.utm_source IS NOT NULL
                                                            OR dated.utm_medium IS NOT NULL
                                                            OR dated.utm_campaign IS NOT NULL
                                                            OR dated.utm_term IS NOT NULL
                                                            OR dated.utm_content IS NOT NULL
                                                            ORDER BY dated.timestamp, dated.event_id COLLATE "C"), CAST('' AS TEXT) COLLATE "default") != coalesce(dated.utm_medium, CAST('' AS TEXT) COLLATE "default")
                    OR coalesce(lag(dated.utm_campaign) OVER (PARTITION BY dated.dbt_visitor_id, dated.utm_source IS NOT NULL
                                                              OR dated.utm_medium IS NOT NULL
                                                              OR dated.utm_campaign IS NOT NULL
                                                              OR dated.utm_term IS NOT NULL
                                                              OR dated.utm_content IS NOT NULL
                                                              ORDER BY dated.timestamp, dated.event_id COLLATE "C"), CAST('' AS TEXT) COLLATE "default") != coalesce(dated.utm_campaign, CAST('' AS TEXT) COLLATE "default")
                    OR coalesce(lag(dated.utm_term) OVER (PARTITION BY dated.dbt_visitor_id, dated.utm_source IS NOT NULL
                                                          OR dated.utm_medium IS NOT NULL
                                                          OR dated.utm_campaign IS NOT NULL
                                                          OR dated.utm_term IS NOT NULL
                                                          OR dated.utm_content IS NOT NULL
                                                          ORDER BY dated.timestamp, dated.event_id COLLATE "C"), CAST('' AS TEXT) COLLATE "default") != coalesce(dated.utm_term, CAST('' AS TEXT) COLLATE "default")
                    OR coalesce(lag(dated.utm_content) OVER (PARTITION BY dated.dbt_visitor_id, dated.utm_source IS NOT NULL
                                                             OR dated.utm_medium IS NOT NULL
                                                             OR dated.utm_campaign IS NOT NULL
                                                             OR dated.utm_term IS NOT NULL
                                                             OR dated.utm_content IS NOT NULL
                                                             ORDER BY dated.timestamp, dated.event_id COLLATE "C"), CAST('' AS TEXT) COLLATE "default") != coalesce(dated.utm_content, CAST('' AS TEXT) COLLATE "default"))) THEN 1
         ELSE 0
     END AS brings_campaign
   FROM dated),
  marked_uncut AS
  (SELECT
     ordered.event_id AS event_id,
     ordered.source AS source,
     ordered.anonymous_id AS anonymous_id,
     ordered.user_id AS user_id,
     ordered.event AS event,
     ordered.timestamp AS timestamp,
     ordered.loaded_at AS loaded_at,
     ordered.utm_source AS utm_source,
     ordered.utm_medium AS utm_medium,
     ordered.utm_campaign AS utm_campaign,
     ordered.utm_term AS utm_term,
     ordered.utm_content AS utm_content,
     ordered.sdk_session_id AS sdk_session_id,
     ordered.dbt_visitor_id AS dbt_visitor_id,
     ordered.date_in_zone AS date_in_zone,
     ordered.visit_sequence_number AS visit_sequence_number,
     ordered.previous_timestamp AS previous_timestamp,
     ordered.previous_anonymous_id AS previous_anonymous_id,
     ordered.previous_sdk_session_id AS previous_sdk_session_id,
     ordered.previous_date_in_zone AS previous_date_in_zone,
     ordered.brings_campaign AS brings_campaign,
     CASE
         WHEN (ordered.previous_timestamp IS NULL) THEN 1
         WHEN (ordered.previous_sdk_session_id IS NOT NULL
               AND ordered.sdk_session_id IS NOT NULL
               AND (ordered.anonymous_id != ordered.previous_anonymous_id
                    OR (ordered.previous_anonymous_id IS NULL) != (ordered.anonymous_id IS NULL)
                    OR ordered.sdk_session_id != ordered.previous_sdk_session_id
                    OR (ordered.previous_sdk_session_id IS NULL) != (ordered.sdk_session_id IS NULL))) THEN 1
         WHEN (CAST(EXTRACT(EPOCH
                            FROM (ordered.timestamp - ordered.previous_timestamp)) * 1000000 AS BIGINT) > 1800000000
               AND (ordered.previous_sdk_session_id IS NULL
                    OR ordered.sdk_session_id IS NULL)) THEN 1
         WHEN (ordered.event IN ('app_opened')) THEN 1
         WHEN (ordered.brings_campaign = 1) THEN 1
         WHEN (ordered.previous_date_in_zone != ordered.date_in_zone) THEN 1
         ELSE 0
     END AS starts_uncut
   FROM ordered),
  timed AS
  (SELECT
     marked_uncut.event_id AS event_id,
     marked_uncut.source AS source,
     marked_uncut.anonymous_id AS anonymous_id,
     marked_uncut.user_id AS user_id,
     marked_uncut.event AS event,
     marked_uncut.timestamp AS timestamp,
     marked_uncut.loaded_at AS loaded_at,
     marked_uncut.utm_source AS utm_source,
     marked_uncut.utm_medium AS utm_medium,
     marked_uncut.utm_campaign AS utm_campaign,
     marked_uncut.utm_term AS utm_term,
     marked_uncut.utm_content AS utm_content,
     marked_uncut.sdk_session_id AS sdk_session_id,
     marked_uncut.dbt_visitor_id AS dbt_visitor_id,
     marked_uncut.date_in_zone AS date_in_zone,
     marked_uncut.visit_sequence_number AS visit_sequence_number,
     marked_uncut.previous_timestamp AS previous_timestamp,
     marked_uncut.previous_anonymous_id AS previous_anonymous_id,
     marked_uncut.previous_sdk_session_id AS previous_sdk_session_id,
     marked_uncut.previous_date_in_zone AS previous_date_in_zone,
     marked_uncut.brings_campaign AS brings_campaign,
     marked_uncut.starts_uncut AS starts_uncut,
     max(CASE
             WHEN (marked_uncut.starts_uncut = 1) THEN marked_uncut.timestamp
         END) OVER (PARTITION BY marked_uncut.dbt_visitor_id
                    ORDER BY marked_uncut.visit_sequence_number ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS uncut_start_at
   FROM marked_uncut),
  marked AS
  (SELECT
     timed.event_id AS event_id,
     timed.source AS source,
     timed.anonymous_id AS anonymous_id,
     timed.user_id AS user_id,
     timed.event AS event,
     timed.timestamp AS timestamp,
     timed.loaded_at AS loaded_at,
     timed.utm_source AS utm_source,
     timed.utm_medium AS utm_medium,
     timed.utm_campaign AS utm_campaign,
     timed.utm_term AS utm_term,
     timed.utm_content AS utm_content,
     timed.sdk_session_id AS sdk_session_id,
     timed.dbt_visitor_id AS dbt_visitor_id,
     timed.date_in_zone AS date_in_zone,
     timed.visit_sequence_number AS visit_sequence_number,
     timed.previous_timestamp AS previous_timestamp,
     timed.previous_anonymous_id AS previous_anonymous_id,
     timed.previous_sdk_session_id AS previous_sdk_session_id,
     timed.previous_date_in_zone AS previous_date_in_zone,
     timed.brings_campaign AS brings_campaign,
     timed.starts_uncut AS starts_uncut,
     timed.uncut_start_at AS uncut_start_at,
     CASE
         WHEN (timed.starts_uncut = 1) THEN 1
         WHEN (CAST(EXTRACT(EPOCH
                            FROM (timed.timestamp - timed.uncut_start_at)) * 1000000 AS BIGINT) - mod(CAST(EXTRACT(EPOCH
                                                                                                                   FROM (timed.timestamp - timed.uncut_start_at)) * 1000000 AS BIGINT), 14400000000) > CAST(EXTRACT(EPOCH
                                                                                                                                                                                                                    FROM (timed.previous_timestamp - timed.uncut_start_at)) * 1000000 AS BIGINT) - mod(CAST(EXTRACT(EPOCH
                                                                                                                                                                                                                                                                                                                    FROM (timed.previous_timestamp - timed.uncut_start_at)) * 1000000 AS BIGINT), 14400000000)) THEN 1
         ELSE 0
     END AS starts_session
   FROM timed),
  numbered AS
  (SELECT
     marked.event_id AS event_id,
     marked.source AS source,
     marked.anonymous_id AS anonymous_id,
     marked.user_id AS user_id,
     marked.event AS event,
     marked.timestamp AS timestamp,
     marked.loaded_at AS loaded_at,
     marked.utm_source AS utm_source,
     marked.utm_medium AS utm_medium,
     marked.utm_campaign AS utm_campaign,
     marked.utm_term AS utm_term,
     marked.utm_content AS utm_content,
     marked.sdk_session_id AS sdk_session_id,
     marked.dbt_visitor_id AS dbt_visitor_id,
     marked.date_in_zone AS date_in_zone,
     marked.visit_sequence_number AS visit_sequence_number,
     marked.previous_timestamp AS previous_timestamp,
     marked.previous_anonymous_id AS previous_anonymous_id,
     marked.previous_sdk_session_id AS previous_sdk_session_id,
     marked.previous_date_in_zone AS previous_date_in_zone,
     marked.brings_campaign AS brings_campaign,
     marked.starts_uncut AS starts_uncut,
     marked.uncut_start_at AS uncut_start_at,
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
   FROM marked),
  slice_with_last_event AS
  (SELECT
     numbered.event_id AS event_id,
     numbered.source AS source,
     numbered.anonymous_id AS anonymous_id,
     numbered.user_id AS user_id,
     numbered.dbt_visitor_id AS dbt_visitor_id,
     numbered.timestamp AS timestamp,
     numbered.loaded_at AS loaded_at,
     numbered.event AS event,
     CAST(CAST(EXTRACT(EPOCH
                       FROM (numbered.timestamp - numbered.previous_timestamp)) * 1000000 AS BIGINT) AS DOUBLE PRECISION) / 60000000 AS idle_time_minutes,
     CAST(CAST(numbered.session_sequence_number AS TEXT) COLLATE "default" || ' - ' || numbered.dbt_visitor_id AS TEXT) COLLATE
     "default" AS session_id,
     numbered.session_sequence_number AS session_sequence_number,
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
     CAST(NULL AS TEXT) COLLATE
     "default" AS page_url,
     CAST(NULL AS TEXT) COLLATE
     "default" AS page_path,
     CAST(NULL AS TEXT) COLLATE
     "default" AS page_referrer,
     numbered.utm_source AS utm_source,
     numbered.utm_medium AS utm_medium,
     numbered.utm_campaign AS utm_campaign,
     numbered.utm_term AS utm_term,
     numbered.utm_content AS utm_content,
     CAST(NULL AS TEXT) COLLATE
     "default" AS device_type,
     CAST(NULL AS TEXT) COLLATE
     "default" AS os_name,
     CAST(NULL AS TEXT) COLLATE
     "default" AS library_name,
     numbered.sdk_session_id AS sdk_session_id,
     CAST(NULL AS TEXT) COLLATE "default" AS revenue
   FROM numbered)
SELECT
  slice_with_last_event.event_id,
  slice_with_last_event.source,
  slice_with_last_event.anonymous_id,
  slice_with_last_event.user_id,
  slice_with_last_event.dbt_visitor_id,
  slice_with_last_event.timestamp,
  slice_with_last_event.loaded_at,
  slice_with_last_event.event,
  slice_with_last_event.idle_time_minutes,
  CAST(CAST(CAST(slice_with_last_event.session_sequence_number + CASE
                                                                     WHEN (sessionmodels_visitors.sessions_before > 0) THEN sessionmodels_visitors.sessions_before - 1
                                                                     ELSE 0
                                                                 END AS BIGINT) AS TEXT) COLLATE "default" || ' - ' || slice_with_last_event.dbt_visitor_id AS TEXT) COLLATE
  "default" AS session_id,
  CAST(slice_with_last_event.session_sequence_number + CASE
                                                           WHEN (sessionmodels_visitors.sessions_before > 0) THEN sessionmodels_visitors.sessions_before - 1
                                                           ELSE 0
                                                       END AS BIGINT) AS session_sequence_number,
  slice_with_last_event.track_sequence_number,
  slice_with_last_event.event_2,
  slice_with_last_event.event_3,
  slice_with_last_event.event_4,
  slice_with_last_event.event_5,
  slice_with_last_event.page_url,
  slice_with_last_event.page_path,
  slice_with_last_event.page_referrer,
  slice_with_last_event.utm_source,
  slice_with_last_event.utm_medium,
  slice_with_last_event.utm_campaign,
  slice_with_last_event.utm_term,
  slice_with_last_event.utm_content,
  slice_with_last_event.device_type,
  slice_with_last_event.os_name,
  slice_with_last_event.library_name,
  slice_with_last_event.sdk_session_id,
  slice_with_last_event.revenue
FROM slice_with_last_event
JOIN sessionmodels_visitors ON sessionmodels_visitors.dbt_visitor_id = slice_with_last_event.dbt_visitor_id
WHERE slice_with_last_event.event_id IS NOT NULL;

-- session_events: replace the rows of affected visitors
DELETE
FROM ONLY dbt_session_events USING sessionmodels_visitors
WHERE LEFT(dbt_session_events.dbt_visitor_id, 200) = LEFT(sessionmodels_visitors.dbt_visitor_id, 200)
  AND dbt_session_events.dbt_visitor_id = sessionmodels_visitors.dbt_visitor_id
  AND dbt_session_events.timestamp >= sessionmodels_visitors.since
  AND dbt_session_events.timestamp >= CAST('2026-01-29 00:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE);
INSERT INTO dbt_session_events (event_id, source, anonymous_id, user_id, dbt_visitor_id, timestamp, loaded_at, event, idle_time_minutes, session_id, session_sequence_number, track_sequence_number, event_2, event_3, event_4, event_5, page_url, page_path, page_referrer, utm_source, utm_medium, utm_campaign, utm_term, utm_content, device_type, os_name, library_name, sdk_session_id, revenue)
SELECT
  sessionmodels_slice_session_events.event_id,
  sessionmodels_slice_session_events.source,
  sessionmodels_slice_session_events.anonymous_id,
  sessionmodels_slice_session_events.user_id,
  sessionmodels_slice_session_events.dbt_visitor_id,
  sessionmodels_slice_session_events.timestamp,
  sessionmodels_slice_session_events.loaded_at,
  sessionmodels_slice_session_events.event,
  sessionmodels_slice_session_events.idle_time_minutes,
  sessionmodels_slice_session_events.session_id,
  sessionmodels_slice_session_events.session_sequence_number,
  sessionmodels_slice_session_events.track_sequence_number,
  sessionmodels_slice_session_events.event_2,
  sessionmodels_slice_session_events.event_3,
  sessionmodels_slice_session_events.event_4,
  sessionmodels_slice_session_events.event_5,
  sessionmodels_slice_session_events.page_url,
  sessionmodels_slice_session_events.page_path,
  sessionmodels_slice_session_events.page_referrer,
  sessionmodels_slice_session_events.utm_source,
  sessionmodels_slice_session_events.utm_medium,
  sessionmodels_slice_session_events.utm_campaign,
  sessionmodels_slice_session_events.utm_term,
  sessionmodels_slice_session_events.utm_content,
  sessionmodels_slice_session_events.device_type,
  sessionmodels_slice_session_events.os_name,
  sessionmodels_slice_session_events.library_name,
  sessionmodels_slice_session_events.sdk_session_id,
  sessionmodels_slice_session_events.revenue
FROM sessionmodels_slice_session_events;

-- sessions: compute the new rows
CREATE TEMPORARY TABLE sessionmodels_slice_sessions AS WITH
  slice_events_and_last AS
  (SELECT
     sessionmodels_slice_session_events.event_id AS event_id,
     sessionmodels_slice_session_events.source AS source,
     sessionmodels_slice_session_events.anonymous_id AS anonymous_id,
     sessionmodels_slice_session_events.user_id AS user_id,
     sessionmodels_slice_session_events.dbt_visitor_id AS dbt_visitor_id,
     sessionmodels_slice_session_events.timestamp AS timestamp,
     sessionmodels_slice_session_events.loaded_at AS loaded_at,
     sessionmodels_slice_session_events.event AS event,
     sessionmodels_slice_session_events.idle_time_minutes AS idle_time_minutes,
     sessionmodels_slice_session_events.session_id AS session_id,
     sessionmodels_slice_session_events.session_sequence_number AS session_sequence_number,
     sessionmodels_slice_session_events.track_sequence_number AS track_sequence_number,
     sessionmodels_slice_session_events.event_2 AS event_2,
     sessionmodels_slice_session_events.event_3 AS event_3,
     sessionmodels_slice_session_events.event_4 AS event_4,
     sessionmodels_slice_session_events.event_5 AS event_5,
     sessionmodels_slice_session_events.page_url AS page_url,
     sessionmodels_slice_session_events.page_path AS page_path,
     sessionmodels_slice_session_events.page_referrer AS page_referrer,
     sessionmodels_slice_session_events.utm_source AS utm_source,
     sessionmodels_slice_session_events.utm_medium AS utm_medium,
     sessionmodels_slice_session_events.utm_campaign AS utm_campaign,
     sessionmodels_slice_session_events.utm_term AS utm_term,
     sessionmodels_slice_session_events.utm_content AS utm_content,
     sessionmodels_slice_session_events.device_type AS device_type,
     sessionmodels_slice_session_events.os_name AS os_name,
     sessionmodels_slice_session_events.library_name AS library_name,
     sessionmodels_slice_session_events.sdk_session_id AS sdk_session_id,
     sessionmodels_slice_session_events.revenue AS revenue
   FROM sessionmodels_slice_session_events
   UNION ALL SELECT
     CAST(NULL AS TEXT) AS event_id,
     CAST(NULL AS TEXT) AS source,
     sessionmodels_visitors.last_event_anonymous_id AS anonymous_id,
     CAST(NULL AS TEXT) AS user_id,
     sessionmodels_visitors.dbt_visitor_id AS dbt_visitor_id,
     sessionmodels_visitors.last_event_at AS timestamp,
     CAST(NULL AS TIMESTAMP WITH TIME ZONE) AS loaded_at,
     CAST(NULL AS TEXT) AS event,
     CAST(NULL AS DOUBLE PRECISION) AS idle_time_minutes,
     sessionmodels_visitors.last_session_id AS session_id,
     sessionmodels_visitors.sessions_before AS session_sequence_number,
     CAST(1 AS BIGINT) AS track_sequence_number,
     CAST(NULL AS TEXT) AS event_2,
     CAST(NULL AS TEXT) AS event_3,
     CAST(NULL AS TEXT) AS event_4,
     CAST(NULL AS TEXT) AS event_5,
     CAST(NULL AS TEXT) AS page_url,
     CAST(NULL AS TEXT) AS page_path,
     CAST(NULL AS TEXT) AS page_referrer,
     sessionmodels_visitors.last_event_utm_source AS utm_source,
     sessionmodels_visitors.last_event_utm_medium AS utm_medium,
     sessionmodels_visitors.last_event_utm_campaign AS utm_campaign,
     sessionmodels_visitors.last_event_utm_term AS utm_term,
     sessionmodels_visitors.last_event_utm_content AS utm_content,
     CAST(NULL AS TEXT) AS device_type,
     CAST(NULL AS TEXT) AS os_name,
     CAST(NULL AS TEXT) AS library_name,
     sessionmodels_visitors.last_event_sdk_session_id AS sdk_session_id,
     CAST(NULL AS TEXT) AS revenue
   FROM sessionmodels_visitors
   WHERE sessionmodels_visitors.last_event_at IS NOT NULL),
  placed AS
  (SELECT
     slice_events_and_last.dbt_visitor_id AS dbt_visitor_id,
     slice_events_and_last.session_sequence_number AS session_sequence_number,
     min(CASE
             WHEN (slice_events_and_last.utm_source IS NOT NULL
                   OR slice_events_and_last.utm_medium IS NOT NULL
                   OR slice_events_and_last.utm_campaign IS NOT NULL
                   OR slice_events_and_last.utm_term IS NOT NULL
                   OR slice_events_and_last.utm_content IS NOT NULL) THEN slice_events_and_last.track_sequence_number
         END) AS place_of_campaign,
     min(CASE
             WHEN (slice_events_and_last.anonymous_id IS NOT NULL) THEN slice_events_and_last.track_sequence_number
         END) AS place_of_anonymous_id,
     max(CASE
             WHEN (slice_events_and_last.user_id IS NOT NULL) THEN slice_events_and_last.track_sequence_number
         END) AS place_of_user_id,
     max(CASE
             WHEN (slice_events_and_last.utm_term IS NOT NULL) THEN slice_events_and_last.track_sequence_number
         END) AS place_of_own_2,
     max(slice_events_and_last.track_sequence_number) AS place_of_last_event
   FROM slice_events_and_last
   GROUP BY
     slice_events_and_last.dbt_visitor_id,
     slice_events_and_last.session_sequence_number),
  counted AS
  (SELECT
     slice_events_and_last.dbt_visitor_id AS dbt_visitor_id,
     slice_events_and_last.session_sequence_number AS session_sequence_number,
     max(CASE
             WHEN (slice_events_and_last.track_sequence_number = 1) THEN slice_events_and_last.event_id
         END) AS session_key,
     min(slice_events_and_last.timestamp) AS session_start_at,
     max(slice_events_and_last.timestamp) AS ended_at,
     count(*) AS num_pvs,
     CAST(sum(CASE
                  WHEN (slice_events_and_last.event IN ('view_product', 'viewed_product')) THEN 1
                  ELSE 0
              END) AS BIGINT) AS cnt_viewed_product,
     CAST(sum(CASE
                  WHEN (slice_events_and_last.event IN ('signup')) THEN 1
                  ELSE 0
              END) AS BIGINT) AS cnt_signup,
     CAST(sum(CASE
                  WHEN (slice_events_and_last.event IN ('page', 'screen')) THEN 1
                  ELSE 0
              END) AS BIGINT) AS page_views,
     CAST(sum(CASE
                  WHEN (slice_events_and_last.event IN ('order_completed')) THEN 1
                  ELSE 0
              END) AS BIGINT) AS conversions,
     max(CASE
             WHEN (CASE
                       WHEN (slice_events_and_last.utm_source IS NOT NULL
                             OR slice_events_and_last.utm_medium IS NOT NULL
                             OR slice_events_and_last.utm_campaign IS NOT NULL
                             OR slice_events_and_last.utm_term IS NOT NULL
                             OR slice_events_and_last.utm_content IS NOT NULL) THEN slice_events_and_last.track_sequence_number
                   END = placed.place_of_campaign) THEN slice_events_and_last.utm_source
         END) AS utm_source,
     max(CASE
             WHEN (CASE
                       WHEN (slice_events_and_last.utm_source IS NOT NULL
                             OR slice_events_and_last.utm_medium IS NOT NULL
                             OR slice_events_and_last.utm_campaign IS NOT NULL
                             OR slice_events_and_last.utm_term IS NOT NULL
                             OR slice_events_and_last.utm_content IS NOT NULL) THEN slice_events_and_last.track_sequence_number
                   END = placed.place_of_campaign) THEN slice_events_and_last.utm_medium
         END) AS utm_medium,
     max(CASE
             WHEN (CASE
                       WHEN (slice_events_and_last.utm_source IS NOT NULL
                             OR slice_events_and_last.utm_medium IS NOT NULL
                             OR slice_events_and_last.utm_campaign IS NOT NULL
                             OR slice_events_and_last.utm_term IS NOT NULL
                             OR slice_events_and_last.utm_content IS NOT NULL) THEN slice_events_and_last.track_sequence_number
                   END = placed.place_of_campaign) THEN slice_events_and_last.utm_campaign
         END) AS utm_campaign,
     max(CASE
             WHEN (CASE
                       WHEN (slice_events_and_last.utm_source IS NOT NULL
                             OR slice_events_and_last.utm_medium IS NOT NULL
                             OR slice_events_and_last.utm_campaign IS NOT NULL
                             OR slice_events_and_last.utm_term IS NOT NULL
                             OR slice_events_and_last.utm_content IS NOT NULL) THEN slice_events_and_last.track_sequence_number
                   END = placed.place_of_campaign) THEN slice_events_and_last.utm_term
         END) AS utm_term,
     max(CASE
             WHEN (CASE
                       WHEN (slice_events_and_last.utm_source IS NOT NULL
                             OR slice_events_and_last.utm_medium IS NOT NULL
                             OR slice_events_and_last.utm_campaign IS NOT NULL
                             OR slice_events_and_last.utm_term IS NOT NULL
                             OR slice_events_and_last.utm_content IS NOT NULL) THEN slice_events_and_last.track_sequence_number
                   END = placed.place_of_campaign) THEN slice_events_and_last.utm_content
         END) AS utm_content,
     max(CASE
             WHEN (CASE
                       WHEN (slice_events_and_last.anonymous_id IS NOT NULL) THEN slice_events_and_last.track_sequence_number
                   END = placed.place_of_anonymous_id) THEN slice_events_and_last.anonymous_id
         END) AS anonymous_id,
     max(CASE
             WHEN (CASE
                       WHEN (slice_events_and_last.user_id IS NOT NULL) THEN slice_events_and_last.track_sequence_number
                   END = placed.place_of_user_id) THEN slice_events_and_last.user_id
         END) AS user_id,
     max(CASE
             WHEN (CASE
                       WHEN (slice_events_and_last.utm_term IS NOT NULL) THEN slice_events_and_last.track_sequence_number
                   END = placed.place_of_own_2) THEN slice_events_and_last.utm_term
         END) AS last_term,
     max(CASE
             WHEN (slice_events_and_last.track_sequence_number = placed.place_of_last_event) THEN slice_events_and_last.anonymous_id
         END) AS of_last_event_anonymous_id,
     max(CASE
             WHEN (slice_events_and_last.track_sequence_number = placed.place_of_last_event) THEN slice_events_and_last.sdk_session_id
         END) AS of_last_event_sdk_session_id,
     max(CASE
             WHEN (slice_events_and_last.track_sequence_number = 1) THEN slice_events_and_last.anonymous_id
         END) AS of_first_event_anonymous_id,
     max(CASE
             WHEN (slice_events_and_last.track_sequence_number = 1) THEN slice_events_and_last.sdk_session_id
         END) AS of_first_event_sdk_session_id,
     max(CASE
             WHEN (slice_events_and_last.track_sequence_number = 1) THEN slice_events_and_last.event
         END) AS of_first_event_event,
     max(slice_events_and_last.utm_source) AS carried_utm_source,
     max(slice_events_and_last.utm_medium) AS carried_utm_medium,
     max(slice_events_and_last.utm_campaign) AS carried_utm_campaign,
     max(slice_events_and_last.utm_term) AS carried_utm_term,
     max(slice_events_and_last.utm_content) AS carried_utm_content
   FROM slice_events_and_last
   JOIN placed ON slice_events_and_last.dbt_visitor_id = placed.dbt_visitor_id
   AND slice_events_and_last.session_sequence_number = placed.session_sequence_number
   GROUP BY
     slice_events_and_last.dbt_visitor_id,
     slice_events_and_last.session_sequence_number),
  with_neighbours AS
  (SELECT
     counted.dbt_visitor_id AS dbt_visitor_id,
     counted.session_sequence_number AS session_sequence_number,
     counted.session_key AS session_key,
     counted.session_start_at AS session_start_at,
     counted.ended_at AS ended_at,
     counted.num_pvs AS num_pvs,
     counted.cnt_viewed_product AS cnt_viewed_product,
     counted.cnt_signup AS cnt_signup,
     counted.page_views AS page_views,
     counted.conversions AS conversions,
     counted.utm_source AS utm_source,
     counted.utm_medium AS utm_medium,
     counted.utm_campaign AS utm_campaign,
     counted.utm_term AS utm_term,
     counted.utm_content AS utm_content,
     counted.anonymous_id AS anonymous_id,
     counted.user_id AS user_id,
     counted.last_term AS last_term,
     counted.of_last_event_anonymous_id AS of_last_event_anonymous_id,
     counted.of_last_event_sdk_session_id AS of_last_event_sdk_session_id,
     counted.of_first_event_anonymous_id AS of_first_event_anonymous_id,
     counted.of_first_event_sdk_session_id AS of_first_event_sdk_session_id,
     counted.of_first_event_event AS of_first_event_event,
     counted.carried_utm_source AS carried_utm_source,
     counted.carried_utm_medium AS carried_utm_medium,
     counted.carried_utm_campaign AS carried_utm_campaign,
     counted.carried_utm_term AS carried_utm_term,
     counted.carried_utm_content AS carried_utm_content,
     lead(counted.session_start_at) OVER (PARTITION BY counted.dbt_visitor_id
                                          ORDER BY counted.session_sequence_number) AS next_session_start_at,
     lag(counted.ended_at) OVER (PARTITION BY counted.dbt_visitor_id
                                 ORDER BY counted.session_sequence_number) AS previous_timestamp,
     lag(counted.of_last_event_anonymous_id) OVER (PARTITION BY counted.dbt_visitor_id
                                                   ORDER BY counted.session_sequence_number) AS previous_anonymous_id,
     lag(counted.of_last_event_sdk_session_id) OVER (PARTITION BY counted.dbt_visitor_id
                                                     ORDER BY counted.session_sequence_number) AS previous_sdk_session_id,
     CASE
         WHEN ((counted.carried_utm_source IS NOT NULL
                OR counted.carried_utm_medium IS NOT NULL
                OR counted.carried_utm_campaign IS NOT NULL
                OR counted.carried_utm_term IS NOT NULL
                OR counted.carried_utm_content IS NOT NULL)
               AND (coalesce(lag(counted.carried_utm_source) OVER (PARTITION BY counted.dbt_visitor_id, counted.carried_utm_source IS NOT NULL
                                                                   OR counted.carried_utm_medium IS NOT NULL
                                                                   OR counted.carried_utm_campaign IS NOT NULL
                                                                   OR counted.carried_utm_term IS NOT NULL
                                                                   OR counted.carried_utm_content IS NOT NULL
                                                                   ORDER BY counted.session_sequence_number), CAST('' AS TEXT) COLLATE "default") != coalesce(counted.carried_utm_source, CAST('' AS TEXT) COLLATE "default")
                    OR coalesce(lag(counted.carried_utm_medium) OVER (PARTITION BY counted.dbt_visitor_id, counted.carried_utm_source IS NOT NULL
                                                                      OR counted.carried_utm_medium IS NOT NULL
                                                                      OR counted.carried_utm_campaign IS NOT NULL
                                                                      OR counted.carried_utm_term IS NOT NULL
                                                                      OR counted.carried_utm_content IS NOT NULL
                                                                      ORDER BY counted.session_sequence_number), CAST('' AS TEXT) COLLATE "default") != coalesce(counted.carried_utm_medium, CAST('' AS TEXT) COLLATE "default")
                    OR coalesce(lag(counted.carried_utm_campaign) OVER (PARTITION BY counted.dbt_visitor_id, counted.carried_utm_source IS NOT NULL
                                                                        OR counted.carried_utm_medium IS NOT NULL
                                                                        OR counted.carried_utm_campaign IS NOT NULL
                                                                        OR counted.carried_utm_term IS NOT NULL
                                                                        OR counted.carried_utm_content IS NOT NULL
                                                                        ORDER BY counted.session_sequence_number), CAST('' AS TEXT) COLLATE "default") != coalesce(counted.carried_utm_campaign, CAST('' AS TEXT) COLLATE "default")
                    OR coalesce(lag(counted.carried_utm_term) OVER (PARTITION BY counted.dbt_visitor_id, counted.carried_utm_source IS NOT NULL
                                                                    OR counted.carried_utm_medium IS NOT NULL
                                                                    OR counted.carried_utm_campaign IS NOT NULL
                                                                    OR counted.carried_utm_term IS NOT NULL
                                                                    OR counted.carried_utm_content IS NOT NULL
                                                                    ORDER BY counted.session_sequence_number), CAST('' AS TEXT) COLLATE "default") != coalesce(counted.carried_utm_term, CAST('' AS TEXT) COLLATE "default")
                    OR coalesce(lag(counted.carried_utm_content) OVER (PARTITION BY counted.dbt_visitor_id, counted.carried_utm_source IS NOT NULL
                                                                       OR counted.carried_utm_medium IS NOT NULL
                                                                       OR counted.carried_utm_campaign IS NOT NULL
                                                                       OR counted.carried_utm_term IS NOT NULL
                                                                       OR counted.carried_utm_content IS NOT NULL
                                                                       ORDER BY counted.session_sequence_number), CAST('' AS TEXT) COLLATE "default") != coalesce(counted.carried_utm_content, CAST('' AS TEXT) COLLATE "default"))) THEN 1
         ELSE 0
     END AS brings_campaign
   FROM counted),
  seen_sessions AS
  (SELECT CAST(CAST(with_neighbours.session_sequence_number AS TEXT) COLLATE "default" || ' - ' || with_neighbours.dbt_visitor_id AS TEXT) COLLATE
     "default" AS session_id,
     with_neighbours.session_key AS session_key,
     with_neighbours.dbt_visitor_id AS dbt_visitor_id,
     with_neighbours.session_sequence_number AS session_sequence_number,
     with_neighbours.session_start_at AS session_start_at,
     with_neighbours.ended_at AS ended_at,
     with_neighbours.next_session_start_at AS next_session_start_at,
     CAST(CAST(EXTRACT(EPOCH
                       FROM (with_neighbours.ended_at - with_neighbours.session_start_at)) * 1000000 AS BIGINT) AS DOUBLE PRECISION) / 60000000 AS session_duration,
     with_neighbours.num_pvs AS num_pvs,
     with_neighbours.cnt_viewed_product AS cnt_viewed_product,
     with_neighbours.cnt_signup AS cnt_signup,
     CAST(NULL AS TEXT) COLLATE
     "default" AS landing_page_url,
     CAST(NULL AS TEXT) COLLATE
     "default" AS landing_page_path,
     CAST(NULL AS TEXT) COLLATE
     "default" AS referrer,
     CAST(NULL AS TEXT) COLLATE
     "default" AS exit_page_url,
     CAST(NULL AS TEXT) COLLATE
     "default" AS exit_page_path,
     with_neighbours.utm_source AS utm_source,
     with_neighbours.utm_medium AS utm_medium,
     with_neighbours.utm_campaign AS utm_campaign,
     with_neighbours.utm_term AS utm_term,
     with_neighbours.utm_content AS utm_content,
     CAST(NULL AS TEXT) COLLATE
     "default" AS device_type,
     CAST(NULL AS TEXT) COLLATE
     "default" AS os_name,
     CAST(NULL AS TEXT) COLLATE
     "default" AS library_name,
     with_neighbours.anonymous_id AS anonymous_id,
     with_neighbours.user_id AS user_id,
     with_neighbours.page_views AS page_views,
     with_neighbours.conversions AS conversions,
     CAST(EXTRACT(EPOCH
                  FROM (with_neighbours.ended_at - with_neighbours.session_start_at)) * 1000000 AS BIGINT) >= 10000000
   OR with_neighbours.page_views >= 2
   OR
     with_neighbours.conversions >= 1 AS is_engaged,
     CASE
         WHEN (with_neighbours.page_views > 0) THEN NOT (CAST(EXTRACT(EPOCH
                                                                      FROM (with_neighbours.ended_at - with_neighbours.session_start_at)) * 1000000 AS BIGINT) >= 10000000
                                                         OR with_neighbours.page_views >= 2
                                                         OR with_neighbours.conversions >= 1)
     END AS is_bounce,
     CASE
         WHEN (with_neighbours.session_start_at >= CAST('0001-01-02 00:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE)
               AND with_neighbours.session_start_at <= CAST('9999-12-30 23:59:59.999999+00:00' AS TIMESTAMP WITH TIME ZONE)) THEN CAST((with_neighbours.session_start_at AT TIME ZONE 'Europe/Berlin') AS DATE)
         ELSE CAST((with_neighbours.session_start_at AT TIME ZONE 'UTC') AS DATE)
     END AS session_date,
     CAST(CASE
              WHEN (with_neighbours.session_sequence_number = 1) THEN 'first'
              WHEN (with_neighbours.previous_sdk_session_id IS NOT NULL
                    AND with_neighbours.of_first_event_sdk_session_id IS NOT NULL
                    AND (with_neighbours.previous_anonymous_id != with_neighbours.of_first_event_anonymous_id
                         OR (with_neighbours.previous_anonymous_id IS NULL) != (with_neighbours.of_first_event_anonymous_id IS NULL)
                         OR with_neighbours.previous_sdk_session_id != with_neighbours.of_first_event_sdk_session_id
                         OR (with_neighbours.previous_sdk_session_id IS NULL) != (with_neighbours.of_first_event_sdk_session_id IS NULL))) THEN 'sdk'
              WHEN (CAST(EXTRACT(EPOCH
                                 FROM (with_neighbours.session_start_at - with_neighbours.previous_timestamp)) * 1000000 AS BIGINT) > 1800000000
                    AND (with_neighbours.previous_sdk_session_id IS NULL
                         OR with_neighbours.of_first_event_sdk_session_id IS NULL)) THEN 'idle'
              WHEN (with_neighbours.of_first_event_event IN ('app_opened')) THEN 'start_event'
              WHEN (with_neighbours.brings_campaign = 1) THEN 'campaign'
              WHEN (CASE
                        WHEN (with_neighbours.previous_timestamp >= CAST('0001-01-02 00:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE)
                              AND with_neighbours.previous_timestamp <= CAST('9999-12-30 23:59:59.999999+00:00' AS TIMESTAMP WITH TIME ZONE)) THEN CAST((with_neighbours.previous_timestamp AT TIME ZONE 'Europe/Berlin') AS DATE)
                        ELSE CAST((with_neighbours.previous_timestamp AT TIME ZONE 'UTC') AS DATE)
                    END != CASE
                               WHEN (with_neighbours.session_start_at >= CAST('0001-01-02 00:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE)
                                     AND with_neighbours.session_start_at <= CAST('9999-12-30 23:59:59.999999+00:00' AS TIMESTAMP WITH TIME ZONE)) THEN CAST((with_neighbours.session_start_at AT TIME ZONE 'Europe/Berlin') AS DATE)
                               ELSE CAST((with_neighbours.session_start_at AT TIME ZONE 'UTC') AS DATE)
                           END) THEN 'midnight'
              ELSE 'too_long'
          END AS TEXT) COLLATE
     "default" AS start_reason,
     CAST(NULL AS NUMERIC(38, 9)) AS revenue,
     with_neighbours.last_term AS last_term
   FROM with_neighbours),
  slice_sessions AS
  (SELECT
     seen_sessions.session_id AS session_id,
     seen_sessions.session_key AS session_key,
     seen_sessions.dbt_visitor_id AS dbt_visitor_id,
     seen_sessions.session_sequence_number AS session_sequence_number,
     seen_sessions.session_start_at AS session_start_at,
     seen_sessions.ended_at AS ended_at,
     seen_sessions.next_session_start_at AS next_session_start_at,
     seen_sessions.session_duration AS session_duration,
     seen_sessions.num_pvs AS num_pvs,
     seen_sessions.cnt_viewed_product AS cnt_viewed_product,
     seen_sessions.cnt_signup AS cnt_signup,
     seen_sessions.landing_page_url AS landing_page_url,
     seen_sessions.landing_page_path AS landing_page_path,
     seen_sessions.referrer AS referrer,
     seen_sessions.exit_page_url AS exit_page_url,
     seen_sessions.exit_page_path AS exit_page_path,
     seen_sessions.utm_source AS utm_source,
     seen_sessions.utm_medium AS utm_medium,
     seen_sessions.utm_campaign AS utm_campaign,
     seen_sessions.utm_term AS utm_term,
     seen_sessions.utm_content AS utm_content,
     seen_sessions.device_type AS device_type,
     seen_sessions.os_name AS os_name,
     seen_sessions.library_name AS library_name,
     seen_sessions.anonymous_id AS anonymous_id,
     seen_sessions.user_id AS user_id,
     seen_sessions.page_views AS page_views,
     seen_sessions.conversions AS conversions,
     seen_sessions.is_engaged AS is_engaged,
     seen_sessions.is_bounce AS is_bounce,
     seen_sessions.session_date AS session_date,
     seen_sessions.start_reason AS start_reason,
     seen_sessions.revenue AS revenue,
     seen_sessions.last_term AS last_term
   FROM seen_sessions
   WHERE seen_sessions.session_key IS NOT NULL),
  first_sessions AS
  (SELECT
     slice_sessions.dbt_visitor_id AS dbt_visitor_id,
     min(slice_sessions.session_start_at) AS session_start_at
   FROM slice_sessions
   GROUP BY slice_sessions.dbt_visitor_id),
  slice_with_last_session AS
  (SELECT
     slice_sessions.session_id AS session_id,
     slice_sessions.session_key AS session_key,
     slice_sessions.dbt_visitor_id AS dbt_visitor_id,
     slice_sessions.session_sequence_number AS session_sequence_number,
     slice_sessions.session_start_at AS session_start_at,
     slice_sessions.ended_at AS ended_at,
     slice_sessions.next_session_start_at AS next_session_start_at,
     slice_sessions.session_duration AS session_duration,
     slice_sessions.num_pvs AS num_pvs,
     slice_sessions.cnt_viewed_product AS cnt_viewed_product,
     slice_sessions.cnt_signup AS cnt_signup,
     slice_sessions.landing_page_url AS landing_page_url,
     slice_sessions.landing_page_path AS landing_page_path,
     slice_sessions.referrer AS referrer,
     slice_sessions.exit_page_url AS exit_page_url,
     slice_sessions.exit_page_path AS exit_page_path,
     slice_sessions.utm_source AS utm_source,
     slice_sessions.utm_medium AS utm_medium,
     slice_sessions.utm_campaign AS utm_campaign,
     slice_sessions.utm_term AS utm_term,
     slice_sessions.utm_content AS utm_content,
     slice_sessions.device_type AS device_type,
     slice_sessions.os_name AS os_name,
     slice_sessions.library_name AS library_name,
     slice_sessions.anonymous_id AS anonymous_id,
     slice_sessions.user_id AS user_id,
     slice_sessions.page_views AS page_views,
     slice_sessions.conversions AS conversions,
     slice_sessions.is_engaged AS is_engaged,
     slice_sessions.is_bounce AS is_bounce,
     slice_sessions.session_date AS session_date,
     slice_sessions.start_reason AS start_reason,
     slice_sessions.revenue AS revenue,
     slice_sessions.last_term AS last_term
   FROM slice_sessions
   UNION ALL SELECT
     sessionmodels_old_sessions.session_id AS session_id,
     sessionmodels_old_sessions.session_key AS session_key,
     sessionmodels_old_sessions.dbt_visitor_id AS dbt_visitor_id,
     sessionmodels_old_sessions.session_sequence_number AS session_sequence_number,
     sessionmodels_old_sessions.session_start_at AS session_start_at,
     sessionmodels_old_sessions.ended_at AS ended_at,
     first_sessions.session_start_at AS next_session_start_at,
     sessionmodels_old_sessions.session_duration AS session_duration,
     sessionmodels_old_sessions.num_pvs AS num_pvs,
     sessionmodels_old_sessions.cnt_viewed_product AS cnt_viewed_product,
     sessionmodels_old_sessions.cnt_signup AS cnt_signup,
     sessionmodels_old_sessions.landing_page_url AS landing_page_url,
     sessionmodels_old_sessions.landing_page_path AS landing_page_path,
     sessionmodels_old_sessions.referrer AS referrer,
     sessionmodels_old_sessions.exit_page_url AS exit_page_url,
     sessionmodels_old_sessions.exit_page_path AS exit_page_path,
     sessionmodels_old_sessions.utm_source AS utm_source,
     sessionmodels_old_sessions.utm_medium AS utm_medium,
     sessionmodels_old_sessions.utm_campaign AS utm_campaign,
     sessionmodels_old_sessions.utm_term AS utm_term,
     sessionmodels_old_sessions.utm_content AS utm_content,
     sessionmodels_old_sessions.device_type AS device_type,
     sessionmodels_old_sessions.os_name AS os_name,
     sessionmodels_old_sessions.library_name AS library_name,
     sessionmodels_old_sessions.anonymous_id AS anonymous_id,
     sessionmodels_old_sessions.user_id AS user_id,
     sessionmodels_old_sessions.page_views AS page_views,
     sessionmodels_old_sessions.conversions AS conversions,
     sessionmodels_old_sessions.is_engaged AS is_engaged,
     sessionmodels_old_sessions.is_bounce AS is_bounce,
     sessionmodels_old_sessions.session_date AS session_date,
     sessionmodels_old_sessions.start_reason AS start_reason,
     sessionmodels_old_sessions.revenue AS revenue,
     sessionmodels_old_sessions.last_term AS last_term
   FROM sessionmodels_old_sessions
   JOIN sessionmodels_visitors ON sessionmodels_visitors.last_session_id = sessionmodels_old_sessions.session_id
   LEFT OUTER JOIN first_sessions ON first_sessions.dbt_visitor_id = sessionmodels_visitors.dbt_visitor_id)
SELECT
  slice_with_last_session.session_id,
  slice_with_last_session.session_key,
  slice_with_last_session.dbt_visitor_id,
  slice_with_last_session.session_sequence_number,
  slice_with_last_session.session_start_at,
  slice_with_last_session.ended_at,
  slice_with_last_session.next_session_start_at,
  slice_with_last_session.session_duration,
  slice_with_last_session.num_pvs,
  slice_with_last_session.cnt_viewed_product,
  slice_with_last_session.cnt_signup,
  slice_with_last_session.landing_page_url,
  slice_with_last_session.landing_page_path,
  slice_with_last_session.referrer,
  slice_with_last_session.exit_page_url,
  slice_with_last_session.exit_page_path,
  slice_with_last_session.utm_source,
  slice_with_last_session.utm_medium,
  slice_with_last_session.utm_campaign,
  slice_with_last_session.utm_term,
  slice_with_last_session.utm_content,
  slice_with_last_session.device_type,
  slice_with_last_session.os_name,
  slice_with_last_session.library_name,
  slice_with_last_session.anonymous_id,
  slice_with_last_session.user_id,
  slice_with_last_session.page_views,
  slice_with_last_session.conversions,
  slice_with_last_session.is_engaged,
  slice_with_last_session.is_bounce,
  slice_with_last_session.session_date,
  slice_with_last_session.start_reason,
  slice_with_last_session.revenue,
  slice_with_last_session.last_term
FROM slice_with_last_session;

-- sessions: replace the rows of affected visitors
DELETE
FROM ONLY dbt_sessions USING sessionmodels_old_sessions
WHERE dbt_sessions.session_id = sessionmodels_old_sessions.session_id;
INSERT INTO dbt_sessions (session_id, session_key, dbt_visitor_id, session_sequence_number, session_start_at, ended_at, next_session_start_at, session_duration, num_pvs, cnt_viewed_product, cnt_signup, landing_page_url, landing_page_path, referrer, exit_page_url, exit_page_path, utm_source, utm_medium, utm_campaign, utm_term, utm_content, device_type, os_name, library_name, anonymous_id, user_id, page_views, conversions, is_engaged, is_bounce, session_date, start_reason, revenue, last_term)
SELECT
  sessionmodels_slice_sessions.session_id,
  sessionmodels_slice_sessions.session_key,
  sessionmodels_slice_sessions.dbt_visitor_id,
  sessionmodels_slice_sessions.session_sequence_number,
  sessionmodels_slice_sessions.session_start_at,
  sessionmodels_slice_sessions.ended_at,
  sessionmodels_slice_sessions.next_session_start_at,
  sessionmodels_slice_sessions.session_duration,
  sessionmodels_slice_sessions.num_pvs,
  sessionmodels_slice_sessions.cnt_viewed_product,
  sessionmodels_slice_sessions.cnt_signup,
  sessionmodels_slice_sessions.landing_page_url,
  sessionmodels_slice_sessions.landing_page_path,
  sessionmodels_slice_sessions.referrer,
  sessionmodels_slice_sessions.exit_page_url,
  sessionmodels_slice_sessions.exit_page_path,
  sessionmodels_slice_sessions.utm_source,
  sessionmodels_slice_sessions.utm_medium,
  sessionmodels_slice_sessions.utm_campaign,
  sessionmodels_slice_sessions.utm_term,
  sessionmodels_slice_sessions.utm_content,
  sessionmodels_slice_sessions.device_type,
  sessionmodels_slice_sessions.os_name,
  sessionmodels_slice_sessions.library_name,
  sessionmodels_slice_sessions.anonymous_id,
  sessionmodels_slice_sessions.user_id,
  sessionmodels_slice_sessions.page_views,
  sessionmodels_slice_sessions.conversions,
  sessionmodels_slice_sessions.is_engaged,
  sessionmodels_slice_sessions.is_bounce,
  sessionmodels_slice_sessions.session_date,
  sessionmodels_slice_sessions.start_reason,
  sessionmodels_slice_sessions.revenue,
  sessionmodels_slice_sessions.last_term
FROM sessionmodels_slice_sessions;

-- user_session_facts: compute the new rows
CREATE TEMPORARY TABLE sessionmodels_slice_user_session_facts AS WITH all_sessions AS
  (SELECT
     dbt_sessions.session_id AS session_id,
     dbt_sessions.session_key AS session_key,
     dbt_sessions.dbt_visitor_id AS dbt_visitor_id,
     dbt_sessions.session_sequence_number AS session_sequence_number,
     dbt_sessions.session_start_at AS session_start_at,
     dbt_sessions.ended_at AS ended_at,
     dbt_sessions.next_session_start_at AS next_session_start_at,
     dbt_sessions.session_duration AS session_duration,
     dbt_sessions.num_pvs AS num_pvs,
     dbt_sessions.cnt_viewed_product AS cnt_viewed_product,
     dbt_sessions.cnt_signup AS cnt_signup,
     dbt_sessions.landing_page_url AS landing_page_url,
     dbt_sessions.landing_page_path AS landing_page_path,
     dbt_sessions.referrer AS referrer,
     dbt_sessions.exit_page_url AS exit_page_url,
     dbt_sessions.exit_page_path AS exit_page_path,
     dbt_sessions.utm_source AS utm_source,
     dbt_sessions.utm_medium AS utm_medium,
     dbt_sessions.utm_campaign AS utm_campaign,
     dbt_sessions.utm_term AS utm_term,
     dbt_sessions.utm_content AS utm_content,
     dbt_sessions.device_type AS device_type,
     dbt_sessions.os_name AS os_name,
     dbt_sessions.library_name AS library_name,
     dbt_sessions.anonymous_id AS anonymous_id,
     dbt_sessions.user_id AS user_id,
     dbt_sessions.page_views AS page_views,
     dbt_sessions.conversions AS conversions,
     dbt_sessions.is_engaged AS is_engaged,
     dbt_sessions.is_bounce AS is_bounce,
     dbt_sessions.session_date AS session_date,
     dbt_sessions.start_reason AS start_reason,
     dbt_sessions.revenue AS revenue,
     dbt_sessions.last_term AS last_term
   FROM dbt_sessions
   WHERE dbt_sessions.dbt_visitor_id IN
       (SELECT sessionmodels_visitors.dbt_visitor_id
        FROM sessionmodels_visitors))
SELECT
  all_sessions.dbt_visitor_id,
  min(all_sessions.session_start_at) AS first_date,
  max(all_sessions.session_start_at) AS last_date,
  count(*) AS number_of_sessions
FROM all_sessions
GROUP BY all_sessions.dbt_visitor_id;

-- user_session_facts: replace the rows of affected visitors
DELETE
FROM ONLY dbt_user_session_facts USING sessionmodels_visitors
WHERE dbt_user_session_facts.dbt_visitor_id = sessionmodels_visitors.dbt_visitor_id;
INSERT INTO dbt_user_session_facts (dbt_visitor_id, first_date, last_date, number_of_sessions)
SELECT
  sessionmodels_slice_user_session_facts.dbt_visitor_id,
  sessionmodels_slice_user_session_facts.first_date,
  sessionmodels_slice_user_session_facts.last_date,
  sessionmodels_slice_user_session_facts.number_of_sessions
FROM sessionmodels_slice_user_session_facts;

-- the build: drop temporary tables
DROP TABLE sessionmodels_window;
DROP TABLE sessionmodels_difference;
DROP TABLE sessionmodels_known;
DROP TABLE sessionmodels_rows;
DROP TABLE sessionmodels_changed;
DROP TABLE sessionmodels_changed_aliases;
DROP TABLE sessionmodels_deciding;
DROP TABLE sessionmodels_aliases;
DROP TABLE sessionmodels_alias_events;
DROP TABLE sessionmodels_resolved;
DROP TABLE sessionmodels_visitors;
DROP TABLE sessionmodels_old_sessions;
DROP TABLE sessionmodels_slice_tracks;
DROP TABLE sessionmodels_slice_session_events;
DROP TABLE sessionmodels_slice_sessions;
DROP TABLE sessionmodels_slice_user_session_facts;
