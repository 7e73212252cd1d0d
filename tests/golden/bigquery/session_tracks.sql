-- session_tracks on BigQuery. One row per session: when it started, its number, and when the visitor's next one started.
-- session_tracks: replace the view
CREATE OR REPLACE VIEW `dbt_session_tracks` (`session_id` OPTIONS(description="`'<session_sequence_number> - <dbt_visitor_id>'`; unique, never null."), `dbt_visitor_id` OPTIONS(description='the visitor.'), `session_start_at` OPTIONS(description="its first event's time."), `session_sequence_number` OPTIONS(description='counts from 1 within the visitor.'), `next_session_start_at` OPTIONS(description="the start of the visitor's next session; null on the last.")) OPTIONS(description="One row per session: when it started, its number, and when the visitor's next one started. Built by sessionmodels.") AS
SELECT
  `dbt_sessions`.`session_id`,
  `dbt_sessions`.`dbt_visitor_id`,
  `dbt_sessions`.`session_start_at`,
  `dbt_sessions`.`session_sequence_number`,
  `dbt_sessions`.`next_session_start_at`
FROM `dbt_sessions`;
