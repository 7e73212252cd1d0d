-- sessions on Redshift. One row per session: when it started and ended, its number, where it came from and landed, and what happened in it.
-- sessions: create the table
CREATE TABLE public.dbt_sessions DISTKEY (dbt_visitor_id) SORTKEY (session_start_at) AS WITH
  placed AS
  (SELECT
     public.dbt_session_events.dbt_visitor_id AS dbt_visitor_id,
     public.dbt_session_events.session_sequence_number AS session_sequence_number,
     min(CASE
             WHEN (public.dbt_session_events.anonymous_id IS NOT NULL) THEN public.dbt_session_events.track_sequence_number
         END) AS place_of_anonymous_id,
     max(CASE
             WHEN (public.dbt_session_events.user_id IS NOT NULL) THEN public.dbt_session_events.track_sequence_number
         END) AS place_of_user_id
   FROM public.dbt_session_events
   GROUP BY
     public.dbt_session_events.dbt_visitor_id,
     public.dbt_session_events.session_sequence_number),
  counted AS
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
              END) AS BIGINT) AS cnt_signup,
     CAST(sum(CASE
                  WHEN (public.dbt_session_events.event IN ('page', 'screen')) THEN 1
                  ELSE 0
              END) AS BIGINT) AS page_views,
     CAST(0 AS BIGINT) AS conversions,
     max(CASE
             WHEN (CASE
                       WHEN (public.dbt_session_events.anonymous_id IS NOT NULL) THEN public.dbt_session_events.track_sequence_number
                   END = placed.place_of_anonymous_id) THEN public.dbt_session_events.anonymous_id
         END) AS anonymous_id,
     max(CASE
             WHEN (CASE
                       WHEN (public.dbt_session_events.user_id IS NOT NULL) THEN public.dbt_session_events.track_sequence_number
                   END = placed.place_of_user_id) THEN public.dbt_session_events.user_id
         END) AS user_id
   FROM public.dbt_session_events
   JOIN placed ON public.dbt_session_events.dbt_visitor_id = placed.dbt_visitor_id
   AND public.dbt_session_events.session_sequence_number = placed.session_sequence_number
   GROUP BY
     public.dbt_session_events.dbt_visitor_id,
     public.dbt_session_events.session_sequence_number),
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
  CAST(CAST(with_neighbours.session_sequence_number AS VARCHAR(65535)) || ' - ' || with_neighbours.dbt_visitor_id AS VARCHAR(65535)) AS session_id,
  with_neighbours.session_key,
  with_neighbours.dbt_visitor_id,
  with_neighbours.session_sequence_number,
  with_neighbours.session_start_at,
  with_neighbours.ended_at,
  with_neighbours.next_session_start_at,
  CAST(DATEDIFF(MICROSECOND, with_neighbours.session_start_at, with_neighbours.ended_at) AS DOUBLE PRECISION) / 60000000 AS session_duration,
  with_neighbours.num_pvs,
  with_neighbours.cnt_viewed_product,
  with_neighbours.cnt_signup,
  CAST(NULL AS VARCHAR(65535)) AS landing_page_url,
  CAST(NULL AS VARCHAR(65535)) AS landing_page_path,
  CAST(NULL AS VARCHAR(65535)) AS referrer,
  CAST(NULL AS VARCHAR(65535)) AS exit_page_url,
  CAST(NULL AS VARCHAR(65535)) AS exit_page_path,
  CAST(NULL AS VARCHAR(65535)) AS utm_source,
  CAST(NULL AS VARCHAR(65535)) AS utm_medium,
  CAST(NULL AS VARCHAR(65535)) AS utm_campaign,
  CAST(NULL AS VARCHAR(65535)) AS utm_term,
  CAST(NULL AS VARCHAR(65535)) AS utm_content,
  CAST(NULL AS VARCHAR(65535)) AS device_type,
  CAST(NULL AS VARCHAR(65535)) AS os_name,
  CAST(NULL AS VARCHAR(65535)) AS library_name,
  with_neighbours.anonymous_id,
  with_neighbours.user_id,
  with_neighbours.page_views,
  with_neighbours.conversions,
  DATEDIFF(MICROSECOND, with_neighbours.session_start_at, with_neighbours.ended_at) >= 10000000
