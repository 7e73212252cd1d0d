-- session_tracks on Snowflake. One row per session: when it started, its number, and when the visitor's next one started.
-- session_tracks: replace the view
CREATE OR REPLACE VIEW public.dbt_session_tracks (session_id COMMENT '`''<session_sequence_number> - <dbt_visitor_id>''`; unique, never null.', dbt_visitor_id COMMENT 'the visitor.', session_start_at COMMENT 'its first event''s time.', session_sequence_number COMMENT 'counts from 1 within the visitor.', next_session_start_at COMMENT 'the start of the visitor''s next session; null on the last.') COPY GRANTS COMMENT = 'One row per session: when it started, its number, and when the visitor''s next one started. Built by sessionmodels.' AS
SELECT
  public.dbt_sessions.session_id,
  public.dbt_sessions.dbt_visitor_id,
  public.dbt_sessions.session_start_at,
  public.dbt_sessions.session_sequence_number,
  public.dbt_sessions.next_session_start_at
FROM public.dbt_sessions;
