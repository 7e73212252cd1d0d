-- privacy on BigQuery. Ids are hashed, and the rows of forgotten people found.
-- the raw rows, with whether they are forgotten people's
WITH
  `typed_events` AS
  (SELECT
     CAST(`tracks`.`id` AS STRING) AS `event_id`,
     CAST(`tracks`.`anonymous_id` AS STRING) AS `anonymous_id`,
     CAST(`tracks`.`user_id` AS STRING) AS `user_id`,
     CAST(`tracks`.`event` AS STRING) AS `event`,
     `tracks`.`timestamp` AS `timestamp`,
     `tracks`.`uuid_ts` AS `loaded_at`,
     CASE
         WHEN (replace(CAST(`tracks`.`context_page_url` AS STRING), ' ', '') != '') THEN CAST(`tracks`.`context_page_url` AS STRING)
     END AS `page_url`
   FROM `tracks`),
  `all_raw_events` AS
  (SELECT
     CASE
         WHEN (replace(`typed_events`.`event_id`, ' ', '') != '') THEN `typed_events`.`event_id`
     END AS `event_id`,
     CAST('tracks' AS STRING) AS `source`,
     CASE
         WHEN (replace(`typed_events`.`anonymous_id`, ' ', '') != '') THEN `typed_events`.`anonymous_id`
     END AS `anonymous_id`,
     CASE
         WHEN (replace(`typed_events`.`user_id`, ' ', '') != '') THEN `typed_events`.`user_id`
     END AS `user_id`,
     `typed_events`.`event` AS `event`,
     `typed_events`.`timestamp` AS `timestamp`,
     `typed_events`.`loaded_at` AS `loaded_at`,
     `typed_events`.`page_url` AS `page_url`
   FROM `typed_events`),
  `forgotten_ids` AS
  (SELECT DISTINCT `sessionmodels_forgotten_dbt_`.`id_hash` AS `id_hash`
   FROM `sessionmodels_forgotten_dbt_`),
  `raw_events` AS
  (SELECT
     `all_raw_events`.`event_id` AS `event_id`,
     `all_raw_events`.`source` AS `source`,
     `all_raw_events`.`anonymous_id` AS `anonymous_id`,
     `all_raw_events`.`user_id` AS `user_id`,
     `all_raw_events`.`event` AS `event`,
     `all_raw_events`.`timestamp` AS `timestamp`,
     `all_raw_events`.`loaded_at` AS `loaded_at`,
     `all_raw_events`.`page_url` AS `page_url`,
     CASE
         WHEN (`forgotten_anonymous_id`.`id_hash` IS NOT NULL
               OR `forgotten_user_id`.`id_hash` IS NOT NULL) THEN 1
         ELSE 0
     END AS `is_forgotten`
   FROM `all_raw_events`
   LEFT OUTER JOIN `forgotten_ids` AS forgotten_anonymous_id ON `forgotten_anonymous_id`.`id_hash` = TO_HEX(SHA256('***' || TO_HEX(SHA256('***' || (`all_raw_events`.`anonymous_id`)))))
   LEFT OUTER JOIN `forgotten_ids` AS forgotten_user_id ON `forgotten_user_id`.`id_hash` = TO_HEX(SHA256('***' || TO_HEX(SHA256('***' || (`all_raw_events`.`user_id`))))))
SELECT
  `raw_events`.`event_id`,
  `raw_events`.`source`,
  `raw_events`.`anonymous_id`,
  `raw_events`.`user_id`,
  `raw_events`.`event`,
  `raw_events`.`timestamp`,
  `raw_events`.`loaded_at`,
  `raw_events`.`page_url`,
  `raw_events`.`is_forgotten`
FROM `raw_events`;

