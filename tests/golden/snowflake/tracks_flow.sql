-- tracks_flow on Snowflake. One row per event, with the events that follow it in its session.
-- tracks_flow: create the table
CREATE TRANSIENT TABLE public.sessionmodels_shadow_00000000_dbt_tracks_flow COMMENT = 'One row per event, with the events that follow it in its session. Built by sessionmodels.' AS
SELECT
  public.sessionmodels_shadow_00000000_dbt_track_facts.event_id,
  public.sessionmodels_shadow_00000000_dbt_track_facts.session_id,
  public.sessionmodels_shadow_00000000_dbt_track_facts.track_sequence_number,
  public.sessionmodels_shadow_00000000_dbt_track_facts.event,
  public.sessionmodels_shadow_00000000_dbt_track_facts.dbt_visitor_id,
  public.sessionmodels_shadow_00000000_dbt_track_facts.timestamp,
  lead(public.sessionmodels_shadow_00000000_dbt_track_facts.event, 1) OVER (PARTITION BY public.sessionmodels_shadow_00000000_dbt_track_facts.session_id
                                                                            ORDER BY public.sessionmodels_shadow_00000000_dbt_track_facts.track_sequence_number) AS event_2,
  lead(public.sessionmodels_shadow_00000000_dbt_track_facts.event, 2) OVER (PARTITION BY public.sessionmodels_shadow_00000000_dbt_track_facts.session_id
                                                                            ORDER BY public.sessionmodels_shadow_00000000_dbt_track_facts.track_sequence_number) AS event_3,
  lead(public.sessionmodels_shadow_00000000_dbt_track_facts.event, 3) OVER (PARTITION BY public.sessionmodels_shadow_00000000_dbt_track_facts.session_id
                                                                            ORDER BY public.sessionmodels_shadow_00000000_dbt_track_facts.track_sequence_number) AS event_4,
  lead(public.sessionmodels_shadow_00000000_dbt_track_facts.event, 4) OVER (PARTITION BY public.sessionmodels_shadow_00000000_dbt_track_facts.session_id
                                                                            ORDER BY public.sessionmodels_shadow_00000000_dbt_track_facts.track_sequence_number) AS event_5
FROM public.sessionmodels_shadow_00000000_dbt_track_facts;
-- tracks_flow: swap in the new rows
CREATE OR REPLACE TRANSIENT TABLE public.dbt_tracks_flow CLONE public.sessionmodels_shadow_00000000_dbt_tracks_flow COPY GRANTS;
-- tracks_flow: add column comments
COMMENT ON TABLE public.dbt_tracks_flow IS 'One row per event, with the events that follow it in its session. Built by sessionmodels.';
ALTER TABLE public.dbt_tracks_flow MODIFY COLUMN event_id COMMENT 'the event''s `id`.', COLUMN session_id COMMENT 'its session.', COLUMN track_sequence_number COMMENT 'its place within the session, from 1.', COLUMN event COMMENT 'its name; may be null.', COLUMN dbt_visitor_id COMMENT 'the visitor.', COLUMN timestamp COMMENT 'when it happened, UTC.', COLUMN event_2 COMMENT 'the name of the event that follows; null past the session''s end, or if that event has none.', COLUMN event_3 COMMENT 'the name of the event 2 places on.', COLUMN event_4 COMMENT 'the name of the event 3 places on.', COLUMN event_5 COMMENT 'the name of the event 4 places on.';
-- tracks_flow: drop its working table
DROP TABLE IF EXISTS public.sessionmodels_shadow_00000000_dbt_tracks_flow;
