-- An incremental build on BigQuery, after one that read everything loaded by 2026-01-31.

-- tracks: read the newly loaded rows
CREATE TABLE `sessionmodels_shadow_00000000_dbt_window` AS WITH
  `typed_events` AS
  (SELECT
     CAST(`tracks`.`id` AS STRING) AS `event_id`,
     CAST(`tracks`.`anonymous_id` AS STRING) AS `anonymous_id`,
     CAST(`tracks`.`user_id` AS STRING) AS `user_id`,
     CAST(`tracks`.`event` AS STRING) AS `event`,
     `tracks`.`timestamp` AS `timestamp`,
     `tracks`.`uuid_ts` AS `loaded_at`,
     `tracks`.`timestamp` AS `any_time`
   FROM `tracks`
   WHERE `tracks`.`uuid_ts` >= CAST('2026-01-30 18:00:00.000000+00:00' AS TIMESTAMP)
     OR `tracks`.`uuid_ts` IS NULL
     OR `tracks`.`uuid_ts` < CAST('0001-01-01 00:00:00.000000+00:00' AS TIMESTAMP)
     OR `tracks`.`uuid_ts` > CAST('9999-12-31 23:59:59.999999+00:00' AS TIMESTAMP)),
  `raw_events` AS
  (SELECT
     CASE
         WHEN (replace(`typed_events`.`event_id`, ' ', '') != '') THEN `typed_events`.`event_id`
     END AS `event_id`,
     CASE
         WHEN (replace(`typed_events`.`anonymous_id`, ' ', '') != '') THEN `typed_events`.`anonymous_id`
     END AS `anonymous_id`,
     CASE
         WHEN (replace(`typed_events`.`user_id`, ' ', '') != '') THEN `typed_events`.`user_id`
     END AS `user_id`,
     `typed_events`.`event` AS `event`,
     `typed_events`.`timestamp` AS `timestamp`,
     `typed_events`.`loaded_at` AS `loaded_at`,
     `typed_events`.`any_time` AS `any_time`
   FROM `typed_events`
   WHERE `typed_events`.`loaded_at` >= CAST('2026-01-30 18:00:00.000000' AS TIMESTAMP)
     OR `typed_events`.`loaded_at` IS NULL)
SELECT
  `raw_events`.`event_id`,
  `raw_events`.`anonymous_id`,
  `raw_events`.`user_id`,
  `raw_events`.`event`,
  `raw_events`.`timestamp`,
  `raw_events`.`loaded_at`,
  CASE
      WHEN (`raw_events`.`event_id` IS NULL) THEN 'no_event_id'
      WHEN (`raw_events`.`anonymous_id` IS NULL
            AND `raw_events`.`user_id` IS NULL) THEN 'no_id'
      WHEN (length(`raw_events`.`event_id`) > 65535
            OR length(`raw_events`.`anonymous_id`) > 65535
            OR length(`raw_events`.`user_id`) > 65535) THEN 'id_too_long'
      WHEN (`raw_events`.`any_time` IS NULL
            AND CAST(NULL AS STRING) IS NOT NULL) THEN 'unreadable_time'
      WHEN (`raw_events`.`timestamp` IS NULL
            AND `raw_events`.`any_time` IS NOT NULL) THEN 'time_out_of_range'
      WHEN (`raw_events`.`timestamp` IS NULL) THEN 'no_time'
  END AS `reason`
FROM `raw_events`;

-- tracks: find new and removed rows
CREATE TABLE `sessionmodels_shadow_00000000_dbt_difference` AS WITH
  `usable_rows` AS
  (SELECT
     `sessionmodels_shadow_00000000_dbt_window`.`event_id` AS `event_id`,
     `sessionmodels_shadow_00000000_dbt_window`.`anonymous_id` AS `anonymous_id`,
     `sessionmodels_shadow_00000000_dbt_window`.`user_id` AS `user_id`,
     `sessionmodels_shadow_00000000_dbt_window`.`event` AS `event`,
     `sessionmodels_shadow_00000000_dbt_window`.`timestamp` AS `timestamp`,
     `sessionmodels_shadow_00000000_dbt_window`.`loaded_at` AS `loaded_at`
   FROM `sessionmodels_shadow_00000000_dbt_window`
   WHERE `sessionmodels_shadow_00000000_dbt_window`.`reason` IS NULL),
  `both_times` AS
  (SELECT
     `usable_rows`.`event_id` AS `event_id`,
     `usable_rows`.`anonymous_id` AS `anonymous_id`,
     `usable_rows`.`user_id` AS `user_id`,
     `usable_rows`.`event` AS `event`,
     `usable_rows`.`timestamp` AS `timestamp`,
     `usable_rows`.`loaded_at` AS `loaded_at`,
     1 AS `change`
   FROM `usable_rows`
   UNION ALL SELECT
     `sessionmodels_events_dbt_`.`event_id` AS `event_id`,
     `sessionmodels_events_dbt_`.`anonymous_id` AS `anonymous_id`,
     `sessionmodels_events_dbt_`.`user_id` AS `user_id`,
     `sessionmodels_events_dbt_`.`event` AS `event`,
     `sessionmodels_events_dbt_`.`timestamp` AS `timestamp`,
     `sessionmodels_events_dbt_`.`loaded_at` AS `loaded_at`,
     -1 AS `change`
   FROM `sessionmodels_events_dbt_`
   WHERE `sessionmodels_events_dbt_`.`loaded_at` >= CAST('2026-01-30 18:00:00.000000' AS TIMESTAMP)
     OR `sessionmodels_events_dbt_`.`loaded_at` IS NULL)
SELECT
  `both_times`.`event_id`,
  `both_times`.`anonymous_id`,
  `both_times`.`user_id`,
  `both_times`.`event`,
  `both_times`.`timestamp`,
  `both_times`.`loaded_at`,
  CAST(sum(`both_times`.`change`) AS INT64) AS `change`
FROM `both_times`
GROUP BY
  `both_times`.`event_id`,
  `both_times`.`anonymous_id`,
  `both_times`.`user_id`,
  `both_times`.`event`,
  `both_times`.`timestamp`,
  `both_times`.`loaded_at`
HAVING CAST(sum(`both_times`.`change`) AS INT64) != 0;

-- tracks: clone it
CREATE TABLE `sessionmodels_shadow_00000000_dbt_tracks` CLONE `sessionmodels_events_dbt_`;
ALTER TABLE `sessionmodels_shadow_00000000_dbt_tracks` SET OPTIONS(partition_expiration_days=NULL, require_partition_filter=false);

-- aliases_mapping: clone it
CREATE TABLE `sessionmodels_shadow_00000000_dbt_aliases_mapping` CLONE `dbt_aliases_mapping`;
ALTER TABLE `sessionmodels_shadow_00000000_dbt_aliases_mapping` SET OPTIONS(partition_expiration_days=NULL, require_partition_filter=false);

-- mapped_tracks: clone it
CREATE TABLE `sessionmodels_shadow_00000000_dbt_mapped_tracks` CLONE `dbt_mapped_tracks`;
ALTER TABLE `sessionmodels_shadow_00000000_dbt_mapped_tracks` SET OPTIONS(partition_expiration_days=NULL, require_partition_filter=false);

-- track_facts: clone it
CREATE TABLE `sessionmodels_shadow_00000000_dbt_track_facts` CLONE `dbt_track_facts`;
ALTER TABLE `sessionmodels_shadow_00000000_dbt_track_facts` SET OPTIONS(partition_expiration_days=NULL, require_partition_filter=false);

-- session_track_facts: clone it
CREATE TABLE `sessionmodels_shadow_00000000_dbt_session_track_facts` CLONE `dbt_session_track_facts`;
ALTER TABLE `sessionmodels_shadow_00000000_dbt_session_track_facts` SET OPTIONS(partition_expiration_days=NULL, require_partition_filter=false);

