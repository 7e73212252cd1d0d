-- tracks_flow on BigQuery. One row per event, with the events that follow it in its session.
-- tracks_flow: replace the view
CREATE OR REPLACE VIEW `dbt_tracks_flow` (`event_id` OPTIONS(description="the event's `id`."), `session_id` OPTIONS(description='its session.'), `track_sequence_number` OPTIONS(description='its place within the session, from 1.'), `event` OPTIONS(description='its name; may be null.'), `dbt_visitor_id` OPTIONS(description='the visitor.'), `timestamp` OPTIONS(description='when it happened.'), `event_2` OPTIONS(description="the name of the event that follows; null past the session's end, or if that event has none."), `event_3` OPTIONS(description='the name of the event 2 places on.'), `event_4` OPTIONS(description='the name of the event 3 places on.'), `event_5` OPTIONS(description='the name of the event 4 places on.')) OPTIONS(description='One row per event, with the events that follow it in its session. Built by sessionmodels.') AS
SELECT
  `dbt_session_events`.`event_id`,
  `dbt_session_events`.`session_id`,
  `dbt_session_events`.`track_sequence_number`,
  `dbt_session_events`.`event`,
  `dbt_session_events`.`dbt_visitor_id`,
  `dbt_session_events`.`timestamp`,
  `dbt_session_events`.`event_2`,
  `dbt_session_events`.`event_3`,
  `dbt_session_events`.`event_4`,
  `dbt_session_events`.`event_5`
FROM `dbt_session_events`;
