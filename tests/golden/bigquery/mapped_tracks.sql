-- mapped_tracks on BigQuery. One row per event: its visitor, and the time since the visitor's previous event.
-- mapped_tracks: replace the view
CREATE OR REPLACE VIEW `dbt_mapped_tracks` (`event_id` OPTIONS(description="the event's `id`."), `anonymous_id` OPTIONS(description='the device it came from; may be null.'), `dbt_visitor_id` OPTIONS(description='the visitor: the mapping of its `user_id` if it has one, else of its `anonymous_id`.'), `timestamp` OPTIONS(description='when it happened.'), `event` OPTIONS(description='its name; may be null.'), `idle_time_minutes` OPTIONS(description="minutes since the same visitor's previous event, as a fraction; null on the first.")) OPTIONS(description="One row per event: its visitor, and the time since the visitor's previous event. Built by sessionmodels.") AS
SELECT
  `dbt_session_events`.`event_id`,
  `dbt_session_events`.`anonymous_id`,
  `dbt_session_events`.`dbt_visitor_id`,
  `dbt_session_events`.`timestamp`,
  `dbt_session_events`.`event`,
  `dbt_session_events`.`idle_time_minutes`
FROM `dbt_session_events`;
