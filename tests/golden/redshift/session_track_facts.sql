-- session_track_facts on Redshift. One row per session: when it ended, and how many events of each kind it has.
-- session_track_facts: create the table
CREATE TABLE public.dbt_session_track_facts DISTKEY (session_id) SORTKEY (ended_at) AS
SELECT
  public.dbt_track_facts.session_id,
  max(public.dbt_track_facts."timestamp") AS ended_at,
  count(DISTINCT public.dbt_track_facts.event_id) AS num_pvs,
  CAST(sum(CASE
               WHEN (public.dbt_track_facts.event IN ('view_product', 'viewed_product')) THEN 1
               ELSE 0
           END) AS BIGINT) AS cnt_viewed_product,
  CAST(sum(CASE
               WHEN (public.dbt_track_facts.event IN ('signup')) THEN 1
               ELSE 0
           END) AS BIGINT) AS cnt_signup
FROM public.dbt_track_facts
GROUP BY public.dbt_track_facts.session_id;
-- session_track_facts: add column comments
COMMENT ON TABLE public.dbt_session_track_facts IS 'One row per session: when it ended, and how many events of each kind it has. Built by sessionmodels.';
COMMENT ON COLUMN public.dbt_session_track_facts.session_id IS 'the session; unique, never null.';
COMMENT ON COLUMN public.dbt_session_track_facts.ended_at IS 'its last event''s time, UTC.';
COMMENT ON COLUMN public.dbt_session_track_facts.num_pvs IS 'how many events it has, each event id counted once.';
COMMENT ON COLUMN public.dbt_session_track_facts.cnt_viewed_product IS 'how many of its events are named `view_product` or `viewed_product`.';
COMMENT ON COLUMN public.dbt_session_track_facts.cnt_signup IS 'how many of its events are named `signup`.';
