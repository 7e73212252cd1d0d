-- checks on PostgreSQL. How many rows break each rule.
-- keys_of_aliases_mapping
SELECT
  (SELECT count(*) = 0 AS all_differ
   FROM
     (SELECT hashed.hash AS hash
      FROM
        (SELECT hashtextextended(dbt_aliases_mapping.alias, 0) AS hash
         FROM dbt_aliases_mapping
         WHERE dbt_aliases_mapping.alias IS NOT NULL) AS hashed
      GROUP BY hashed.hash
      HAVING count(*) > 1) AS repeated) AS all_differ;

-- keys_of_aliases_mapping
WITH keys_of_aliases_mapping AS
  (SELECT
     dbt_aliases_mapping.alias AS alias,
     count(*) AS occurrences
   FROM dbt_aliases_mapping
   WHERE dbt_aliases_mapping.alias IS NOT NULL
   GROUP BY dbt_aliases_mapping.alias
   HAVING count(*) > 1)
SELECT count(CASE
                 WHEN (keys_of_aliases_mapping.occurrences > 1) THEN 1
             END) AS aliases_mapping__alias_unique
FROM keys_of_aliases_mapping;

-- rows_of_aliases_mapping
WITH rows_of_aliases_mapping AS
  (SELECT
     dbt_aliases_mapping.alias AS alias,
     dbt_aliases_mapping.dbt_visitor_id AS dbt_visitor_id
   FROM dbt_aliases_mapping)
SELECT
  count(*) - count(rows_of_aliases_mapping.alias) AS aliases_mapping__alias_not_null,
  count(*) - count(rows_of_aliases_mapping.dbt_visitor_id) AS aliases_mapping__dbt_visitor_id_not_null
FROM rows_of_aliases_mapping;

-- keys_of_session_events
SELECT
  (SELECT count(*) = 0 AS all_differ
   FROM
     (SELECT hashed.hash AS hash
      FROM
        (SELECT hashtextextended(dbt_session_events.event_id, 0) AS hash
         FROM dbt_session_events
         WHERE dbt_session_events.event_id IS NOT NULL) AS hashed
      GROUP BY hashed.hash
      HAVING count(*) > 1) AS repeated) AS all_differ;

-- keys_of_session_events
WITH keys_of_session_events AS
  (SELECT
     dbt_session_events.event_id AS event_id,
     count(*) AS occurrences
   FROM dbt_session_events
   WHERE dbt_session_events.event_id IS NOT NULL
   GROUP BY dbt_session_events.event_id
   HAVING count(*) > 1)
SELECT count(CASE
                 WHEN (keys_of_session_events.occurrences > 1) THEN 1
             END) AS session_events__event_id_unique
FROM keys_of_session_events;

-- rows_of_session_events
WITH rows_of_session_events AS
  (SELECT
     dbt_session_events.event_id AS event_id,
     dbt_session_events.dbt_visitor_id AS dbt_visitor_id,
     dbt_session_events.source AS source,
     dbt_session_events.timestamp AS timestamp,
     dbt_session_events.session_id AS session_id,
     dbt_session_events.session_sequence_number AS session_sequence_number,
     dbt_session_events.track_sequence_number AS track_sequence_number
   FROM dbt_session_events)
SELECT
  count(*) - count(rows_of_session_events.event_id) AS session_events__event_id_not_null,
  count(*) - count(rows_of_session_events.source) AS session_events__source_not_null,
  count(*) - count(rows_of_session_events.dbt_visitor_id) AS session_events__dbt_visitor_id_not_null,
  count(*) - count(rows_of_session_events.timestamp) AS session_events__timestamp_not_null,
  count(*) - count(rows_of_session_events.session_id) AS session_events__session_id_not_null,
  count(*) - count(rows_of_session_events.session_sequence_number) AS session_events__session_sequence_number_not_null,
  count(*) - count(rows_of_session_events.track_sequence_number) AS session_events__track_sequence_number_not_null
FROM rows_of_session_events;

