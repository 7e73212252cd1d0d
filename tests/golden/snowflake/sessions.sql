-- sessions on Snowflake. One row per session: when it started and ended, its number, and how many events of each kind it has.
-- sessions: create the table
CREATE TRANSIENT TABLE public.sessionmodels_shadow_00000000_dbt_sessions COMMENT = 'One row per session: when it started and ended, its number, and how many events of each kind it has. Built by sessionmodels.' AS WITH counted AS
  (SELECT
     public.sessionmodels_shadow_00000000_dbt_session_events.dbt_visitor_id AS dbt_visitor_id,
     public.sessionmodels_shadow_00000000_dbt_session_events.session_sequence_number AS session_sequence_number,
     max(CASE
             WHEN (public.sessionmodels_shadow_00000000_dbt_session_events.track_sequence_number = 1) THEN public.sessionmodels_shadow_00000000_dbt_session_events.event_id
         END) AS session_key,
     min(public.sessionmodels_shadow_00000000_dbt_session_events.timestamp) AS session_start_at,
     max(public.sessionmodels_shadow_00000000_dbt_session_events.timestamp) AS ended_at,
     count(*) AS num_pvs,
     CAST(sum(CASE
                  WHEN (public.sessionmodels_shadow_00000000_dbt_session_events.event IN ('view_product', 'viewed_product')) THEN 1
                  ELSE 0
              END) AS BIGINT) AS cnt_viewed_product,
     CAST(sum(CASE
                  WHEN (public.sessionmodels_shadow_00000000_dbt_session_events.event IN ('signup')) THEN 1
                  ELSE 0
              END) AS BIGINT) AS cnt_signup
   FROM public.sessionmodels_shadow_00000000_dbt_session_events
   GROUP BY
     public.sessionmodels_shadow_00000000_dbt_session_events.dbt_visitor_id,
     public.sessionmodels_shadow_00000000_dbt_session_events.session_sequence_number)
SELECT
  CAST(CAST(counted.session_sequence_number AS VARCHAR) || ' - ' || counted.dbt_visitor_id AS VARCHAR) AS session_id,
  counted.session_key,
  counted.dbt_visitor_id,
  counted.session_sequence_number,
  counted.session_start_at,
  counted.ended_at,
  lead(counted.session_start_at) OVER (PARTITION BY counted.dbt_visitor_id
                                       ORDER BY counted.session_sequence_number) AS next_session_start_at,
  CAST((DATE_PART(EPOCH_MICROSECOND, counted.ended_at) - DATE_PART(EPOCH_MICROSECOND, counted.session_start_at)) AS DOUBLE) / 60000000 AS session_duration,
  counted.num_pvs,
  counted.cnt_viewed_product,
  counted.cnt_signup,
  CAST(CAST(CONVERT_TIMEZONE('UTC', counted.session_start_at) AS TIMESTAMP_NTZ(6)) AS DATE) AS session_date,
  CAST(CASE
           WHEN (counted.session_sequence_number = 1) THEN 'first'
           ELSE 'idle'
       END AS VARCHAR) AS start_reason
FROM counted;
-- sessions: swap in the new rows
CREATE OR REPLACE TRANSIENT TABLE public.dbt_sessions CLONE public.sessionmodels_shadow_00000000_dbt_sessions COPY GRANTS;
-- sessions: add column comments
COMMENT ON TABLE public.dbt_sessions IS 'One row per session: when it started and ended, its number, and how many events of each kind it has. Built by sessionmodels.';
ALTER TABLE public.dbt_sessions MODIFY COLUMN session_id COMMENT '`''<session_sequence_number> - <dbt_visitor_id>''`; unique, never null.', COLUMN session_key COMMENT 'the `event_id` of its first event; it stays when a visitor''s sessions are renumbered.', COLUMN dbt_visitor_id COMMENT 'the visitor.', COLUMN session_sequence_number COMMENT 'counts from 1 within the visitor.', COLUMN session_start_at COMMENT 'its first event''s time.', COLUMN ended_at COMMENT 'its last event''s time.', COLUMN next_session_start_at COMMENT 'the start of the visitor''s next session; null on the last.', COLUMN session_duration COMMENT 'minutes from its first event to its last, as a fraction; 0 if it has one event.', COLUMN num_pvs COMMENT 'how many events it has, each event id counted once.', COLUMN cnt_viewed_product COMMENT 'how many of its events are named `view_product` or `viewed_product`.', COLUMN cnt_signup COMMENT 'how many of its events are named `signup`.', COLUMN session_date COMMENT 'the date of `session_start_at` in UTC.', COLUMN start_reason COMMENT 'why it starts: `first`, `sdk`, `idle`, `start_event`, `campaign`, `midnight` or `too_long`.';
-- sessions: drop its working table
DROP TABLE IF EXISTS public.sessionmodels_shadow_00000000_dbt_sessions;
