-- session_tracks on Snowflake. One row per session: when it started, its number, and when the visitor's next one started.
-- session_tracks: create the table
CREATE TRANSIENT TABLE public.sessionmodels_shadow_00000000_dbt_session_tracks COMMENT = 'One row per session: when it started, its number, and when the visitor''s next one started. Built by sessionmodels.' AS
SELECT
  public.sessionmodels_shadow_00000000_dbt_track_facts.session_id,
  public.sessionmodels_shadow_00000000_dbt_track_facts.dbt_visitor_id,
  public.sessionmodels_shadow_00000000_dbt_track_facts.timestamp AS session_start_at,
  row_number() OVER (PARTITION BY public.sessionmodels_shadow_00000000_dbt_track_facts.dbt_visitor_id
                     ORDER BY public.sessionmodels_shadow_00000000_dbt_track_facts.timestamp, public.sessionmodels_shadow_00000000_dbt_track_facts.event_id) AS session_sequence_number,
  lead(public.sessionmodels_shadow_00000000_dbt_track_facts.timestamp) OVER (PARTITION BY public.sessionmodels_shadow_00000000_dbt_track_facts.dbt_visitor_id
                                                                             ORDER BY public.sessionmodels_shadow_00000000_dbt_track_facts.timestamp, public.sessionmodels_shadow_00000000_dbt_track_facts.event_id) AS next_session_start_at
FROM public.sessionmodels_shadow_00000000_dbt_track_facts
WHERE public.sessionmodels_shadow_00000000_dbt_track_facts.track_sequence_number = 1;
-- session_tracks: swap in the new rows
CREATE OR REPLACE TRANSIENT TABLE public.dbt_session_tracks CLONE public.sessionmodels_shadow_00000000_dbt_session_tracks COPY GRANTS;
-- session_tracks: add column comments
COMMENT ON TABLE public.dbt_session_tracks IS 'One row per session: when it started, its number, and when the visitor''s next one started. Built by sessionmodels.';
ALTER TABLE public.dbt_session_tracks MODIFY COLUMN session_id COMMENT '`''<session_sequence_number> - <dbt_visitor_id>''`; unique, never null.', COLUMN dbt_visitor_id COMMENT 'the visitor.', COLUMN session_start_at COMMENT 'its first event''s time, UTC.', COLUMN session_sequence_number COMMENT 'counts from 1 within the visitor.', COLUMN next_session_start_at COMMENT 'the start of the visitor''s next session, UTC; null on the last.';
-- session_tracks: drop its working table
DROP TABLE IF EXISTS public.sessionmodels_shadow_00000000_dbt_session_tracks;
