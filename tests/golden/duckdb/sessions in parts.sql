-- sessions in parts on DuckDB. From events that the same build has stored, of a source with two million rows.
WITH parts_of_dbt_session_events AS NOT MATERIALIZED
  (SELECT
     dbt_session_events.event_id AS event_id,
     dbt_session_events.source AS source,
     dbt_session_events.anonymous_id AS anonymous_id,
     dbt_session_events.user_id AS user_id,
     dbt_session_events.dbt_visitor_id AS dbt_visitor_id,
     dbt_session_events.timestamp AS timestamp,
     dbt_session_events.loaded_at AS loaded_at,
     dbt_session_events.event AS event,
     dbt_session_events.idle_time_minutes AS idle_time_minutes,
     dbt_session_events.session_id AS session_id,
     dbt_session_events.session_sequence_number AS session_sequence_number,
     dbt_session_events.track_sequence_number AS track_sequence_number,
     dbt_session_events.event_2 AS event_2,
     dbt_session_events.event_3 AS event_3,
     dbt_session_events.event_4 AS event_4,
     dbt_session_events.event_5 AS event_5,
     dbt_session_events.page_url AS page_url,
     dbt_session_events.page_path AS page_path,
     dbt_session_events.page_referrer AS page_referrer,
     dbt_session_events.utm_source AS utm_source,
     dbt_session_events.utm_medium AS utm_medium,
     dbt_session_events.utm_campaign AS utm_campaign,
     dbt_session_events.utm_term AS utm_term,
     dbt_session_events.utm_content AS utm_content,
     dbt_session_events.device_type AS device_type,
     dbt_session_events.os_name AS os_name,
     dbt_session_events.library_name AS library_name,
     dbt_session_events.sdk_session_id AS sdk_session_id
   FROM dbt_session_events
   WHERE rowid < 36028797019960000
   UNION ALL SELECT
     dbt_session_events.event_id AS event_id,
     dbt_session_events.source AS source,
     dbt_session_events.anonymous_id AS anonymous_id,
     dbt_session_events.user_id AS user_id,
     dbt_session_events.dbt_visitor_id AS dbt_visitor_id,
     dbt_session_events.timestamp AS timestamp,
     dbt_session_events.loaded_at AS loaded_at,
     dbt_session_events.event AS event,
     dbt_session_events.idle_time_minutes AS idle_time_minutes,
     dbt_session_events.session_id AS session_id,
     dbt_session_events.session_sequence_number AS session_sequence_number,
     dbt_session_events.track_sequence_number AS track_sequence_number,
     dbt_session_events.event_2 AS event_2,
     dbt_session_events.event_3 AS event_3,
     dbt_session_events.event_4 AS event_4,
     dbt_session_events.event_5 AS event_5,
     dbt_session_events.page_url AS page_url,
     dbt_session_events.page_path AS page_path,
     dbt_session_events.page_referrer AS page_referrer,
     dbt_session_events.utm_source AS utm_source,
     dbt_session_events.utm_medium AS utm_medium,
     dbt_session_events.utm_campaign AS utm_campaign,
     dbt_session_events.utm_term AS utm_term,
     dbt_session_events.utm_content AS utm_content,
     dbt_session_events.device_type AS device_type,
     dbt_session_events.os_name AS os_name,
     dbt_session_events.library_name AS library_name,
     dbt_session_events.sdk_session_id AS sdk_session_id
   FROM dbt_session_events
   WHERE rowid >= 36028797019960000),
  counted AS
  (SELECT
     parts_of_dbt_session_events.dbt_visitor_id AS dbt_visitor_id,
     parts_of_dbt_session_events.session_sequence_number AS session_sequence_number,
     max(CASE
             WHEN (parts_of_dbt_session_events.track_sequence_number = 1) THEN parts_of_dbt_session_events.event_id
         END) AS session_key,
     min(parts_of_dbt_session_events.timestamp) AS session_start_at,
     max(parts_of_dbt_session_events.timestamp) AS ended_at,
     count(*) AS num_pvs,
     CAST(sum(CASE
                  WHEN (parts_of_dbt_session_events.event IN ('view_product', 'viewed_product')) THEN 1
                  ELSE 0
              END) AS BIGINT) AS cnt_viewed_product,
     CAST(sum(CASE
                  WHEN (parts_of_dbt_session_events.event IN ('signup')) THEN 1
                  ELSE 0
              END) AS BIGINT) AS cnt_signup,
     CAST(sum(CASE
                  WHEN (parts_of_dbt_session_events.event IN ('page', 'screen')) THEN 1
                  ELSE 0
              END) AS BIGINT) AS page_views,
     CAST(0 AS BIGINT) AS conversions,
     arg_min_null(parts_of_dbt_session_events.anonymous_id, CASE
                                                                WHEN (parts_of_dbt_session_events.anonymous_id IS NOT NULL) THEN parts_of_dbt_session_events.track_sequence_number
                                                            END) AS anonymous_id,
     arg_max_null(parts_of_dbt_session_events.user_id, CASE
                                                           WHEN (parts_of_dbt_session_events.user_id IS NOT NULL) THEN parts_of_dbt_session_events.track_sequence_number
                                                       END) AS user_id
   FROM parts_of_dbt_session_events
   GROUP BY
     parts_of_dbt_session_events.dbt_visitor_id,
     parts_of_dbt_session_events.session_sequence_number),
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
     counted.anonymous_id AS anonymous_id,
     counted.user_id AS user_id,
     lead(counted.session_start_at) OVER (PARTITION BY counted.dbt_visitor_id
                                          ORDER BY counted.session_sequence_number) AS next_session_start_at
   FROM counted)
