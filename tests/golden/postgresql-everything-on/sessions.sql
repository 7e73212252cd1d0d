-- sessions on PostgreSQL. One row per session: when it started and ended, its number, where it came from and landed, and what happened in it.
-- sessions: create the table
CREATE TABLE dbt_sessions AS WITH
  placed AS
  (SELECT
     dbt_session_events.dbt_visitor_id AS dbt_visitor_id,
     dbt_session_events.session_sequence_number AS session_sequence_number,
     min(CASE
             WHEN (dbt_session_events.utm_source IS NOT NULL
                   OR dbt_session_events.utm_medium IS NOT NULL
                   OR dbt_session_events.utm_campaign IS NOT NULL
                   OR dbt_session_events.utm_term IS NOT NULL
                   OR dbt_session_events.utm_content IS NOT NULL) THEN dbt_session_events.track_sequence_number
         END) AS place_of_campaign,
     min(CASE
             WHEN (dbt_session_events.anonymous_id IS NOT NULL) THEN dbt_session_events.track_sequence_number
         END) AS place_of_anonymous_id,
     max(CASE
             WHEN (dbt_session_events.user_id IS NOT NULL) THEN dbt_session_events.track_sequence_number
         END) AS place_of_user_id,
     max(CASE
             WHEN (dbt_session_events.utm_term IS NOT NULL) THEN dbt_session_events.track_sequence_number
         END) AS place_of_own_2,
     max(dbt_session_events.track_sequence_number) AS place_of_last_event
   FROM dbt_session_events
   GROUP BY
     dbt_session_events.dbt_visitor_id,
     dbt_session_events.session_sequence_number),
  counted AS
  (SELECT
     dbt_session_events.dbt_visitor_id AS dbt_visitor_id,
     dbt_session_events.session_sequence_number AS session_sequence_number,
     max(CASE
             WHEN (dbt_session_events.track_sequence_number = 1) THEN dbt_session_events.event_id
         END) AS session_key,
     min(dbt_session_events.timestamp) AS session_start_at,
     max(dbt_session_events.timestamp) AS ended_at,
     count(*) AS num_pvs,
     CAST(sum(CASE
                  WHEN (dbt_session_events.event IN ('view_product', 'viewed_product')) THEN 1
                  ELSE 0
              END) AS BIGINT) AS cnt_viewed_product,
     CAST(sum(CASE
                  WHEN (dbt_session_events.event IN ('signup')) THEN 1
                  ELSE 0
              END) AS BIGINT) AS cnt_signup,
     CAST(sum(CASE
                  WHEN (dbt_session_events.event IN ('page', 'screen')) THEN 1
                  ELSE 0
              END) AS BIGINT) AS page_views,
     CAST(sum(CASE
                  WHEN (dbt_session_events.event IN ('order_completed')) THEN 1
                  ELSE 0
              END) AS BIGINT) AS conversions,
     max(CASE
             WHEN (CASE
                       WHEN (dbt_session_events.utm_source IS NOT NULL
                             OR dbt_session_events.utm_medium IS NOT NULL
                             OR dbt_session_events.utm_campaign IS NOT NULL
                             OR dbt_session_events.utm_term IS NOT NULL
                             OR dbt_session_events.utm_content IS NOT NULL) THEN dbt_session_events.track_sequence_number
                   END = placed.place_of_campaign) THEN dbt_session_events.utm_source
         END) AS utm_source,
     max(CASE
             WHEN (CASE
                       WHEN (dbt_session_events.utm_source IS NOT NULL
                             OR dbt_session_events.utm_medium IS NOT NULL
                             OR dbt_session_events.utm_campaign IS NOT NULL
                             OR dbt_session_events.utm_term IS NOT NULL
                             OR dbt_session_events.utm_content IS NOT NULL) THEN dbt_session_events.track_sequence_number
                   END = placed.place_of_campaign) THEN dbt_session_events.utm_medium
         END) AS utm_medium,
     max(CASE
             WHEN (CASE
                       WHEN (dbt_session_events.utm_source IS NOT NULL
                             OR dbt_session_events.utm_medium IS NOT NULL
                             OR dbt_session_events.utm_campaign IS NOT NULL
                             OR dbt_session_events.utm_term IS NOT NULL
                             OR dbt_session_events.utm_content IS NOT NULL) THEN dbt_session_events.track_sequence_number
                   END = placed.place_of_campaign) THEN dbt_session_events.utm_campaign
         END) AS utm_campaign,
     max(CASE
             WHEN (CASE
                       WHEN (dbt_session_events.utm_source IS NOT NULL
                             OR dbt_session_events.utm_medium IS NOT NULL
                             OR dbt_session_events.utm_campaign IS NOT NULL
                             OR dbt_session_events.utm_term IS NOT NULL
                             OR dbt_session_events.utm_content IS NOT NULL) THEN dbt_session_events.track_sequence_number
                   END = placed.place_of_campaign) THEN dbt_session_events.utm_term
         END) AS utm_term,
     max(CASE
             WHEN (CASE
                       WHEN (dbt_session_events.utm_source IS NOT NULL
                             OR dbt_session_events.utm_medium IS NOT NULL
                             OR dbt_session_events.utm_campaign IS NOT NULL
                             OR dbt_session_events.utm_term IS NOT NULL
                             OR dbt_session_events.utm_content IS NOT NULL) THEN dbt_session_events.track_sequence_number
                   END = placed.place_of_campaign) THEN dbt_session_events.utm_content
         END) AS utm_content,
     max(CASE
             WHEN (CASE
                       WHEN (dbt_session_events.anonymous_id IS NOT NULL) THEN dbt_session_events.track_sequence_number
                   END = placed.place_of_anonymous_id) THEN dbt_session_events.anonymous_id
         END) AS anonymous_id,
     max(CASE
             WHEN (CASE
                       WHEN (dbt_session_events.user_id IS NOT NULL) THEN dbt_session_events.track_sequence_number
                   END = placed.place_of_user_id) THEN dbt_session_events.user_id
         END) AS user_id,
     max(CASE
             WHEN (CASE
                       WHEN (dbt_session_events.utm_term IS NOT NULL) THEN dbt_session_events.track_sequence_number
                   END = placed.place_of_own_2) THEN dbt_session_events.utm_term
         END) AS last_term,
     max(CASE
             WHEN (dbt_session_events.track_sequence_number = placed.place_of_last_event) THEN dbt_session_events.anonymous_id
         END) AS of_last_event_anonymous_id,
     max(CASE
             WHEN (dbt_session_events.track_sequence_number = placed.place_of_last_event) THEN dbt_session_events.sdk_session_id
         END) AS of_last_event_sdk_session_id,
     max(CASE
             WHEN (dbt_session_events.track_sequence_number = 1) THEN dbt_session_events.anonymous_id
         END) AS of_first_event_anonymous_id,
     max(CASE
             WHEN (dbt_session_events.track_sequence_number = 1) THEN dbt_session_events.sdk_session_id
         END) AS of_first_event_sdk_session_id,
     max(CASE
             WHEN (dbt_session_events.track_sequence_number = 1) THEN dbt_session_events.event
         END) AS of_first_event_event,
     max(dbt_session_events.utm_source) AS carried_utm_source,
     max(dbt_session_events.utm_medium) AS carried_utm_medium,
     max(dbt_session_events.utm_campaign) AS carried_utm_campaign,
     max(dbt_session_events.utm_term) AS carried_utm_term,
     max(dbt_session_events.utm_content) AS carried_utm_content
   FROM dbt_session_events
   JOIN placed ON dbt_session_events.dbt_visitor_id = placed.dbt_visitor_id
   AND dbt_session_events.session_sequence_number = placed.session_sequence_number
   GROUP BY
     dbt_session_events.dbt_visitor_id,
     dbt_session_events.session_sequence_number),
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
     counted.utm_source AS utm_source,
     counted.utm_medium AS utm_medium,
     counted.utm_campaign AS utm_campaign,
     counted.utm_term AS utm_term,
     counted.utm_content AS utm_content,
     counted.anonymous_id AS anonymous_id,
     counted.user_id AS user_id,
     counted.last_term AS last_term,
     counted.of_last_event_anonymous_id AS of_last_event_anonymous_id,
     counted.of_last_event_sdk_session_id AS of_last_event_sdk_session_id,
     counted.of_first_event_anonymous_id AS of_first_event_anonymous_id,
     counted.of_first_event_sdk_session_id AS of_first_event_sdk_session_id,
     counted.of_first_event_event AS of_first_event_event,
     counted.carried_utm_source AS carried_utm_source,
     counted.carried_utm_medium AS carried_utm_medium,
     counted.carried_utm_campaign AS carried_utm_campaign,
     counted.carried_utm_term AS carried_utm_term,
     counted.carried_utm_content AS carried_utm_content,
     lead(counted.session_start_at) OVER (PARTITION BY counted.dbt_visitor_id
                                          ORDER BY counted.session_sequence_number) AS next_session_start_at,
     lag(counted.ended_at) OVER (PARTITION BY counted.dbt_visitor_id
                                 ORDER BY counted.session_sequence_number) AS previous_timestamp,
     lag(counted.of_last_event_anonymous_id) OVER (PARTITION BY counted.dbt_visitor_id
                                                   ORDER BY counted.session_sequence_number) AS previous_anonymous_id,
     lag(counted.of_last_event_sdk_session_id) OVER (PARTITION BY counted.dbt_visitor_id
                                                     ORDER BY counted.session_sequence_number) AS previous_sdk_session_id,
     CASE
         WHEN ((counted.carried_utm_source IS NOT NULL
                OR counted.carried_utm_medium IS NOT NULL
                OR counted.carried_utm_campaign IS NOT NULL
                OR counted.carried_utm_term IS NOT NULL
                OR counted.carried_utm_content IS NOT NULL)
               AND (coalesce(lag(counted.carried_utm_source) OVER (PARTITION BY counted.dbt_visitor_id, counted.carried_utm_source IS NOT NULL
                                                                   OR counted.carried_utm_medium IS NOT NULL
                                                                   OR counted.carried_utm_campaign IS NOT NULL
                                                                   OR counted.carried_utm_term IS NOT NULL
                                                                   OR counted.carried_utm_content IS NOT NULL
                                                                   ORDER BY counted.session_sequence_number), CAST('' AS TEXT) COLLATE "default") != coalesce(counted.carried_utm_source, CAST('' AS TEXT) COLLATE "default")
                    OR coalesce(lag(counted.carried_utm_medium) OVER (PARTITION BY counted.dbt_visitor_id, counted.carried_utm_source IS NOT NULL
                                                                      OR counted.carried_utm_medium IS NOT NULL
                                                                      OR counted.carried_utm_campaign IS NOT NULL
                                                                      OR counted.carried_utm_term IS NOT NULL
                                                                      OR counted.carried_utm_content IS NOT NULL
                                                                      ORDER BY counted.session_sequence_number), CAST('' AS TEXT) COLLATE "default") != coalesce(counted.carried_utm_medium, CAST('' AS TEXT) COLLATE "default")
                    OR coalesce(lag(counted.carried_utm_campaign) OVER (PARTITION BY counted.dbt_visitor_id, counted.carried_utm_source IS NOT NULL
                                                                        OR counted.carried_utm_medium IS NOT NULL
                                                                        OR counted.carried_utm_campaign IS NOT NULL
                                                                        OR counted.carried_utm_term IS NOT NULL
                                                                        OR counted.carried_utm_content IS NOT NULL
                                                                        ORDER BY counted.session_sequence_number), CAST('' AS TEXT) COLLATE "default") != coalesce(counted.carried_utm_campaign, CAST('' AS TEXT) COLLATE "default")
                    OR coalesce(lag(counted.carried_utm_term) OVER (PARTITION BY counted.dbt_visitor_id, counted.carried_utm_source IS NOT NULL
                                                                    OR counted.carried_utm_medium IS NOT NULL
                                                                    OR counted.carried_utm_campaign IS NOT NULL
                                                                    OR counted.carried_utm_term IS NOT NULL
                                                                    OR counted.carried_utm_content IS NOT NULL
                                                                    ORDER BY counted.session_sequence_number), CAST('' AS TEXT) COLLATE "default") != coalesce(counted.carried_utm_term, CAST('' AS TEXT) COLLATE "default")
                    OR coalesce(lag(counted.carried_utm_content) OVER (PARTITION BY counted.dbt_visitor_id, counted.carried_utm_source IS NOT NULL
                                                                       OR counted.carried_utm_medium IS NOT NULL
                                                                       OR counted.carried_utm_campaign IS NOT NULL
                                                                       OR counted.carried_utm_term IS NOT NULL
                                                                       OR counted.carried_utm_content IS NOT NULL
                                                                       ORDER BY counted.session_sequence_number), CAST('' AS TEXT) COLLATE "default") != coalesce(counted.carried_utm_content, CAST('' AS TEXT) COLLATE "default"))) THEN 1
         ELSE 0
     END AS brings_campaign
   FROM counted)
