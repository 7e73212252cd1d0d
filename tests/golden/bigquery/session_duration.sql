-- session_duration on BigQuery. One row per session: the time from its first event to its last.
-- session_duration: replace the view
CREATE OR REPLACE VIEW `dbt_session_duration` (`dbt_visitor_id` OPTIONS(description='the visitor.'), `session_id` OPTIONS(description='the session; unique, never null.'), `session_duration` OPTIONS(description='minutes from its first event to its last, as a fraction; 0 if it has one event.')) OPTIONS(description='One row per session: the time from its first event to its last. Built by sessionmodels.') AS
SELECT
  `dbt_session_tracks`.`dbt_visitor_id`,
  `dbt_session_tracks`.`session_id`,
  CAST(TIMESTAMP_DIFF(`dbt_session_track_facts`.`ended_at`, `dbt_session_tracks`.`session_start_at`, MICROSECOND) AS FLOAT64) / 60000000 AS `session_duration`
FROM `dbt_session_tracks`
JOIN `dbt_session_track_facts` ON `dbt_session_track_facts`.`session_id` = `dbt_session_tracks`.`session_id`;
