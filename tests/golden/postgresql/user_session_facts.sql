-- user_session_facts on PostgreSQL. One row a visitor: their first and last session, and how many they had.
-- user_session_facts: update the planner's statistics
ANALYZE dbt_user_session_facts;