SELECT CAST(CAST(with_neighbours.session_sequence_number AS TEXT) COLLATE "default" || ' - ' || with_neighbours.dbt_visitor_id AS TEXT) COLLATE
  "default" AS session_id,
  with_neighbours.session_key,
  with_neighbours.dbt_visitor_id,
  with_neighbours.session_sequence_number,
  with_neighbours.session_start_at,
  with_neighbours.ended_at,
  with_neighbours.next_session_start_at,
  CAST(CAST(EXTRACT(EPOCH
                    FROM (with_neighbours.ended_at - with_neighbours.session_start_at)) * 1000000 AS BIGINT) AS DOUBLE PRECISION) / 60000000 AS session_duration,
  with_neighbours.num_pvs,
  with_neighbours.cnt_viewed_product,
  with_neighbours.cnt_signup,
  CAST(NULL AS TEXT) COLLATE
  "default" AS landing_page_url,
  CAST(NULL AS TEXT) COLLATE
  "default" AS landing_page_path,
  CAST(NULL AS TEXT) COLLATE
  "default" AS referrer,
  CAST(NULL AS TEXT) COLLATE
  "default" AS exit_page_url,
  CAST(NULL AS TEXT) COLLATE
  "default" AS exit_page_path,
  with_neighbours.utm_source,
  with_neighbours.utm_medium,
  with_neighbours.utm_campaign,
  with_neighbours.utm_term,
  with_neighbours.utm_content,
  CAST(NULL AS TEXT) COLLATE
  "default" AS device_type,
  CAST(NULL AS TEXT) COLLATE
  "default" AS os_name,
  CAST(NULL AS TEXT) COLLATE
  "default" AS library_name,
  with_neighbours.anonymous_id,
  with_neighbours.user_id,
  with_neighbours.page_views,
  with_neighbours.conversions,
  CAST(EXTRACT(EPOCH
               FROM (with_neighbours.ended_at - with_neighbours.session_start_at)) * 1000000 AS BIGINT) >= 10000000
