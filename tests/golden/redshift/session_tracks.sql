-- session_tracks on Redshift. One row per session: when it started, its number, and when the visitor's next one started.
-- session_tracks: create the view
CREATE VIEW public.dbt_session_tracks AS
SELECT
  public.dbt_sessions.session_id,
  public.dbt_sessions.dbt_visitor_id,
  public.dbt_sessions.session_start_at,
  public.dbt_sessions.session_sequence_number,
  public.dbt_sessions.next_session_start_at
FROM public.dbt_sessions WITH NO SCHEMA BINDING;
-- session_tracks: add column comments
COMMENT ON VIEW public.dbt_session_tracks IS 'One row per session: when it started, its number, and when the visitor''s next one started. Built by sessionmodels. [53a90184e6e557ea]';
