-- session_events on BigQuery. One row per event: its visitor, its session, its place in it, and the events that follow it there.
-- session_events: create the table
CREATE TABLE `sessionmodels_shadow_00000000_dbt_session_events` (`event_id` STRING OPTIONS(description="the event's `id`."), `source` STRING OPTIONS(description='the source that it was read from.'), `anonymous_id` STRING OPTIONS(description='the device it came from; may be null.'), `user_id` STRING OPTIONS(description='the user who was logged in; may be null.'), `dbt_visitor_id` STRING OPTIONS(description='the visitor: the mapping of its `user_id` if it has one, else of its `anonymous_id`.'), `timestamp` TIMESTAMP OPTIONS(description='when it happened.'), `loaded_at` TIMESTAMP OPTIONS(description='when it was loaded into the warehouse; null if the source does not say.'), `event` STRING OPTIONS(description='its name; may be null.'), `idle_time_minutes` FLOAT64 OPTIONS(description="minutes since the same visitor's previous event, as a fraction; null on the first."), `session_id` STRING OPTIONS(description="its session, `'<session_sequence_number> - <dbt_visitor_id>'`."), `session_sequence_number` INT64 OPTIONS(description="the session's number, from 1 within the visitor."), `track_sequence_number` INT64 OPTIONS(description="the event's place within its session, from 1."), `event_2` STRING OPTIONS(description="the name of the event that follows; null past the session's end, or if that event has none."), `event_3` STRING OPTIONS(description='the name of the event 2 places on.'), `event_4` STRING OPTIONS(description='the name of the event 3 places on.'), `event_5` STRING OPTIONS(description='the name of the event 4 places on.'), `page_url` STRING OPTIONS(description='`context_page_url` or `url` of the source.'), `page_path` STRING OPTIONS(description='`context_page_path` or `path` of the source.'), `page_referrer` STRING OPTIONS(description='`context_page_referrer` or `referrer` of the source.'), `utm_source` STRING OPTIONS(description='`context_campaign_source` of the source.'), `utm_medium` STRING OPTIONS(description='`context_campaign_medium` of the source.'), `utm_campaign` STRING OPTIONS(description='`context_campaign_name` of the source.'), `utm_term` STRING OPTIONS(description='`context_campaign_term` of the source.'), `utm_content` STRING OPTIONS(description='`context_campaign_content` of the source.'), `device_type` STRING OPTIONS(description='`context_device_type` of the source.'), `os_name` STRING OPTIONS(description='`context_os_name` of the source.'), `library_name` STRING OPTIONS(description='`context_library_name` of the source.'), `sdk_session_id` STRING OPTIONS(description='`context_session_id` of the source.')) PARTITION BY TIMESTAMP_TRUNC(`timestamp`, DAY) CLUSTER BY `dbt_visitor_id` OPTIONS(description='One row per event: its visitor, its session, its place in it, and the events that follow it there. Built by sessionmodels.') AS WITH
  `tracks` AS
  (SELECT
     `sessionmodels_shadow_00000000_dbt_tracks`.`event_id` AS `event_id`,
     `sessionmodels_shadow_00000000_dbt_tracks`.`source` AS `source`,
     `sessionmodels_shadow_00000000_dbt_tracks`.`anonymous_id` AS `anonymous_id`,
     `sessionmodels_shadow_00000000_dbt_tracks`.`user_id` AS `user_id`,
     `sessionmodels_shadow_00000000_dbt_tracks`.`event` AS `event`,
     `sessionmodels_shadow_00000000_dbt_tracks`.`timestamp` AS `timestamp`,
     `sessionmodels_shadow_00000000_dbt_tracks`.`loaded_at` AS `loaded_at`
   FROM `sessionmodels_shadow_00000000_dbt_tracks`
   WHERE `sessionmodels_shadow_00000000_dbt_tracks`.`duplicate_rank` = 1),
  `visits` AS
  (SELECT
     `tracks`.`event_id` AS `event_id`,
     `tracks`.`source` AS `source`,
     `tracks`.`anonymous_id` AS `anonymous_id`,
     `tracks`.`user_id` AS `user_id`,
     `tracks`.`event` AS `event`,
     `tracks`.`timestamp` AS `timestamp`,
     `tracks`.`loaded_at` AS `loaded_at`,
     coalesce(`sessionmodels_shadow_00000000_dbt_aliases_mapping`.`dbt_visitor_id`, `tracks`.`user_id`, `tracks`.`anonymous_id`) AS `dbt_visitor_id`
   FROM `tracks`
   LEFT OUTER JOIN `sessionmodels_shadow_00000000_dbt_aliases_mapping` ON `sessionmodels_shadow_00000000_dbt_aliases_mapping`.`alias` = coalesce(`tracks`.`user_id`, `tracks`.`anonymous_id`)),
  `ordered` AS
  (SELECT
     `visits`.`event_id` AS `event_id`,
     `visits`.`source` AS `source`,
     `visits`.`anonymous_id` AS `anonymous_id`,
     `visits`.`user_id` AS `user_id`,
     `visits`.`event` AS `event`,
     `visits`.`timestamp` AS `timestamp`,
     `visits`.`loaded_at` AS `loaded_at`,
     `visits`.`dbt_visitor_id` AS `dbt_visitor_id`,
     row_number() OVER (PARTITION BY `visits`.`dbt_visitor_id`
                        ORDER BY `visits`.`timestamp`, `visits`.`event_id`) AS `visit_sequence_number`,
     lag(`visits`.`timestamp`) OVER (PARTITION BY `visits`.`dbt_visitor_id`
                                     ORDER BY `visits`.`timestamp`, `visits`.`event_id`) AS `previous_timestamp`
   FROM `visits`),
  `marked` AS
  (SELECT
     `ordered`.`event_id` AS `event_id`,
     `ordered`.`source` AS `source`,
     `ordered`.`anonymous_id` AS `anonymous_id`,
     `ordered`.`user_id` AS `user_id`,
     `ordered`.`event` AS `event`,
     `ordered`.`timestamp` AS `timestamp`,
     `ordered`.`loaded_at` AS `loaded_at`,
     `ordered`.`dbt_visitor_id` AS `dbt_visitor_id`,
     `ordered`.`visit_sequence_number` AS `visit_sequence_number`,
     `ordered`.`previous_timestamp` AS `previous_timestamp`,
     CASE
         WHEN (`ordered`.`previous_timestamp` IS NULL) THEN 1
         WHEN (TIMESTAMP_DIFF(`ordered`.`timestamp`, `ordered`.`previous_timestamp`, MICROSECOND) > 1800000000) THEN 1
         ELSE 0
     END AS `starts_session`
   FROM `ordered`),
  `numbered` AS
  (SELECT
     `marked`.`event_id` AS `event_id`,
     `marked`.`source` AS `source`,
     `marked`.`anonymous_id` AS `anonymous_id`,
     `marked`.`user_id` AS `user_id`,
     `marked`.`event` AS `event`,
     `marked`.`timestamp` AS `timestamp`,
     `marked`.`loaded_at` AS `loaded_at`,
     `marked`.`dbt_visitor_id` AS `dbt_visitor_id`,
     `marked`.`visit_sequence_number` AS `visit_sequence_number`,
     `marked`.`previous_timestamp` AS `previous_timestamp`,
     `marked`.`starts_session` AS `starts_session`,
     CAST(sum(`marked`.`starts_session`) OVER (PARTITION BY `marked`.`dbt_visitor_id`
                                               ORDER BY `marked`.`visit_sequence_number` ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS INT64) AS `session_sequence_number`,
     max(CASE
             WHEN (`marked`.`starts_session` = 1) THEN `marked`.`visit_sequence_number`
         END) OVER (PARTITION BY `marked`.`dbt_visitor_id`
                    ORDER BY `marked`.`visit_sequence_number` ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS `started_at_number`,
     lead(`marked`.`event`, 1) OVER (PARTITION BY `marked`.`dbt_visitor_id`
                                     ORDER BY `marked`.`visit_sequence_number`) AS `next_event_1`,
     lead(`marked`.`event`, 2) OVER (PARTITION BY `marked`.`dbt_visitor_id`
                                     ORDER BY `marked`.`visit_sequence_number`) AS `next_event_2`,
     lead(`marked`.`event`, 3) OVER (PARTITION BY `marked`.`dbt_visitor_id`
                                     ORDER BY `marked`.`visit_sequence_number`) AS `next_event_3`,
     lead(`marked`.`event`, 4) OVER (PARTITION BY `marked`.`dbt_visitor_id`
                                     ORDER BY `marked`.`visit_sequence_number`) AS `next_event_4`,
     lead(`marked`.`starts_session`, 1) OVER (PARTITION BY `marked`.`dbt_visitor_id`
                                              ORDER BY `marked`.`visit_sequence_number`) AS `next_starts_1`,
     lead(`marked`.`starts_session`, 2) OVER (PARTITION BY `marked`.`dbt_visitor_id`
                                              ORDER BY `marked`.`visit_sequence_number`) AS `next_starts_2`,
     lead(`marked`.`starts_session`, 3) OVER (PARTITION BY `marked`.`dbt_visitor_id`
                                              ORDER BY `marked`.`visit_sequence_number`) AS `next_starts_3`,
     lead(`marked`.`starts_session`, 4) OVER (PARTITION BY `marked`.`dbt_visitor_id`
                                              ORDER BY `marked`.`visit_sequence_number`) AS `next_starts_4`
   FROM `marked`)
SELECT
  `numbered`.`event_id`,
  `numbered`.`source`,
  `numbered`.`anonymous_id`,
  `numbered`.`user_id`,
  `numbered`.`dbt_visitor_id`,
  `numbered`.`timestamp`,
  `numbered`.`loaded_at`,
  `numbered`.`event`,
  CAST(TIMESTAMP_DIFF(`numbered`.`timestamp`, `numbered`.`previous_timestamp`, MICROSECOND) AS FLOAT64) / 60000000 AS `idle_time_minutes`,
  CAST(CAST(`numbered`.`session_sequence_number` AS STRING) || ' - ' || `numbered`.`dbt_visitor_id` AS STRING) AS `session_id`,
  `numbered`.`session_sequence_number`,
  (`numbered`.`visit_sequence_number` - `numbered`.`started_at_number`) + 1 AS `track_sequence_number`,
  CASE
      WHEN (`numbered`.`next_starts_1` = 0) THEN `numbered`.`next_event_1`
  END AS `event_2`,
  CASE
      WHEN (`numbered`.`next_starts_1` = 0
            AND `numbered`.`next_starts_2` = 0) THEN `numbered`.`next_event_2`
  END AS `event_3`,
  CASE
      WHEN (`numbered`.`next_starts_1` = 0
            AND `numbered`.`next_starts_2` = 0
            AND `numbered`.`next_starts_3` = 0) THEN `numbered`.`next_event_3`
  END AS `event_4`,
  CASE
      WHEN (`numbered`.`next_starts_1` = 0
            AND `numbered`.`next_starts_2` = 0
            AND `numbered`.`next_starts_3` = 0
            AND `numbered`.`next_starts_4` = 0) THEN `numbered`.`next_event_4`
  END AS `event_5`,
  CAST(NULL AS STRING) AS `page_url`,
  CAST(NULL AS STRING) AS `page_path`,
  CAST(NULL AS STRING) AS `page_referrer`,
  CAST(NULL AS STRING) AS `utm_source`,
  CAST(NULL AS STRING) AS `utm_medium`,
  CAST(NULL AS STRING) AS `utm_campaign`,
  CAST(NULL AS STRING) AS `utm_term`,
  CAST(NULL AS STRING) AS `utm_content`,
  CAST(NULL AS STRING) AS `device_type`,
  CAST(NULL AS STRING) AS `os_name`,
  CAST(NULL AS STRING) AS `library_name`,
  CAST(NULL AS STRING) AS `sdk_session_id`
FROM `numbered`;
-- session_events: swap in the new rows
CREATE OR REPLACE TABLE `dbt_session_events` CLONE `sessionmodels_shadow_00000000_dbt_session_events` OPTIONS(description='One row per event: its visitor, its session, its place in it, and the events that follow it there. Built by sessionmodels.');
-- session_events: drop its working table
DROP TABLE IF EXISTS `sessionmodels_shadow_00000000_dbt_session_events`;
