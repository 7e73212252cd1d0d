-- sessions on BigQuery. One row per session: when it started and ended, its number, and how many events of each kind it has.
-- sessions: create the table
CREATE TABLE `sessionmodels_shadow_00000000_dbt_sessions` (`session_id` STRING OPTIONS(description="`'<session_sequence_number> - <dbt_visitor_id>'`; unique, never null."), `session_key` STRING OPTIONS(description="the `event_id` of its first event; it stays when a visitor's sessions are renumbered."), `dbt_visitor_id` STRING OPTIONS(description='the visitor.'), `session_sequence_number` INT64 OPTIONS(description='counts from 1 within the visitor.'), `session_start_at` TIMESTAMP OPTIONS(description="its first event's time."), `ended_at` TIMESTAMP OPTIONS(description="its last event's time."), `next_session_start_at` TIMESTAMP OPTIONS(description="the start of the visitor's next session; null on the last."), `session_duration` FLOAT64 OPTIONS(description='minutes from its first event to its last, as a fraction; 0 if it has one event.'), `num_pvs` INT64 OPTIONS(description='how many events it has, each event id counted once.'), `cnt_viewed_product` INT64 OPTIONS(description='how many of its events are named `view_product` or `viewed_product`.'), `cnt_signup` INT64 OPTIONS(description='how many of its events are named `signup`.'), `session_date` DATE OPTIONS(description='the date of `session_start_at` in UTC.'), `start_reason` STRING OPTIONS(description='why it starts: `first`, `sdk`, `idle`, `start_event`, `campaign`, `midnight` or `too_long`.')) PARTITION BY TIMESTAMP_TRUNC(`session_start_at`, DAY) CLUSTER BY `dbt_visitor_id` OPTIONS(description='One row per session: when it started and ended, its number, and how many events of each kind it has. Built by sessionmodels.') AS WITH `counted` AS
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
              END) AS INT64) AS `cnt_signup`
   FROM `sessionmodels_shadow_00000000_dbt_session_events`
   GROUP BY
     `sessionmodels_shadow_00000000_dbt_session_events`.`dbt_visitor_id`,
     `sessionmodels_shadow_00000000_dbt_session_events`.`session_sequence_number`)
SELECT
  CAST(CAST(`counted`.`session_sequence_number` AS STRING) || ' - ' || `counted`.`dbt_visitor_id` AS STRING) AS `session_id`,
  `counted`.`session_key`,
  `counted`.`dbt_visitor_id`,
  `counted`.`session_sequence_number`,
  `counted`.`session_start_at`,
  `counted`.`ended_at`,
  lead(`counted`.`session_start_at`) OVER (PARTITION BY `counted`.`dbt_visitor_id`
                                           ORDER BY `counted`.`session_sequence_number`) AS `next_session_start_at`,
  CAST(TIMESTAMP_DIFF(`counted`.`ended_at`, `counted`.`session_start_at`, MICROSECOND) AS FLOAT64) / 60000000 AS `session_duration`,
  `counted`.`num_pvs`,
  `counted`.`cnt_viewed_product`,
  `counted`.`cnt_signup`,
  CAST(`counted`.`session_start_at` AS DATE) AS `session_date`,
  CAST(CASE
           WHEN (`counted`.`session_sequence_number` = 1) THEN 'first'
           ELSE 'idle'
       END AS STRING) AS `start_reason`
FROM `counted`;
-- sessions: swap in the new rows
CREATE OR REPLACE TABLE `dbt_sessions` CLONE `sessionmodels_shadow_00000000_dbt_sessions` OPTIONS(description='One row per session: when it started and ended, its number, and how many events of each kind it has. Built by sessionmodels.');
-- sessions: drop its working table
DROP TABLE IF EXISTS `sessionmodels_shadow_00000000_dbt_sessions`;
