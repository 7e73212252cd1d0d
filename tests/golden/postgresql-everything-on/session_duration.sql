-- session_duration on PostgreSQL. One row per session: the time from its first event to its last.
-- session_duration: create the view
CREATE VIEW dbt_session_duration AS
SELECT
  dbt_sessions.dbt_visitor_id,
  dbt_sessions.session_id,
  dbt_sessions.session_duration
FROM dbt_sessions;
-- session_duration: add column comments
COMMENT ON VIEW dbt_session_duration IS 'One row per session: the time from its first event to its last. Built by sessionmodels.';
COMMENT ON COLUMN dbt_session_duration.dbt_visitor_id IS 'the visitor.';
COMMENT ON COLUMN dbt_session_duration.session_id IS 'the session; unique, never null.';
COMMENT ON COLUMN dbt_session_duration.session_duration IS 'minutes from its first event to its last, as a fraction; 0 if it has one event.';
