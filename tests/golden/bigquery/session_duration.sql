-- session_duration on BigQuery. One row per session: the time from its first event to its last.
-- session_duration: replace the view
CREATE OR REPLACE VIEW `dbt_session_duration` (`dbt_visitor_id` OPTIONS(description='the visitor.'), `session_id` OPTIONS(description='the session; unique, never null.'), `session_duration` OPTIONS(description='minutes from its first event to its last, as a fraction; 0 if it has one event.')) OPTIONS(description='One row per session: the time from its first event to its last. Built by sessionmodels.') AS
SELECT
  `dbt_sessions`.`dbt_visitor_id`,
  `dbt_sessions`.`session_id`,
  `dbt_sessions`.`session_duration`
FROM `dbt_sessions`;
