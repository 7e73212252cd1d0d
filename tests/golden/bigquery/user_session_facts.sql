-- user_session_facts on BigQuery. One row per visitor: their first and last session, and how many they had.
-- user_session_facts: create the table
CREATE TABLE `sessionmodels_shadow_00000000_dbt_user_session_facts` (`dbt_visitor_id` STRING OPTIONS(description='the visitor; unique, never null.'), `first_date` TIMESTAMP OPTIONS(description='when their first session started.'), `last_date` TIMESTAMP OPTIONS(description='when their last session started.'), `number_of_sessions` INT64 OPTIONS(description='how many sessions they had.')) PARTITION BY TIMESTAMP_TRUNC(`last_date`, DAY) CLUSTER BY `dbt_visitor_id` OPTIONS(description='One row per visitor: their first and last session, and how many they had. Built by sessionmodels.') AS
SELECT
  `sessionmodels_shadow_00000000_dbt_sessions`.`dbt_visitor_id`,
  min(`sessionmodels_shadow_00000000_dbt_sessions`.`session_start_at`) AS `first_date`,
  max(`sessionmodels_shadow_00000000_dbt_sessions`.`session_start_at`) AS `last_date`,
  count(*) AS `number_of_sessions`
FROM `sessionmodels_shadow_00000000_dbt_sessions`
GROUP BY `sessionmodels_shadow_00000000_dbt_sessions`.`dbt_visitor_id`;
-- user_session_facts: swap in the new rows
CREATE OR REPLACE TABLE `dbt_user_session_facts` CLONE `sessionmodels_shadow_00000000_dbt_user_session_facts` OPTIONS(description='One row per visitor: their first and last session, and how many they had. Built by sessionmodels.');
-- user_session_facts: drop its working table
DROP TABLE IF EXISTS `sessionmodels_shadow_00000000_dbt_user_session_facts`;
