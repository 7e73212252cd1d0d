-- session_duration on Redshift. One row per session: the time from its first event to its last.
-- session_duration: create the view
CREATE VIEW public.dbt_session_duration AS
SELECT
  public.dbt_sessions.dbt_visitor_id,
  public.dbt_sessions.session_id,
  public.dbt_sessions.session_duration
FROM public.dbt_sessions WITH NO SCHEMA BINDING;
-- session_duration: add column comments
COMMENT ON VIEW public.dbt_session_duration IS 'One row per session: the time from its first event to its last. Built by sessionmodels. [90717142e515a5aa]';
