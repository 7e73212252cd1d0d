-- aliases_mapping on BigQuery. One row per alias: the id of a device or of a user.
-- aliases_mapping: create the table
CREATE TABLE `sessionmodels_shadow_00000000_dbt_aliases_mapping` (`alias` STRING OPTIONS(description='an `anonymous_id` or a `user_id`; unique, never null.'), `dbt_visitor_id` STRING OPTIONS(description='the visitor: the latest `user_id` seen on the alias as a device, else the alias itself.')) CLUSTER BY `alias` OPTIONS(description='One row per alias: the id of a device or of a user. Built by sessionmodels.') AS WITH
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
  `aliases` AS
  (SELECT `tracks`.`anonymous_id` AS `alias`
   FROM `tracks`
   WHERE `tracks`.`anonymous_id` IS NOT NULL
   UNION DISTINCT SELECT `tracks`.`user_id` AS `alias`
   FROM `tracks`
   WHERE `tracks`.`user_id` IS NOT NULL),
  `logins` AS
  (SELECT
     `tracks`.`anonymous_id` AS `anonymous_id`,
     `tracks`.`user_id` AS `user_id`,
     row_number() OVER (PARTITION BY `tracks`.`anonymous_id`
                        ORDER BY `tracks`.`timestamp` DESC, `tracks`.`event_id` DESC, `tracks`.`user_id` DESC) AS `recency`
   FROM `tracks`
   WHERE `tracks`.`anonymous_id` IS NOT NULL
     AND `tracks`.`user_id` IS NOT NULL),
  `latest_logins` AS
  (SELECT
     `logins`.`anonymous_id` AS `anonymous_id`,
     `logins`.`user_id` AS `user_id`
   FROM `logins`
   WHERE `logins`.`recency` = 1)
SELECT
  `aliases`.`alias`,
  coalesce(`latest_logins`.`user_id`, `aliases`.`alias`) AS `dbt_visitor_id`
FROM `aliases`
LEFT OUTER JOIN `latest_logins` ON `latest_logins`.`anonymous_id` = `aliases`.`alias`;
-- aliases_mapping: swap in the new rows
CREATE OR REPLACE TABLE `dbt_aliases_mapping` CLONE `sessionmodels_shadow_00000000_dbt_aliases_mapping` OPTIONS(description='One row per alias: the id of a device or of a user. Built by sessionmodels.');
-- aliases_mapping: drop its working table
DROP TABLE IF EXISTS `sessionmodels_shadow_00000000_dbt_aliases_mapping`;