-- session_tracks: clone it
CREATE TABLE `sessionmodels_shadow_00000000_dbt_session_tracks` CLONE `dbt_session_tracks`;
ALTER TABLE `sessionmodels_shadow_00000000_dbt_session_tracks` SET OPTIONS(partition_expiration_days=NULL, require_partition_filter=false);

-- tracks_flow: clone it
CREATE TABLE `sessionmodels_shadow_00000000_dbt_tracks_flow` CLONE `dbt_tracks_flow`;
ALTER TABLE `sessionmodels_shadow_00000000_dbt_tracks_flow` SET OPTIONS(partition_expiration_days=NULL, require_partition_filter=false);

-- user_session_facts: clone it
CREATE TABLE `sessionmodels_shadow_00000000_dbt_user_session_facts` CLONE `dbt_user_session_facts`;
ALTER TABLE `sessionmodels_shadow_00000000_dbt_user_session_facts` SET OPTIONS(partition_expiration_days=NULL, require_partition_filter=false);

-- tracks: find every row of the changed ids
CREATE TABLE `sessionmodels_shadow_00000000_dbt_rows` AS WITH
  `usable_rows` AS
  (SELECT
     `sessionmodels_shadow_00000000_dbt_window`.`event_id` AS `event_id`,
     `sessionmodels_shadow_00000000_dbt_window`.`anonymous_id` AS `anonymous_id`,
     `sessionmodels_shadow_00000000_dbt_window`.`user_id` AS `user_id`,
     `sessionmodels_shadow_00000000_dbt_window`.`event` AS `event`,
     `sessionmodels_shadow_00000000_dbt_window`.`timestamp` AS `timestamp`,
     `sessionmodels_shadow_00000000_dbt_window`.`loaded_at` AS `loaded_at`
   FROM `sessionmodels_shadow_00000000_dbt_window`
   WHERE `sessionmodels_shadow_00000000_dbt_window`.`reason` IS NULL),
  `rows_of_ids` AS
  (SELECT
     `usable_rows`.`event_id` AS `event_id`,
     `usable_rows`.`anonymous_id` AS `anonymous_id`,
     `usable_rows`.`user_id` AS `user_id`,
     `usable_rows`.`event` AS `event`,
     `usable_rows`.`timestamp` AS `timestamp`,
     `usable_rows`.`loaded_at` AS `loaded_at`
   FROM `usable_rows`
   WHERE `usable_rows`.`event_id` IN
       (SELECT `sessionmodels_shadow_00000000_dbt_difference`.`event_id`
        FROM `sessionmodels_shadow_00000000_dbt_difference`)
   UNION ALL SELECT
     `sessionmodels_shadow_00000000_dbt_tracks`.`event_id` AS `event_id`,
     `sessionmodels_shadow_00000000_dbt_tracks`.`anonymous_id` AS `anonymous_id`,
     `sessionmodels_shadow_00000000_dbt_tracks`.`user_id` AS `user_id`,
     `sessionmodels_shadow_00000000_dbt_tracks`.`event` AS `event`,
     `sessionmodels_shadow_00000000_dbt_tracks`.`timestamp` AS `timestamp`,
     `sessionmodels_shadow_00000000_dbt_tracks`.`loaded_at` AS `loaded_at`
   FROM `sessionmodels_shadow_00000000_dbt_tracks`
   WHERE `sessionmodels_shadow_00000000_dbt_tracks`.`event_id` IN
       (SELECT `sessionmodels_shadow_00000000_dbt_difference`.`event_id`
        FROM `sessionmodels_shadow_00000000_dbt_difference`)
     AND `sessionmodels_shadow_00000000_dbt_tracks`.`loaded_at` < CAST('2026-01-30 18:00:00.000000' AS TIMESTAMP))
SELECT
  `rows_of_ids`.`event_id`,
  `rows_of_ids`.`anonymous_id`,
  `rows_of_ids`.`user_id`,
  `rows_of_ids`.`event`,
  `rows_of_ids`.`timestamp`,
  `rows_of_ids`.`loaded_at`,
  row_number() OVER (PARTITION BY `rows_of_ids`.`event_id`
                     ORDER BY `rows_of_ids`.`timestamp`, `rows_of_ids`.`loaded_at` IS NULL, `rows_of_ids`.`loaded_at`, `rows_of_ids`.`anonymous_id` IS NULL, `rows_of_ids`.`anonymous_id`, `rows_of_ids`.`user_id` IS NULL, `rows_of_ids`.`user_id`, `rows_of_ids`.`event` IS NULL, `rows_of_ids`.`event`) AS `standing`
FROM `rows_of_ids`;

-- tracks: find the changed events
CREATE TABLE `sessionmodels_shadow_00000000_dbt_changed` AS WITH `both_times` AS
  (SELECT
     `sessionmodels_shadow_00000000_dbt_rows`.`event_id` AS `event_id`,
     `sessionmodels_shadow_00000000_dbt_rows`.`anonymous_id` AS `anonymous_id`,
     `sessionmodels_shadow_00000000_dbt_rows`.`user_id` AS `user_id`,
     `sessionmodels_shadow_00000000_dbt_rows`.`event` AS `event`,
     `sessionmodels_shadow_00000000_dbt_rows`.`timestamp` AS `timestamp`,
     1 AS `change`
   FROM `sessionmodels_shadow_00000000_dbt_rows`
   WHERE `sessionmodels_shadow_00000000_dbt_rows`.`standing` = 1
   UNION ALL SELECT
     `sessionmodels_shadow_00000000_dbt_tracks`.`event_id` AS `event_id`,
     `sessionmodels_shadow_00000000_dbt_tracks`.`anonymous_id` AS `anonymous_id`,
     `sessionmodels_shadow_00000000_dbt_tracks`.`user_id` AS `user_id`,
     `sessionmodels_shadow_00000000_dbt_tracks`.`event` AS `event`,
     `sessionmodels_shadow_00000000_dbt_tracks`.`timestamp` AS `timestamp`,
     -1 AS `change`
   FROM `sessionmodels_shadow_00000000_dbt_tracks`
   WHERE `sessionmodels_shadow_00000000_dbt_tracks`.`event_id` IN
       (SELECT `sessionmodels_shadow_00000000_dbt_difference`.`event_id`
        FROM `sessionmodels_shadow_00000000_dbt_difference`)
     AND `sessionmodels_shadow_00000000_dbt_tracks`.`standing` = 1)
SELECT
  `both_times`.`event_id`,
  `both_times`.`anonymous_id`,
  `both_times`.`user_id`,
  `both_times`.`event`,
  `both_times`.`timestamp`,
  CAST(sum(`both_times`.`change`) AS INT64) AS `change`
FROM `both_times`
GROUP BY
  `both_times`.`event_id`,
  `both_times`.`anonymous_id`,
  `both_times`.`user_id`,
  `both_times`.`event`,
  `both_times`.`timestamp`
HAVING CAST(sum(`both_times`.`change`) AS INT64) != 0;

-- tracks: retain the new rows
DELETE
FROM `sessionmodels_shadow_00000000_dbt_tracks`
WHERE `sessionmodels_shadow_00000000_dbt_tracks`.`event_id` IN
    (SELECT `sessionmodels_shadow_00000000_dbt_difference`.`event_id`
     FROM `sessionmodels_shadow_00000000_dbt_difference`);
INSERT INTO `sessionmodels_shadow_00000000_dbt_tracks` (`event_id`, `anonymous_id`, `user_id`, `event`, `timestamp`, `loaded_at`, `standing`)
SELECT
  `sessionmodels_shadow_00000000_dbt_rows`.`event_id`,
  `sessionmodels_shadow_00000000_dbt_rows`.`anonymous_id`,
  `sessionmodels_shadow_00000000_dbt_rows`.`user_id`,
  `sessionmodels_shadow_00000000_dbt_rows`.`event`,
  `sessionmodels_shadow_00000000_dbt_rows`.`timestamp`,
  `sessionmodels_shadow_00000000_dbt_rows`.`loaded_at`,
  `sessionmodels_shadow_00000000_dbt_rows`.`standing`