SELECT
  CAST(CAST(with_neighbours.session_sequence_number AS VARCHAR) || ' - ' || with_neighbours.dbt_visitor_id AS VARCHAR) AS session_id,
  with_neighbours.session_key,
  with_neighbours.dbt_visitor_id,
  with_neighbours.session_sequence_number,
  with_neighbours.session_start_at,
  with_neighbours.ended_at,
  with_neighbours.next_session_start_at,
  CAST((EPOCH_US(with_neighbours.ended_at) - EPOCH_US(with_neighbours.session_start_at)) AS DOUBLE PRECISION) / 60000000 AS session_duration,
  with_neighbours.num_pvs,
  with_neighbours.cnt_viewed_product,
  with_neighbours.cnt_signup,
  CAST(NULL AS VARCHAR) AS landing_page_url,
  CAST(NULL AS VARCHAR) AS landing_page_path,
  CAST(NULL AS VARCHAR) AS referrer,
  CAST(NULL AS VARCHAR) AS exit_page_url,
  CAST(NULL AS VARCHAR) AS exit_page_path,
  CAST(NULL AS VARCHAR) AS utm_source,
  CAST(NULL AS VARCHAR) AS utm_medium,
  CAST(NULL AS VARCHAR) AS utm_campaign,
  CAST(NULL AS VARCHAR) AS utm_term,
  CAST(NULL AS VARCHAR) AS utm_content,
  CAST(NULL AS VARCHAR) AS device_type,
  CAST(NULL AS VARCHAR) AS os_name,
  CAST(NULL AS VARCHAR) AS library_name,
  with_neighbours.anonymous_id,
  with_neighbours.user_id,
  with_neighbours.page_views,
  with_neighbours.conversions,
  (EPOCH_US(with_neighbours.ended_at) - EPOCH_US(with_neighbours.session_start_at)) >= 10000000
OR with_neighbours.page_views >= 2
OR
  with_neighbours.conversions >= 1 AS is_engaged,
  CASE
      WHEN (with_neighbours.page_views > 0) THEN NOT ((EPOCH_US(with_neighbours.ended_at) - EPOCH_US(with_neighbours.session_start_at)) >= 10000000
                                                      OR with_neighbours.page_views >= 2
                                                      OR with_neighbours.conversions >= 1)
  END AS is_bounce,
  CAST((with_neighbours.session_start_at AT TIME ZONE 'UTC') AS DATE) AS session_date,
  CAST(CASE
           WHEN (with_neighbours.session_sequence_number = 1) THEN 'first'
           ELSE 'idle'
       END AS VARCHAR) AS start_reason
FROM with_neighbours;
