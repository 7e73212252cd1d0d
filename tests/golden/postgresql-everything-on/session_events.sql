-- session_events on PostgreSQL. One row per event: its visitor, its session, its place in it, and the events that follow it there.
-- session_events: create the table
CREATE TABLE dbt_session_events AS WITH
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
  devices_with_logins AS
  (SELECT DISTINCT tracks.anonymous_id AS anonymous_id
   FROM tracks
   WHERE tracks.anonymous_id IS NOT NULL
     AND tracks.user_id IS NOT NULL),
  events_with_login_number AS
  (SELECT
     tracks.event_id AS event_id,
     tracks.source AS source,
     tracks.anonymous_id AS anonymous_id,
     tracks.user_id AS user_id,
     tracks.event AS event,
     tracks.timestamp AS timestamp,
     tracks.loaded_at AS loaded_at,
     tracks.utm_source AS utm_source,
     tracks.utm_medium AS utm_medium,
     tracks.utm_campaign AS utm_campaign,
     tracks.utm_term AS utm_term,
     tracks.utm_content AS utm_content,
     tracks.sdk_session_id AS sdk_session_id,
     count(tracks.user_id) OVER (PARTITION BY tracks.anonymous_id
                                 ORDER BY tracks.timestamp, tracks.event_id COLLATE "C", tracks.user_id IS NULL, tracks.user_id COLLATE "C" ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS login_number
   FROM tracks
   JOIN devices_with_logins ON devices_with_logins.anonymous_id = tracks.anonymous_id),
  logins AS
  (SELECT
     events_with_login_number.anonymous_id AS anonymous_id,
     events_with_login_number.login_number AS login_number,
     events_with_login_number.user_id AS user_id
   FROM events_with_login_number
   WHERE events_with_login_number.user_id IS NOT NULL),
  visits AS
  (SELECT
     tracks.event_id AS event_id,
     tracks.source AS source,
     tracks.anonymous_id AS anonymous_id,
     tracks.user_id AS user_id,
     tracks.event AS event,
     tracks.timestamp AS timestamp,
     tracks.loaded_at AS loaded_at,
     tracks.utm_source AS utm_source,
     tracks.utm_medium AS utm_medium,
     tracks.utm_campaign AS utm_campaign,
     tracks.utm_term AS utm_term,
     tracks.utm_content AS utm_content,
     tracks.sdk_session_id AS sdk_session_id,
     coalesce(tracks.user_id, tracks.anonymous_id) AS dbt_visitor_id
   FROM tracks
   LEFT OUTER JOIN devices_with_logins ON devices_with_logins.anonymous_id = tracks.anonymous_id
   WHERE tracks.user_id IS NOT NULL
     OR devices_with_logins.anonymous_id IS NULL
   UNION ALL SELECT
     events_with_login_number.event_id AS event_id,
     events_with_login_number.source AS source,
     events_with_login_number.anonymous_id AS anonymous_id,
     events_with_login_number.user_id AS user_id,
     events_with_login_number.event AS event,
     events_with_login_number.timestamp AS timestamp,
     events_with_login_number.loaded_at AS loaded_at,
     events_with_login_number.utm_source AS utm_source,
     events_with_login_number.utm_medium AS utm_medium,
     events_with_login_number.utm_campaign AS utm_campaign,
     events_with_login_number.utm_term AS utm_term,
     events_with_login_number.utm_content AS utm_content,
     events_with_login_number.sdk_session_id AS sdk_session_id,
     logins.user_id AS dbt_visitor_id
   FROM events_with_login_number
   JOIN logins ON logins.anonymous_id = events_with_login_number.anonymous_id
   AND logins.login_number = CASE
                                 WHEN (events_with_login_number.login_number = 0) THEN 1
                                 ELSE events_with_login_number.login_number
                             END
   WHERE events_with_login_number.user_id IS NULL),
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
               AND (ordered.previous_anonymous_id != ordered.anonymous_id
                    OR (ordered.previous_anonymous_id IS NULL) != (ordered.anonymous_id IS NULL)
                    OR ordered.previous_sdk_session_id != ordered.sdk_session_id
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
  CAST(CAST(EXTRACT(EPOCH
                    FROM (numbered.timestamp - numbered.previous_timestamp)) * 1000000 AS BIGINT) AS DOUBLE PRECISION) / 60000000 AS idle_time_minutes,
  CAST(CAST(numbered.session_sequence_number AS TEXT) COLLATE "default" || ' - ' || numbered.dbt_visitor_id AS TEXT) COLLATE
  "default" AS session_id,
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
FROM numbered;
-- session_events: index it
DROP INDEX IF EXISTS dbt_session_events_dbt_visitor_id;
CREATE INDEX IF NOT EXISTS dbt_session_events_dbt_visitor_id_beginning ON dbt_session_events USING btree (LEFT(dbt_visitor_id, 200));
CREATE INDEX IF NOT EXISTS dbt_session_events_dbt_visitor_id_bloom ON dbt_session_events USING brin (dbt_visitor_id text_bloom_ops) WITH (autosummarize = on);
DROP INDEX IF EXISTS dbt_session_events_session_id;
CREATE INDEX IF NOT EXISTS dbt_session_events_session_id_beginning ON dbt_session_events USING btree (LEFT(session_id, 200));
CREATE INDEX IF NOT EXISTS dbt_session_events_session_id_bloom ON dbt_session_events USING brin (session_id text_bloom_ops) WITH (autosummarize = on);
CREATE INDEX IF NOT EXISTS dbt_session_events_timestamp ON dbt_session_events USING btree (timestamp);
-- session_events: update the planner's statistics
ANALYZE dbt_session_events;
-- session_events: add column comments
COMMENT ON TABLE dbt_session_events IS 'One row per event: its visitor, its session, its place in it, and the events that follow it there. Built by sessionmodels.';
COMMENT ON COLUMN dbt_session_events.event_id IS 'the event''s `id`.';
COMMENT ON COLUMN dbt_session_events.source IS 'the source that it was read from.';
COMMENT ON COLUMN dbt_session_events.anonymous_id IS 'the device it came from; may be null.';
COMMENT ON COLUMN dbt_session_events.user_id IS 'the user who was logged in; may be null.';
COMMENT ON COLUMN dbt_session_events.dbt_visitor_id IS 'the visitor: its `user_id`, else the last user seen on the device by then, else the next, else the device.';
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
COMMENT ON COLUMN dbt_session_events.revenue IS '`revenue` of the source.';
