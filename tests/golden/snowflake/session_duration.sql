-- session_duration on Snowflake. One row per session: the time from its first event to its last.
-- session_duration: replace the view
CREATE OR REPLACE VIEW public.dbt_session_duration (dbt_visitor_id COMMENT 'the visitor.', session_id COMMENT 'the session; unique, never null.', session_duration COMMENT 'minutes from its first event to its last, as a fraction; 0 if it has one event.') COPY GRANTS COMMENT = 'One row per session: the time from its first event to its last. Built by sessionmodels.' AS
SELECT
  public.dbt_sessions.dbt_visitor_id,
  public.dbt_sessions.session_id,
  public.dbt_sessions.session_duration
FROM public.dbt_sessions;