FROM `sessionmodels_shadow_00000000_dbt_rows`;

-- aliases_mapping: re-resolve identities
CREATE TABLE `sessionmodels_shadow_00000000_dbt_aliases` AS WITH
  `named_aliases` AS
  (SELECT `sessionmodels_shadow_00000000_dbt_changed`.`anonymous_id` AS `alias`
   FROM `sessionmodels_shadow_00000000_dbt_changed`
   WHERE `sessionmodels_shadow_00000000_dbt_changed`.`anonymous_id` IS NOT NULL
   UNION DISTINCT SELECT `sessionmodels_shadow_00000000_dbt_changed`.`user_id` AS `alias`
   FROM `sessionmodels_shadow_00000000_dbt_changed`
   WHERE `sessionmodels_shadow_00000000_dbt_changed`.`user_id` IS NOT NULL),
  `their_events` AS
  (SELECT
     `sessionmodels_shadow_00000000_dbt_tracks`.`event_id` AS `event_id`,
     `sessionmodels_shadow_00000000_dbt_tracks`.`anonymous_id` AS `anonymous_id`,
     `sessionmodels_shadow_00000000_dbt_tracks`.`user_id` AS `user_id`,
     `sessionmodels_shadow_00000000_dbt_tracks`.`event` AS `event`,
     `sessionmodels_shadow_00000000_dbt_tracks`.`timestamp` AS `timestamp`
   FROM `sessionmodels_shadow_00000000_dbt_tracks`
   WHERE `sessionmodels_shadow_00000000_dbt_tracks`.`standing` = 1
     AND `sessionmodels_shadow_00000000_dbt_tracks`.`anonymous_id` IN
       (SELECT `named_aliases`.`alias`
        FROM `named_aliases`)
   UNION ALL SELECT
     `sessionmodels_shadow_00000000_dbt_tracks`.`event_id` AS `event_id`,
     `sessionmodels_shadow_00000000_dbt_tracks`.`anonymous_id` AS `anonymous_id`,
     `sessionmodels_shadow_00000000_dbt_tracks`.`user_id` AS `user_id`,
     `sessionmodels_shadow_00000000_dbt_tracks`.`event` AS `event`,
     `sessionmodels_shadow_00000000_dbt_tracks`.`timestamp` AS `timestamp`
   FROM `sessionmodels_shadow_00000000_dbt_tracks`
   WHERE `sessionmodels_shadow_00000000_dbt_tracks`.`standing` = 1
     AND `sessionmodels_shadow_00000000_dbt_tracks`.`user_id` IN
       (SELECT `named_aliases`.`alias`
        FROM `named_aliases`)),
  `aliases` AS
  (SELECT `their_events`.`anonymous_id` AS `alias`
   FROM `their_events`
   WHERE `their_events`.`anonymous_id` IS NOT NULL
   UNION DISTINCT SELECT `their_events`.`user_id` AS `alias`
   FROM `their_events`
   WHERE `their_events`.`user_id` IS NOT NULL),
  `logins` AS
  (SELECT
     `their_events`.`anonymous_id` AS `anonymous_id`,
     `their_events`.`user_id` AS `user_id`,
     row_number() OVER (PARTITION BY `their_events`.`anonymous_id`
                        ORDER BY `their_events`.`timestamp` DESC, `their_events`.`event_id` DESC, `their_events`.`user_id` DESC) AS `recency`
   FROM `their_events`
   WHERE `their_events`.`anonymous_id` IS NOT NULL
     AND `their_events`.`user_id` IS NOT NULL),
  `latest_logins` AS
  (SELECT
     `logins`.`anonymous_id` AS `anonymous_id`,
     `logins`.`user_id` AS `user_id`
   FROM `logins`
   WHERE `logins`.`recency` = 1)
SELECT
  `named_aliases`.`alias`,
  `mapping_before`.`dbt_visitor_id` AS `visitor_before`,
  `mapping_now`.`dbt_visitor_id` AS `visitor_now`
FROM `named_aliases`
LEFT OUTER JOIN `sessionmodels_shadow_00000000_dbt_aliases_mapping` AS `mapping_before` ON `mapping_before`.`alias` = `named_aliases`.`alias`
LEFT OUTER JOIN
  (SELECT
     `aliases`.`alias` AS `alias`,
     coalesce(`latest_logins`.`user_id`, `aliases`.`alias`) AS `dbt_visitor_id`
   FROM `aliases`
   LEFT OUTER JOIN `latest_logins` ON `latest_logins`.`anonymous_id` = `aliases`.`alias`) AS `mapping_now` ON `mapping_now`.`alias` = `named_aliases`.`alias`;

