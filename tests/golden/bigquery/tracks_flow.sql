-- tracks_flow on BigQuery. One row per event, with the events that follow it in its session.
-- tracks_flow: create the table
CREATE TABLE `sessionmodels_shadow_00000000_dbt_tracks_flow` (`event_id` STRING OPTIONS(description="the event's `id`."), `session_id` STRING OPTIONS(description='its session.'), `track_sequence_number` INT64 OPTIONS(description='its place within the session, from 1.'), `event` STRING OPTIONS(description='its name; may be null.'), `dbt_visitor_id` STRING OPTIONS(description='the visitor.'), `timestamp` TIMESTAMP OPTIONS(description='when it happened, UTC.'), `event_2` STRING OPTIONS(description="the name of the event that follows; null past the session's end, or if that event has none."), `event_3` STRING OPTIONS(description='the name of the event 2 places on.'), `event_4` STRING OPTIONS(description='the name of the event 3 places on.'), `event_5` STRING OPTIONS(description='the name of the event 4 places on.')) PARTITION BY TIMESTAMP_TRUNC(`timestamp`, DAY) CLUSTER BY `dbt_visitor_id` OPTIONS(description='One row per event, with the events that follow it in its session. Built by sessionmodels.') AS
SELECT
  `sessionmodels_shadow_00000000_dbt_track_facts`.`event_id`,
  `sessionmodels_shadow_00000000_dbt_track_facts`.`session_id`,
  `sessionmodels_shadow_00000000_dbt_track_facts`.`track_sequence_number`,
  `sessionmodels_shadow_00000000_dbt_track_facts`.`event`,
  `sessionmodels_shadow_00000000_dbt_track_facts`.`dbt_visitor_id`,
  `sessionmodels_shadow_00000000_dbt_track_facts`.`timestamp`,
  lead(`sessionmodels_shadow_00000000_dbt_track_facts`.`event`, 1) OVER (PARTITION BY `sessionmodels_shadow_00000000_dbt_track_facts`.`session_id`
                                                                         ORDER BY `sessionmodels_shadow_00000000_dbt_track_facts`.`track_sequence_number`) AS `event_2`,
  lead(`sessionmodels_shadow_00000000_dbt_track_facts`.`event`, 2) OVER (PARTITION BY `sessionmodels_shadow_00000000_dbt_track_facts`.`session_id`
                                                                         ORDER BY `sessionmodels_shadow_00000000_dbt_track_facts`.`track_sequence_number`) AS `event_3`,
  lead(`sessionmodels_shadow_00000000_dbt_track_facts`.`event`, 3) OVER (PARTITION BY `sessionmodels_shadow_00000000_dbt_track_facts`.`session_id`
                                                                         ORDER BY `sessionmodels_shadow_00000000_dbt_track_facts`.`track_sequence_number`) AS `event_4`,
  lead(`sessionmodels_shadow_00000000_dbt_track_facts`.`event`, 4) OVER (PARTITION BY `sessionmodels_shadow_00000000_dbt_track_facts`.`session_id`
                                                                         ORDER BY `sessionmodels_shadow_00000000_dbt_track_facts`.`track_sequence_number`) AS `event_5`
FROM `sessionmodels_shadow_00000000_dbt_track_facts`;
-- tracks_flow: swap in the new rows
CREATE OR REPLACE TABLE `dbt_tracks_flow` CLONE `sessionmodels_shadow_00000000_dbt_tracks_flow` OPTIONS(description='One row per event, with the events that follow it in its session. Built by sessionmodels.');
-- tracks_flow: drop its working table
DROP TABLE IF EXISTS `sessionmodels_shadow_00000000_dbt_tracks_flow`;
