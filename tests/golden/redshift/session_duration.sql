-- session_duration on Redshift. One row per session: the time from its first event to its last.
-- session_duration: create the view
CREATE VIEW public.dbt_session_duration AS
SELECT
  public.dbt_session_tracks.dbt_visitor_id,
  public.dbt_session_tracks.session_id,
  CAST(DATEDIFF(MICROSECOND, public.dbt_session_tracks.session_start_at, public.dbt_session_track_facts.ended_at) AS DOUBLE PRECISION) / 60000000 AS session_duration
FROM public.dbt_session_tracks
JOIN public.dbt_session_track_facts ON public.dbt_session_track_facts.session_id = public.dbt_session_tracks.session_id WITH NO SCHEMA BINDING;
-- session_duration: add column comments
COMMENT ON VIEW public.dbt_session_duration IS 'One row per session: the time from its first event to its last. Built by sessionmodels. [7f73b2fdaec1a1c0]';
