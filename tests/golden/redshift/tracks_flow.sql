-- tracks_flow on Redshift. One row per event, with the events that follow it in its session.
-- tracks_flow: create the table
CREATE TABLE public.dbt_tracks_flow DISTKEY (dbt_visitor_id) SORTKEY ("timestamp") AS
SELECT
  public.dbt_track_facts.event_id,
  public.dbt_track_facts.session_id,
  public.dbt_track_facts.track_sequence_number,
  public.dbt_track_facts.event,
  public.dbt_track_facts.dbt_visitor_id,
  public.dbt_track_facts."timestamp",
  lead(public.dbt_track_facts.event, 1) OVER (PARTITION BY public.dbt_track_facts.session_id
                                              ORDER BY public.dbt_track_facts.track_sequence_number) AS event_2,
  lead(public.dbt_track_facts.event, 2) OVER (PARTITION BY public.dbt_track_facts.session_id
                                              ORDER BY public.dbt_track_facts.track_sequence_number) AS event_3,
  lead(public.dbt_track_facts.event, 3) OVER (PARTITION BY public.dbt_track_facts.session_id
                                              ORDER BY public.dbt_track_facts.track_sequence_number) AS event_4,
  lead(public.dbt_track_facts.event, 4) OVER (PARTITION BY public.dbt_track_facts.session_id
                                              ORDER BY public.dbt_track_facts.track_sequence_number) AS event_5
FROM public.dbt_track_facts;
-- tracks_flow: add column comments
COMMENT ON TABLE public.dbt_tracks_flow IS 'One row per event, with the events that follow it in its session. Built by sessionmodels.';
COMMENT ON COLUMN public.dbt_tracks_flow.event_id IS 'the event''s `id`.';
COMMENT ON COLUMN public.dbt_tracks_flow.session_id IS 'its session.';
COMMENT ON COLUMN public.dbt_tracks_flow.track_sequence_number IS 'its place within the session, from 1.';
COMMENT ON COLUMN public.dbt_tracks_flow.event IS 'its name; may be null.';
COMMENT ON COLUMN public.dbt_tracks_flow.dbt_visitor_id IS 'the visitor.';
COMMENT ON COLUMN public.dbt_tracks_flow."timestamp" IS 'when it happened, UTC.';
COMMENT ON COLUMN public.dbt_tracks_flow.event_2 IS 'the name of the event that follows; null past the session''s end, or if that event has none.';
COMMENT ON COLUMN public.dbt_tracks_flow.event_3 IS 'the name of the event 2 places on.';
COMMENT ON COLUMN public.dbt_tracks_flow.event_4 IS 'the name of the event 3 places on.';
COMMENT ON COLUMN public.dbt_tracks_flow.event_5 IS 'the name of the event 4 places on.';
