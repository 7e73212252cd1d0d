-- track_facts on BigQuery. One row per event, with its session.
-- track_facts: create the table
CREATE TABLE `sessionmodels_shadow_00000000_dbt_track_facts` (`anonymous_id` STRING OPTIONS(description='the device it came from; may be null.'), `timestamp` TIMESTAMP OPTIONS(description='when it happened, UTC.'), `event_id` STRING OPTIONS(description="the event's `id`."), `event` STRING OPTIONS(description='its name; may be null.'), `session_id` STRING OPTIONS(description="its session, `'<session_sequence_number> - <dbt_visitor_id>'`."), `dbt_visitor_id` STRING OPTIONS(description='the visitor.'), `track_sequence_number` INT64 OPTIONS(description="the event's place within its session, from 1.")) PARTITION BY TIMESTAMP_TRUNC(`timestamp`, DAY) CLUSTER BY `dbt_visitor_id` OPTIONS(description='One row per event, with its session. Built by sessionmodels.') AS WITH
  `ordered` AS
  (SELECT
     `sessionmodels_shadow_00000000_dbt_mapped_tracks`.`anonymous_id` AS `anonymous_id`,
     `sessionmodels_shadow_00000000_dbt_mapped_tracks`.`timestamp` AS `timestamp`,
     `sessionmodels_shadow_00000000_dbt_mapped_tracks`.`event_id` AS `event_id`,
     `sessionmodels_shadow_00000000_dbt_mapped_tracks`.`event` AS `event`,
     `sessionmodels_shadow_00000000_dbt_mapped_tracks`.`dbt_visitor_id` AS `dbt_visitor_id`,
     row_number() OVER (PARTITION BY `sessionmodels_shadow_00000000_dbt_mapped_tracks`.`dbt_visitor_id`
                        ORDER BY `sessionmodels_shadow_00000000_dbt_mapped_tracks`.`timestamp`, `sessionmodels_shadow_00000000_dbt_mapped_tracks`.`event_id`) AS `visit_sequence_number`,
     lag(`sessionmodels_shadow_00000000_dbt_mapped_tracks`.`timestamp`) OVER (PARTITION BY `sessionmodels_shadow_00000000_dbt_mapped_tracks`.`dbt_visitor_id`
                                                                              ORDER BY `sessionmodels_shadow_00000000_dbt_mapped_tracks`.`timestamp`, `sessionmodels_shadow_00000000_dbt_mapped_tracks`.`event_id`) AS `previous_timestamp`
   FROM `sessionmodels_shadow_00000000_dbt_mapped_tracks`),
  `marked` AS
  (SELECT
     `ordered`.`anonymous_id` AS `anonymous_id`,
     `ordered`.`timestamp` AS `timestamp`,
     `ordered`.`event_id` AS `event_id`,
     `ordered`.`event` AS `event`,
     `ordered`.`dbt_visitor_id` AS `dbt_visitor_id`,
     `ordered`.`visit_sequence_number` AS `visit_sequence_number`,
     CASE
         WHEN (`ordered`.`previous_timestamp` IS NULL) THEN 1
         WHEN (TIMESTAMP_DIFF(`ordered`.`timestamp`, `ordered`.`previous_timestamp`, MICROSECOND) > 1800000000) THEN 1
         ELSE 0
     END AS `starts_session`
   FROM `ordered`),
  `numbered` AS
  (SELECT
     `marked`.`anonymous_id` AS `anonymous_id`,
     `marked`.`timestamp` AS `timestamp`,
     `marked`.`event_id` AS `event_id`,
     `marked`.`event` AS `event`,
     `marked`.`dbt_visitor_id` AS `dbt_visitor_id`,
     CAST(sum(`marked`.`starts_session`) OVER (PARTITION BY `marked`.`dbt_visitor_id`
                                               ORDER BY `marked`.`visit_sequence_number` ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS INT64) AS `session_sequence_number`,
     `marked`.`visit_sequence_number` AS `visit_sequence_number`,
     max(CASE
             WHEN (`marked`.`starts_session` = 1) THEN `marked`.`visit_sequence_number`
         END) OVER (PARTITION BY `marked`.`dbt_visitor_id`
                    ORDER BY `marked`.`visit_sequence_number` ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS `started_at_number`
   FROM `marked`)
SELECT
  `numbered`.`anonymous_id`,
  `numbered`.`timestamp`,
  `numbered`.`event_id`,
  `numbered`.`event`,
  CAST(CAST(`numbered`.`session_sequence_number` AS STRING) || ' - ' || `numbered`.`dbt_visitor_id` AS STRING) AS `session_id`,
  `numbered`.`dbt_visitor_id`,
  (`numbered`.`visit_sequence_number` - `numbered`.`started_at_number`) + 1 AS `track_sequence_number`
FROM `numbered`;
-- track_facts: swap in the new rows
CREATE OR REPLACE TABLE `dbt_track_facts` CLONE `sessionmodels_shadow_00000000_dbt_track_facts` OPTIONS(description='One row per event, with its session. Built by sessionmodels.');
-- track_facts: drop its working table
DROP TABLE IF EXISTS `sessionmodels_shadow_00000000_dbt_track_facts`;