-- the same with hashed ids
WITH
  `typed_events` AS
  (SELECT
     CAST(`tracks`.`id` AS STRING) AS `event_id`,
     CAST(`tracks`.`anonymous_id` AS STRING) AS `anonymous_id`,
     CAST(`tracks`.`user_id` AS STRING) AS `user_id`,
     CAST(`tracks`.`event` AS STRING) AS `event`,
     `tracks`.`timestamp` AS `timestamp`,
     `tracks`.`uuid_ts` AS `loaded_at`,
     CASE
         WHEN (replace(CAST(`tracks`.`context_page_url` AS STRING), ' ', '') != '') THEN CAST(`tracks`.`context_page_url` AS STRING)
     END AS `page_url`
   FROM `tracks`),
  `all_raw_events` AS
  (SELECT
     CASE
         WHEN (replace(`typed_events`.`event_id`, ' ', '') != '') THEN `typed_events`.`event_id`
     END AS `event_id`,
     CAST('tracks' AS STRING) AS `source`,
     CASE
         WHEN length(CASE
                         WHEN (replace(`typed_events`.`anonymous_id`, ' ', '') != '') THEN `typed_events`.`anonymous_id`
                     END) > 65535 THEN CASE
                                           WHEN (replace(`typed_events`.`anonymous_id`, ' ', '') != '') THEN `typed_events`.`anonymous_id`
                                       END
         ELSE TO_HEX(SHA256('***' || TO_HEX(SHA256('***' || (CASE
                                                                 WHEN (replace(`typed_events`.`anonymous_id`, ' ', '') != '') THEN `typed_events`.`anonymous_id`
                                                             END)))))
     END AS `anonymous_id`,
     CASE
         WHEN length(CASE
                         WHEN (replace(`typed_events`.`user_id`, ' ', '') != '') THEN `typed_events`.`user_id`
                     END) > 65535 THEN CASE
                                           WHEN (replace(`typed_events`.`user_id`, ' ', '') != '') THEN `typed_events`.`user_id`
                                       END
         ELSE TO_HEX(SHA256('***' || TO_HEX(SHA256('***' || (CASE
                                                                 WHEN (replace(`typed_events`.`user_id`, ' ', '') != '') THEN `typed_events`.`user_id`
                                                             END)))))
     END AS `user_id`,
     `typed_events`.`event` AS `event`,
     `typed_events`.`timestamp` AS `timestamp`,
     `typed_events`.`loaded_at` AS `loaded_at`,
     `typed_events`.`page_url` AS `page_url`
   FROM `typed_events`),
  `forgotten_ids` AS
  (SELECT DISTINCT `sessionmodels_forgotten_dbt_`.`id_hash` AS `id_hash`
   FROM `sessionmodels_forgotten_dbt_`),
  `raw_events` AS
  (SELECT
     `all_raw_events`.`event_id` AS `event_id`,
     `all_raw_events`.`source` AS `source`,
     `all_raw_events`.`anonymous_id` AS `anonymous_id`,
     `all_raw_events`.`user_id` AS `user_id`,
     `all_raw_events`.`event` AS `event`,
     `all_raw_events`.`timestamp` AS `timestamp`,
     `all_raw_events`.`loaded_at` AS `loaded_at`,
     `all_raw_events`.`page_url` AS `page_url`,
     CASE
         WHEN (`forgotten_anonymous_id`.`id_hash` IS NOT NULL
               OR `forgotten_user_id`.`id_hash` IS NOT NULL) THEN 1
         ELSE 0
     END AS `is_forgotten`
   FROM `all_raw_events`
   LEFT OUTER JOIN `forgotten_ids` AS forgotten_anonymous_id ON `forgotten_anonymous_id`.`id_hash` = `all_raw_events`.`anonymous_id`
   LEFT OUTER JOIN `forgotten_ids` AS forgotten_user_id ON `forgotten_user_id`.`id_hash` = `all_raw_events`.`user_id`)
SELECT
  `raw_events`.`event_id`,
  `raw_events`.`source`,
  `raw_events`.`anonymous_id`,
  `raw_events`.`user_id`,
  `raw_events`.`event`,
  `raw_events`.`timestamp`,
  `raw_events`.`loaded_at`,
  `raw_events`.`page_url`,
  `raw_events`.`is_forgotten`
FROM `raw_events`;

-- create the list
CREATE TABLE `sessionmodels_forgotten_dbt_` (
	`id_hash` STRING, 
	`key_check` STRING, 
	`forgotten_at` TIMESTAMP
);

-- list users
INSERT INTO `sessionmodels_forgotten_dbt_` (`id_hash`, `key_check`, `forgotten_at`) VALUES ('<hash>', '<check>', CAST('<now>' AS TIMESTAMP));

-- list devices
INSERT INTO `sessionmodels_forgotten_dbt_` (`id_hash`, `key_check`, `forgotten_at`) WITH
  `people_on_devices` AS
  (SELECT DISTINCT
     TO_HEX(SHA256('***' || TO_HEX(SHA256('***' || (`dbt_session_events`.`anonymous_id`))))) AS `device`,
     TO_HEX(SHA256('***' || TO_HEX(SHA256('***' || (`dbt_session_events`.`user_id`))))) AS `person`
   FROM `dbt_session_events`
   WHERE `dbt_session_events`.`anonymous_id` IS NOT NULL
     AND `dbt_session_events`.`user_id` IS NOT NULL),
  `devices_of_theirs` AS
  (SELECT `people_on_devices`.`device` AS `device`
   FROM `people_on_devices`
   WHERE (`people_on_devices`.`device` NOT IN
            (SELECT `sessionmodels_forgotten_dbt_`.`id_hash`
             FROM `sessionmodels_forgotten_dbt_`))
   GROUP BY `people_on_devices`.`device`
   HAVING max(CASE
                  WHEN (`people_on_devices`.`person` IN ('<hash>')) THEN 1
                  ELSE 0
              END) = 1
   AND min(CASE
               WHEN (`people_on_devices`.`person` IN ('<hash>')) THEN 1
               ELSE 0
           END) = 1)
