-- user_session_facts on Snowflake. One row per visitor: their first and last session, and how many they had.
-- user_session_facts: create the table
CREATE TRANSIENT TABLE public.sessionmodels_shadow_00000000_dbt_user_session_facts COMMENT = 'One row per visitor: their first and last session, and how many they had. Built by sessionmodels.' AS
SELECT
  public.sessionmodels_shadow_00000000_dbt_sessions.dbt_visitor_id,
  min(public.sessionmodels_shadow_00000000_dbt_sessions.session_start_at) AS first_date,
  max(public.sessionmodels_shadow_00000000_dbt_sessions.session_start_at) AS last_date,
  count(*) AS number_of_sessions
FROM public.sessionmodels_shadow_00000000_dbt_sessions
GROUP BY public.sessionmodels_shadow_00000000_dbt_sessions.dbt_visitor_id;
-- user_session_facts: swap in the new rows
CREATE OR REPLACE TRANSIENT TABLE public.dbt_user_session_facts CLONE public.sessionmodels_shadow_00000000_dbt_user_session_facts COPY GRANTS;
-- user_session_facts: add column comments
COMMENT ON TABLE public.dbt_user_session_facts IS 'One row per visitor: their first and last session, and how many they had. Built by sessionmodels.';
ALTER TABLE public.dbt_user_session_facts MODIFY COLUMN dbt_visitor_id COMMENT 'the visitor; unique, never null.', COLUMN first_date COMMENT 'when their first session started.', COLUMN last_date COMMENT 'when their last session started.', COLUMN number_of_sessions COMMENT 'how many sessions they had.';
-- user_session_facts: drop its working table
DROP TABLE IF EXISTS public.sessionmodels_shadow_00000000_dbt_user_session_facts;
