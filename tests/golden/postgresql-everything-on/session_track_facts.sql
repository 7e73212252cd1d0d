-- session_track_facts on PostgreSQL. One row per session: when it ended, and how many events of each kind it has.
-- session_track_facts: create the view
CREATE VIEW dbt_session_track_facts AS
SELECT
  dbt_sessions.session_id,
  dbt_sessions.ended_at,
  dbt_sessions.num_pvs,
  dbt_sessions.cnt_viewed_product,
  dbt_sessions.cnt_signup
FROM dbt_sessions;
-- session_track_facts: add column comments
COMMENT ON VIEW dbt_session_track_facts IS 'One row per session: when it ended, and how many events of each kind it has. Built by sessionmodels.';
COMMENT ON COLUMN dbt_session_track_facts.session_id IS 'the session; unique, never null.';
COMMENT ON COLUMN dbt_session_track_facts.ended_at IS 'its last event''s time.';
COMMENT ON COLUMN dbt_session_track_facts.num_pvs IS 'how many events it has, each event id counted once.';
COMMENT ON COLUMN dbt_session_track_facts.cnt_viewed_product IS 'how many of its events are named `view_product` or `viewed_product`.';
COMMENT ON COLUMN dbt_session_track_facts.cnt_signup IS 'how many of its events are named `signup`.';
