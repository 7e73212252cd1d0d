-- mapped_tracks on PostgreSQL. One row per event: its visitor, and the time since the visitor's previous event.
-- mapped_tracks: create the view
CREATE VIEW dbt_mapped_tracks AS
SELECT
  dbt_session_events.event_id,
  dbt_session_events.anonymous_id,
  dbt_session_events.dbt_visitor_id,
  dbt_session_events.timestamp,
  dbt_session_events.event,
  dbt_session_events.idle_time_minutes
FROM dbt_session_events;
-- mapped_tracks: add column comments
COMMENT ON VIEW dbt_mapped_tracks IS 'One row per event: its visitor, and the time since the visitor''s previous event. Built by sessionmodels.';
COMMENT ON COLUMN dbt_mapped_tracks.event_id IS 'the event''s `id`.';
COMMENT ON COLUMN dbt_mapped_tracks.anonymous_id IS 'the device it came from; may be null.';
COMMENT ON COLUMN dbt_mapped_tracks.dbt_visitor_id IS 'the visitor: its `user_id`, else the last user seen on the device by then, else the next, else the device.';
COMMENT ON COLUMN dbt_mapped_tracks.timestamp IS 'when it happened.';
COMMENT ON COLUMN dbt_mapped_tracks.event IS 'its name; may be null.';
COMMENT ON COLUMN dbt_mapped_tracks.idle_time_minutes IS 'minutes since the same visitor''s previous event, as a fraction; null on the first.';
