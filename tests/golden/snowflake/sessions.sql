-- sessions on Snowflake. One row per session: when it started and ended, its number, where it came from and landed, and what happened in it.
-- sessions: create the table
CREATE TRANSIENT TABLE public.sessionmodels_shadow_00000000_dbt_sessions COMMENT = 'One row per session: when it started and ended, its number, where it came from and landed, and what happened in it. Built by sessionmodels.' AS WITH
  placed AS
  (SELECT
     public.sessionmodels_shadow_00000000_dbt_session_events.dbt_visitor_id AS dbt_visitor_id,
     public.sessionmodels_shadow_00000000_dbt_session_events.session_sequence_number AS session_sequence_number,
     min(CASE
             WHEN (public.sessionmodels_shadow_00000000_dbt_session_events.anonymous_id IS NOT NULL) THEN public.sessionmodels_shadow_00000000_dbt_session_events.track_sequence_number
         END) AS place_of_anonymous_id,
     max(CASE
             WHEN (public.sessionmodels_shadow_00000000_dbt_session_events.user_id IS NOT NULL) THEN public.sessionmodels_shadow_00000000_dbt_session_events.track_sequence_number
         END) AS place_of_user_id
   FROM public.sessionmodels_shadow_00000000_dbt_session_events
   GROUP BY
     public.sessionmodels_shadow_00000000_dbt_session_events.dbt_visitor_id,
     public.sessionmodels_shadow_00000000_dbt_session_events.session_sequence_number),
  counted AS
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
              END) AS BIGINT) AS cnt_signup,
     CAST(sum(CASE
                  WHEN (public.sessionmodels_shadow_00000000_dbt_session_events.event IN ('page', 'screen')) THEN 1
                  ELSE 0
              END) AS BIGINT) AS page_views,
     CAST(0 AS BIGINT) AS conversions,
     max(CASE
             WHEN (CASE
                       WHEN (public.sessionmodels_shadow_00000000_dbt_session_events.anonymous_id IS NOT NULL) THEN public.sessionmodels_shadow_00000000_dbt_session_events.track_sequence_number
                   END = placed.place_of_anonymous_id) THEN public.sessionmodels_shadow_00000000_dbt_session_events.anonymous_id
         END) AS anonymous_id,
     max(CASE
             WHEN (CASE
                       WHEN (public.sessionmodels_shadow_00000000_dbt_session_events.user_id IS NOT NULL) THEN public.sessionmodels_shadow_00000000_dbt_session_events.track_sequence_number
                   END = placed.place_of_user_id) THEN public.sessionmodels_shadow_00000000_dbt_session_events.user_id
         END) AS user_id
   FROM public.sessionmodels_shadow_00000000_dbt_session_events
   JOIN placed ON public.sessionmodels_shadow_00000000_dbt_session_events.dbt_visitor_id = placed.dbt_visitor_id
   AND public.sessionmodels_shadow_00000000_dbt_session_events.session_sequence_number = placed.session_sequence_number
   GROUP BY
     public.sessionmodels_shadow_00000000_dbt_session_events.dbt_visitor_id,
     public.sessionmodels_shadow_00000000_dbt_session_events.session_sequence_number),
  with_neighbours AS
  (SELECT
     counted.dbt_visitor_id AS dbt_visitor_id,
     counted.session_sequence_number AS session_sequence_number,
     counted.session_key AS session_key,
     counted.session_start_at AS session_start_at,
     counted.ended_at AS ended_at,
     counted.num_pvs AS num_pvs,
     counted.cnt_viewed_product AS cnt_viewed_product,
     counted.cnt_signup AS cnt_signup,
     counted.page_views AS page_views,
     counted.conversions AS conversions,
     counted.anonymous_id AS anonymous_id,
     counted.user_id AS user_id,
     lead(counted.session_start_at) OVER (PARTITION BY counted.dbt_visitor_id
                                          ORDER BY counted.session_sequence_number) AS next_session_start_at
   FROM counted)
SELECT
  CAST(CAST(with_neighbours.session_sequence_number AS VARCHAR) || ' - ' || with_neighbours.dbt_visitor_id AS VARCHAR) AS session_id,
  with_neighbours.session_key,
  with_neighbours.dbt_visitor_id,
  with_neighbours.session_sequence_number,
  with_neighbours.session_start_at,
  with_neighbours.ended_at,
  with_neighbours.next_session_start_at,
  CAST((DATE_PART(EPOCH_MICROSECOND, with_neighbours.ended_at) - DATE_PART(EPOCH_MICROSECOND, with_neighbours.session_start_at)) AS DOUBLE) / 60000000 AS session_duration,
  with_neighbours.num_pvs,
  with_neighbours.cnt_viewed_product,
  with_neighbours.cnt_signup,
  CAST(NULL AS VARCHAR) AS landing_page_url,
  CAST(NULL AS VARCHAR) AS landing_page_path,
  CAST(NULL AS VARCHAR) AS referrer,
  CAST(NULL AS VARCHAR) AS exit_page_url,
  CAST(NULL AS VARCHAR) AS exit_page_path,
  CAST(NULL AS VARCHAR) AS utm_source,
  CAST(NULL AS VARCHAR) AS utm_medium,
  CAST(NULL AS VARCHAR) AS utm_campaign,
  CAST(NULL AS VARCHAR) AS utm_term,
  CAST(NULL AS VARCHAR) AS utm_content,
  CAST(NULL AS VARCHAR) AS device_type,
  CAST(NULL AS VARCHAR) AS os_name,
  CAST(NULL AS VARCHAR) AS library_name,
  with_neighbours.anonymous_id,
  with_neighbours.user_id,
  with_neighbours.page_views,
  with_neighbours.conversions,
  (DATE_PART(EPOCH_MICROSECOND, with_neighbours.ended_at) - DATE_PART(EPOCH_MICROSECOND, with_neighbours.session_start_at)) >= 10000000
