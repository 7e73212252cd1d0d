-- track_facts on BigQuery. One row per event, with its session.
-- track_facts: replace the view
CREATE OR REPLACE VIEW `dbt_track_facts` (`anonymous_id` OPTIONS(description='the device it came from; may be null.'), `timestamp` OPTIONS(description='when it happened.'), `event_id` OPTIONS(description="the event's `id`."), `event` OPTIONS(description='its name; may be null.'), `session_id` OPTIONS(description="its session, `'<session_sequence_number> - <dbt_visitor_id>'`."), `dbt_visitor_id` OPTIONS(description='the visitor.'), `track_sequence_number` OPTIONS(description="the event's place within its session, from 1.")) OPTIONS(description='One row per event, with its session. Built by sessionmodels.') AS
SELECT
  `dbt_session_events`.`anonymous_id`,
  `dbt_session_events`.`timestamp`,
  `dbt_session_events`.`event_id`,
  `dbt_session_events`.`event`,
  `dbt_session_events`.`session_id`,
  `dbt_session_events`.`dbt_visitor_id`,
  `dbt_session_events`.`track_sequence_number`
FROM `dbt_session_events`;
