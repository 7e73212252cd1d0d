-- mapped_tracks on BigQuery. One row per event: its visitor, and the time since the visitor's previous event.
-- mapped_tracks: create the table
CREATE TABLE `sessionmodels_shadow_00000000_dbt_mapped_tracks` (`event_id` STRING OPTIONS(description="the event's `id`."), `anonymous_id` STRING OPTIONS(description='the device it came from; may be null.'), `dbt_visitor_id` STRING OPTIONS(description='the visitor: the mapping of its `user_id` if it has one, else of its `anonymous_id`.'), `timestamp` TIMESTAMP OPTIONS(description='when it happened, UTC.'), `event` STRING OPTIONS(description='its name; may be null.'), `idle_time_minutes` FLOAT64 OPTIONS(description="minutes since the same visitor's previous event, as a fraction; null on the first.")) PARTITION BY TIMESTAMP_TRUNC(`timestamp`, DAY) CLUSTER BY `dbt_visitor_id` OPTIONS(description="One row per event: its visitor, and the time since the visitor's previous event. Built by sessionmodels.") AS WITH `visits` AS
  (SELECT
     `sessionmodels_shadow_00000000_dbt_tracks`.`event_id` AS `event_id`,
     `sessionmodels_shadow_00000000_dbt_tracks`.`anonymous_id` AS `anonymous_id`,
     coalesce(`sessionmodels_shadow_00000000_dbt_aliases_mapping`.`dbt_visitor_id`, `sessionmodels_shadow_00000000_dbt_tracks`.`user_id`, `sessionmodels_shadow_00000000_dbt_tracks`.`anonymous_id`) AS `dbt_visitor_id`,
     `sessionmodels_shadow_00000000_dbt_tracks`.`timestamp` AS `timestamp`,
     `sessionmodels_shadow_00000000_dbt_tracks`.`event` AS `event`
   FROM `sessionmodels_shadow_00000000_dbt_tracks`
   LEFT OUTER JOIN `sessionmodels_shadow_00000000_dbt_aliases_mapping` ON `sessionmodels_shadow_00000000_dbt_aliases_mapping`.`alias` = coalesce(`sessionmodels_shadow_00000000_dbt_tracks`.`user_id`, `sessionmodels_shadow_00000000_dbt_tracks`.`anonymous_id`))
SELECT
  `visits`.`event_id`,
  `visits`.`anonymous_id`,
  `visits`.`dbt_visitor_id`,
  `visits`.`timestamp`,
  `visits`.`event`,
  CAST(TIMESTAMP_DIFF(`visits`.`timestamp`, lag(`visits`.`timestamp`) OVER (PARTITION BY `visits`.`dbt_visitor_id`
                                                                            ORDER BY `visits`.`timestamp`, `visits`.`event_id`), MICROSECOND) AS FLOAT64) / 60000000 AS `idle_time_minutes`
FROM `visits`;
-- mapped_tracks: swap in the new rows
CREATE OR REPLACE TABLE `dbt_mapped_tracks` CLONE `sessionmodels_shadow_00000000_dbt_mapped_tracks` OPTIONS(description="One row per event: its visitor, and the time since the visitor's previous event. Built by sessionmodels.");
-- mapped_tracks: drop its working table
DROP TABLE IF EXISTS `sessionmodels_shadow_00000000_dbt_mapped_tracks`;