-- keys_of_sessions
SELECT
  (SELECT count(*) = 0 AS all_differ
   FROM
     (SELECT hashed.hash AS hash
      FROM
        (SELECT hashtextextended(dbt_sessions.session_id, 0) AS hash
         FROM dbt_sessions
         WHERE dbt_sessions.session_id IS NOT NULL) AS hashed
      GROUP BY hashed.hash
      HAVING count(*) > 1) AS repeated) AS all_differ;

-- keys_of_sessions
WITH keys_of_sessions AS
  (SELECT
     dbt_sessions.session_id AS session_id,
     count(*) AS occurrences
   FROM dbt_sessions
   WHERE dbt_sessions.session_id IS NOT NULL
   GROUP BY dbt_sessions.session_id
   HAVING count(*) > 1)
SELECT count(CASE
                 WHEN (keys_of_sessions.occurrences > 1) THEN 1
             END) AS sessions__session_id_unique
FROM keys_of_sessions;

-- rows_of_sessions
WITH rows_of_sessions AS
  (SELECT
     dbt_sessions.session_id AS session_id,
     dbt_sessions.dbt_visitor_id AS dbt_visitor_id,
     dbt_sessions.session_key AS session_key,
     dbt_sessions.session_sequence_number AS session_sequence_number,
     dbt_sessions.session_start_at AS session_start_at,
     dbt_sessions.ended_at AS ended_at,
     dbt_sessions.session_duration AS session_duration,
     dbt_sessions.num_pvs AS num_pvs,
     dbt_sessions.page_views AS page_views,
     dbt_sessions.conversions AS conversions,
     dbt_sessions.is_engaged AS is_engaged,
     dbt_sessions.session_date AS session_date,
     dbt_sessions.start_reason AS start_reason
   FROM dbt_sessions)
SELECT
  count(*) - count(rows_of_sessions.session_id) AS sessions__session_id_not_null,
  count(*) - count(rows_of_sessions.session_key) AS sessions__session_key_not_null,
  count(*) - count(rows_of_sessions.dbt_visitor_id) AS sessions__dbt_visitor_id_not_null,
  count(*) - count(rows_of_sessions.session_sequence_number) AS sessions__session_sequence_number_not_null,
  count(*) - count(rows_of_sessions.session_start_at) AS sessions__session_start_at_not_null,
  count(*) - count(rows_of_sessions.ended_at) AS sessions__ended_at_not_null,
  count(*) - count(rows_of_sessions.session_duration) AS sessions__session_duration_not_null,
  count(*) - count(rows_of_sessions.num_pvs) AS sessions__num_pvs_not_null,
  count(*) - count(rows_of_sessions.page_views) AS sessions__page_views_not_null,
  count(*) - count(rows_of_sessions.conversions) AS sessions__conversions_not_null,
  count(*) - count(rows_of_sessions.is_engaged) AS sessions__is_engaged_not_null,
  count(*) - count(rows_of_sessions.session_date) AS sessions__session_date_not_null,
  count(*) - count(rows_of_sessions.start_reason) AS sessions__start_reason_not_null
FROM rows_of_sessions;

-- keys_of_user_session_facts
SELECT
  (SELECT count(*) = 0 AS all_differ
   FROM
     (SELECT hashed.hash AS hash
      FROM
        (SELECT hashtextextended(dbt_user_session_facts.dbt_visitor_id, 0) AS hash
         FROM dbt_user_session_facts
         WHERE dbt_user_session_facts.dbt_visitor_id IS NOT NULL) AS hashed
      GROUP BY hashed.hash
      HAVING count(*) > 1) AS repeated) AS all_differ;

-- keys_of_user_session_facts
WITH keys_of_user_session_facts AS
  (SELECT
     dbt_user_session_facts.dbt_visitor_id AS dbt_visitor_id,
     count(*) AS occurrences
   FROM dbt_user_session_facts
   WHERE dbt_user_session_facts.dbt_visitor_id IS NOT NULL
   GROUP BY dbt_user_session_facts.dbt_visitor_id
   HAVING count(*) > 1)
