-- user_session_facts on Redshift. One row per visitor: their first and last session, and how many they had.
-- user_session_facts: create the table
CREATE TABLE public.dbt_user_session_facts DISTKEY (dbt_visitor_id) SORTKEY (last_date) AS
SELECT
  public.dbt_sessions.dbt_visitor_id,
  min(public.dbt_sessions.session_start_at) AS first_date,
  max(public.dbt_sessions.session_start_at) AS last_date,
  count(*) AS number_of_sessions
FROM public.dbt_sessions
GROUP BY public.dbt_sessions.dbt_visitor_id;
-- user_session_facts: add column comments
COMMENT ON TABLE public.dbt_user_session_facts IS 'One row per visitor: their first and last session, and how many they had. Built by sessionmodels.';
COMMENT ON COLUMN public.dbt_user_session_facts.dbt_visitor_id IS 'the visitor; unique, never null.';
COMMENT ON COLUMN public.dbt_user_session_facts.first_date IS 'when their first session started.';
COMMENT ON COLUMN public.dbt_user_session_facts.last_date IS 'when their last session started.';
COMMENT ON COLUMN public.dbt_user_session_facts.number_of_sessions IS 'how many sessions they had.';
