-- mapped_tracks on Snowflake. One row per event: its visitor, and the time since the visitor's previous event.
-- mapped_tracks: replace the view
CREATE OR REPLACE VIEW public.dbt_mapped_tracks (event_id COMMENT 'the event''s `id`.', anonymous_id COMMENT 'the device it came from; may be null.', dbt_visitor_id COMMENT 'the visitor: the mapping of its `user_id` if it has one, else of its `anonymous_id`.', timestamp COMMENT 'when it happened.', event COMMENT 'its name; may be null.', idle_time_minutes COMMENT 'minutes since the same visitor''s previous event, as a fraction; null on the first.') COPY GRANTS COMMENT = 'One row per event: its visitor, and the time since the visitor''s previous event. Built by sessionmodels.' AS
SELECT
  public.dbt_session_events.event_id,
  public.dbt_session_events.anonymous_id,
  public.dbt_session_events.dbt_visitor_id,
  public.dbt_session_events.timestamp,
  public.dbt_session_events.event,
  public.dbt_session_events.idle_time_minutes
FROM public.dbt_session_events;