SELECT count(CASE
                 WHEN (keys_of_user_session_facts.occurrences > 1) THEN 1
             END) AS user_session_facts__dbt_visitor_id_unique
FROM keys_of_user_session_facts;

-- rows_of_user_session_facts
WITH rows_of_user_session_facts AS
  (SELECT
     dbt_user_session_facts.dbt_visitor_id AS dbt_visitor_id,
     dbt_user_session_facts.first_date AS first_date,
     dbt_user_session_facts.last_date AS last_date,
     dbt_user_session_facts.number_of_sessions AS number_of_sessions
   FROM dbt_user_session_facts)
SELECT
  count(*) - count(rows_of_user_session_facts.dbt_visitor_id) AS user_session_facts__dbt_visitor_id_not_null,
  count(*) - count(rows_of_user_session_facts.first_date) AS user_session_facts__first_date_not_null,
  count(*) - count(rows_of_user_session_facts.last_date) AS user_session_facts__last_date_not_null,
  count(*) - count(rows_of_user_session_facts.number_of_sessions) AS user_session_facts__number_of_sessions_not_null
FROM rows_of_user_session_facts;

-- each_event
WITH each_event AS
  (SELECT
     dbt_session_events.event_id AS event_id,
     dbt_session_events.session_id AS session_id,
     dbt_session_events.track_sequence_number AS track_sequence_number,
     dbt_session_events.session_sequence_number AS session_sequence_number,
     dbt_session_events.timestamp AS timestamp,
     dbt_session_events.event AS event,
     dbt_session_events.idle_time_minutes AS idle_time_minutes
   FROM dbt_session_events)
SELECT
  count(CASE
            WHEN (each_event.track_sequence_number > 1
                  AND each_event.idle_time_minutes > 30) THEN 1
        END) AS session_events__pauses,
  count(CASE
            WHEN ((each_event.session_sequence_number = 1
                   AND each_event.track_sequence_number = 1) != (each_event.idle_time_minutes IS NULL)) THEN 1
        END) AS session_events__first_idle_time
FROM each_event;

-- named_sessions
WITH named_sessions AS
  (SELECT DISTINCT
     dbt_session_events.session_id AS session_id,
     dbt_session_events.session_sequence_number AS session_sequence_number,
     dbt_session_events.dbt_visitor_id AS dbt_visitor_id
   FROM dbt_session_events)
SELECT count(CASE
                 WHEN (named_sessions.session_id != CAST(CAST(named_sessions.session_sequence_number AS TEXT) COLLATE "default" || ' - ' || named_sessions.dbt_visitor_id AS TEXT) COLLATE "default") THEN 1
             END) AS session_events__session_id
FROM named_sessions;

-- each_session
WITH each_session AS
  (SELECT
     dbt_sessions.session_id AS session_id,
     dbt_sessions.dbt_visitor_id AS dbt_visitor_id,
     dbt_sessions.session_sequence_number AS session_sequence_number,
     dbt_sessions.session_start_at AS session_start_at,
     dbt_sessions.ended_at AS ended_at,
     dbt_sessions.session_duration AS session_duration,
     dbt_sessions.start_reason AS start_reason
   FROM dbt_sessions)
SELECT
  count(CASE
            WHEN (each_session.session_id != CAST(CAST(each_session.session_sequence_number AS TEXT) COLLATE "default" || ' - ' || each_session.dbt_visitor_id AS TEXT) COLLATE "default") THEN 1
        END) AS sessions__session_id,
  count(CASE
            WHEN (each_session.ended_at < each_session.session_start_at) THEN 1
        END) AS sessions__ends_after_start,
  count(CASE
            WHEN (each_session.session_duration != CAST(CAST(EXTRACT(EPOCH
                                                                     FROM (each_session.ended_at - each_session.session_start_at)) * 1000000 AS BIGINT) AS DOUBLE PRECISION) / 60000000) THEN 1
        END) AS sessions__duration,
  count(CASE
            WHEN (each_session.session_sequence_number = 1
                  AND each_session.start_reason != 'first'
                  OR each_session.session_sequence_number != 1
                  AND (each_session.start_reason NOT IN ('idle'))) THEN 1
        END) AS sessions__start_reason
