-- The views of revision 0001 on BigQuery, each as the revision creates it.
-- {target}, {source} and {prefix} stand for the settings target_schema, source_schema and table_prefix.

-- view: aliases_mapping
WITH
  `typed_events` AS
  (SELECT
     CAST(`tracks`.`id` AS STRING) AS `event_id`,
     CAST(`tracks`.`anonymous_id` AS STRING) AS `anonymous_id`,
     CAST(`tracks`.`user_id` AS STRING) AS `user_id`,
     CAST(`tracks`.`event` AS STRING) AS `event`,
     `tracks`.`timestamp` AS `timestamp`,
     `tracks`.`uuid_ts` AS `loaded_at`
   FROM {source}.`tracks`),
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
     `typed_events`.`loaded_at` AS `loaded_at`
   FROM `typed_events`),
  `usable_events` AS
  (SELECT
     `raw_events`.`event_id` AS `event_id`,
     `raw_events`.`anonymous_id` AS `anonymous_id`,
     `raw_events`.`user_id` AS `user_id`,
     `raw_events`.`event` AS `event`,
     `raw_events`.`timestamp` AS `timestamp`,
     `raw_events`.`loaded_at` AS `loaded_at`
   FROM `raw_events`
   WHERE `raw_events`.`event_id` IS NOT NULL
     AND `raw_events`.`timestamp` IS NOT NULL
     AND (`raw_events`.`anonymous_id` IS NOT NULL
          OR `raw_events`.`user_id` IS NOT NULL)
     AND CASE
             WHEN (length(`raw_events`.`event_id`) > 65535
                   OR length(`raw_events`.`anonymous_id`) > 65535
                   OR length(`raw_events`.`user_id`) > 65535) THEN 1
             ELSE 0
         END != 1),
  `ranked_events` AS
  (SELECT
     `usable_events`.`event_id` AS `event_id`,
     `usable_events`.`anonymous_id` AS `anonymous_id`,
     `usable_events`.`user_id` AS `user_id`,
     `usable_events`.`event` AS `event`,
     `usable_events`.`timestamp` AS `timestamp`,
     `usable_events`.`loaded_at` AS `loaded_at`,
     row_number() OVER (PARTITION BY `usable_events`.`event_id`
                        ORDER BY `usable_events`.`timestamp`, `usable_events`.`loaded_at` IS NULL, `usable_events`.`loaded_at`, `usable_events`.`anonymous_id` IS NULL, `usable_events`.`anonymous_id`, `usable_events`.`user_id` IS NULL, `usable_events`.`user_id`, `usable_events`.`event` IS NULL, `usable_events`.`event`) AS `standing`
   FROM `usable_events`),
  `tracks` AS
  (SELECT
     `ranked_events`.`event_id` AS `event_id`,
     `ranked_events`.`anonymous_id` AS `anonymous_id`,
     `ranked_events`.`user_id` AS `user_id`,
     `ranked_events`.`event` AS `event`,
     `ranked_events`.`timestamp` AS `timestamp`
   FROM `ranked_events`
   WHERE `ranked_events`.`standing` = 1),
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
LEFT OUTER JOIN `latest_logins` ON `latest_logins`.`anonymous_id` = `aliases`.`alias`