SELECT
  `devices_of_theirs`.`device`,
  CAST('<check>' AS STRING) AS `key_check`,
  CAST('<now>' AS TIMESTAMP) AS `forgotten_at`
FROM `devices_of_theirs`;

-- find the rows of forgotten people
CREATE TABLE `sessionmodels_shadow_00000000_dbt_difference` AS WITH
  `forgotten_ids` AS
  (SELECT DISTINCT `sessionmodels_forgotten_dbt_`.`id_hash` AS `id_hash`
   FROM `sessionmodels_forgotten_dbt_`),
  `both_times` AS
  (SELECT
     `dbt_session_events`.`event_id` AS `event_id`,
     `dbt_session_events`.`source` AS `source`,
     `dbt_session_events`.`anonymous_id` AS `anonymous_id`,
     `dbt_session_events`.`user_id` AS `user_id`,
     `dbt_session_events`.`event` AS `event`,
     `dbt_session_events`.`timestamp` AS `timestamp`,
     `dbt_session_events`.`loaded_at` AS `loaded_at`,
     `dbt_session_events`.`page_url` AS `page_url`,
     -1 AS `change`
   FROM `dbt_session_events`
   WHERE `dbt_session_events`.`anonymous_id` IS NOT NULL
     AND TO_HEX(SHA256('***' || TO_HEX(SHA256('***' || (`dbt_session_events`.`anonymous_id`))))) IN
       (SELECT `forgotten_ids`.`id_hash`
        FROM `forgotten_ids`)
     OR `dbt_session_events`.`user_id` IS NOT NULL
     AND TO_HEX(SHA256('***' || TO_HEX(SHA256('***' || (`dbt_session_events`.`user_id`))))) IN
       (SELECT `forgotten_ids`.`id_hash`
        FROM `forgotten_ids`)
   UNION ALL SELECT
     `sessionmodels_duplicates_dbt_`.`event_id` AS `event_id`,
     `sessionmodels_duplicates_dbt_`.`source` AS `source`,
     `sessionmodels_duplicates_dbt_`.`anonymous_id` AS `anonymous_id`,
     `sessionmodels_duplicates_dbt_`.`user_id` AS `user_id`,
     `sessionmodels_duplicates_dbt_`.`event` AS `event`,
     `sessionmodels_duplicates_dbt_`.`timestamp` AS `timestamp`,
     `sessionmodels_duplicates_dbt_`.`loaded_at` AS `loaded_at`,
     `sessionmodels_duplicates_dbt_`.`page_url` AS `page_url`,
     -1 AS `change`
   FROM `sessionmodels_duplicates_dbt_`
   WHERE `sessionmodels_duplicates_dbt_`.`anonymous_id` IS NOT NULL
     AND TO_HEX(SHA256('***' || TO_HEX(SHA256('***' || (`sessionmodels_duplicates_dbt_`.`anonymous_id`))))) IN
       (SELECT `forgotten_ids`.`id_hash`
        FROM `forgotten_ids`)
     OR `sessionmodels_duplicates_dbt_`.`user_id` IS NOT NULL
     AND TO_HEX(SHA256('***' || TO_HEX(SHA256('***' || (`sessionmodels_duplicates_dbt_`.`user_id`))))) IN
       (SELECT `forgotten_ids`.`id_hash`
        FROM `forgotten_ids`))
SELECT
  `both_times`.`event_id`,
  `both_times`.`source`,
  `both_times`.`anonymous_id`,
  `both_times`.`user_id`,
  `both_times`.`event`,
  `both_times`.`timestamp`,
  `both_times`.`loaded_at`,
  `both_times`.`page_url`,
  CAST(sum(`both_times`.`change`) AS INT64) AS `change`
FROM `both_times`
GROUP BY
  `both_times`.`event_id`,
  `both_times`.`source`,
  `both_times`.`anonymous_id`,
  `both_times`.`user_id`,
  `both_times`.`event`,
  `both_times`.`timestamp`,
  `both_times`.`loaded_at`,
  `both_times`.`page_url`
HAVING CAST(sum(`both_times`.`change`) AS INT64) != 0;