FROM each_session;

-- sessions_in_order
WITH sessions_in_order AS
  (SELECT
     dbt_sessions.session_id AS session_id,
     dbt_sessions.dbt_visitor_id AS dbt_visitor_id,
     dbt_sessions.session_sequence_number AS session_sequence_number,
     dbt_sessions.session_start_at AS session_start_at,
     dbt_sessions.ended_at AS ended_at,
     dbt_sessions.next_session_start_at AS next_session_start_at,
     dbt_sessions.start_reason AS start_reason,
     lag(dbt_sessions.session_sequence_number) OVER (PARTITION BY dbt_sessions.dbt_visitor_id
                                                     ORDER BY dbt_sessions.session_sequence_number) AS previous_session_sequence_number,
     lag(dbt_sessions.ended_at) OVER (PARTITION BY dbt_sessions.dbt_visitor_id
                                      ORDER BY dbt_sessions.session_sequence_number) AS previous_ended_at,
     lead(dbt_sessions.session_start_at) OVER (PARTITION BY dbt_sessions.dbt_visitor_id
                                               ORDER BY dbt_sessions.session_sequence_number) AS following_start_at
   FROM dbt_sessions)
SELECT
  count(CASE
            WHEN (sessions_in_order.session_sequence_number != coalesce(sessions_in_order.previous_session_sequence_number, 0) + 1) THEN 1
        END) AS sessions__numbered,
  count(CASE
            WHEN (sessions_in_order.session_start_at < sessions_in_order.previous_ended_at) THEN 1
        END) AS sessions__overlap,
  count(CASE
            WHEN (sessions_in_order.next_session_start_at != sessions_in_order.following_start_at
                  OR (sessions_in_order.next_session_start_at IS NULL) != (sessions_in_order.following_start_at IS NULL)) THEN 1
        END) AS sessions__next_start,
  count(CASE
            WHEN (sessions_in_order.start_reason = 'idle'
                  AND CAST(EXTRACT(EPOCH
                                   FROM (sessions_in_order.session_start_at - sessions_in_order.previous_ended_at)) * 1000000 AS BIGINT) <= 1800000000) THEN 1
        END) AS sessions__pauses
FROM sessions_in_order;

-- sessions_of_events
WITH found AS
  (SELECT
     dbt_session_events.session_id AS session_id,
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
     CAST(0 AS BIGINT) AS conversions,
     count(*) AS events,
     min(dbt_session_events.track_sequence_number) AS first_number,
     max(dbt_session_events.track_sequence_number) AS last_number,
     CAST(sum(dbt_session_events.track_sequence_number) AS BIGINT) AS sum_of_numbers,
     CAST(sum(CASE
                  WHEN (dbt_session_events.track_sequence_number > 1) THEN CAST(round(dbt_session_events.idle_time_minutes * 60000000) AS BIGINT)
                  ELSE 0
              END) AS BIGINT) AS microseconds_of_pauses
   FROM dbt_session_events
   GROUP BY dbt_session_events.session_id), sessions_of_events AS
  (SELECT
     dbt_sessions.session_id AS stored_session_id,
     dbt_sessions.session_start_at AS session_start_at,
     dbt_sessions.ended_at AS ended_at,
     dbt_sessions.num_pvs AS num_pvs,
     dbt_sessions.cnt_viewed_product AS cnt_viewed_product,
     dbt_sessions.cnt_signup AS cnt_signup,
     dbt_sessions.page_views AS page_views,
     dbt_sessions.conversions AS conversions,
     coalesce(dbt_sessions.session_id, found.session_id) AS session_id,
     found.session_id AS found_session_id,
     found.session_start_at AS found_session_start_at,
     found.ended_at AS found_ended_at,
     found.num_pvs AS found_num_pvs,
     found.cnt_viewed_product AS found_cnt_viewed_product,
     found.cnt_signup AS found_cnt_signup,
     found.page_views AS found_page_views,
     found.conversions AS found_conversions,
     found.events AS found_events,
     found.first_number AS found_first_number,
     found.last_number AS found_last_number,
     found.sum_of_numbers AS found_sum_of_numbers,
     found.microseconds_of_pauses AS found_microseconds_of_pauses
   FROM dbt_sessions
   FULL OUTER JOIN found ON dbt_sessions.session_id = found.session_id)