OR with_neighbours.page_views >= 2
OR
  with_neighbours.conversions >= 1 AS is_engaged,
  CASE
      WHEN (with_neighbours.page_views > 0) THEN NOT ((DATE_PART(EPOCH_MICROSECOND, with_neighbours.ended_at) - DATE_PART(EPOCH_MICROSECOND, with_neighbours.session_start_at)) >= 10000000
                                                      OR with_neighbours.page_views >= 2
                                                      OR with_neighbours.conversions >= 1)
  END AS is_bounce,
  CAST(CAST(CONVERT_TIMEZONE('UTC', with_neighbours.session_start_at) AS TIMESTAMP_NTZ(6)) AS DATE) AS session_date,
  CAST(CASE
           WHEN (with_neighbours.session_sequence_number = 1) THEN 'first'
           ELSE 'idle'
       END AS VARCHAR) AS start_reason
FROM with_neighbours;
-- sessions: swap in the new rows
CREATE OR REPLACE TRANSIENT TABLE public.dbt_sessions CLONE public.sessionmodels_shadow_00000000_dbt_sessions COPY GRANTS;
-- sessions: add column comments
COMMENT ON TABLE public.dbt_sessions IS 'One row per session: when it started and ended, its number, where it came from and landed, and what happened in it. Built by sessionmodels.';
ALTER TABLE public.dbt_sessions MODIFY COLUMN session_id COMMENT '`''<session_sequence_number> - <dbt_visitor_id>''`; unique, never null.', COLUMN session_key COMMENT 'the `event_id` of its first event; it stays when a visitor''s sessions are renumbered.', COLUMN dbt_visitor_id COMMENT 'the visitor.', COLUMN session_sequence_number COMMENT 'counts from 1 within the visitor.', COLUMN session_start_at COMMENT 'its first event''s time.', COLUMN ended_at COMMENT 'its last event''s time.', COLUMN next_session_start_at COMMENT 'the start of the visitor''s next session; null on the last.', COLUMN session_duration COMMENT 'minutes from its first event to its last, as a fraction; 0 if it has one event.', COLUMN num_pvs COMMENT 'how many events it has, each event id counted once.', COLUMN cnt_viewed_product COMMENT 'how many of its events are named `view_product` or `viewed_product`.', COLUMN cnt_signup COMMENT 'how many of its events are named `signup`.', COLUMN landing_page_url COMMENT '`page_url` of its first event with a `page_url` or a `page_path`.', COLUMN landing_page_path COMMENT '`page_path` of the same event.', COLUMN referrer COMMENT '`page_referrer` of the same event.', COLUMN exit_page_url COMMENT '`page_url` of its last event with a `page_url` or a `page_path`.', COLUMN exit_page_path COMMENT '`page_path` of the same event.', COLUMN utm_source COMMENT '`utm_source` of its first event that carries a campaign: any of the five `utm_` columns.', COLUMN utm_medium COMMENT '`utm_medium` of the same event.', COLUMN utm_campaign COMMENT '`utm_campaign` of the same event.', COLUMN utm_term COMMENT '`utm_term` of the same event.', COLUMN utm_content COMMENT '`utm_content` of the same event.', COLUMN device_type COMMENT '`device_type` of its first event with a `device_type`, an `os_name` or a `library_name`.', COLUMN os_name COMMENT '`os_name` of the same event.', COLUMN library_name COMMENT '`library_name` of the same event.', COLUMN anonymous_id COMMENT 'the device of its first event that has one.', COLUMN user_id COMMENT 'the user of its last event that has one.', COLUMN page_views COMMENT 'how many of its events are named `page` or `screen`.', COLUMN conversions COMMENT 'how many of its events are conversions, by the setting `conversion_events`; 0 by default.', COLUMN is_engaged COMMENT 'whether it lasted 10 seconds or longer, or has two page views or more, or a conversion.', COLUMN is_bounce COMMENT 'whether it is not engaged; null if it has no page view.', COLUMN session_date COMMENT 'the date of `session_start_at` in UTC.', COLUMN start_reason COMMENT 'why it starts: `first`, `sdk`, `idle`, `start_event`, `campaign`, `midnight` or `too_long`.';
-- sessions: drop its working table
DROP TABLE IF EXISTS public.sessionmodels_shadow_00000000_dbt_sessions;
