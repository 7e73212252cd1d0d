-- facts of a session on BigQuery. Where the source fills every column of the context, with columns of one's own.
WITH
  `placed` AS
  (SELECT
     `dbt_session_events`.`dbt_visitor_id` AS `dbt_visitor_id`,
     `dbt_session_events`.`session_sequence_number` AS `session_sequence_number`,
     min(CASE
             WHEN (`dbt_session_events`.`page_url` IS NOT NULL
                   OR `dbt_session_events`.`page_path` IS NOT NULL) THEN `dbt_session_events`.`track_sequence_number`
         END) AS `place_of_landing`,
     max(CASE
             WHEN (`dbt_session_events`.`page_url` IS NOT NULL
                   OR `dbt_session_events`.`page_path` IS NOT NULL) THEN `dbt_session_events`.`track_sequence_number`
         END) AS `place_of_exit`,
     min(CASE
             WHEN (`dbt_session_events`.`utm_source` IS NOT NULL
                   OR `dbt_session_events`.`utm_medium` IS NOT NULL
                   OR `dbt_session_events`.`utm_campaign` IS NOT NULL
                   OR `dbt_session_events`.`utm_term` IS NOT NULL
                   OR `dbt_session_events`.`utm_content` IS NOT NULL) THEN `dbt_session_events`.`track_sequence_number`
         END) AS `place_of_campaign`,
     min(CASE
             WHEN (`dbt_session_events`.`device_type` IS NOT NULL
                   OR `dbt_session_events`.`os_name` IS NOT NULL
                   OR `dbt_session_events`.`library_name` IS NOT NULL) THEN `dbt_session_events`.`track_sequence_number`
         END) AS `place_of_device`,
     min(CASE
             WHEN (`dbt_session_events`.`anonymous_id` IS NOT NULL) THEN `dbt_session_events`.`track_sequence_number`
         END) AS `place_of_anonymous_id`,
     max(CASE
             WHEN (`dbt_session_events`.`user_id` IS NOT NULL) THEN `dbt_session_events`.`track_sequence_number`
         END) AS `place_of_user_id`,
     max(CASE
             WHEN (`dbt_session_events`.`utm_term` IS NOT NULL) THEN `dbt_session_events`.`track_sequence_number`
         END) AS `place_of_own_2`
   FROM `dbt_session_events`
   GROUP BY
     `dbt_session_events`.`dbt_visitor_id`,
     `dbt_session_events`.`session_sequence_number`),
  `counted` AS
  (SELECT
     `dbt_session_events`.`dbt_visitor_id` AS `dbt_visitor_id`,
     `dbt_session_events`.`session_sequence_number` AS `session_sequence_number`,
     max(CASE
             WHEN (`dbt_session_events`.`track_sequence_number` = 1) THEN `dbt_session_events`.`event_id`
         END) AS `session_key`,
     min(`dbt_session_events`.`timestamp`) AS `session_start_at`,
     max(`dbt_session_events`.`timestamp`) AS `ended_at`,
     count(*) AS `num_pvs`,
     CAST(sum(CASE
                  WHEN (`dbt_session_events`.`event` IN ('view_product', 'viewed_product')) THEN 1
                  ELSE 0
              END) AS INT64) AS `cnt_viewed_product`,
     CAST(sum(CASE
                  WHEN (`dbt_session_events`.`event` IN ('signup')) THEN 1
                  ELSE 0
              END) AS INT64) AS `cnt_signup`,
     CAST(sum(CASE
                  WHEN (`dbt_session_events`.`event` IN ('page', 'screen')) THEN 1
                  ELSE 0
              END) AS INT64) AS `page_views`,
     CAST(sum(CASE
                  WHEN (`dbt_session_events`.`event` IN ('order_completed')) THEN 1
                  ELSE 0
              END) AS INT64) AS `conversions`,
     max(CASE
             WHEN (CASE
                       WHEN (`dbt_session_events`.`page_url` IS NOT NULL
                             OR `dbt_session_events`.`page_path` IS NOT NULL) THEN `dbt_session_events`.`track_sequence_number`
                   END = `placed`.`place_of_landing`) THEN `dbt_session_events`.`page_url`
         END) AS `landing_page_url`,
     max(CASE
             WHEN (CASE
                       WHEN (`dbt_session_events`.`page_url` IS NOT NULL
                             OR `dbt_session_events`.`page_path` IS NOT NULL) THEN `dbt_session_events`.`track_sequence_number`
                   END = `placed`.`place_of_landing`) THEN `dbt_session_events`.`page_path`
         END) AS `landing_page_path`,
     max(CASE
             WHEN (CASE
                       WHEN (`dbt_session_events`.`page_url` IS NOT NULL
                             OR `dbt_session_events`.`page_path` IS NOT NULL) THEN `dbt_session_events`.`track_sequence_number`
                   END = `placed`.`place_of_landing`) THEN `dbt_session_events`.`page_referrer`
         END) AS `referrer`,
     max(CASE
             WHEN (CASE
                       WHEN (`dbt_session_events`.`page_url` IS NOT NULL
                             OR `dbt_session_events`.`page_path` IS NOT NULL) THEN `dbt_session_events`.`track_sequence_number`
                   END = `placed`.`place_of_exit`) THEN `dbt_session_events`.`page_url`
         END) AS `exit_page_url`,
     max(CASE
             WHEN (CASE
                       WHEN (`dbt_session_events`.`page_url` IS NOT NULL
                             OR `dbt_session_events`.`page_path` IS NOT NULL) THEN `dbt_session_events`.`track_sequence_number`
                   END = `placed`.`place_of_exit`) THEN `dbt_session_events`.`page_path`
         END) AS `exit_page_path`,
     max(CASE
             WHEN (CASE
                       WHEN (`dbt_session_events`.`utm_source` IS NOT NULL
                             OR `dbt_session_events`.`utm_medium` IS NOT NULL
                             OR `dbt_session_events`.`utm_campaign` IS NOT NULL
                             OR `dbt_session_events`.`utm_term` IS NOT NULL
                             OR `dbt_session_events`.`utm_content` IS NOT NULL) THEN `dbt_session_events`.`track_sequence_number`
                   END = `placed`.`place_of_campaign`) THEN `dbt_session_events`.`utm_source`
         END) AS `utm_source`,
     max(CASE
             WHEN (CASE
                       WHEN (`dbt_session_events`.`utm_source` IS NOT NULL
                             OR `dbt_session_events`.`utm_medium` IS NOT NULL
                             OR `dbt_session_events`.`utm_campaign` IS NOT NULL
                             OR `dbt_session_events`.`utm_term` IS NOT NULL
                             OR `dbt_session_events`.`utm_content` IS NOT NULL) THEN `dbt_session_events`.`track_sequence_number`
                   END = `placed`.`place_of_campaign`) THEN `dbt_session_events`.`utm_medium`
         END) AS `utm_medium`,
     max(CASE
             WHEN (CASE
                       WHEN (`dbt_session_events`.`utm_source` IS NOT NULL
                             OR `dbt_session_events`.`utm_medium` IS NOT NULL
                             OR `dbt_session_events`.`utm_campaign` IS NOT NULL
                             OR `dbt_session_events`.`utm_term` IS NOT NULL
                             OR `dbt_session_events`.`utm_content` IS NOT NULL) THEN `dbt_session_events`.`track_sequence_number`
                   END = `placed`.`place_of_campaign`) THEN `dbt_session_events`.`utm_campaign`
         END) AS `utm_campaign`,
     max(CASE
             WHEN (CASE
                       WHEN (`dbt_session_events`.`utm_source` IS NOT NULL
                             OR `dbt_session_events`.`utm_medium` IS NOT NULL
                             OR `dbt_session_events`.`utm_campaign` IS NOT NULL
                             OR `dbt_session_events`.`utm_term` IS NOT NULL
                             OR `dbt_session_events`.`utm_content` IS NOT NULL) THEN `dbt_session_events`.`track_sequence_number`
                   END = `placed`.`place_of_campaign`) THEN `dbt_session_events`.`utm_term`
         END) AS `utm_term`,
     max(CASE
             WHEN (CASE
                       WHEN (`dbt_session_events`.`utm_source` IS NOT NULL
                             OR `dbt_session_events`.`utm_medium` IS NOT NULL
                             OR `dbt_session_events`.`utm_campaign` IS NOT NULL
                             OR `dbt_session_events`.`utm_term` IS NOT NULL
                             OR `dbt_session_events`.`utm_content` IS NOT NULL) THEN `dbt_session_events`.`track_sequence_number`
                   END = `placed`.`place_of_campaign`) THEN `dbt_session_events`.`utm_content`
         END) AS `utm_content`,
     max(CASE
             WHEN (CASE
                       WHEN (`dbt_session_events`.`device_type` IS NOT NULL
                             OR `dbt_session_events`.`os_name` IS NOT NULL
                             OR `dbt_session_events`.`library_name` IS NOT NULL) THEN `dbt_session_events`.`track_sequence_number`
                   END = `placed`.`place_of_device`) THEN `dbt_session_events`.`device_type`
         END) AS `device_type`,
     max(CASE
             WHEN (CASE
                       WHEN (`dbt_session_events`.`device_type` IS NOT NULL
                             OR `dbt_session_events`.`os_name` IS NOT NULL
                             OR `dbt_session_events`.`library_name` IS NOT NULL) THEN `dbt_session_events`.`track_sequence_number`
                   END = `placed`.`place_of_device`) THEN `dbt_session_events`.`os_name`
         END) AS `os_name`,
     max(CASE
             WHEN (CASE
                       WHEN (`dbt_session_events`.`device_type` IS NOT NULL
                             OR `dbt_session_events`.`os_name` IS NOT NULL
                             OR `dbt_session_events`.`library_name` IS NOT NULL) THEN `dbt_session_events`.`track_sequence_number`
                   END = `placed`.`place_of_device`) THEN `dbt_session_events`.`library_name`
         END) AS `library_name`,
     max(CASE
             WHEN (CASE
                       WHEN (`dbt_session_events`.`anonymous_id` IS NOT NULL) THEN `dbt_session_events`.`track_sequence_number`
                   END = `placed`.`place_of_anonymous_id`) THEN `dbt_session_events`.`anonymous_id`
         END) AS `anonymous_id`,
     max(CASE
             WHEN (CASE
                       WHEN (`dbt_session_events`.`user_id` IS NOT NULL) THEN `dbt_session_events`.`track_sequence_number`
                   END = `placed`.`place_of_user_id`) THEN `dbt_session_events`.`user_id`
         END) AS `user_id`,
     max(CASE
             WHEN (CASE
                       WHEN (`dbt_session_events`.`utm_term` IS NOT NULL) THEN `dbt_session_events`.`track_sequence_number`
                   END = `placed`.`place_of_own_2`) THEN `dbt_session_events`.`utm_term`
         END) AS `last_term`,
     CAST(sum(CASE
                  WHEN REGEXP_CONTAINS(`dbt_session_events`.`revenue`, '^[+-]?[0-9]{1,18}([.][0-9]{1,20})?$') THEN SAFE_CAST(`dbt_session_events`.`revenue` AS NUMERIC)
              END) AS NUMERIC) AS `revenue`
   FROM `dbt_session_events`
   JOIN `placed` ON `dbt_session_events`.`dbt_visitor_id` = `placed`.`dbt_visitor_id`
   AND `dbt_session_events`.`session_sequence_number` = `placed`.`session_sequence_number`
   GROUP BY
     `dbt_session_events`.`dbt_visitor_id`,
     `dbt_session_events`.`session_sequence_number`),
  `with_neighbours` AS
  (SELECT
     `counted`.`dbt_visitor_id` AS `dbt_visitor_id`,
     `counted`.`session_sequence_number` AS `session_sequence_number`,
     `counted`.`session_key` AS `session_key`,
     `counted`.`session_start_at` AS `session_start_at`,
     `counted`.`ended_at` AS `ended_at`,
     `counted`.`num_pvs` AS `num_pvs`,
     `counted`.`cnt_viewed_product` AS `cnt_viewed_product`,
     `counted`.`cnt_signup` AS `cnt_signup`,
     `counted`.`page_views` AS `page_views`,
     `counted`.`conversions` AS `conversions`,
     `counted`.`landing_page_url` AS `landing_page_url`,
     `counted`.`landing_page_path` AS `landing_page_path`,
     `counted`.`referrer` AS `referrer`,
     `counted`.`exit_page_url` AS `exit_page_url`,
     `counted`.`exit_page_path` AS `exit_page_path`,
     `counted`.`utm_source` AS `utm_source`,
     `counted`.`utm_medium` AS `utm_medium`,
     `counted`.`utm_campaign` AS `utm_campaign`,
     `counted`.`utm_term` AS `utm_term`,
     `counted`.`utm_content` AS `utm_content`,
     `counted`.`device_type` AS `device_type`,
     `counted`.`os_name` AS `os_name`,
     `counted`.`library_name` AS `library_name`,
     `counted`.`anonymous_id` AS `anonymous_id`,
     `counted`.`user_id` AS `user_id`,
     `counted`.`last_term` AS `last_term`,
     `counted`.`revenue` AS `revenue`,
     lead(`counted`.`session_start_at`) OVER (PARTITION BY `counted`.`dbt_visitor_id`
                                              ORDER BY `counted`.`session_sequence_number`) AS `next_session_start_at`
   FROM `counted`)