SELECT
  count(CASE
            WHEN (sessions_of_events.stored_session_id IS NULL) THEN 1
        END) AS session_events__in_a_session,
  count(CASE
            WHEN (sessions_of_events.found_events IS NULL) THEN 1
        END) AS sessions__has_events,
  count(CASE
            WHEN (sessions_of_events.session_start_at != sessions_of_events.found_session_start_at) THEN 1
        END) AS sessions__starts,
  count(CASE
            WHEN (sessions_of_events.ended_at != sessions_of_events.found_ended_at) THEN 1
        END) AS sessions__ends,
  count(CASE
            WHEN (sessions_of_events.num_pvs != sessions_of_events.found_num_pvs) THEN 1
        END) AS sessions__num_pvs,
  count(CASE
            WHEN (sessions_of_events.cnt_viewed_product != sessions_of_events.found_cnt_viewed_product
                  OR sessions_of_events.cnt_signup != sessions_of_events.found_cnt_signup
                  OR sessions_of_events.page_views != sessions_of_events.found_page_views
                  OR sessions_of_events.conversions != sessions_of_events.found_conversions) THEN 1
        END) AS sessions__counted,
  count(CASE
            WHEN (sessions_of_events.found_first_number != 1
                  OR sessions_of_events.found_last_number != sessions_of_events.found_events
                  OR sessions_of_events.found_sum_of_numbers * 2 != sessions_of_events.found_events * (sessions_of_events.found_events + 1)) THEN 1
        END) AS session_events__numbered,
  count(CASE
            WHEN (sessions_of_events.found_microseconds_of_pauses != CAST(EXTRACT(EPOCH
                                                                                  FROM (sessions_of_events.found_ended_at - sessions_of_events.found_session_start_at)) * 1000000 AS BIGINT)) THEN 1
        END) AS session_events__idle_times
FROM sessions_of_events;

-- first_events
WITH
  firsts AS
  (SELECT
     dbt_session_events.event_id AS event_id,
     dbt_session_events.session_id AS session_id
   FROM dbt_session_events
   WHERE dbt_session_events.track_sequence_number = 1),
  first_events AS
  (SELECT
     dbt_sessions.session_id AS session_id,
     dbt_sessions.session_key AS session_key,
     dbt_sessions.session_start_at AS session_start_at,
     firsts.event_id AS event_id
   FROM dbt_sessions
   LEFT OUTER JOIN firsts ON firsts.event_id = dbt_sessions.session_key
   AND firsts.session_id = dbt_sessions.session_id)
SELECT count(CASE
                 WHEN (first_events.session_key IS NOT NULL
                       AND first_events.event_id IS NULL) THEN 1
             END) AS sessions__session_key
FROM first_events;

-- sessions_of_visitors
WITH found AS
  (SELECT
     dbt_sessions.dbt_visitor_id AS dbt_visitor_id,
     min(dbt_sessions.session_start_at) AS first_date,
     max(dbt_sessions.session_start_at) AS last_date,
     count(*) AS number_of_sessions
   FROM dbt_sessions
   GROUP BY dbt_sessions.dbt_visitor_id), sessions_of_visitors AS
  (SELECT
     coalesce(dbt_user_session_facts.dbt_visitor_id, found.dbt_visitor_id) AS dbt_visitor_id,
     dbt_user_session_facts.dbt_visitor_id AS stored_visitor_id,
     dbt_user_session_facts.first_date AS first_date,
     dbt_user_session_facts.last_date AS last_date,
     dbt_user_session_facts.number_of_sessions AS number_of_sessions,
     found.first_date AS found_first_date,
     found.last_date AS found_last_date,
     found.number_of_sessions AS found_number_of_sessions
   FROM dbt_user_session_facts
   FULL OUTER JOIN found ON dbt_user_session_facts.dbt_visitor_id = found.dbt_visitor_id)
