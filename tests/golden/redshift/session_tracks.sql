-- session_tracks on Redshift. One row per session: when it started, its number, and when the visitor's next one started.
-- session_tracks: create the table
CREATE TABLE public.dbt_session_tracks DISTKEY (dbt_visitor_id) SORTKEY (session_start_at) AS
SELECT
  public.dbt_track_facts.session_id,
  public.dbt_track_facts.dbt_visitor_id,
  public.dbt_track_facts."timestamp" AS session_start_at,
  row_number() OVER (PARTITION BY public.dbt_track_facts.dbt_visitor_id
                     ORDER BY public.dbt_track_facts."timestamp", public.dbt_track_facts.event_id) AS session_sequence_number,
  lead(public.dbt_track_facts."timestamp") OVER (PARTITION BY public.dbt_track_facts.dbt_visitor_id
                                                 ORDER BY public.dbt_track_facts."timestamp", public.dbt_track_facts.event_id) AS next_session_start_at
FROM public.dbt_track_facts
WHERE public.dbt_track_facts.track_sequence_number = 1;
-- session_tracks: add column comments
COMMENT ON TABLE public.dbt_session_tracks IS 'One row per session: when it started, its number, and when the visitor''s next one started. Built by sessionmodels.';
COMMENT ON COLUMN public.dbt_session_tracks.session_id IS '`''<session_sequence_number> - <dbt_visitor_id>''`; unique, never null.';
COMMENT ON COLUMN public.dbt_session_tracks.dbt_visitor_id IS 'the visitor.';
COMMENT ON COLUMN public.dbt_session_tracks.session_start_at IS 'its first event''s time, UTC.';
COMMENT ON COLUMN public.dbt_session_tracks.session_sequence_number IS 'counts from 1 within the visitor.';
COMMENT ON COLUMN public.dbt_session_tracks.next_session_start_at IS 'the start of the visitor''s next session, UTC; null on the last.';
