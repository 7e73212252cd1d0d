-- The views of revision 0001 on DuckDB, each as the revision creates it.
-- {target}, {source} and {prefix} stand for the settings target_schema, source_schema and table_prefix.

-- view: aliases_mapping
WITH
  typed_events AS
  (SELECT
     CAST({source}.tracks.id AS VARCHAR) AS event_id,
     CAST({source}.tracks.anonymous_id AS VARCHAR) AS anonymous_id,
     CAST({source}.tracks.user_id AS VARCHAR) AS user_id,
     CAST({source}.tracks.event AS VARCHAR) AS event,
     CAST({source}.tracks.timestamp AS TIMESTAMP WITH TIME ZONE) AS timestamp,
     CAST({source}.tracks.uuid_ts AS TIMESTAMP WITH TIME ZONE) AS loaded_at
   FROM {source}.tracks),
  raw_events AS
  (SELECT
     CASE
         WHEN (typed_events.event_id >= '!') THEN typed_events.event_id
         WHEN (replace(typed_events.event_id, ' ', '') != '') THEN typed_events.event_id
     END AS event_id,
     CAST('tracks' AS VARCHAR) AS source,
     CASE
         WHEN (typed_events.anonymous_id >= '!') THEN typed_events.anonymous_id
         WHEN (replace(typed_events.anonymous_id, ' ', '') != '') THEN typed_events.anonymous_id
     END AS anonymous_id,
     CASE
         WHEN (typed_events.user_id >= '!') THEN typed_events.user_id
         WHEN (replace(typed_events.user_id, ' ', '') != '') THEN typed_events.user_id
     END AS user_id,
     typed_events.event AS event,
     CASE
         WHEN (typed_events.timestamp BETWEEN CAST('0001-01-01 00:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE) AND CAST('9999-12-31 23:59:59.999999+00:00' AS TIMESTAMP WITH TIME ZONE)) THEN typed_events.timestamp
     END AS timestamp,
     CASE
         WHEN (typed_events.loaded_at BETWEEN CAST('0001-01-01 00:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE) AND CAST('9999-12-31 23:59:59.999999+00:00' AS TIMESTAMP WITH TIME ZONE)) THEN typed_events.loaded_at
     END AS loaded_at
   FROM typed_events),
  usable_events AS
  (SELECT
     raw_events.event_id AS event_id,
     raw_events.source AS source,
     raw_events.anonymous_id AS anonymous_id,
     raw_events.user_id AS user_id,
     raw_events.event AS event,
     raw_events.timestamp AS timestamp,
     raw_events.loaded_at AS loaded_at
   FROM raw_events
   WHERE raw_events.event_id IS NOT NULL
     AND raw_events.timestamp IS NOT NULL
     AND (raw_events.anonymous_id IS NOT NULL
          OR raw_events.user_id IS NOT NULL)
     AND CASE
             WHEN (strlen(raw_events.event_id) > 65535
                   AND length(raw_events.event_id) > 65535
                   OR strlen(raw_events.anonymous_id) > 65535
                   AND length(raw_events.anonymous_id) > 65535
                   OR strlen(raw_events.user_id) > 65535
                   AND length(raw_events.user_id) > 65535) THEN 1
             ELSE 0
         END != 1),
  repeated_hashes AS
  (SELECT DISTINCT pairs.hash AS hash
   FROM
     (SELECT
        hashed.hash AS hash,
        lead(hashed.hash) OVER (
                                ORDER BY hashed.hash) AS following
      FROM
        (SELECT HASH(usable_events.event_id) AS hash
         FROM usable_events
         WHERE usable_events.event_id IS NOT NULL) AS hashed) AS pairs
   WHERE pairs.hash = pairs.following),
  shared_ids AS
  (SELECT usable_events.event_id AS event_id
   FROM usable_events
   JOIN repeated_hashes ON HASH(usable_events.event_id) = repeated_hashes.hash
   GROUP BY usable_events.event_id
   HAVING count(*) > 1),
  rows_of_shared_ids AS
  (SELECT
     usable_events.event_id AS event_id,
     usable_events.source AS source,
     usable_events.anonymous_id AS anonymous_id,
     usable_events.user_id AS user_id,
     usable_events.event AS event,
     usable_events.timestamp AS timestamp,
     usable_events.loaded_at AS loaded_at
   FROM usable_events
   JOIN shared_ids ON shared_ids.event_id = usable_events.event_id),
  rows_with_ranks AS
  (SELECT
     usable_events.event_id AS event_id,
     usable_events.source AS source,
     usable_events.anonymous_id AS anonymous_id,
     usable_events.user_id AS user_id,
     usable_events.event AS event,
     usable_events.timestamp AS timestamp,
     usable_events.loaded_at AS loaded_at,
     1 AS duplicate_rank
   FROM usable_events
   LEFT OUTER JOIN shared_ids ON shared_ids.event_id = usable_events.event_id
   WHERE shared_ids.event_id IS NULL
   UNION ALL SELECT
     rows_of_shared_ids.event_id AS event_id,
     rows_of_shared_ids.source AS source,
     rows_of_shared_ids.anonymous_id AS anonymous_id,
     rows_of_shared_ids.user_id AS user_id,
     rows_of_shared_ids.event AS event,
     rows_of_shared_ids.timestamp AS timestamp,
     rows_of_shared_ids.loaded_at AS loaded_at,
     row_number() OVER (PARTITION BY rows_of_shared_ids.event_id
                        ORDER BY rows_of_shared_ids.timestamp, rows_of_shared_ids.loaded_at IS NULL, rows_of_shared_ids.loaded_at, rows_of_shared_ids.anonymous_id IS NULL, rows_of_shared_ids.anonymous_id, rows_of_shared_ids.user_id IS NULL, rows_of_shared_ids.user_id, rows_of_shared_ids.event IS NULL, rows_of_shared_ids.event) AS duplicate_rank
   FROM rows_of_shared_ids),
  ranked_events AS
  (SELECT
     rows_with_ranks.event_id AS event_id,
     rows_with_ranks.source AS source,
     rows_with_ranks.anonymous_id AS anonymous_id,
     rows_with_ranks.user_id AS user_id,
     rows_with_ranks.event AS event,
     rows_with_ranks.timestamp AS timestamp,
     rows_with_ranks.loaded_at AS loaded_at,
     rows_with_ranks.duplicate_rank AS duplicate_rank
   FROM rows_with_ranks),
  tracks AS
  (SELECT
     ranked_events.event_id AS event_id,
     ranked_events.source AS source,
     ranked_events.anonymous_id AS anonymous_id,
     ranked_events.user_id AS user_id,
     ranked_events.event AS event,
     ranked_events.timestamp AS timestamp,
     ranked_events.loaded_at AS loaded_at
   FROM ranked_events
   WHERE ranked_events.duplicate_rank = 1),
  aliases AS
  (SELECT tracks.anonymous_id AS alias
   FROM tracks
   WHERE tracks.anonymous_id IS NOT NULL
   UNION SELECT tracks.user_id AS alias
   FROM tracks
   WHERE tracks.user_id IS NOT NULL),
  logins AS
  (SELECT
     tracks.anonymous_id AS anonymous_id,
     tracks.user_id AS user_id,
     row_number() OVER (PARTITION BY tracks.anonymous_id
                        ORDER BY tracks.timestamp DESC, tracks.event_id DESC, tracks.user_id DESC) AS recency
   FROM tracks
   WHERE tracks.anonymous_id IS NOT NULL
     AND tracks.user_id IS NOT NULL),
  latest_logins AS
  (SELECT
     logins.anonymous_id AS anonymous_id,
     logins.user_id AS user_id
   FROM logins
   WHERE logins.recency = 1)
SELECT
  aliases.alias,
  coalesce(latest_logins.user_id, aliases.alias) AS dbt_visitor_id
FROM aliases
LEFT OUTER JOIN latest_logins ON latest_logins.anonymous_id = aliases.alias

-- view: session_events
WITH
  typed_events AS
  (SELECT
     CAST({source}.tracks.id AS VARCHAR) AS event_id,
     CAST({source}.tracks.anonymous_id AS VARCHAR) AS anonymous_id,
     CAST({source}.tracks.user_id AS VARCHAR) AS user_id,
     CAST({source}.tracks.event AS VARCHAR) AS event,
     CAST({source}.tracks.timestamp AS TIMESTAMP WITH TIME ZONE) AS timestamp,
     CAST({source}.tracks.uuid_ts AS TIMESTAMP WITH TIME ZONE) AS loaded_at
   FROM {source}.tracks),
  raw_events AS
  (SELECT
     CASE
         WHEN (typed_events.event_id >= '!') THEN typed_events.event_id
         WHEN (replace(typed_events.event_id, ' ', '') != '') THEN typed_events.event_id
     END AS event_id,
     CAST('tracks' AS VARCHAR) AS source,
     CASE
         WHEN (typed_events.anonymous_id >= '!') THEN typed_events.anonymous_id
         WHEN (replace(typed_events.anonymous_id, ' ', '') != '') THEN typed_events.anonymous_id
     END AS anonymous_id,
     CASE
         WHEN (typed_events.user_id >= '!') THEN typed_events.user_id
         WHEN (replace(typed_events.user_id, ' ', '') != '') THEN typed_events.user_id
     END AS user_id,
     typed_events.event AS event,
     CASE
         WHEN (typed_events.timestamp BETWEEN CAST('0001-01-01 00:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE) AND CAST('9999-12-31 23:59:59.999999+00:00' AS TIMESTAMP WITH TIME ZONE)) THEN typed_events.timestamp
     END AS timestamp,
     CASE
         WHEN (typed_events.loaded_at BETWEEN CAST('0001-01-01 00:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE) AND CAST('9999-12-31 23:59:59.999999+00:00' AS TIMESTAMP WITH TIME ZONE)) THEN typed_events.loaded_at
     END AS loaded_at
   FROM typed_events),
  usable_events AS
  (SELECT
     raw_events.event_id AS event_id,
     raw_events.source AS source,
     raw_events.anonymous_id AS anonymous_id,
     raw_events.user_id AS user_id,
     raw_events.event AS event,
     raw_events.timestamp AS timestamp,
     raw_events.loaded_at AS loaded_at
   FROM raw_events
   WHERE raw_events.event_id IS NOT NULL
     AND raw_events.timestamp IS NOT NULL
     AND (raw_events.anonymous_id IS NOT NULL
          OR raw_events.user_id IS NOT NULL)
     AND CASE
             WHEN (strlen(raw_events.event_id) > 65535
                   AND length(raw_events.event_id) > 65535
                   OR strlen(raw_events.anonymous_id) > 65535
                   AND length(raw_events.anonymous_id) > 65535
                   OR strlen(raw_events.user_id) > 65535
                   AND length(raw_events.user_id) > 65535) THEN 1
             ELSE 0
         END != 1),
  repeated_hashes AS
  (SELECT DISTINCT pairs.hash AS hash
   FROM
     (SELECT
        hashed.hash AS hash,
        lead(hashed.hash) OVER (
                                ORDER BY hashed.hash) AS following
      FROM
        (SELECT HASH(usable_events.event_id) AS hash
         FROM usable_events
         WHERE usable_events.event_id IS NOT NULL) AS hashed) AS pairs
   WHERE pairs.hash = pairs.following),
  shared_ids AS
  (SELECT usable_events.event_id AS event_id
   FROM usable_events
   JOIN repeated_hashes ON HASH(usable_events.event_id) = repeated_hashes.hash
   GROUP BY usable_events.event_id
   HAVING count(*) > 1),
  rows_of_shared_ids AS
  (SELECT
     usable_events.event_id AS event_id,
     usable_events.source AS source,
     usable_events.anonymous_id AS anonymous_id,
     usable_events.user_id AS user_id,
     usable_events.event AS event,
     usable_events.timestamp AS timestamp,
     usable_events.loaded_at AS loaded_at
   FROM usable_events
   JOIN shared_ids ON shared_ids.event_id = usable_events.event_id),
  rows_with_ranks AS
  (SELECT
     usable_events.event_id AS event_id,
     usable_events.source AS source,
     usable_events.anonymous_id AS anonymous_id,
     usable_events.user_id AS user_id,
     usable_events.event AS event,
     usable_events.timestamp AS timestamp,
     usable_events.loaded_at AS loaded_at,
     1 AS duplicate_rank
   FROM usable_events
   LEFT OUTER JOIN shared_ids ON shared_ids.event_id = usable_events.event_id
   WHERE shared_ids.event_id IS NULL
   UNION ALL SELECT
     rows_of_shared_ids.event_id AS event_id,
     rows_of_shared_ids.source AS source,
     rows_of_shared_ids.anonymous_id AS anonymous_id,
     rows_of_shared_ids.user_id AS user_id,
     rows_of_shared_ids.event AS event,
     rows_of_shared_ids.timestamp AS timestamp,
     rows_of_shared_ids.loaded_at AS loaded_at,
     row_number() OVER (PARTITION BY rows_of_shared_ids.event_id
                        ORDER BY rows_of_shared_ids.timestamp, rows_of_shared_ids.loaded_at IS NULL, rows_of_shared_ids.loaded_at, rows_of_shared_ids.anonymous_id IS NULL, rows_of_shared_ids.anonymous_id, rows_of_shared_ids.user_id IS NULL, rows_of_shared_ids.user_id, rows_of_shared_ids.event IS NULL, rows_of_shared_ids.event) AS duplicate_rank
   FROM rows_of_shared_ids),
  ranked_events AS
  (SELECT
     rows_with_ranks.event_id AS event_id,
     rows_with_ranks.source AS source,
     rows_with_ranks.anonymous_id AS anonymous_id,
     rows_with_ranks.user_id AS user_id,
     rows_with_ranks.event AS event,
     rows_with_ranks.timestamp AS timestamp,
     rows_with_ranks.loaded_at AS loaded_at,
     rows_with_ranks.duplicate_rank AS duplicate_rank
   FROM rows_with_ranks),
  tracks AS
  (SELECT
     ranked_events.event_id AS event_id,
     ranked_events.source AS source,
     ranked_events.anonymous_id AS anonymous_id,
     ranked_events.user_id AS user_id,
     ranked_events.event AS event,
     ranked_events.timestamp AS timestamp,
     ranked_events.loaded_at AS loaded_at
   FROM ranked_events
   WHERE ranked_events.duplicate_rank = 1),
  visits AS
  (SELECT
     tracks.event_id AS event_id,
     tracks.source AS source,
     tracks.anonymous_id AS anonymous_id,
     tracks.user_id AS user_id,
     tracks.event AS event,
     tracks.timestamp AS timestamp,
     tracks.loaded_at AS loaded_at,
     coalesce({target}.{prefix}aliases_mapping.dbt_visitor_id, tracks.user_id, tracks.anonymous_id) AS dbt_visitor_id
   FROM tracks
   LEFT OUTER JOIN {target}.{prefix}aliases_mapping ON {target}.{prefix}aliases_mapping.alias = coalesce(tracks.user_id, tracks.anonymous_id)),
  ordered AS
  (SELECT
     visits.event_id AS event_id,
     visits.source AS source,
     visits.anonymous_id AS anonymous_id,
     visits.user_id AS user_id,
     visits.event AS event,
     visits.timestamp AS timestamp,
     visits.loaded_at AS loaded_at,
     visits.dbt_visitor_id AS dbt_visitor_id,
     row_number() OVER (PARTITION BY visits.dbt_visitor_id
                        ORDER BY visits.timestamp, visits.event_id) AS visit_sequence_number,
     lag(visits.timestamp) OVER (PARTITION BY visits.dbt_visitor_id
                                 ORDER BY visits.timestamp, visits.event_id) AS previous_timestamp
   FROM visits),
  marked AS
  (SELECT
     ordered.event_id AS event_id,
     ordered.source AS source,
     ordered.anonymous_id AS anonymous_id,
     ordered.user_id AS user_id,
     ordered.event AS event,
     ordered.timestamp AS timestamp,
     ordered.loaded_at AS loaded_at,
     ordered.dbt_visitor_id AS dbt_visitor_id,
     ordered.visit_sequence_number AS visit_sequence_number,
     ordered.previous_timestamp AS previous_timestamp,
     CASE
         WHEN (ordered.previous_timestamp IS NULL) THEN 1
         WHEN ((EPOCH_US(ordered.timestamp) - EPOCH_US(ordered.previous_timestamp)) > 1800000000) THEN 1
         ELSE 0
     END AS starts_session
   FROM ordered),
  numbered AS
  (SELECT
     marked.event_id AS event_id,
     marked.source AS source,
     marked.anonymous_id AS anonymous_id,
     marked.user_id AS user_id,
     marked.event AS event,
     marked.timestamp AS timestamp,
     marked.loaded_at AS loaded_at,
     marked.dbt_visitor_id AS dbt_visitor_id,
     marked.visit_sequence_number AS visit_sequence_number,
     marked.previous_timestamp AS previous_timestamp,
     marked.starts_session AS starts_session,
     CAST(sum(marked.starts_session) OVER (PARTITION BY marked.dbt_visitor_id
                                           ORDER BY marked.visit_sequence_number ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS BIGINT) AS session_sequence_number,
     max(CASE
             WHEN (marked.starts_session = 1) THEN marked.visit_sequence_number
         END) OVER (PARTITION BY marked.dbt_visitor_id
                    ORDER BY marked.visit_sequence_number ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS started_at_number,
     lead(marked.event, 1) OVER (PARTITION BY marked.dbt_visitor_id
                                 ORDER BY marked.visit_sequence_number) AS next_event_1,
     lead(marked.event, 2) OVER (PARTITION BY marked.dbt_visitor_id
                                 ORDER BY marked.visit_sequence_number) AS next_event_2,
     lead(marked.event, 3) OVER (PARTITION BY marked.dbt_visitor_id
                                 ORDER BY marked.visit_sequence_number) AS next_event_3,
     lead(marked.event, 4) OVER (PARTITION BY marked.dbt_visitor_id
                                 ORDER BY marked.visit_sequence_number) AS next_event_4,
     lead(marked.starts_session, 1) OVER (PARTITION BY marked.dbt_visitor_id
                                          ORDER BY marked.visit_sequence_number) AS next_starts_1,
     lead(marked.starts_session, 2) OVER (PARTITION BY marked.dbt_visitor_id
                                          ORDER BY marked.visit_sequence_number) AS next_starts_2,
     lead(marked.starts_session, 3) OVER (PARTITION BY marked.dbt_visitor_id
                                          ORDER BY marked.visit_sequence_number) AS next_starts_3,
     lead(marked.starts_session, 4) OVER (PARTITION BY marked.dbt_visitor_id
                                          ORDER BY marked.visit_sequence_number) AS next_starts_4
   FROM marked)
SELECT
  numbered.event_id,
  numbered.source,
  numbered.anonymous_id,
  numbered.user_id,
  numbered.dbt_visitor_id,
  numbered.timestamp,
  numbered.loaded_at,
  numbered.event,
  CAST((EPOCH_US(numbered.timestamp) - EPOCH_US(numbered.previous_timestamp)) AS DOUBLE PRECISION) / 60000000 AS idle_time_minutes,
  CAST(CAST(numbered.session_sequence_number AS VARCHAR) || ' - ' || numbered.dbt_visitor_id AS VARCHAR) AS session_id,
  numbered.session_sequence_number,
  (numbered.visit_sequence_number - numbered.started_at_number) + 1 AS track_sequence_number,
  CASE
      WHEN (numbered.next_starts_1 = 0) THEN numbered.next_event_1
  END AS event_2,
  CASE
      WHEN (numbered.next_starts_1 = 0
            AND numbered.next_starts_2 = 0) THEN numbered.next_event_2
  END AS event_3,
  CASE
      WHEN (numbered.next_starts_1 = 0
            AND numbered.next_starts_2 = 0
            AND numbered.next_starts_3 = 0) THEN numbered.next_event_3
  END AS event_4,
  CASE
      WHEN (numbered.next_starts_1 = 0
            AND numbered.next_starts_2 = 0
            AND numbered.next_starts_3 = 0
            AND numbered.next_starts_4 = 0) THEN numbered.next_event_4
  END AS event_5,
  CAST(NULL AS VARCHAR) AS page_url,
  CAST(NULL AS VARCHAR) AS page_path,
  CAST(NULL AS VARCHAR) AS page_referrer,
  CAST(NULL AS VARCHAR) AS utm_source,
  CAST(NULL AS VARCHAR) AS utm_medium,
  CAST(NULL AS VARCHAR) AS utm_campaign,
  CAST(NULL AS VARCHAR) AS utm_term,
  CAST(NULL AS VARCHAR) AS utm_content,
  CAST(NULL AS VARCHAR) AS device_type,
  CAST(NULL AS VARCHAR) AS os_name,
  CAST(NULL AS VARCHAR) AS library_name,
  CAST(NULL AS VARCHAR) AS sdk_session_id
FROM numbered

-- view: mapped_tracks
SELECT
  {target}.{prefix}session_events.event_id,
  {target}.{prefix}session_events.anonymous_id,
  {target}.{prefix}session_events.dbt_visitor_id,
  {target}.{prefix}session_events.timestamp,
  {target}.{prefix}session_events.event,
  {target}.{prefix}session_events.idle_time_minutes
FROM {target}.{prefix}session_events

-- view: sessions
WITH
  counted AS
  (SELECT
     {target}.{prefix}session_events.dbt_visitor_id AS dbt_visitor_id,
     {target}.{prefix}session_events.session_sequence_number AS session_sequence_number,
     max(CASE
             WHEN ({target}.{prefix}session_events.track_sequence_number = 1) THEN {target}.{prefix}session_events.event_id
         END) AS session_key,
     min({target}.{prefix}session_events.timestamp) AS session_start_at,
     max({target}.{prefix}session_events.timestamp) AS ended_at,
     count(*) AS num_pvs,
     CAST(sum(CASE
                  WHEN ({target}.{prefix}session_events.event IN ('view_product', 'viewed_product')) THEN 1
                  ELSE 0
              END) AS BIGINT) AS cnt_viewed_product,
     CAST(sum(CASE
                  WHEN ({target}.{prefix}session_events.event IN ('signup')) THEN 1
                  ELSE 0
              END) AS BIGINT) AS cnt_signup,
     CAST(sum(CASE
                  WHEN ({target}.{prefix}session_events.event IN ('page', 'screen')) THEN 1
                  ELSE 0
              END) AS BIGINT) AS page_views,
     CAST(0 AS BIGINT) AS conversions,
     arg_min_null({target}.{prefix}session_events.anonymous_id, CASE
                                                                    WHEN ({target}.{prefix}session_events.anonymous_id IS NOT NULL) THEN {target}.{prefix}session_events.track_sequence_number
                                                                END) AS anonymous_id,
     arg_max_null({target}.{prefix}session_events.user_id, CASE
                                                               WHEN ({target}.{prefix}session_events.user_id IS NOT NULL) THEN {target}.{prefix}session_events.track_sequence_number
                                                           END) AS user_id
   FROM {target}.{prefix}session_events
   GROUP BY
     {target}.{prefix}session_events.dbt_visitor_id,
     {target}.{prefix}session_events.session_sequence_number),
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
  CAST((EPOCH_US(with_neighbours.ended_at) - EPOCH_US(with_neighbours.session_start_at)) AS DOUBLE PRECISION) / 60000000 AS session_duration,
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
  (EPOCH_US(with_neighbours.ended_at) - EPOCH_US(with_neighbours.session_start_at)) >= 10000000
OR with_neighbours.page_views >= 2
OR
  with_neighbours.conversions >= 1 AS is_engaged,
  CASE
      WHEN (with_neighbours.page_views > 0) THEN NOT ((EPOCH_US(with_neighbours.ended_at) - EPOCH_US(with_neighbours.session_start_at)) >= 10000000
                                                      OR with_neighbours.page_views >= 2
                                                      OR with_neighbours.conversions >= 1)
  END AS is_bounce,
  CAST((with_neighbours.session_start_at AT TIME ZONE 'UTC') AS DATE) AS session_date,
  CAST(CASE
           WHEN (with_neighbours.session_sequence_number = 1) THEN 'first'
           ELSE 'idle'
       END AS VARCHAR) AS start_reason
FROM with_neighbours

-- view: track_facts
SELECT
  {target}.{prefix}session_events.anonymous_id,
  {target}.{prefix}session_events.timestamp,
  {target}.{prefix}session_events.event_id,
  {target}.{prefix}session_events.event,
  {target}.{prefix}session_events.session_id,
  {target}.{prefix}session_events.dbt_visitor_id,
  {target}.{prefix}session_events.track_sequence_number
FROM {target}.{prefix}session_events

-- view: tracks_flow
SELECT
  {target}.{prefix}session_events.event_id,
  {target}.{prefix}session_events.session_id,
  {target}.{prefix}session_events.track_sequence_number,
  {target}.{prefix}session_events.event,
  {target}.{prefix}session_events.dbt_visitor_id,
  {target}.{prefix}session_events.timestamp,
  {target}.{prefix}session_events.event_2,
  {target}.{prefix}session_events.event_3,
  {target}.{prefix}session_events.event_4,
  {target}.{prefix}session_events.event_5
FROM {target}.{prefix}session_events

-- view: session_duration
SELECT
  {target}.{prefix}sessions.dbt_visitor_id,
  {target}.{prefix}sessions.session_id,
  {target}.{prefix}sessions.session_duration
FROM {target}.{prefix}sessions

-- view: session_track_facts
SELECT
  {target}.{prefix}sessions.session_id,
  {target}.{prefix}sessions.ended_at,
  {target}.{prefix}sessions.num_pvs,
  {target}.{prefix}sessions.cnt_viewed_product,
  {target}.{prefix}sessions.cnt_signup
FROM {target}.{prefix}sessions

-- view: session_tracks
SELECT
  {target}.{prefix}sessions.session_id,
  {target}.{prefix}sessions.dbt_visitor_id,
  {target}.{prefix}sessions.session_start_at,
  {target}.{prefix}sessions.session_sequence_number,
  {target}.{prefix}sessions.next_session_start_at
FROM {target}.{prefix}sessions

-- view: user_session_facts
SELECT
  {target}.{prefix}sessions.dbt_visitor_id,
  min({target}.{prefix}sessions.session_start_at) AS first_date,
  max({target}.{prefix}sessions.session_start_at) AS last_date,
  count(*) AS number_of_sessions
FROM {target}.{prefix}sessions
GROUP BY {target}.{prefix}sessions.dbt_visitor_id