SELECT
  count(CASE
            WHEN (sessions_of_visitors.stored_visitor_id IS NULL) THEN 1
        END) AS user_session_facts__every_visitor,
  count(CASE
            WHEN (sessions_of_visitors.found_number_of_sessions IS NULL) THEN 1
        END) AS user_session_facts__has_sessions,
  count(CASE
            WHEN (sessions_of_visitors.number_of_sessions != sessions_of_visitors.found_number_of_sessions) THEN 1
        END) AS user_session_facts__number_of_sessions,
  count(CASE
            WHEN (sessions_of_visitors.first_date != sessions_of_visitors.found_first_date
                  OR sessions_of_visitors.last_date != sessions_of_visitors.found_last_date) THEN 1
        END) AS user_session_facts__dates
FROM sessions_of_visitors;

-- ids_of_events
WITH
  seen AS
  (SELECT dbt_session_events.anonymous_id AS alias
   FROM dbt_session_events
   WHERE dbt_session_events.anonymous_id IS NOT NULL
   UNION SELECT dbt_session_events.user_id AS alias
   FROM dbt_session_events
   WHERE dbt_session_events.user_id IS NOT NULL),
  ids_of_events AS
  (SELECT
     seen.alias AS seen,
     dbt_aliases_mapping.alias AS alias,
     dbt_aliases_mapping.dbt_visitor_id AS dbt_visitor_id
   FROM seen
   FULL OUTER JOIN dbt_aliases_mapping ON seen.alias = dbt_aliases_mapping.alias)
SELECT
  count(CASE
            WHEN (ids_of_events.seen IS NOT NULL
                  AND ids_of_events.alias IS NULL) THEN 1
        END) AS aliases_mapping__every_id,
  count(CASE
            WHEN (ids_of_events.seen IS NULL) THEN 1
        END) AS aliases_mapping__seen
FROM ids_of_events;

-- events_by_id
WITH events_by_id AS
  (SELECT
     dbt_session_events.event_id AS event_id,
     coalesce(dbt_session_events.user_id, dbt_session_events.anonymous_id) AS alias,
     dbt_session_events.dbt_visitor_id AS dbt_visitor_id,
     dbt_aliases_mapping.dbt_visitor_id AS mapped_visitor_id
   FROM dbt_session_events
   JOIN dbt_aliases_mapping ON dbt_aliases_mapping.alias = coalesce(dbt_session_events.user_id, dbt_session_events.anonymous_id))
SELECT count(CASE
                 WHEN (events_by_id.dbt_visitor_id != events_by_id.mapped_visitor_id) THEN 1
             END) AS session_events__visitor
FROM events_by_id;

-- visitors
WITH
  ours AS
  (SELECT
     dbt_sessions.dbt_visitor_id AS dbt_visitor_id,
     count(*) AS number_of_sessions
   FROM dbt_sessions
   GROUP BY dbt_sessions.dbt_visitor_id),
  mapped AS
  (SELECT dbt_aliases_mapping.alias AS mapped_visitor_id
   FROM dbt_aliases_mapping
   UNION SELECT dbt_aliases_mapping.dbt_visitor_id AS mapped_visitor_id
   FROM dbt_aliases_mapping),
  visitors AS
  (SELECT
     ours.dbt_visitor_id AS dbt_visitor_id,
     ours.number_of_sessions AS number_of_sessions,
     mapped.mapped_visitor_id AS mapped_visitor_id
   FROM ours
   LEFT OUTER JOIN mapped ON ours.dbt_visitor_id = mapped.mapped_visitor_id)
SELECT count(CASE
                 WHEN (visitors.mapped_visitor_id IS NULL) THEN 1
             END) AS aliases_mapping__every_visitor
FROM visitors;
