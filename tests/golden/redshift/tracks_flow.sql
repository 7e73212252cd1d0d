-- tracks_flow on Redshift. One row per event, with the events that follow it in its session.
-- tracks_flow: create the view
CREATE VIEW public.dbt_tracks_flow AS
SELECT
  public.dbt_session_events.event_id,
  public.dbt_session_events.session_id,
  public.dbt_session_events.track_sequence_number,
  public.dbt_session_events.event,
  public.dbt_session_events.dbt_visitor_id,
  public.dbt_session_events."timestamp",
  public.dbt_session_events.event_2,
  public.dbt_session_events.event_3,
  public.dbt_session_events.event_4,
  public.dbt_session_events.event_5
FROM public.dbt_session_events WITH NO SCHEMA BINDING;
-- tracks_flow: add column comments
COMMENT ON VIEW public.dbt_tracks_flow IS 'One row per event, with the events that follow it in its session. Built by sessionmodels. [2569db0ae0d34313]';
