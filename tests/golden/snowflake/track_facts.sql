-- track_facts on Snowflake. One row per event, with its session.
-- track_facts: replace the view
CREATE OR REPLACE VIEW public.dbt_track_facts (anonymous_id COMMENT 'the device it came from; may be null.', timestamp COMMENT 'when it happened.', event_id COMMENT 'the event''s `id`.', event COMMENT 'its name; may be null.', session_id COMMENT 'its session, `''<session_sequence_number> - <dbt_visitor_id>''`.', dbt_visitor_id COMMENT 'the visitor.', track_sequence_number COMMENT 'the event''s place within its session, from 1.') COPY GRANTS COMMENT = 'One row per event, with its session. Built by sessionmodels.' AS
SELECT
  public.dbt_session_events.anonymous_id,
  public.dbt_session_events.timestamp,
  public.dbt_session_events.event_id,
  public.dbt_session_events.event,
  public.dbt_session_events.session_id,
  public.dbt_session_events.dbt_visitor_id,
  public.dbt_session_events.track_sequence_number
FROM public.dbt_session_events;