OR with_neighbours.page_views >= 2
OR
  with_neighbours.conversions >= 1 AS is_engaged,
  CASE
      WHEN (with_neighbours.page_views > 0) THEN NOT (DATEDIFF(MICROSECOND, with_neighbours.session_start_at, with_neighbours.ended_at) >= 10000000
                                                      OR with_neighbours.page_views >= 2
                                                      OR with_neighbours.conversions >= 1)
  END AS is_bounce,
  CAST(with_neighbours.session_start_at AS DATE) AS session_date,
  CAST(CASE
           WHEN (with_neighbours.session_sequence_number = 1) THEN 'first'
           ELSE 'idle'
       END AS VARCHAR(65535)) AS start_reason
FROM with_neighbours;
-- sessions: add column comments
COMMENT ON TABLE public.dbt_sessions IS 'One row per session: when it started and ended, its number, where it came from and landed, and what happened in it. Built by sessionmodels.';
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
COMMENT ON COLUMN public.dbt_sessions.landing_page_url IS '`page_url` of its first event with a `page_url` or a `page_path`.';
COMMENT ON COLUMN public.dbt_sessions.landing_page_path IS '`page_path` of the same event.';
COMMENT ON COLUMN public.dbt_sessions.referrer IS '`page_referrer` of the same event.';
COMMENT ON COLUMN public.dbt_sessions.exit_page_url IS '`page_url` of its last event with a `page_url` or a `page_path`.';
COMMENT ON COLUMN public.dbt_sessions.exit_page_path IS '`page_path` of the same event.';
COMMENT ON COLUMN public.dbt_sessions.utm_source IS '`utm_source` of its first event that carries a campaign: any of the five `utm_` columns.';
COMMENT ON COLUMN public.dbt_sessions.utm_medium IS '`utm_medium` of the same event.';
COMMENT ON COLUMN public.dbt_sessions.utm_campaign IS '`utm_campaign` of the same event.';
COMMENT ON COLUMN public.dbt_sessions.utm_term IS '`utm_term` of the same event.';
COMMENT ON COLUMN public.dbt_sessions.utm_content IS '`utm_content` of the same event.';
COMMENT ON COLUMN public.dbt_sessions.device_type IS '`device_type` of its first event with a `device_type`, an `os_name` or a `library_name`.';
COMMENT ON COLUMN public.dbt_sessions.os_name IS '`os_name` of the same event.';
COMMENT ON COLUMN public.dbt_sessions.library_name IS '`library_name` of the same event.';
COMMENT ON COLUMN public.dbt_sessions.anonymous_id IS 'the device of its first event that has one.';
COMMENT ON COLUMN public.dbt_sessions.user_id IS 'the user of its last event that has one.';
COMMENT ON COLUMN public.dbt_sessions.page_views IS 'how many of its events are named `page` or `screen`.';
COMMENT ON COLUMN public.dbt_sessions.conversions IS 'how many of its events are conversions, by the setting `conversion_events`; 0 by default.';
COMMENT ON COLUMN public.dbt_sessions.is_engaged IS 'whether it lasted 10 seconds or longer, or has two page views or more, or a conversion.';
COMMENT ON COLUMN public.dbt_sessions.is_bounce IS 'whether it is not engaged; null if it has no page view.';
COMMENT ON COLUMN public.dbt_sessions.session_date IS 'the date of `session_start_at` in UTC.';
COMMENT ON COLUMN public.dbt_sessions.start_reason IS 'why it starts: `first`, `sdk`, `idle`, `start_event`, `campaign`, `midnight` or `too_long`.';
