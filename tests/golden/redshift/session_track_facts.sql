-- session_track_facts on Redshift. One row per session: when it ended, and how many events of each kind it has.
-- session_track_facts: create the view
CREATE VIEW public.dbt_session_track_facts AS
SELECT
  public.dbt_sessions.session_id,
  public.dbt_sessions.ended_at,
  public.dbt_sessions.num_pvs,
  public.dbt_sessions.cnt_viewed_product,
  public.dbt_sessions.cnt_signup
FROM public.dbt_sessions WITH NO SCHEMA BINDING;
-- session_track_facts: add column comments
COMMENT ON VIEW public.dbt_session_track_facts IS 'One row per session: when it ended, and how many events of each kind it has. Built by sessionmodels. [007d26ba217848b3]';
