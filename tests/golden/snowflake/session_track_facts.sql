-- session_track_facts on Snowflake. One row per session: when it ended, and how many events of each kind it has.
-- session_track_facts: create the table
CREATE TRANSIENT TABLE public.sessionmodels_shadow_00000000_dbt_session_track_facts COMMENT = 'One row per session: when it ended, and how many events of each kind it has. Built by sessionmodels.' AS
SELECT
  public.sessionmodels_shadow_00000000_dbt_track_facts.session_id,
  max(public.sessionmodels_shadow_00000000_dbt_track_facts.timestamp) AS ended_at,
  count(DISTINCT public.sessionmodels_shadow_00000000_dbt_track_facts.event_id) AS num_pvs,
  CAST(sum(CASE
               WHEN (public.sessionmodels_shadow_00000000_dbt_track_facts.event IN ('view_product', 'viewed_product')) THEN 1
               ELSE 0
           END) AS BIGINT) AS cnt_viewed_product,
  CAST(sum(CASE
               WHEN (public.sessionmodels_shadow_00000000_dbt_track_facts.event IN ('signup')) THEN 1
               ELSE 0
           END) AS BIGINT) AS cnt_signup
FROM public.sessionmodels_shadow_00000000_dbt_track_facts
GROUP BY public.sessionmodels_shadow_00000000_dbt_track_facts.session_id;
-- session_track_facts: swap in the new rows
CREATE OR REPLACE TRANSIENT TABLE public.dbt_session_track_facts CLONE public.sessionmodels_shadow_00000000_dbt_session_track_facts COPY GRANTS;
-- session_track_facts: add column comments
COMMENT ON TABLE public.dbt_session_track_facts IS 'One row per session: when it ended, and how many events of each kind it has. Built by sessionmodels.';
ALTER TABLE public.dbt_session_track_facts MODIFY COLUMN session_id COMMENT 'the session; unique, never null.', COLUMN ended_at COMMENT 'its last event''s time, UTC.', COLUMN num_pvs COMMENT 'how many events it has, each event id counted once.', COLUMN cnt_viewed_product COMMENT 'how many of its events are named `view_product` or `viewed_product`.', COLUMN cnt_signup COMMENT 'how many of its events are named `signup`.';
-- session_track_facts: drop its working table
DROP TABLE IF EXISTS public.sessionmodels_shadow_00000000_dbt_session_track_facts;
