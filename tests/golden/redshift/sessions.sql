-- sessions on Redshift. One row per session: when it started and ended, its number, and how many events of each kind it has.
-- sessions: create the table
CREATE TABLE public.dbt_sessions DISTKEY (dbt_visitor_id) SORTKEY (session_start_at) AS WITH counted AS
  (SELECT
     public.dbt_session_events.dbt_visitor_id AS dbt_visitor_id,
     public.dbt_session_events.session_sequence_number AS session_sequence_number,
     max(CASE
             WHEN (public.dbt_session_events.track_sequence_number = 1) THEN public.dbt_session_events.event_id
         END) AS session_key,
     min(public.dbt_session_events."timestamp") AS session_start_at,
     max(public.dbt_session_events."timestamp") AS ended_at,
     count(*) AS num_pvs,
     CAST(sum(CASE
                  WHEN (public.dbt_session_events.event IN ('view_product', 'viewed_product')) THEN 1
                  ELSE 0
              END) AS BIGINT) AS cnt_viewed_product,
     CAST(sum(CASE
                  WHEN (public.dbt_session_events.event IN ('signup')) THEN 1
                  ELSE 0
              END) AS BIGINT) AS cnt_signup
   FROM public.dbt_session_events
   GROUP BY
     public.dbt_session_events.dbt_visitor_id,
     public.dbt_session_events.session_sequence_number)
SELECT
  CAST(CAST(counted.session_sequence_number AS VARCHAR(65535)) || ' - ' || counted.dbt_visitor_id AS VARCHAR(65535)) AS session_id,
  counted.session_key,
  counted.dbt_visitor_id,
  counted.session_sequence_number,
  counted.session_start_at,
  counted.ended_at,
  lead(counted.session_start_at) OVER (PARTITION BY counted.dbt_visitor_id
                                       ORDER BY counted.session_sequence_number) AS next_session_start_at,
  CAST(DATEDIFF(MICROSECOND, counted.session_start_at, counted.ended_at) AS DOUBLE PRECISION) / 60000000 AS session_duration,
  counted.num_pvs,
  counted.cnt_viewed_product,
  counted.cnt_signup,
  CAST(counted.session_start_at AS DATE) AS session_date,
  CAST(CASE
           WHEN (counted.session_sequence_number = 1) THEN 'first'
           ELSE 'idle'
       END AS VARCHAR(65535)) AS start_reason
FROM counted;
-- sessions: add column comments
COMMENT ON TABLE public.dbt_sessions IS 'One row per session: when it started and ended, its number, and how many events of each kind it has. Built by sessionmodels.';
COMMENT ON COLUMN public.dbt_sessions.session_id IS '`''<session_sequence_number> - <dbt_visitor_id>''`; unique, never null.';
COMMENT ON COLUMN public.dbt_sessions.session_key IS 'the `event_id` of its first event; it stays when a visitor''s sessions are renumbered.';
COMMENT ON COLUMN public.dbt_sessions.dbt_visitor_id IS 'the visitor.';
COMMENT ON COLUMN public.dbt_sessions.session_sequence_number IS 'counts from 1 within the visitor.';
COMMENT ON COLUMN public.dbt_sessions.session_start_at IS 'its first event''s time.';
COMMENT ON COLUMN public.dbt_sessions.ended_at IS 'its last event''s time.';
COMMENT ON COLUMN public.dbt_sessions.next_session_start_at IS 'the start of the visitor''s next session; null on the last.';
COMMENT ON COLUMN public.dbt_sessions.session_duration IS 'minutes from its first event to its last, as a fraction; 0 if it has one event.';
COMMENT ON COLUMN public.dbt_sessions.num_pvs IS 'how many events it has, each event id counted once.';
COMMENT ON COLUMN public.dbt_sessions.cnt_viewed_product IS 'how many of its events are named `view_product` or `viewed_product`.';
COMMENT ON COLUMN public.dbt_sessions.cnt_signup IS 'how many of its events are named `signup`.';
COMMENT ON COLUMN public.dbt_sessions.session_date IS 'the date of `session_start_at` in UTC.';
COMMENT ON COLUMN public.dbt_sessions.start_reason IS 'why it starts: `first`, `sdk`, `idle`, `start_event`, `campaign`, `midnight` or `too_long`.';
