-- session_track_facts on BigQuery. One row per session: when it ended, and how many events of each kind it has.
-- session_track_facts: create the table
CREATE TABLE `sessionmodels_shadow_00000000_dbt_session_track_facts` (`session_id` STRING OPTIONS(description='the session; unique, never null.'), `ended_at` TIMESTAMP OPTIONS(description="its last event's time, UTC."), `num_pvs` INT64 OPTIONS(description='how many events it has, each event id counted once.'), `cnt_viewed_product` INT64 OPTIONS(description='how many of its events are named `view_product` or `viewed_product`.'), `cnt_signup` INT64 OPTIONS(description='how many of its events are named `signup`.')) PARTITION BY TIMESTAMP_TRUNC(`ended_at`, DAY) CLUSTER BY `session_id` OPTIONS(description='One row per session: when it ended, and how many events of each kind it has. Built by sessionmodels.') AS
SELECT
  `sessionmodels_shadow_00000000_dbt_track_facts`.`session_id`,
  max(`sessionmodels_shadow_00000000_dbt_track_facts`.`timestamp`) AS `ended_at`,
  count(DISTINCT `sessionmodels_shadow_00000000_dbt_track_facts`.`event_id`) AS `num_pvs`,
  CAST(sum(CASE
               WHEN (`sessionmodels_shadow_00000000_dbt_track_facts`.`event` IN ('view_product', 'viewed_product')) THEN 1
               ELSE 0
           END) AS INT64) AS `cnt_viewed_product`,
  CAST(sum(CASE
               WHEN (`sessionmodels_shadow_00000000_dbt_track_facts`.`event` IN ('signup')) THEN 1
               ELSE 0
           END) AS INT64) AS `cnt_signup`
FROM `sessionmodels_shadow_00000000_dbt_track_facts`
GROUP BY `sessionmodels_shadow_00000000_dbt_track_facts`.`session_id`;
-- session_track_facts: swap in the new rows
CREATE OR REPLACE TABLE `dbt_session_track_facts` CLONE `sessionmodels_shadow_00000000_dbt_session_track_facts` OPTIONS(description='One row per session: when it ended, and how many events of each kind it has. Built by sessionmodels.');
-- session_track_facts: drop its working table
DROP TABLE IF EXISTS `sessionmodels_shadow_00000000_dbt_session_track_facts`;
