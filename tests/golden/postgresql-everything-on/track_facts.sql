-- track_facts on PostgreSQL. One row per event, with its session.
-- track_facts: create the view
CREATE VIEW dbt_track_facts AS
SELECT
  dbt_session_events.anonymous_id,
  dbt_session_events.timestamp,
  dbt_session_events.event_id,
  dbt_session_events.event,
  dbt_session_events.session_id,
  dbt_session_events.dbt_visitor_id,
  dbt_session_events.track_sequence_number
FROM dbt_session_events;
-- track_facts: add column comments
COMMENT ON VIEW dbt_track_facts IS 'One row per event, with its session. Built by sessionmodels.';
COMMENT ON COLUMN dbt_track_facts.anonymous_id IS 'the device it came from; may be null.';
COMMENT ON COLUMN dbt_track_facts.timestamp IS 'when it happened.';
COMMENT ON COLUMN dbt_track_facts.event_id IS 'the event''s `id`.';
COMMENT ON COLUMN dbt_track_facts.event IS 'its name; may be null.';
COMMENT ON COLUMN dbt_track_facts.session_id IS 'its session, `''<session_sequence_number> - <dbt_visitor_id>''`.';
COMMENT ON COLUMN dbt_track_facts.dbt_visitor_id IS 'the visitor: its `user_id`, else the last user seen on the device by then, else the next, else the device.';
COMMENT ON COLUMN dbt_track_facts.track_sequence_number IS 'the event''s place within its session, from 1.';