-- session_tracks: find the affected visitors
CREATE TABLE `sessionmodels_shadow_00000000_dbt_visitors` AS WITH
  `reassigned_aliases` AS
  (SELECT
     `sessionmodels_shadow_00000000_dbt_aliases`.`alias` AS `alias`,
     `sessionmodels_shadow_00000000_dbt_aliases`.`visitor_before` AS `visitor_before`,
     `sessionmodels_shadow_00000000_dbt_aliases`.`visitor_now` AS `visitor_now`
   FROM `sessionmodels_shadow_00000000_dbt_aliases`
   WHERE `sessionmodels_shadow_00000000_dbt_aliases`.`visitor_before` IS NOT NULL
     AND `sessionmodels_shadow_00000000_dbt_aliases`.`visitor_before` != `sessionmodels_shadow_00000000_dbt_aliases`.`visitor_now`
     OR `sessionmodels_shadow_00000000_dbt_aliases`.`visitor_before` IS NOT NULL
     AND `sessionmodels_shadow_00000000_dbt_aliases`.`visitor_now` IS NULL),
  `first_events` AS
  (SELECT
     `reassigned_aliases`.`visitor_before` AS `visitor_before`,
     `reassigned_aliases`.`visitor_now` AS `visitor_now`,
     min(`sessionmodels_shadow_00000000_dbt_tracks`.`timestamp`) AS `moment`
   FROM `sessionmodels_shadow_00000000_dbt_tracks`
   JOIN `reassigned_aliases` ON `reassigned_aliases`.`alias` = coalesce(`sessionmodels_shadow_00000000_dbt_tracks`.`user_id`, `sessionmodels_shadow_00000000_dbt_tracks`.`anonymous_id`)
   WHERE `sessionmodels_shadow_00000000_dbt_tracks`.`standing` = 1
   GROUP BY
     `reassigned_aliases`.`alias`,
     `reassigned_aliases`.`visitor_before`,
     `reassigned_aliases`.`visitor_now`),
  `moments` AS
  (SELECT
     CASE
         WHEN (`sessionmodels_shadow_00000000_dbt_changed`.`change` > 0) THEN `sessionmodels_shadow_00000000_dbt_aliases`.`visitor_now`
         ELSE `sessionmodels_shadow_00000000_dbt_aliases`.`visitor_before`
     END AS `visitor`,
     `sessionmodels_shadow_00000000_dbt_changed`.`timestamp` AS `moment`
   FROM `sessionmodels_shadow_00000000_dbt_changed`
   JOIN `sessionmodels_shadow_00000000_dbt_aliases` ON `sessionmodels_shadow_00000000_dbt_aliases`.`alias` = coalesce(`sessionmodels_shadow_00000000_dbt_changed`.`user_id`, `sessionmodels_shadow_00000000_dbt_changed`.`anonymous_id`)
   UNION ALL SELECT
     `first_events`.`visitor_before` AS `visitor`,
     `first_events`.`moment` AS `moment`
   FROM `first_events`
   UNION ALL SELECT
     `first_events`.`visitor_now` AS `visitor`,
     `first_events`.`moment` AS `moment`
   FROM `first_events`),
  `first_moments` AS
  (SELECT
     `moments`.`visitor` AS `visitor`,
     min(`moments`.`moment`) AS `moment`
   FROM `moments`
   WHERE `moments`.`visitor` IS NOT NULL
   GROUP BY `moments`.`visitor`),
  `sessions_until` AS
  (SELECT
     `sessionmodels_shadow_00000000_dbt_session_tracks`.`dbt_visitor_id` AS `dbt_visitor_id`,
     `sessionmodels_shadow_00000000_dbt_session_tracks`.`session_id` AS `session_id`,
     `sessionmodels_shadow_00000000_dbt_session_tracks`.`session_start_at` AS `session_start_at`,
     `sessionmodels_shadow_00000000_dbt_session_tracks`.`session_sequence_number` AS `session_sequence_number`,
     `sessionmodels_shadow_00000000_dbt_session_track_facts`.`ended_at` AS `ended_at`,
     lag(`sessionmodels_shadow_00000000_dbt_session_tracks`.`session_id`) OVER (PARTITION BY `sessionmodels_shadow_00000000_dbt_session_tracks`.`dbt_visitor_id`
                                                                                ORDER BY `sessionmodels_shadow_00000000_dbt_session_tracks`.`session_sequence_number`) AS `session_id_before`,
     lag(`sessionmodels_shadow_00000000_dbt_session_tracks`.`session_start_at`) OVER (PARTITION BY `sessionmodels_shadow_00000000_dbt_session_tracks`.`dbt_visitor_id`
                                                                                      ORDER BY `sessionmodels_shadow_00000000_dbt_session_tracks`.`session_sequence_number`) AS `session_start_at_before`,
     lag(`sessionmodels_shadow_00000000_dbt_session_track_facts`.`ended_at`) OVER (PARTITION BY `sessionmodels_shadow_00000000_dbt_session_tracks`.`dbt_visitor_id`
                                                                                   ORDER BY `sessionmodels_shadow_00000000_dbt_session_tracks`.`session_sequence_number`) AS `ended_at_before`,
     row_number() OVER (PARTITION BY `sessionmodels_shadow_00000000_dbt_session_tracks`.`dbt_visitor_id`
                        ORDER BY `sessionmodels_shadow_00000000_dbt_session_tracks`.`session_sequence_number` DESC) AS `recency`
   FROM `sessionmodels_shadow_00000000_dbt_session_tracks`
   JOIN `first_moments` ON `sessionmodels_shadow_00000000_dbt_session_tracks`.`dbt_visitor_id` = `first_moments`.`visitor`
   JOIN `sessionmodels_shadow_00000000_dbt_session_track_facts` ON `sessionmodels_shadow_00000000_dbt_session_track_facts`.`session_id` = `sessionmodels_shadow_00000000_dbt_session_tracks`.`session_id`
   WHERE `sessionmodels_shadow_00000000_dbt_session_tracks`.`session_start_at` <= `first_moments`.`moment`),
  `last_sessions_until` AS
  (SELECT
     `sessions_until`.`dbt_visitor_id` AS `dbt_visitor_id`,
     `sessions_until`.`session_id` AS `session_id`,
     `sessions_until`.`session_start_at` AS `session_start_at`,
     `sessions_until`.`session_sequence_number` AS `session_sequence_number`,
     `sessions_until`.`ended_at` AS `ended_at`,
     `sessions_until`.`session_id_before` AS `session_id_before`,
     `sessions_until`.`session_start_at_before` AS `session_start_at_before`,
     `sessions_until`.`ended_at_before` AS `ended_at_before`,
     `sessions_until`.`recency` AS `recency`
   FROM `sessions_until`
   WHERE `sessions_until`.`recency` = 1)
SELECT
  `first_moments`.`visitor` AS `dbt_visitor_id`,
  CASE
      WHEN (`last_sessions_until`.`session_id` IS NOT NULL
            AND TIMESTAMP_DIFF(`first_moments`.`moment`, `last_sessions_until`.`ended_at`, MICROSECOND) <= 1800000000) THEN `last_sessions_until`.`session_start_at`
      ELSE `first_moments`.`moment`
  END AS `since`,
  CAST(coalesce(CASE
                    WHEN (`last_sessions_until`.`session_id` IS NOT NULL
                          AND TIMESTAMP_DIFF(`first_moments`.`moment`, `last_sessions_until`.`ended_at`, MICROSECOND) <= 1800000000) THEN `last_sessions_until`.`session_sequence_number` - 1
                    ELSE `last_sessions_until`.`session_sequence_number`
                END, 0) AS INT64) AS `sessions_before`,
  CASE
      WHEN (`last_sessions_until`.`session_id` IS NOT NULL
            AND TIMESTAMP_DIFF(`first_moments`.`moment`, `last_sessions_until`.`ended_at`, MICROSECOND) <= 1800000000) THEN `last_sessions_until`.`session_id_before`
      ELSE `last_sessions_until`.`session_id`
  END AS `last_session_id`,
  CASE
      WHEN (`last_sessions_until`.`session_id` IS NOT NULL
            AND TIMESTAMP_DIFF(`first_moments`.`moment`, `last_sessions_until`.`ended_at`, MICROSECOND) <= 1800000000) THEN `last_sessions_until`.`session_start_at_before`
      ELSE `last_sessions_until`.`session_start_at`
  END AS `last_session_start_at`,
  CASE
      WHEN (`last_sessions_until`.`session_id` IS NOT NULL
            AND TIMESTAMP_DIFF(`first_moments`.`moment`, `last_sessions_until`.`ended_at`, MICROSECOND) <= 1800000000) THEN `last_sessions_until`.`ended_at_before`
      ELSE `last_sessions_until`.`ended_at`
  END AS `last_event_at`
FROM `first_moments`
LEFT OUTER JOIN `last_sessions_until` ON `last_sessions_until`.`dbt_visitor_id` = `first_moments`.`visitor`;

-- session_tracks: note their previous sessions
CREATE TABLE `sessionmodels_shadow_00000000_dbt_old_sessions` AS
SELECT
  `sessionmodels_shadow_00000000_dbt_session_tracks`.`session_id`,
  `sessionmodels_shadow_00000000_dbt_session_tracks`.`dbt_visitor_id`,
  `sessionmodels_shadow_00000000_dbt_session_tracks`.`session_start_at`,
  `sessionmodels_shadow_00000000_dbt_session_tracks`.`session_sequence_number`
FROM `sessionmodels_shadow_00000000_dbt_session_tracks`
JOIN `sessionmodels_shadow_00000000_dbt_visitors` ON `sessionmodels_shadow_00000000_dbt_session_tracks`.`dbt_visitor_id` = `sessionmodels_shadow_00000000_dbt_visitors`.`dbt_visitor_id`
AND `sessionmodels_shadow_00000000_dbt_session_tracks`.`session_start_at` >= `sessionmodels_shadow_00000000_dbt_visitors`.`since`;

-- aliases_mapping: update the mapping
MERGE INTO `sessionmodels_shadow_00000000_dbt_aliases_mapping` AS `old` USING `sessionmodels_shadow_00000000_dbt_aliases` AS `new` ON `old`.`alias` = `new`.`alias` AND (`new`.`visitor_before` IS NOT NULL AND `new`.`visitor_before` != `new`.`visitor_now` OR `new`.`visitor_before` IS NOT NULL AND `new`.`visitor_now` IS NULL) WHEN MATCHED THEN DELETE;
INSERT INTO `sessionmodels_shadow_00000000_dbt_aliases_mapping` (`alias`, `dbt_visitor_id`)
SELECT
  `sessionmodels_shadow_00000000_dbt_aliases`.`alias`,
  `sessionmodels_shadow_00000000_dbt_aliases`.`visitor_now` AS `dbt_visitor_id`