SELECT
  CAST(CAST(`with_neighbours`.`session_sequence_number` AS STRING) || ' - ' || `with_neighbours`.`dbt_visitor_id` AS STRING) AS `session_id`,
  `with_neighbours`.`session_key`,
  `with_neighbours`.`dbt_visitor_id`,
  `with_neighbours`.`session_sequence_number`,
  `with_neighbours`.`session_start_at`,
  `with_neighbours`.`ended_at`,
  `with_neighbours`.`next_session_start_at`,
  CAST(TIMESTAMP_DIFF(`with_neighbours`.`ended_at`, `with_neighbours`.`session_start_at`, MICROSECOND) AS FLOAT64) / 60000000 AS `session_duration`,
  `with_neighbours`.`num_pvs`,
  `with_neighbours`.`cnt_viewed_product`,
  `with_neighbours`.`cnt_signup`,
  `with_neighbours`.`landing_page_url`,
  `with_neighbours`.`landing_page_path`,
  `with_neighbours`.`referrer`,
  `with_neighbours`.`exit_page_url`,
  `with_neighbours`.`exit_page_path`,
  `with_neighbours`.`utm_source`,
  `with_neighbours`.`utm_medium`,
  `with_neighbours`.`utm_campaign`,
  `with_neighbours`.`utm_term`,
  `with_neighbours`.`utm_content`,
  `with_neighbours`.`device_type`,
  `with_neighbours`.`os_name`,
  `with_neighbours`.`library_name`,
  `with_neighbours`.`anonymous_id`,
  `with_neighbours`.`user_id`,
  `with_neighbours`.`page_views`,
  `with_neighbours`.`conversions`,
  TIMESTAMP_DIFF(`with_neighbours`.`ended_at`, `with_neighbours`.`session_start_at`, MICROSECOND) >= 10000000
OR `with_neighbours`.`page_views` >= 2
OR
  `with_neighbours`.`conversions` >= 1 AS `is_engaged`,
  CASE
      WHEN (`with_neighbours`.`page_views` > 0) THEN NOT (TIMESTAMP_DIFF(`with_neighbours`.`ended_at`, `with_neighbours`.`session_start_at`, MICROSECOND) >= 10000000
                                                          OR `with_neighbours`.`page_views` >= 2
                                                          OR `with_neighbours`.`conversions` >= 1)
  END AS `is_bounce`,
  DATE(`with_neighbours`.`session_start_at`, 'UTC') AS `session_date`,
  CAST(CASE
           WHEN (`with_neighbours`.`session_sequence_number` = 1) THEN 'first'
           ELSE 'idle'
       END AS STRING) AS `start_reason`,
  `with_neighbours`.`revenue`,
  `with_neighbours`.`last_term`
FROM `with_neighbours`;
