-- session_tracks on BigQuery. One row per session: when it started, its number, and when the visitor's next one started.
-- session_tracks: create the table
CREATE TABLE `sessionmodels_shadow_00000000_dbt_session_tracks` (`session_id` STRING OPTIONS(description="`'<session_sequence_number> - <dbt_visitor_id>'`; unique, never null."), `dbt_visitor_id` STRING OPTIONS(description='the visitor.'), `session_start_at` TIMESTAMP OPTIONS(description="its first event's time, UTC."), `session_sequence_number` INT64 OPTIONS(description='counts from 1 within the visitor.'), `next_session_start_at` TIMESTAMP OPTIONS(description="the start of the visitor's next session, UTC; null on the last.")) PARTITION BY TIMESTAMP_TRUNC(`session_start_at`, DAY) CLUSTER BY `dbt_visitor_id` OPTIONS(description="One row per session: when it started, its number, and when the visitor's next one started. Built by sessionmodels.") AS
SELECT
  `sessionmodels_shadow_00000000_dbt_track_facts`.`session_id`,
  `sessionmodels_shadow_00000000_dbt_track_facts`.`dbt_visitor_id`,
  `sessionmodels_shadow_00000000_dbt_track_facts`.`timestamp` AS `session_start_at`,
  row_number() OVER (PARTITION BY `sessionmodels_shadow_00000000_dbt_track_facts`.`dbt_visitor_id`
                     ORDER BY `sessionmodels_shadow_00000000_dbt_track_facts`.`timestamp`, `sessionmodels_shadow_00000000_dbt_track_facts`.`event_id`) AS `session_sequence_number`,
  lead(`sessionmodels_shadow_00000000_dbt_track_facts`.`timestamp`) OVER (PARTITION BY `sessionmodels_shadow_00000000_dbt_track_facts`.`dbt_visitor_id`
                                                                          ORDER BY `sessionmodels_shadow_00000000_dbt_track_facts`.`timestamp`, `sessionmodels_shadow_00000000_dbt_track_facts`.`event_id`) AS `next_session_start_at`
FROM `sessionmodels_shadow_00000000_dbt_track_facts`
WHERE `sessionmodels_shadow_00000000_dbt_track_facts`.`track_sequence_number` = 1;
-- session_tracks: swap in the new rows
CREATE OR REPLACE TABLE `dbt_session_tracks` CLONE `sessionmodels_shadow_00000000_dbt_session_tracks` OPTIONS(description="One row per session: when it started, its number, and when the visitor's next one started. Built by sessionmodels.");
-- session_tracks: drop its working table
DROP TABLE IF EXISTS `sessionmodels_shadow_00000000_dbt_session_tracks`;