FROM `sessionmodels_shadow_00000000_dbt_aliases`
WHERE `sessionmodels_shadow_00000000_dbt_aliases`.`visitor_now` IS NOT NULL
  AND (`sessionmodels_shadow_00000000_dbt_aliases`.`visitor_before` IS NULL
       OR `sessionmodels_shadow_00000000_dbt_aliases`.`visitor_before` != `sessionmodels_shadow_00000000_dbt_aliases`.`visitor_now`);

-- tracks: select their events
CREATE TABLE `sessionmodels_shadow_00000000_dbt_slice_tracks` AS WITH
  `their_aliases` AS
  (SELECT
     `sessionmodels_shadow_00000000_dbt_aliases_mapping`.`alias` AS `alias`,
     `sessionmodels_shadow_00000000_dbt_visitors`.`dbt_visitor_id` AS `dbt_visitor_id`,
     `sessionmodels_shadow_00000000_dbt_visitors`.`since` AS `since`,
     `sessionmodels_shadow_00000000_dbt_visitors`.`last_event_at` AS `last_event_at`
   FROM `sessionmodels_shadow_00000000_dbt_aliases_mapping`
   JOIN `sessionmodels_shadow_00000000_dbt_visitors` ON `sessionmodels_shadow_00000000_dbt_visitors`.`dbt_visitor_id` = `sessionmodels_shadow_00000000_dbt_aliases_mapping`.`dbt_visitor_id`),
  `slice_events` AS
  (SELECT
     `sessionmodels_shadow_00000000_dbt_tracks`.`event_id` AS `event_id`,
     `sessionmodels_shadow_00000000_dbt_tracks`.`anonymous_id` AS `anonymous_id`,
     `sessionmodels_shadow_00000000_dbt_tracks`.`user_id` AS `user_id`,
     `sessionmodels_shadow_00000000_dbt_tracks`.`event` AS `event`,
     `sessionmodels_shadow_00000000_dbt_tracks`.`timestamp` AS `timestamp`
   FROM `sessionmodels_shadow_00000000_dbt_tracks`
   JOIN `their_aliases` ON `their_aliases`.`alias` = coalesce(`sessionmodels_shadow_00000000_dbt_tracks`.`user_id`, `sessionmodels_shadow_00000000_dbt_tracks`.`anonymous_id`)
   WHERE `sessionmodels_shadow_00000000_dbt_tracks`.`standing` = 1
     AND `sessionmodels_shadow_00000000_dbt_tracks`.`timestamp` >= `their_aliases`.`since`
     AND `sessionmodels_shadow_00000000_dbt_tracks`.`timestamp` >= CAST('2026-01-29 00:00:00.000000' AS TIMESTAMP)
   UNION ALL SELECT
     CAST(NULL AS STRING) AS `event_id`,
     CAST(NULL AS STRING) AS `anonymous_id`,
     min(`their_aliases`.`alias`) AS `user_id`,
     CAST(NULL AS STRING) AS `event`,
     `their_aliases`.`last_event_at` AS `timestamp`
   FROM `their_aliases`
   WHERE `their_aliases`.`last_event_at` IS NOT NULL
   GROUP BY
     `their_aliases`.`dbt_visitor_id`,
     `their_aliases`.`last_event_at`)
SELECT
  `slice_events`.`event_id`,
  `slice_events`.`anonymous_id`,
  `slice_events`.`user_id`,
  `slice_events`.`event`,
  `slice_events`.`timestamp`
FROM `slice_events`;

-- mapped_tracks: compute the new rows
CREATE TABLE `sessionmodels_shadow_00000000_dbt_slice_mapped_tracks` AS WITH
  `visits` AS
  (SELECT
     `sessionmodels_shadow_00000000_dbt_slice_tracks`.`event_id` AS `event_id`,
     `sessionmodels_shadow_00000000_dbt_slice_tracks`.`anonymous_id` AS `anonymous_id`,
     coalesce(`sessionmodels_shadow_00000000_dbt_aliases_mapping`.`dbt_visitor_id`, `sessionmodels_shadow_00000000_dbt_slice_tracks`.`user_id`, `sessionmodels_shadow_00000000_dbt_slice_tracks`.`anonymous_id`) AS `dbt_visitor_id`,
     `sessionmodels_shadow_00000000_dbt_slice_tracks`.`timestamp` AS `timestamp`,
     `sessionmodels_shadow_00000000_dbt_slice_tracks`.`event` AS `event`
   FROM `sessionmodels_shadow_00000000_dbt_slice_tracks`
   LEFT OUTER JOIN `sessionmodels_shadow_00000000_dbt_aliases_mapping` ON `sessionmodels_shadow_00000000_dbt_aliases_mapping`.`alias` = coalesce(`sessionmodels_shadow_00000000_dbt_slice_tracks`.`user_id`, `sessionmodels_shadow_00000000_dbt_slice_tracks`.`anonymous_id`)),
  `slice_with_last_event` AS
  (SELECT
     `visits`.`event_id` AS `event_id`,
     `visits`.`anonymous_id` AS `anonymous_id`,
     `visits`.`dbt_visitor_id` AS `dbt_visitor_id`,
     `visits`.`timestamp` AS `timestamp`,
     `visits`.`event` AS `event`,
     CAST(TIMESTAMP_DIFF(`visits`.`timestamp`, lag(`visits`.`timestamp`) OVER (PARTITION BY `visits`.`dbt_visitor_id`
                                                                               ORDER BY `visits`.`timestamp`, `visits`.`event_id`), MICROSECOND) AS FLOAT64) / 60000000 AS `idle_time_minutes`
   FROM `visits`)
SELECT
  `slice_with_last_event`.`event_id`,
  `slice_with_last_event`.`anonymous_id`,
  `slice_with_last_event`.`dbt_visitor_id`,
  `slice_with_last_event`.`timestamp`,
  `slice_with_last_event`.`event`,
  `slice_with_last_event`.`idle_time_minutes`
FROM `slice_with_last_event`
WHERE `slice_with_last_event`.`event_id` IS NOT NULL;

-- mapped_tracks: replace the rows of affected visitors
MERGE INTO `sessionmodels_shadow_00000000_dbt_mapped_tracks` AS `old` USING `sessionmodels_shadow_00000000_dbt_visitors` AS `new` ON `old`.`dbt_visitor_id` = `new`.`dbt_visitor_id` AND `old`.`timestamp` >= `new`.`since` AND `old`.`timestamp` >= CAST('2026-01-29 00:00:00.000000' AS TIMESTAMP) WHEN MATCHED THEN DELETE;
INSERT INTO `sessionmodels_shadow_00000000_dbt_mapped_tracks` (`event_id`, `anonymous_id`, `dbt_visitor_id`, `timestamp`, `event`, `idle_time_minutes`)
SELECT
  `sessionmodels_shadow_00000000_dbt_slice_mapped_tracks`.`event_id`,
  `sessionmodels_shadow_00000000_dbt_slice_mapped_tracks`.`anonymous_id`,
  `sessionmodels_shadow_00000000_dbt_slice_mapped_tracks`.`dbt_visitor_id`,
  `sessionmodels_shadow_00000000_dbt_slice_mapped_tracks`.`timestamp`,
  `sessionmodels_shadow_00000000_dbt_slice_mapped_tracks`.`event`,
  `sessionmodels_shadow_00000000_dbt_slice_mapped_tracks`.`idle_time_minutes`
FROM `sessionmodels_shadow_00000000_dbt_slice_mapped_tracks`;

