-- session_track_facts on Snowflake. One row per session: when it ended, and how many events of each kind it has.
-- session_track_facts: replace the view
CREATE OR REPLACE VIEW public.dbt_session_track_facts (session_id COMMENT 'the session; unique, never null.', ended_at COMMENT 'its last event''s time.', num_pvs COMMENT 'how many events it has, each event id counted once.', cnt_viewed_product COMMENT 'how many of its events are named `view_product` or `viewed_product`.', cnt_signup COMMENT 'how many of its events are named `signup`.') COPY GRANTS COMMENT = 'One row per session: when it ended, and how many events of each kind it has. Built by sessionmodels.' AS
SELECT
  public.dbt_sessions.session_id,
  public.dbt_sessions.ended_at,
  public.dbt_sessions.num_pvs,
  public.dbt_sessions.cnt_viewed_product,
  public.dbt_sessions.cnt_signup
FROM public.dbt_sessions;