OR with_neighbours.page_views >= 2
OR
  with_neighbours.conversions >= 1 AS is_engaged,
  CASE
      WHEN (with_neighbours.page_views > 0) THEN NOT (CAST(EXTRACT(EPOCH
                                                                   FROM (with_neighbours.ended_at - with_neighbours.session_start_at)) * 1000000 AS BIGINT) >= 10000000
                                                      OR with_neighbours.page_views >= 2
                                                      OR with_neighbours.conversions >= 1)
  END AS is_bounce,
  CASE
      WHEN (with_neighbours.session_start_at >= CAST('0001-01-02 00:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE)
            AND with_neighbours.session_start_at <= CAST('9999-12-30 23:59:59.999999+00:00' AS TIMESTAMP WITH TIME ZONE)) THEN CAST((with_neighbours.session_start_at AT TIME ZONE 'Europe/Berlin') AS DATE)
      ELSE CAST((with_neighbours.session_start_at AT TIME ZONE 'UTC') AS DATE)
  END AS session_date,
  CAST(CASE
           WHEN (with_neighbours.session_sequence_number = 1) THEN 'first'
           WHEN (with_neighbours.previous_sdk_session_id IS NOT NULL
                 AND with_neighbours.of_first_event_sdk_session_id IS NOT NULL
                 AND (with_neighbours.previous_anonymous_id != with_neighbours.of_first_event_anonymous_id
                      OR (with_neighbours.previous_anonymous_id IS NULL) != (with_neighbours.of_first_event_anonymous_id IS NULL)
                      OR with_neighbours.previous_sdk_session_id != with_neighbours.of_first_event_sdk_session_id
                      OR (with_neighbours.previous_sdk_session_id IS NULL) != (with_neighbours.of_first_event_sdk_session_id IS NULL))) THEN 'sdk'
           WHEN (CAST(EXTRACT(EPOCH
                              FROM (with_neighbours.session_start_at - with_neighbours.previous_timestamp)) * 1000000 AS BIGINT) > 1800000000
                 AND (with_neighbours.previous_sdk_session_id IS NULL
                      OR with_neighbours.of_first_event_sdk_session_id IS NULL)) THEN 'idle'
           WHEN (with_neighbours.of_first_event_event IN ('app_opened')) THEN 'start_event'
           WHEN (with_neighbours.brings_campaign = 1) THEN 'campaign'
           WHEN (CASE
                     WHEN (with_neighbours.previous_timestamp >= CAST('0001-01-02 00:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE)
                           AND with_neighbours.previous_timestamp <= CAST('9999-12-30 23:59:59.999999+00:00' AS TIMESTAMP WITH TIME ZONE)) THEN CAST((with_neighbours.previous_timestamp AT TIME ZONE 'Europe/Berlin') AS DATE)
                     ELSE CAST((with_neighbours.previous_timestamp AT TIME ZONE 'UTC') AS DATE)
                 END != CASE
                            WHEN (with_neighbours.session_start_at >= CAST('0001-01-02 00:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE)
                                  AND with_neighbours.session_start_at <= CAST('9999-12-30 23:59:59.999999+00:00' AS TIMESTAMP WITH TIME ZONE)) THEN CAST((with_neighbours.session_start_at AT TIME ZONE 'Europe/Berlin') AS DATE)
                            ELSE CAST((with_neighbours.session_start_at AT TIME ZONE 'UTC') AS DATE)
                        END) THEN 'midnight'
           ELSE 'too_long'
       END AS TEXT) COLLATE
  "default" AS start_reason,
  CAST(NULL AS NUMERIC(38, 9)) AS revenue,
  with_neighbours.last_term
FROM with_neighbours;
-- sessions: index it
DROP INDEX IF EXISTS dbt_sessions_session_id;
CREATE INDEX IF NOT EXISTS dbt_sessions_session_id_hash ON dbt_sessions USING hash (session_id);
DROP INDEX IF EXISTS dbt_sessions_dbt_visitor_id;
CREATE INDEX IF NOT EXISTS dbt_sessions_dbt_visitor_id_beginning ON dbt_sessions USING btree (LEFT(dbt_visitor_id, 200));
CREATE INDEX IF NOT EXISTS dbt_sessions_dbt_visitor_id_bloom ON dbt_sessions USING brin (dbt_visitor_id text_bloom_ops) WITH (autosummarize = on);
CREATE INDEX IF NOT EXISTS dbt_sessions_session_start_at ON dbt_sessions USING btree (session_start_at);
-- sessions: update the planner's statistics
ANALYZE dbt_sessions;
-- sessions: add column comments
COMMENT ON TABLE dbt_sessions IS 'One row per session: when it started and ended, its number, where it came from and landed, and what happened in it. Built by sessionmodels.';
COMMENT ON COLUMN dbt_sessions.session_id IS '`''<session_sequence_number> - <dbt_visitor_id>''`; unique, never null.';
COMMENT ON COLUMN dbt_sessions.session_key IS 'the `event_id` of its first event; it stays when a visitor''s sessions are renumbered.';
COMMENT ON COLUMN dbt_sessions.dbt_visitor_id IS 'the visitor.';
COMMENT ON COLUMN dbt_sessions.session_sequence_number IS 'counts from 1 within the visitor.';
COMMENT ON COLUMN dbt_sessions.session_start_at IS 'its first event''s time.';
COMMENT ON COLUMN dbt_sessions.ended_at IS 'its last event''s time.';
COMMENT ON COLUMN dbt_sessions.next_session_start_at IS 'the start of the visitor''s next session; null on the last.';
COMMENT ON COLUMN dbt_sessions.session_duration IS 'minutes from its first event to its last, as a fraction; 0 if it has one event.';
COMMENT ON COLUMN dbt_sessions.num_pvs IS 'how many events it has, each event id counted once.';
COMMENT ON COLUMN dbt_sessions.cnt_viewed_product IS 'how many of its events are named `view_product` or `viewed_product`.';
COMMENT ON COLUMN dbt_sessions.cnt_signup IS 'how many of its events are named `signup`.';
COMMENT ON COLUMN dbt_sessions.landing_page_url IS '`page_url` of its first event with a `page_url` or a `page_path`.';
COMMENT ON COLUMN dbt_sessions.landing_page_path IS '`page_path` of the same event.';
COMMENT ON COLUMN dbt_sessions.referrer IS '`page_referrer` of the same event.';
COMMENT ON COLUMN dbt_sessions.exit_page_url IS '`page_url` of its last event with a `page_url` or a `page_path`.';
COMMENT ON COLUMN dbt_sessions.exit_page_path IS '`page_path` of the same event.';
COMMENT ON COLUMN dbt_sessions.utm_source IS '`utm_source` of its first event that carries a campaign: any of the five `utm_` columns.';
COMMENT ON COLUMN dbt_sessions.utm_medium IS '`utm_medium` of the same event.';
COMMENT ON COLUMN dbt_sessions.utm_campaign IS '`utm_campaign` of the same event.';
COMMENT ON COLUMN dbt_sessions.utm_term IS '`utm_term` of the same event.';
COMMENT ON COLUMN dbt_sessions.utm_content IS '`utm_content` of the same event.';
COMMENT ON COLUMN dbt_sessions.device_type IS '`device_type` of its first event with a `device_type`, an `os_name` or a `library_name`.';
COMMENT ON COLUMN dbt_sessions.os_name IS '`os_name` of the same event.';
COMMENT ON COLUMN dbt_sessions.library_name IS '`library_name` of the same event.';
COMMENT ON COLUMN dbt_sessions.anonymous_id IS 'the device of its first event that has one.';
COMMENT ON COLUMN dbt_sessions.user_id IS 'the user of its last event that has one.';
COMMENT ON COLUMN dbt_sessions.page_views IS 'how many of its events are named `page` or `screen`.';
COMMENT ON COLUMN dbt_sessions.conversions IS 'how many of its events are named `order_completed`.';
COMMENT ON COLUMN dbt_sessions.is_engaged IS 'whether it lasted 10 seconds or longer, or has two page views or more, or a conversion.';
COMMENT ON COLUMN dbt_sessions.is_bounce IS 'whether it is not engaged; null if it has no page view.';
COMMENT ON COLUMN dbt_sessions.session_date IS 'the date of `session_start_at` in Europe/Berlin.';
COMMENT ON COLUMN dbt_sessions.start_reason IS 'why it starts: `first`, `sdk`, `idle`, `start_event`, `campaign`, `midnight` or `too_long`.';
COMMENT ON COLUMN dbt_sessions.revenue IS 'the sum of the numbers in `revenue` of its events; null if there is none.';
COMMENT ON COLUMN dbt_sessions.last_term IS '`utm_term` of its last event that has one.';