-- track_facts: compute the new rows
CREATE TABLE `sessionmodels_shadow_00000000_dbt_slice_track_facts` AS WITH
  `ordered` AS
  (SELECT
     `sessionmodels_shadow_00000000_dbt_slice_mapped_tracks`.`anonymous_id` AS `anonymous_id`,
     `sessionmodels_shadow_00000000_dbt_slice_mapped_tracks`.`timestamp` AS `timestamp`,
     `sessionmodels_shadow_00000000_dbt_slice_mapped_tracks`.`event_id` AS `event_id`,
     `sessionmodels_shadow_00000000_dbt_slice_mapped_tracks`.`event` AS `event`,
     `sessionmodels_shadow_00000000_dbt_slice_mapped_tracks`.`dbt_visitor_id` AS `dbt_visitor_id`,
     row_number() OVER (PARTITION BY `sessionmodels_shadow_00000000_dbt_slice_mapped_tracks`.`dbt_visitor_id`
                        ORDER BY `sessionmodels_shadow_00000000_dbt_slice_mapped_tracks`.`timestamp`, `sessionmodels_shadow_00000000_dbt_slice_mapped_tracks`.`event_id`) AS `visit_sequence_number`,
     lag(`sessionmodels_shadow_00000000_dbt_slice_mapped_tracks`.`timestamp`) OVER (PARTITION BY `sessionmodels_shadow_00000000_dbt_slice_mapped_tracks`.`dbt_visitor_id`
                                                                                    ORDER BY `sessionmodels_shadow_00000000_dbt_slice_mapped_tracks`.`timestamp`, `sessionmodels_shadow_00000000_dbt_slice_mapped_tracks`.`event_id`) AS `previous_timestamp`
   FROM `sessionmodels_shadow_00000000_dbt_slice_mapped_tracks`),
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
   FROM `marked`),
  `slice_facts` AS
  (SELECT
     `numbered`.`anonymous_id` AS `anonymous_id`,
     `numbered`.`timestamp` AS `timestamp`,
     `numbered`.`event_id` AS `event_id`,
     `numbered`.`event` AS `event`,
     CAST(CAST(`numbered`.`session_sequence_number` AS STRING) || ' - ' || `numbered`.`dbt_visitor_id` AS STRING) AS `session_id`,
     `numbered`.`dbt_visitor_id` AS `dbt_visitor_id`,
     (`numbered`.`visit_sequence_number` - `numbered`.`started_at_number`) + 1 AS `track_sequence_number`
   FROM `numbered`),
  `counted_slice_facts` AS
  (SELECT
     `slice_facts`.`anonymous_id` AS `anonymous_id`,
     `slice_facts`.`timestamp` AS `timestamp`,
     `slice_facts`.`event_id` AS `event_id`,
     `slice_facts`.`event` AS `event`,
     `slice_facts`.`session_id` AS `session_id`,
     `slice_facts`.`dbt_visitor_id` AS `dbt_visitor_id`,
     `slice_facts`.`track_sequence_number` AS `track_sequence_number`,
     CAST(sum(CASE
                  WHEN (`slice_facts`.`track_sequence_number` = 1) THEN 1
                  ELSE 0
              END) OVER (PARTITION BY `slice_facts`.`dbt_visitor_id`
                         ORDER BY `slice_facts`.`timestamp`, `slice_facts`.`event_id` ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS INT64) AS `session_in_slice`
   FROM `slice_facts`)
SELECT
  `counted_slice_facts`.`anonymous_id`,
  `counted_slice_facts`.`timestamp`,
  `counted_slice_facts`.`event_id`,
  `counted_slice_facts`.`event`,
  CAST(CAST(`sessionmodels_shadow_00000000_dbt_visitors`.`sessions_before` + `counted_slice_facts`.`session_in_slice` AS STRING) || ' - ' || `counted_slice_facts`.`dbt_visitor_id` AS STRING) AS `session_id`,
  `counted_slice_facts`.`dbt_visitor_id`,
  `counted_slice_facts`.`track_sequence_number`
FROM `counted_slice_facts`
JOIN `sessionmodels_shadow_00000000_dbt_visitors` ON `sessionmodels_shadow_00000000_dbt_visitors`.`dbt_visitor_id` = `counted_slice_facts`.`dbt_visitor_id`;

-- track_facts: replace the rows of affected visitors
MERGE INTO `sessionmodels_shadow_00000000_dbt_track_facts` AS `old` USING `sessionmodels_shadow_00000000_dbt_visitors` AS `new` ON `old`.`dbt_visitor_id` = `new`.`dbt_visitor_id` AND `old`.`timestamp` >= `new`.`since` AND `old`.`timestamp` >= CAST('2026-01-29 00:00:00.000000' AS TIMESTAMP) WHEN MATCHED THEN DELETE;
INSERT INTO `sessionmodels_shadow_00000000_dbt_track_facts` (`anonymous_id`, `timestamp`, `event_id`, `event`, `session_id`, `dbt_visitor_id`, `track_sequence_number`)
SELECT
  `sessionmodels_shadow_00000000_dbt_slice_track_facts`.`anonymous_id`,
  `sessionmodels_shadow_00000000_dbt_slice_track_facts`.`timestamp`,
  `sessionmodels_shadow_00000000_dbt_slice_track_facts`.`event_id`,
  `sessionmodels_shadow_00000000_dbt_slice_track_facts`.`event`,
  `sessionmodels_shadow_00000000_dbt_slice_track_facts`.`session_id`,
  `sessionmodels_shadow_00000000_dbt_slice_track_facts`.`dbt_visitor_id`,
  `sessionmodels_shadow_00000000_dbt_slice_track_facts`.`track_sequence_number`
FROM `sessionmodels_shadow_00000000_dbt_slice_track_facts`;

-- session_track_facts: compute the new rows
CREATE TABLE `sessionmodels_shadow_00000000_dbt_slice_session_track_facts` AS
SELECT
  `sessionmodels_shadow_00000000_dbt_slice_track_facts`.`session_id`,
  max(`sessionmodels_shadow_00000000_dbt_slice_track_facts`.`timestamp`) AS `ended_at`,
  count(DISTINCT `sessionmodels_shadow_00000000_dbt_slice_track_facts`.`event_id`) AS `num_pvs`,
  CAST(sum(CASE
               WHEN (`sessionmodels_shadow_00000000_dbt_slice_track_facts`.`event` IN ('view_product', 'viewed_product')) THEN 1
               ELSE 0
           END) AS INT64) AS `cnt_viewed_product`,
  CAST(sum(CASE
               WHEN (`sessionmodels_shadow_00000000_dbt_slice_track_facts`.`event` IN ('signup')) THEN 1
               ELSE 0
           END) AS INT64) AS `cnt_signup`
FROM `sessionmodels_shadow_00000000_dbt_slice_track_facts`
GROUP BY `sessionmodels_shadow_00000000_dbt_slice_track_facts`.`session_id`;

-- session_track_facts: replace the rows of affected visitors
MERGE INTO `sessionmodels_shadow_00000000_dbt_session_track_facts` AS `old` USING `sessionmodels_shadow_00000000_dbt_old_sessions` AS `new` ON `old`.`session_id` = `new`.`session_id` WHEN MATCHED THEN DELETE;
INSERT INTO `sessionmodels_shadow_00000000_dbt_session_track_facts` (`session_id`, `ended_at`, `num_pvs`, `cnt_viewed_product`, `cnt_signup`)
SELECT
  `sessionmodels_shadow_00000000_dbt_slice_session_track_facts`.`session_id`,
  `sessionmodels_shadow_00000000_dbt_slice_session_track_facts`.`ended_at`,
  `sessionmodels_shadow_00000000_dbt_slice_session_track_facts`.`num_pvs`,
  `sessionmodels_shadow_00000000_dbt_slice_session_track_facts`.`cnt_viewed_product`,
  `sessionmodels_shadow_00000000_dbt_slice_session_track_facts`.`cnt_signup`
FROM `sessionmodels_shadow_00000000_dbt_slice_session_track_facts`;

-- session_tracks: compute the new rows
CREATE TABLE `sessionmodels_shadow_00000000_dbt_slice_session_tracks` AS WITH
  `slice_with_last_session` AS
  (SELECT
     `sessionmodels_shadow_00000000_dbt_slice_track_facts`.`anonymous_id` AS `anonymous_id`,
     `sessionmodels_shadow_00000000_dbt_slice_track_facts`.`timestamp` AS `timestamp`,
     `sessionmodels_shadow_00000000_dbt_slice_track_facts`.`event_id` AS `event_id`,
     `sessionmodels_shadow_00000000_dbt_slice_track_facts`.`event` AS `event`,
     `sessionmodels_shadow_00000000_dbt_slice_track_facts`.`session_id` AS `session_id`,
     `sessionmodels_shadow_00000000_dbt_slice_track_facts`.`dbt_visitor_id` AS `dbt_visitor_id`,
     `sessionmodels_shadow_00000000_dbt_slice_track_facts`.`track_sequence_number` AS `track_sequence_number`
   FROM `sessionmodels_shadow_00000000_dbt_slice_track_facts`
   UNION ALL SELECT
     CAST(NULL AS STRING) AS `anonymous_id`,
     `sessionmodels_shadow_00000000_dbt_visitors`.`last_session_start_at` AS `timestamp`,
     CAST(NULL AS STRING) AS `event_id`,
     CAST(NULL AS STRING) AS `event`,
     `sessionmodels_shadow_00000000_dbt_visitors`.`last_session_id` AS `session_id`,
     `sessionmodels_shadow_00000000_dbt_visitors`.`dbt_visitor_id` AS `dbt_visitor_id`,
     1 AS `track_sequence_number`
   FROM `sessionmodels_shadow_00000000_dbt_visitors`
   WHERE `sessionmodels_shadow_00000000_dbt_visitors`.`last_session_id` IS NOT NULL),
  `slice_sessions` AS
  (SELECT
     `slice_with_last_session`.`session_id` AS `session_id`,
     `slice_with_last_session`.`dbt_visitor_id` AS `dbt_visitor_id`,
     `slice_with_last_session`.`timestamp` AS `session_start_at`,
     row_number() OVER (PARTITION BY `slice_with_last_session`.`dbt_visitor_id`
                        ORDER BY `slice_with_last_session`.`timestamp`, `slice_with_last_session`.`event_id`) AS `session_sequence_number`,
     lead(`slice_with_last_session`.`timestamp`) OVER (PARTITION BY `slice_with_last_session`.`dbt_visitor_id`
                                                       ORDER BY `slice_with_last_session`.`timestamp`, `slice_with_last_session`.`event_id`) AS `next_session_start_at`
   FROM `slice_with_last_session`
   WHERE `slice_with_last_session`.`track_sequence_number` = 1)
SELECT
  `slice_sessions`.`session_id`,
  `slice_sessions`.`dbt_visitor_id`,
  `slice_sessions`.`session_start_at`,
  CAST(`slice_sessions`.`session_sequence_number` + CASE
                                                        WHEN (`sessionmodels_shadow_00000000_dbt_visitors`.`sessions_before` > 0) THEN `sessionmodels_shadow_00000000_dbt_visitors`.`sessions_before` - 1
                                                        ELSE 0
                                                    END AS INT64) AS `session_sequence_number`,
  `slice_sessions`.`next_session_start_at`
FROM `slice_sessions`
JOIN `sessionmodels_shadow_00000000_dbt_visitors` ON `sessionmodels_shadow_00000000_dbt_visitors`.`dbt_visitor_id` = `slice_sessions`.`dbt_visitor_id`;

-- session_tracks: replace the rows of affected visitors
MERGE INTO `sessionmodels_shadow_00000000_dbt_session_tracks` AS `old` USING `sessionmodels_shadow_00000000_dbt_visitors` AS `new` ON `old`.`dbt_visitor_id` = `new`.`dbt_visitor_id` AND (`old`.`session_start_at` >= `new`.`since` OR `old`.`session_id` = `new`.`last_session_id`) WHEN MATCHED THEN DELETE;
INSERT INTO `sessionmodels_shadow_00000000_dbt_session_tracks` (`session_id`, `dbt_visitor_id`, `session_start_at`, `session_sequence_number`, `next_session_start_at`)
SELECT
  `sessionmodels_shadow_00000000_dbt_slice_session_tracks`.`session_id`,
  `sessionmodels_shadow_00000000_dbt_slice_session_tracks`.`dbt_visitor_id`,
  `sessionmodels_shadow_00000000_dbt_slice_session_tracks`.`session_start_at`,
  `sessionmodels_shadow_00000000_dbt_slice_session_tracks`.`session_sequence_number`,
  `sessionmodels_shadow_00000000_dbt_slice_session_tracks`.`next_session_start_at`
FROM `sessionmodels_shadow_00000000_dbt_slice_session_tracks`;

-- tracks_flow: compute the new rows
CREATE TABLE `sessionmodels_shadow_00000000_dbt_slice_tracks_flow` AS
SELECT
  `sessionmodels_shadow_00000000_dbt_slice_track_facts`.`event_id`,
  `sessionmodels_shadow_00000000_dbt_slice_track_facts`.`session_id`,
  `sessionmodels_shadow_00000000_dbt_slice_track_facts`.`track_sequence_number`,
  `sessionmodels_shadow_00000000_dbt_slice_track_facts`.`event`,
  `sessionmodels_shadow_00000000_dbt_slice_track_facts`.`dbt_visitor_id`,
  `sessionmodels_shadow_00000000_dbt_slice_track_facts`.`timestamp`,
  lead(`sessionmodels_shadow_00000000_dbt_slice_track_facts`.`event`, 1) OVER (PARTITION BY `sessionmodels_shadow_00000000_dbt_slice_track_facts`.`session_id`
                                                                               ORDER BY `sessionmodels_shadow_00000000_dbt_slice_track_facts`.`track_sequence_number`) AS `event_2`,
  lead(`sessionmodels_shadow_00000000_dbt_slice_track_facts`.`event`, 2) OVER (PARTITION BY `sessionmodels_shadow_00000000_dbt_slice_track_facts`.`session_id`
                                                                               ORDER BY `sessionmodels_shadow_00000000_dbt_slice_track_facts`.`track_sequence_number`) AS `event_3`,
  lead(`sessionmodels_shadow_00000000_dbt_slice_track_facts`.`event`, 3) OVER (PARTITION BY `sessionmodels_shadow_00000000_dbt_slice_track_facts`.`session_id`
                                                                               ORDER BY `sessionmodels_shadow_00000000_dbt_slice_track_facts`.`track_sequence_number`) AS `event_4`,
  lead(`sessionmodels_shadow_00000000_dbt_slice_track_facts`.`event`, 4) OVER (PARTITION BY `sessionmodels_shadow_00000000_dbt_slice_track_facts`.`session_id`
                                                                               ORDER BY `sessionmodels_shadow_00000000_dbt_slice_track_facts`.`track_sequence_number`) AS `event_5`
FROM `sessionmodels_shadow_00000000_dbt_slice_track_facts`;

-- tracks_flow: replace the rows of affected visitors
MERGE INTO `sessionmodels_shadow_00000000_dbt_tracks_flow` AS `old` USING `sessionmodels_shadow_00000000_dbt_visitors` AS `new` ON `old`.`dbt_visitor_id` = `new`.`dbt_visitor_id` AND `old`.`timestamp` >= `new`.`since` AND `old`.`timestamp` >= CAST('2026-01-29 00:00:00.000000' AS TIMESTAMP) WHEN MATCHED THEN DELETE;
INSERT INTO `sessionmodels_shadow_00000000_dbt_tracks_flow` (`event_id`, `session_id`, `track_sequence_number`, `event`, `dbt_visitor_id`, `timestamp`, `event_2`, `event_3`, `event_4`, `event_5`)
SELECT
  `sessionmodels_shadow_00000000_dbt_slice_tracks_flow`.`event_id`,
  `sessionmodels_shadow_00000000_dbt_slice_tracks_flow`.`session_id`,
  `sessionmodels_shadow_00000000_dbt_slice_tracks_flow`.`track_sequence_number`,
  `sessionmodels_shadow_00000000_dbt_slice_tracks_flow`.`event`,
  `sessionmodels_shadow_00000000_dbt_slice_tracks_flow`.`dbt_visitor_id`,
  `sessionmodels_shadow_00000000_dbt_slice_tracks_flow`.`timestamp`,
  `sessionmodels_shadow_00000000_dbt_slice_tracks_flow`.`event_2`,
  `sessionmodels_shadow_00000000_dbt_slice_tracks_flow`.`event_3`,
  `sessionmodels_shadow_00000000_dbt_slice_tracks_flow`.`event_4`,
  `sessionmodels_shadow_00000000_dbt_slice_tracks_flow`.`event_5`
FROM `sessionmodels_shadow_00000000_dbt_slice_tracks_flow`;

-- user_session_facts: compute the new rows
CREATE TABLE `sessionmodels_shadow_00000000_dbt_slice_user_session_facts` AS WITH `all_session_tracks` AS
  (SELECT
     `sessionmodels_shadow_00000000_dbt_session_tracks`.`session_id` AS `session_id`,
     `sessionmodels_shadow_00000000_dbt_session_tracks`.`dbt_visitor_id` AS `dbt_visitor_id`,
     `sessionmodels_shadow_00000000_dbt_session_tracks`.`session_start_at` AS `session_start_at`,
     `sessionmodels_shadow_00000000_dbt_session_tracks`.`session_sequence_number` AS `session_sequence_number`,
     `sessionmodels_shadow_00000000_dbt_session_tracks`.`next_session_start_at` AS `next_session_start_at`
   FROM `sessionmodels_shadow_00000000_dbt_session_tracks`
   WHERE `sessionmodels_shadow_00000000_dbt_session_tracks`.`dbt_visitor_id` IN
       (SELECT `sessionmodels_shadow_00000000_dbt_visitors`.`dbt_visitor_id`
        FROM `sessionmodels_shadow_00000000_dbt_visitors`))
SELECT
  `all_session_tracks`.`dbt_visitor_id`,
  min(`all_session_tracks`.`session_start_at`) AS `first_date`,
  max(`all_session_tracks`.`session_start_at`) AS `last_date`,
  count(*) AS `number_of_sessions`
FROM `all_session_tracks`
GROUP BY `all_session_tracks`.`dbt_visitor_id`;

-- user_session_facts: replace the rows of affected visitors
MERGE INTO `sessionmodels_shadow_00000000_dbt_user_session_facts` AS `old` USING `sessionmodels_shadow_00000000_dbt_visitors` AS `new` ON `old`.`dbt_visitor_id` = `new`.`dbt_visitor_id` WHEN MATCHED THEN DELETE;
INSERT INTO `sessionmodels_shadow_00000000_dbt_user_session_facts` (`dbt_visitor_id`, `first_date`, `last_date`, `number_of_sessions`)
SELECT
  `sessionmodels_shadow_00000000_dbt_slice_user_session_facts`.`dbt_visitor_id`,
  `sessionmodels_shadow_00000000_dbt_slice_user_session_facts`.`first_date`,
  `sessionmodels_shadow_00000000_dbt_slice_user_session_facts`.`last_date`,
  `sessionmodels_shadow_00000000_dbt_slice_user_session_facts`.`number_of_sessions`
FROM `sessionmodels_shadow_00000000_dbt_slice_user_session_facts`;

-- tracks: swap in the new rows
CREATE OR REPLACE TABLE `sessionmodels_events_dbt_` CLONE `sessionmodels_shadow_00000000_dbt_tracks` OPTIONS(description='Built by sessionmodels.');

-- aliases_mapping: swap in the new rows
CREATE OR REPLACE TABLE `dbt_aliases_mapping` CLONE `sessionmodels_shadow_00000000_dbt_aliases_mapping` OPTIONS(description='One row per alias: the id of a device or of a user. Built by sessionmodels.');

-- mapped_tracks: swap in the new rows
CREATE OR REPLACE TABLE `dbt_mapped_tracks` CLONE `sessionmodels_shadow_00000000_dbt_mapped_tracks` OPTIONS(description="One row per event: its visitor, and the time since the visitor's previous event. Built by sessionmodels.");

-- track_facts: swap in the new rows
CREATE OR REPLACE TABLE `dbt_track_facts` CLONE `sessionmodels_shadow_00000000_dbt_track_facts` OPTIONS(description='One row per event, with its session. Built by sessionmodels.');

-- session_track_facts: swap in the new rows
CREATE OR REPLACE TABLE `dbt_session_track_facts` CLONE `sessionmodels_shadow_00000000_dbt_session_track_facts` OPTIONS(description='One row per session: when it ended, and how many events of each kind it has. Built by sessionmodels.');

-- session_tracks: swap in the new rows
CREATE OR REPLACE TABLE `dbt_session_tracks` CLONE `sessionmodels_shadow_00000000_dbt_session_tracks` OPTIONS(description="One row per session: when it started, its number, and when the visitor's next one started. Built by sessionmodels.");

-- tracks_flow: swap in the new rows
CREATE OR REPLACE TABLE `dbt_tracks_flow` CLONE `sessionmodels_shadow_00000000_dbt_tracks_flow` OPTIONS(description='One row per event, with the events that follow it in its session. Built by sessionmodels.');

-- user_session_facts: swap in the new rows
CREATE OR REPLACE TABLE `dbt_user_session_facts` CLONE `sessionmodels_shadow_00000000_dbt_user_session_facts` OPTIONS(description='One row per visitor: their first and last session, and how many they had. Built by sessionmodels.');

-- the build: drop temporary tables
DROP TABLE IF EXISTS `sessionmodels_shadow_00000000_dbt_window`;
DROP TABLE IF EXISTS `sessionmodels_shadow_00000000_dbt_difference`;
DROP TABLE IF EXISTS `sessionmodels_shadow_00000000_dbt_tracks`;
DROP TABLE IF EXISTS `sessionmodels_shadow_00000000_dbt_aliases_mapping`;
DROP TABLE IF EXISTS `sessionmodels_shadow_00000000_dbt_mapped_tracks`;
DROP TABLE IF EXISTS `sessionmodels_shadow_00000000_dbt_track_facts`;
DROP TABLE IF EXISTS `sessionmodels_shadow_00000000_dbt_session_track_facts`;
DROP TABLE IF EXISTS `sessionmodels_shadow_00000000_dbt_session_tracks`;
DROP TABLE IF EXISTS `sessionmodels_shadow_00000000_dbt_tracks_flow`;
DROP TABLE IF EXISTS `sessionmodels_shadow_00000000_dbt_user_session_facts`;
DROP TABLE IF EXISTS `sessionmodels_shadow_00000000_dbt_rows`;
DROP TABLE IF EXISTS `sessionmodels_shadow_00000000_dbt_changed`;
DROP TABLE IF EXISTS `sessionmodels_shadow_00000000_dbt_aliases`;
DROP TABLE IF EXISTS `sessionmodels_shadow_00000000_dbt_visitors`;
DROP TABLE IF EXISTS `sessionmodels_shadow_00000000_dbt_old_sessions`;
DROP TABLE IF EXISTS `sessionmodels_shadow_00000000_dbt_slice_tracks`;
DROP TABLE IF EXISTS `sessionmodels_shadow_00000000_dbt_slice_mapped_tracks`;
DROP TABLE IF EXISTS `sessionmodels_shadow_00000000_dbt_slice_track_facts`;
DROP TABLE IF EXISTS `sessionmodels_shadow_00000000_dbt_slice_session_track_facts`;
DROP TABLE IF EXISTS `sessionmodels_shadow_00000000_dbt_slice_session_tracks`;
DROP TABLE IF EXISTS `sessionmodels_shadow_00000000_dbt_slice_tracks_flow`;
DROP TABLE IF EXISTS `sessionmodels_shadow_00000000_dbt_slice_user_session_facts`;
