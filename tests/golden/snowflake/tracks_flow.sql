-- tracks_flow on Snowflake. One row per event, with the events that follow it in its session.
-- tracks_flow: replace the view
CREATE OR REPLACE VIEW public.dbt_tracks_flow (event_id COMMENT 'the event''s `id`.', session_id COMMENT 'its session.', track_sequence_number COMMENT 'its place within the session, from 1.', event COMMENT 'its name; may be null.', dbt_visitor_id COMMENT 'the visitor.', timestamp COMMENT 'when it happened.', event_2 COMMENT 'the name of the event that follows; null past the session''s end, or if that event has none.', event_3 COMMENT 'the name of the event 2 places on.', event_4 COMMENT 'the name of the event 3 places on.', event_5 COMMENT 'the name of the event 4 places on.') COPY GRANTS COMMENT = 'One row per event, with the events that follow it in its session. Built by sessionmodels.' AS
SELECT
  public.dbt_session_events.event_id,
  public.dbt_session_events.session_id,
  public.dbt_session_events.track_sequence_number,
  public.dbt_session_events.event,
  public.dbt_session_events.dbt_visitor_id,
  public.dbt_session_events.timestamp,
  public.dbt_session_events.event_2,
  public.dbt_session_events.event_3,
  public.dbt_session_events.event_4,
  public.dbt_session_events.event_5
FROM public.dbt_session_events;
