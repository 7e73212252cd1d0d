-- mapped_tracks on Redshift. One row per event: its visitor, and the time since the visitor's previous event.
-- mapped_tracks: create the view
CREATE VIEW public.dbt_mapped_tracks AS
SELECT
  public.dbt_session_events.event_id,
  public.dbt_session_events.anonymous_id,
  public.dbt_session_events.dbt_visitor_id,
  public.dbt_session_events."timestamp",
  public.dbt_session_events.event,
  public.dbt_session_events.idle_time_minutes
FROM public.dbt_session_events WITH NO SCHEMA BINDING;
-- mapped_tracks: add column comments
COMMENT ON VIEW public.dbt_mapped_tracks IS 'One row per event: its visitor, and the time since the visitor''s previous event. Built by sessionmodels. [6be8e7bcf983a23d]';
