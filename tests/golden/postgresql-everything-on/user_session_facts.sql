-- user_session_facts on PostgreSQL. One row per visitor: their first and last session, and how many they had.
-- user_session_facts: create the table
CREATE TABLE dbt_user_session_facts AS
SELECT
  dbt_sessions.dbt_visitor_id,
  min(dbt_sessions.session_start_at) AS first_date,
  max(dbt_sessions.session_start_at) AS last_date,
  count(*) AS number_of_sessions
FROM dbt_sessions
GROUP BY dbt_sessions.dbt_visitor_id;
-- user_session_facts: index it
DROP INDEX IF EXISTS dbt_user_session_facts_dbt_visitor_id;
CREATE INDEX IF NOT EXISTS dbt_user_session_facts_dbt_visitor_id_hash ON dbt_user_session_facts USING hash (dbt_visitor_id);
CREATE INDEX IF NOT EXISTS dbt_user_session_facts_last_date ON dbt_user_session_facts USING btree (last_date);
-- user_session_facts: update the planner's statistics
ANALYZE dbt_user_session_facts;
-- user_session_facts: add column comments
COMMENT ON TABLE dbt_user_session_facts IS 'One row per visitor: their first and last session, and how many they had. Built by sessionmodels.';
COMMENT ON COLUMN dbt_user_session_facts.dbt_visitor_id IS 'the visitor; unique, never null.';
COMMENT ON COLUMN dbt_user_session_facts.first_date IS 'when their first session started.';
COMMENT ON COLUMN dbt_user_session_facts.last_date IS 'when their last session started.';
COMMENT ON COLUMN dbt_user_session_facts.number_of_sessions IS 'how many sessions they had.';