-- view: mapped_tracks
WITH
  `typed_events` AS
  (SELECT
     CAST(`tracks`.`id` AS STRING) AS `event_id`,
     CAST(`tracks`.`anonymous_id` AS STRING) AS `anonymous_id`,
     CAST(`tracks`.`user_id` AS STRING) AS `user_id`,
     CAST(`tracks`.`event` AS STRING) AS `event`,
     `tracks`.`timestamp` AS `timestamp`,
     `tracks`.`uuid_ts` AS `loaded_at`
   FROM {source}.`tracks`),
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
     `typed_events`.`loaded_at` AS `loaded_at`
   FROM `typed_events`),
  `usable_events` AS
  (SELECT
     `raw_events`.`event_id` AS `event_id`,
     `raw_events`.`anonymous_id` AS `anonymous_id`,
     `raw_events`.`user_id` AS `user_id`,
     `raw_events`.`event` AS `event`,
     `raw_events`.`timestamp` AS `timestamp`,
     `raw_events`.`loaded_at` AS `loaded_at`
   FROM `raw_events`
   WHERE `raw_events`.`event_id` IS NOT NULL
     AND `raw_events`.`timestamp` IS NOT NULL
     AND (`raw_events`.`anonymous_id` IS NOT NULL
          OR `raw_events`.`user_id` IS NOT NULL)
     AND CASE
             WHEN (length(`raw_events`.`event_id`) > 65535
                   OR length(`raw_events`.`anonymous_id`) > 65535
                   OR length(`raw_events`.`user_id`) > 65535) THEN 1
             ELSE 0
         END != 1),
  `ranked_events` AS
  (SELECT
     `usable_events`.`event_id` AS `event_id`,
     `usable_events`.`anonymous_id` AS `anonymous_id`,
     `usable_events`.`user_id` AS `user_id`,
     `usable_events`.`event` AS `event`,
     `usable_events`.`timestamp` AS `timestamp`,
     `usable_events`.`loaded_at` AS `loaded_at`,
     row_number() OVER (PARTITION BY `usable_events`.`event_id`
                        ORDER BY `usable_events`.`timestamp`, `usable_events`.`loaded_at` IS NULL, `usable_events`.`loaded_at`, `usable_events`.`anonymous_id` IS NULL, `usable_events`.`anonymous_id`, `usable_events`.`user_id` IS NULL, `usable_events`.`user_id`, `usable_events`.`event` IS NULL, `usable_events`.`event`) AS `standing`
   FROM `usable_events`),
  `tracks` AS
  (SELECT
     `ranked_events`.`event_id` AS `event_id`,
     `ranked_events`.`anonymous_id` AS `anonymous_id`,
     `ranked_events`.`user_id` AS `user_id`,
     `ranked_events`.`event` AS `event`,
     `ranked_events`.`timestamp` AS `timestamp`
   FROM `ranked_events`
   WHERE `ranked_events`.`standing` = 1),
  `visits` AS
  (SELECT
     `tracks`.`event_id` AS `event_id`,
     `tracks`.`anonymous_id` AS `anonymous_id`,
     coalesce(`{prefix}aliases_mapping`.`dbt_visitor_id`, `tracks`.`user_id`, `tracks`.`anonymous_id`) AS `dbt_visitor_id`,
     `tracks`.`timestamp` AS `timestamp`,
     `tracks`.`event` AS `event`
   FROM `tracks`
   LEFT OUTER JOIN {target}.`{prefix}aliases_mapping` ON `{prefix}aliases_mapping`.`alias` = coalesce(`tracks`.`user_id`, `tracks`.`anonymous_id`))
SELECT
  `visits`.`event_id`,
  `visits`.`anonymous_id`,
  `visits`.`dbt_visitor_id`,
  `visits`.`timestamp`,
  `visits`.`event`,
  CAST(TIMESTAMP_DIFF(`visits`.`timestamp`, lag(`visits`.`timestamp`) OVER (PARTITION BY `visits`.`dbt_visitor_id`
                                                                            ORDER BY `visits`.`timestamp`, `visits`.`event_id`), MICROSECOND) AS FLOAT64) / 60000000 AS `idle_time_minutes`
FROM `visits`

-- view: track_facts
WITH
  `ordered` AS
  (SELECT
     `{prefix}mapped_tracks`.`anonymous_id` AS `anonymous_id`,
     `{prefix}mapped_tracks`.`timestamp` AS `timestamp`,
     `{prefix}mapped_tracks`.`event_id` AS `event_id`,
     `{prefix}mapped_tracks`.`event` AS `event`,
     `{prefix}mapped_tracks`.`dbt_visitor_id` AS `dbt_visitor_id`,
     row_number() OVER (PARTITION BY `{prefix}mapped_tracks`.`dbt_visitor_id`
                        ORDER BY `{prefix}mapped_tracks`.`timestamp`, `{prefix}mapped_tracks`.`event_id`) AS `visit_sequence_number`,
     lag(`{prefix}mapped_tracks`.`timestamp`) OVER (PARTITION BY `{prefix}mapped_tracks`.`dbt_visitor_id`
                                                    ORDER BY `{prefix}mapped_tracks`.`timestamp`, `{prefix}mapped_tracks`.`event_id`) AS `previous_timestamp`
   FROM {target}.`{prefix}mapped_tracks`),
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
FROM `numbered`

