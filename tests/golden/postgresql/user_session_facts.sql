-- user_session_facts on PostgreSQL. One row a visitor: their first and last session, and how many they had.
-- user_session_facts: create the table
CREATE TABLE dbt_user_session_facts AS
SELECT
  dbt_session_tracks.dbt_visitor_id,
  min(dbt_session_tracks.session_start_at) AS first_date,
  max(dbt_session_tracks.session_start_at) AS last_date,
  count(*) AS number_of_sessions
FROM dbt_session_tracks
GROUP BY dbt_session_tracks.dbt_visitor_id;
-- user_session_facts: update the planner's statistics
ANALYZE dbt_user_session_facts;
