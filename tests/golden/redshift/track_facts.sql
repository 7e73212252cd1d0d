-- track_facts on Redshift. One row per event, with its session.
-- track_facts: create the view
CREATE VIEW public.dbt_track_facts AS
SELECT
  public.dbt_session_events.anonymous_id,
  public.dbt_session_events."timestamp",
  public.dbt_session_events.event_id,
  public.dbt_session_events.event,
  public.dbt_session_events.session_id,
  public.dbt_session_events.dbt_visitor_id,
  public.dbt_session_events.track_sequence_number
FROM public.dbt_session_events WITH NO SCHEMA BINDING;
-- track_facts: add column comments
COMMENT ON VIEW public.dbt_track_facts IS 'One row per event, with its session. Built by sessionmodels. [0f5e42ffa4583c9e]';
