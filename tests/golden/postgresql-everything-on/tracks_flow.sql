-- tracks_flow on PostgreSQL. One row per event, with the events that follow it in its session.
-- tracks_flow: create the view
CREATE VIEW dbt_tracks_flow AS
SELECT
  dbt_session_events.event_id,
  dbt_session_events.session_id,
  dbt_session_events.track_sequence_number,
  dbt_session_events.event,
  dbt_session_events.dbt_visitor_id,
  dbt_session_events.timestamp,
  dbt_session_events.event_2,
  dbt_session_events.event_3,
  dbt_session_events.event_4,
  dbt_session_events.event_5
FROM dbt_session_events;
-- tracks_flow: add column comments
COMMENT ON VIEW dbt_tracks_flow IS 'One row per event, with the events that follow it in its session. Built by sessionmodels.';
COMMENT ON COLUMN dbt_tracks_flow.event_id IS 'the event''s `id`.';
COMMENT ON COLUMN dbt_tracks_flow.session_id IS 'its session.';
COMMENT ON COLUMN dbt_tracks_flow.track_sequence_number IS 'its place within the session, from 1.';
COMMENT ON COLUMN dbt_tracks_flow.event IS 'its name; may be null.';
COMMENT ON COLUMN dbt_tracks_flow.dbt_visitor_id IS 'the visitor: its `user_id`, else the last user seen on the device by then, else the next, else the device.';
COMMENT ON COLUMN dbt_tracks_flow.timestamp IS 'when it happened.';
COMMENT ON COLUMN dbt_tracks_flow.event_2 IS 'the name of the event that follows; null past the session''s end, or if that event has none.';
COMMENT ON COLUMN dbt_tracks_flow.event_3 IS 'the name of the event 2 places on.';
COMMENT ON COLUMN dbt_tracks_flow.event_4 IS 'the name of the event 3 places on.';
COMMENT ON COLUMN dbt_tracks_flow.event_5 IS 'the name of the event 4 places on.';