-- view: session_track_facts
SELECT
  `{prefix}track_facts`.`session_id`,
  max(`{prefix}track_facts`.`timestamp`) AS `ended_at`,
  count(DISTINCT `{prefix}track_facts`.`event_id`) AS `num_pvs`,
  CAST(sum(CASE
               WHEN (`{prefix}track_facts`.`event` IN ('view_product', 'viewed_product')) THEN 1
               ELSE 0
           END) AS INT64) AS `cnt_viewed_product`,
  CAST(sum(CASE
               WHEN (`{prefix}track_facts`.`event` IN ('signup')) THEN 1
               ELSE 0
           END) AS INT64) AS `cnt_signup`
FROM {target}.`{prefix}track_facts`
GROUP BY `{prefix}track_facts`.`session_id`

-- view: session_tracks
SELECT
  `{prefix}track_facts`.`session_id`,
  `{prefix}track_facts`.`dbt_visitor_id`,
  `{prefix}track_facts`.`timestamp` AS `session_start_at`,
  row_number() OVER (PARTITION BY `{prefix}track_facts`.`dbt_visitor_id`
                     ORDER BY `{prefix}track_facts`.`timestamp`, `{prefix}track_facts`.`event_id`) AS `session_sequence_number`,
  lead(`{prefix}track_facts`.`timestamp`) OVER (PARTITION BY `{prefix}track_facts`.`dbt_visitor_id`
                                                ORDER BY `{prefix}track_facts`.`timestamp`, `{prefix}track_facts`.`event_id`) AS `next_session_start_at`
FROM {target}.`{prefix}track_facts`
WHERE `{prefix}track_facts`.`track_sequence_number` = 1

-- view: tracks_flow
SELECT
  `{prefix}track_facts`.`event_id`,
  `{prefix}track_facts`.`session_id`,
  `{prefix}track_facts`.`track_sequence_number`,
  `{prefix}track_facts`.`event`,
  `{prefix}track_facts`.`dbt_visitor_id`,
  `{prefix}track_facts`.`timestamp`,
  lead(`{prefix}track_facts`.`event`, 1) OVER (PARTITION BY `{prefix}track_facts`.`session_id`
                                               ORDER BY `{prefix}track_facts`.`track_sequence_number`) AS `event_2`,
  lead(`{prefix}track_facts`.`event`, 2) OVER (PARTITION BY `{prefix}track_facts`.`session_id`
                                               ORDER BY `{prefix}track_facts`.`track_sequence_number`) AS `event_3`,
  lead(`{prefix}track_facts`.`event`, 3) OVER (PARTITION BY `{prefix}track_facts`.`session_id`
                                               ORDER BY `{prefix}track_facts`.`track_sequence_number`) AS `event_4`,
  lead(`{prefix}track_facts`.`event`, 4) OVER (PARTITION BY `{prefix}track_facts`.`session_id`
                                               ORDER BY `{prefix}track_facts`.`track_sequence_number`) AS `event_5`
FROM {target}.`{prefix}track_facts`

-- view: session_duration
SELECT
  `{prefix}session_tracks`.`dbt_visitor_id`,
  `{prefix}session_tracks`.`session_id`,
  CAST(TIMESTAMP_DIFF(`{prefix}session_track_facts`.`ended_at`, `{prefix}session_tracks`.`session_start_at`, MICROSECOND) AS FLOAT64) / 60000000 AS `session_duration`
FROM {target}.`{prefix}session_tracks`
JOIN {target}.`{prefix}session_track_facts` ON `{prefix}session_track_facts`.`session_id` = `{prefix}session_tracks`.`session_id`

-- view: user_session_facts
SELECT
  `{prefix}session_tracks`.`dbt_visitor_id`,
  min(`{prefix}session_tracks`.`session_start_at`) AS `first_date`,
  max(`{prefix}session_tracks`.`session_start_at`) AS `last_date`,
  count(*) AS `number_of_sessions`
FROM {target}.`{prefix}session_tracks`
GROUP BY `{prefix}session_tracks`.`dbt_visitor_id`
