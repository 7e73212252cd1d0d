-- sessions on BigQuery. One row per session: when it started and ended, its number, where it came from and landed, and what happened in it.
-- sessions: create the table
CREATE TABLE `sessionmodels_shadow_00000000_dbt_sessions` (`session_id` STRING OPTIONS(description="`'<session_sequence_number> - <dbt_visitor_id>'`; unique, never null."), `session_key` STRING OPTIONS(description="the `event_id` of its first event; it stays when a visitor's sessions are renumbered."), `dbt_visitor_id` STRING OPTIONS(description='the visitor.'), `session_sequence_number` INT64 OPTIONS(description='counts from 1 within the visitor.'), `session_start_at` TIMESTAMP OPTIONS(description="its first event's time."), `ended_at` TIMESTAMP OPTIONS(description="its last event's time."), `next_session_start_at` TIMESTAMP OPTIONS(description="the start of the visitor's next session; null on the last."), `session_duration` FLOAT64 OPTIONS(description='minutes from its first event to its last, as a fraction; 0 if it has one event.'), `num_pvs` INT64 OPTIONS(description='how many events it has, each event id counted once.'), `cnt_viewed_product` INT64 OPTIONS(description='how many of its events are named `view_product` or `viewed_product`.'), `cnt_signup` INT64 OPTIONS(description='how many of its events are named `signup`.'), `landing_page_url` STRING OPTIONS(description='`page_url` of its first event with a `page_url` or a `page_path`.'), `landing_page_path` STRING OPTIONS(description='`page_path` of the same event.'), `referrer` STRING OPTIONS(description='`page_referrer` of the same event.'), `exit_page_url` STRING OPTIONS(description='`page_url` of its last event with a `page_url` or a `page_path`.'), `exit_page_path` STRING OPTIONS(description='`page_path` of the same event.'), `utm_source` STRING OPTIONS(description='`utm_source` of its first event that carries a campaign: any of the five `utm_` columns.'), `utm_medium` STRING OPTIONS(description='`utm_medium` of the same event.'), `utm_campaign` STRING OPTIONS(description='`utm_campaign` of the same event.'), `utm_term` STRING OPTIONS(description='`utm_term` of the same event.'), `utm_content` STRING OPTIONS(description='`utm_content` of the same event.'), `device_type` STRING OPTIONS(description='`device_type` of its first event with a `device_type`, an `os_name` or a `library_name`.'), `os_name` STRING OPTIONS(description='`os_name` of the same event.'), `library_name` STRING OPTIONS(description='`library_name` of the same event.'), `anonymous_id` STRING OPTIONS(description='the device of its first event that has one.'), `user_id` STRING OPTIONS(description='the user of its last event that has one.'), `page_views` INT64 OPTIONS(description='how many of its events are named `page` or `screen`.'), `conversions` INT64 OPTIONS(description='how many of its events are conversions, by the setting `conversion_events`; 0 by default.'), `is_engaged` BOOL OPTIONS(description='whether it lasted 10 seconds or longer, or has two page views or more, or a conversion.'), `is_bounce` BOOL OPTIONS(description='whether it is not engaged; null if it has no page view.'), `session_date` DATE OPTIONS(description='the date of `session_start_at` in UTC.'), `start_reason` STRING OPTIONS(description='why it starts: `first`, `sdk`, `idle`, `start_event`, `campaign`, `midnight` or `too_long`.')) PARTITION BY TIMESTAMP_TRUNC(`session_start_at`, DAY) CLUSTER BY `dbt_visitor_id` OPTIONS(description='One row per session: when it started and ended, its number, where it came from and landed, and what happened in it. Built by sessionmodels.') AS WITH
  `placed` AS
  (SELECT
     `sessionmodels_shadow_00000000_dbt_session_events`.`dbt_visitor_id` AS `dbt_visitor_id`,
     `sessionmodels_shadow_00000000_dbt_session_events`.`session_sequence_number` AS `session_sequence_number`,
     min(CASE
             WHEN (`sessionmodels_shadow_00000000_dbt_session_events`.`anonymous_id` IS NOT NULL) THEN `sessionmodels_shadow_00000000_dbt_session_events`.`track_sequence_number`
         END) AS `place_of_anonymous_id`,
     max(CASE
             WHEN (`sessionmodels_shadow_00000000_dbt_session_events`.`user_id` IS NOT NULL) THEN `sessionmodels_shadow_00000000_dbt_session_events`.`track_sequence_number`
         END) AS `place_of_user_id`
   FROM `sessionmodels_shadow_00000000_dbt_session_events`
   GROUP BY
     `sessionmodels_shadow_00000000_dbt_session_events`.`dbt_visitor_id`,
     `sessionmodels_shadow_00000000_dbt_session_events`.`session_sequence_number`),
  `counted` AS
  (SELECT
     `sessionmodels_shadow_00000000_dbt_session_events`.`dbt_visitor_id` AS `dbt_visitor_id`,
     `sessionmodels_shadow_00000000_dbt_session_events`.`session_sequence_number` AS `session_sequence_number`,
     max(CASE
             WHEN (`sessionmodels_shadow_00000000_dbt_session_events`.`track_sequence_number` = 1) THEN `sessionmodels_shadow_00000000_dbt_session_events`.`event_id`
         END) AS `session_key`,
     min(`sessionmodels_shadow_00000000_dbt_session_events`.`timestamp`) AS `session_start_at`,
     max(`sessionmodels_shadow_00000000_dbt_session_events`.`timestamp`) AS `ended_at`,
     count(*) AS `num_pvs`,
     CAST(sum(CASE
                  WHEN (`sessionmodels_shadow_00000000_dbt_session_events`.`event` IN ('view_product', 'viewed_product')) THEN 1
                  ELSE 0
              END) AS INT64) AS `cnt_viewed_product`,
     CAST(sum(CASE
                  WHEN (`sessionmodels_shadow_00000000_dbt_session_events`.`event` IN ('signup')) THEN 1
                  ELSE 0
              END) AS INT64) AS `cnt_signup`,
     CAST(sum(CASE
                  WHEN (`sessionmodels_shadow_00000000_dbt_session_events`.`event` IN ('page', 'screen')) THEN 1
                  ELSE 0
              END) AS INT64) AS `page_views`,
     CAST(0 AS INT64) AS `conversions`,
     max(CASE
             WHEN (CASE
                       WHEN (`sessionmodels_shadow_00000000_dbt_session_events`.`anonymous_id` IS NOT NULL) THEN `sessionmodels_shadow_00000000_dbt_session_events`.`track_sequence_number`
                   END = `placed`.`place_of_anonymous_id`) THEN `sessionmodels_shadow_00000000_dbt_session_events`.`anonymous_id`
         END) AS `anonymous_id`,
     max(CASE
             WHEN (CASE
                       WHEN (`sessionmodels_shadow_00000000_dbt_session_events`.`user_id` IS NOT NULL) THEN `sessionmodels_shadow_00000000_dbt_session_events`.`track_sequence_number`
                   END = `placed`.`place_of_user_id`) THEN `sessionmodels_shadow_00000000_dbt_session_events`.`user_id`
         END) AS `user_id`
   FROM `sessionmodels_shadow_00000000_dbt_session_events`
   JOIN `placed` ON `sessionmodels_shadow_00000000_dbt_session_events`.`dbt_visitor_id` = `placed`.`dbt_visitor_id`
   AND `sessionmodels_shadow_00000000_dbt_session_events`.`session_sequence_number` = `placed`.`session_sequence_number`
   GROUP BY
     `sessionmodels_shadow_00000000_dbt_session_events`.`dbt_visitor_id`,
     `sessionmodels_shadow_00000000_dbt_session_events`.`session_sequence_number`),
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
     `counted`.`anonymous_id` AS `anonymous_id`,
     `counted`.`user_id` AS `user_id`,
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
  CAST(NULL AS STRING) AS `landing_page_url`,
  CAST(NULL AS STRING) AS `landing_page_path`,
  CAST(NULL AS STRING) AS `referrer`,
  CAST(NULL AS STRING) AS `exit_page_url`,
  CAST(NULL AS STRING) AS `exit_page_path`,
  CAST(NULL AS STRING) AS `utm_source`,
  CAST(NULL AS STRING) AS `utm_medium`,
  CAST(NULL AS STRING) AS `utm_campaign`,
  CAST(NULL AS STRING) AS `utm_term`,
  CAST(NULL AS STRING) AS `utm_content`,
  CAST(NULL AS STRING) AS `device_type`,
  CAST(NULL AS STRING) AS `os_name`,
  CAST(NULL AS STRING) AS `library_name`,
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
       END AS STRING) AS `start_reason`
FROM `with_neighbours`;
-- sessions: swap in the new rows
CREATE OR REPLACE TABLE `dbt_sessions` CLONE `sessionmodels_shadow_00000000_dbt_sessions` OPTIONS(description='One row per session: when it started and ended, its number, where it came from and landed, and what happened in it. Built by sessionmodels.');
-- sessions: drop its working table
DROP TABLE IF EXISTS `sessionmodels_shadow_00000000_dbt_sessions`;
