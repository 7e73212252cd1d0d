-- An incremental build on DuckDB, after one that read everything loaded by 2026-01-31.

-- tracks: read the newly loaded rows
CREATE TEMPORARY TABLE sessionmodels_window AS WITH
  typed_events AS
  (SELECT
     CAST(tracks.id AS VARCHAR) AS event_id,
     CAST(tracks.anonymous_id AS VARCHAR) AS anonymous_id,
     CAST(tracks.user_id AS VARCHAR) AS user_id,
     CAST(tracks.event AS VARCHAR) AS event,
     CAST(tracks.timestamp AS TIMESTAMP WITH TIME ZONE) AS timestamp,
     CAST(tracks.uuid_ts AS TIMESTAMP WITH TIME ZONE) AS loaded_at,
     (tracks.timestamp AT TIME ZONE 'UTC') AS any_time
   FROM tracks
   WHERE tracks.uuid_ts >= CAST('2026-01-30 18:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE)
     OR tracks.uuid_ts IS NULL
     OR tracks.uuid_ts < CAST('0001-01-01 00:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE)
     OR tracks.uuid_ts > CAST('9999-12-31 23:59:59.999999+00:00' AS TIMESTAMP WITH TIME ZONE)),
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
     END AS loaded_at,
     typed_events.any_time AS any_time
   FROM typed_events
   WHERE CASE
             WHEN (typed_events.loaded_at BETWEEN CAST('0001-01-01 00:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE) AND CAST('9999-12-31 23:59:59.999999+00:00' AS TIMESTAMP WITH TIME ZONE)) THEN typed_events.loaded_at
         END >= CAST('2026-01-30 18:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE)
     OR CASE
            WHEN (typed_events.loaded_at BETWEEN CAST('0001-01-01 00:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE) AND CAST('9999-12-31 23:59:59.999999+00:00' AS TIMESTAMP WITH TIME ZONE)) THEN typed_events.loaded_at
        END IS NULL)
SELECT
  raw_events.event_id,
  raw_events.source,
  raw_events.anonymous_id,
  raw_events.user_id,
  raw_events.event,
  raw_events.timestamp,
  raw_events.loaded_at,
  CASE
      WHEN (raw_events.event_id IS NULL) THEN 'no_event_id'
      WHEN (raw_events.anonymous_id IS NULL
            AND raw_events.user_id IS NULL) THEN 'no_id'
      WHEN (strlen(raw_events.event_id) > 65535
            AND length(raw_events.event_id) > 65535
            OR strlen(raw_events.anonymous_id) > 65535
            AND length(raw_events.anonymous_id) > 65535
            OR strlen(raw_events.user_id) > 65535
            AND length(raw_events.user_id) > 65535) THEN 'id_too_long'
      WHEN (raw_events.any_time IS NULL
            AND CAST(NULL AS VARCHAR) IS NOT NULL) THEN 'unreadable_time'
      WHEN (raw_events.timestamp IS NULL
            AND raw_events.any_time IS NOT NULL) THEN 'time_out_of_range'
      WHEN (raw_events.timestamp IS NULL) THEN 'no_time'
  END AS reason
FROM raw_events;

-- tracks: find new and removed rows
CREATE TEMPORARY TABLE sessionmodels_difference AS WITH
  usable_rows AS
  (SELECT
     sessionmodels_window.event_id AS event_id,
     sessionmodels_window.source AS source,
     sessionmodels_window.anonymous_id AS anonymous_id,
     sessionmodels_window.user_id AS user_id,
     sessionmodels_window.event AS event,
     sessionmodels_window.timestamp AS timestamp,
     sessionmodels_window.loaded_at AS loaded_at
   FROM sessionmodels_window
   WHERE sessionmodels_window.reason IS NULL),
  both_times AS
  (SELECT
     usable_rows.event_id AS event_id,
     usable_rows.source AS source,
     usable_rows.anonymous_id AS anonymous_id,
     usable_rows.user_id AS user_id,
     usable_rows.event AS event,
     usable_rows.timestamp AS timestamp,
     usable_rows.loaded_at AS loaded_at,
     1 AS change
   FROM usable_rows
   UNION ALL SELECT
     dbt_session_events.event_id AS event_id,
     dbt_session_events.source AS source,
     dbt_session_events.anonymous_id AS anonymous_id,
     dbt_session_events.user_id AS user_id,
     dbt_session_events.event AS event,
     dbt_session_events.timestamp AS timestamp,
     dbt_session_events.loaded_at AS loaded_at,
     -1 AS change
   FROM dbt_session_events
   WHERE dbt_session_events.loaded_at >= CAST('2026-01-30 18:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE)
     OR dbt_session_events.loaded_at IS NULL
   UNION ALL SELECT
     sessionmodels_duplicates_dbt_.event_id AS event_id,
     sessionmodels_duplicates_dbt_.source AS source,
     sessionmodels_duplicates_dbt_.anonymous_id AS anonymous_id,
     sessionmodels_duplicates_dbt_.user_id AS user_id,
     sessionmodels_duplicates_dbt_.event AS event,
     sessionmodels_duplicates_dbt_.timestamp AS timestamp,
     sessionmodels_duplicates_dbt_.loaded_at AS loaded_at,
     -1 AS change
   FROM sessionmodels_duplicates_dbt_
   WHERE sessionmodels_duplicates_dbt_.loaded_at >= CAST('2026-01-30 18:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE)
     OR sessionmodels_duplicates_dbt_.loaded_at IS NULL)
SELECT
  both_times.event_id,
  both_times.source,
  both_times.anonymous_id,
  both_times.user_id,
  both_times.event,
  both_times.timestamp,
  both_times.loaded_at,
  CAST(sum(both_times.change) AS BIGINT) AS change
FROM both_times
GROUP BY
  both_times.event_id,
  both_times.source,
  both_times.anonymous_id,
  both_times.user_id,
  both_times.event,
  both_times.timestamp,
  both_times.loaded_at
HAVING CAST(sum(both_times.change) AS BIGINT) != 0;

-- tracks: find the stored rows of the changed ids
CREATE TEMPORARY TABLE sessionmodels_known AS WITH stored_rows AS
  (SELECT
     dbt_session_events.event_id AS event_id,
     dbt_session_events.source AS source,
     dbt_session_events.anonymous_id AS anonymous_id,
     dbt_session_events.user_id AS user_id,
     dbt_session_events.event AS event,
     dbt_session_events.timestamp AS timestamp,
     dbt_session_events.loaded_at AS loaded_at,
     1 AS is_event
   FROM dbt_session_events
   WHERE rowid IN
       (SELECT rowid
        FROM dbt_session_events
        WHERE dbt_session_events.event_id IN
            (SELECT sessionmodels_difference.event_id
             FROM sessionmodels_difference))
   UNION ALL SELECT
     sessionmodels_duplicates_dbt_.event_id AS event_id,
     sessionmodels_duplicates_dbt_.source AS source,
     sessionmodels_duplicates_dbt_.anonymous_id AS anonymous_id,
     sessionmodels_duplicates_dbt_.user_id AS user_id,
     sessionmodels_duplicates_dbt_.event AS event,
     sessionmodels_duplicates_dbt_.timestamp AS timestamp,
     sessionmodels_duplicates_dbt_.loaded_at AS loaded_at,
     0 AS is_event
   FROM sessionmodels_duplicates_dbt_
   WHERE rowid IN
       (SELECT rowid
        FROM sessionmodels_duplicates_dbt_
        WHERE sessionmodels_duplicates_dbt_.event_id IN
            (SELECT sessionmodels_difference.event_id
             FROM sessionmodels_difference)))
SELECT
  stored_rows.event_id,
  stored_rows.source,
  stored_rows.anonymous_id,
  stored_rows.user_id,
  stored_rows.event,
  stored_rows.timestamp,
  stored_rows.loaded_at,
  stored_rows.is_event
FROM stored_rows;

-- tracks: rank every row of the changed ids
CREATE TEMPORARY TABLE sessionmodels_rows AS WITH
  usable_rows AS
  (SELECT
     sessionmodels_window.event_id AS event_id,
     sessionmodels_window.source AS source,
     sessionmodels_window.anonymous_id AS anonymous_id,
     sessionmodels_window.user_id AS user_id,
     sessionmodels_window.event AS event,
     sessionmodels_window.timestamp AS timestamp,
     sessionmodels_window.loaded_at AS loaded_at
   FROM sessionmodels_window
   WHERE sessionmodels_window.reason IS NULL),
  rows_of_ids AS
  (SELECT
     usable_rows.event_id AS event_id,
     usable_rows.source AS source,
     usable_rows.anonymous_id AS anonymous_id,
     usable_rows.user_id AS user_id,
     usable_rows.event AS event,
     usable_rows.timestamp AS timestamp,
     usable_rows.loaded_at AS loaded_at
   FROM usable_rows
   WHERE usable_rows.event_id IN
       (SELECT sessionmodels_difference.event_id
        FROM sessionmodels_difference)
   UNION ALL SELECT
     sessionmodels_known.event_id AS event_id,
     sessionmodels_known.source AS source,
     sessionmodels_known.anonymous_id AS anonymous_id,
     sessionmodels_known.user_id AS user_id,
     sessionmodels_known.event AS event,
     sessionmodels_known.timestamp AS timestamp,
     sessionmodels_known.loaded_at AS loaded_at
   FROM sessionmodels_known
   WHERE sessionmodels_known.loaded_at < CAST('2026-01-30 18:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE)),
  repeated_hashes AS
  (SELECT DISTINCT pairs.hash AS hash
   FROM
     (SELECT
        hashed.hash AS hash,
        lead(hashed.hash) OVER (
                                ORDER BY hashed.hash) AS following
      FROM
        (SELECT HASH(rows_of_ids.event_id) AS hash
         FROM rows_of_ids
         WHERE rows_of_ids.event_id IS NOT NULL) AS hashed) AS pairs
   WHERE pairs.hash = pairs.following),
  shared_ids AS
  (SELECT rows_of_ids.event_id AS event_id
   FROM rows_of_ids
   JOIN repeated_hashes ON HASH(rows_of_ids.event_id) = repeated_hashes.hash
   GROUP BY rows_of_ids.event_id
   HAVING count(*) > 1),
  rows_of_shared_ids AS
  (SELECT
     rows_of_ids.event_id AS event_id,
     rows_of_ids.source AS source,
     rows_of_ids.anonymous_id AS anonymous_id,
     rows_of_ids.user_id AS user_id,
     rows_of_ids.event AS event,
     rows_of_ids.timestamp AS timestamp,
     rows_of_ids.loaded_at AS loaded_at
   FROM rows_of_ids
   JOIN shared_ids ON shared_ids.event_id = rows_of_ids.event_id),
  rows_with_ranks AS
  (SELECT
     rows_of_ids.event_id AS event_id,
     rows_of_ids.source AS source,
     rows_of_ids.anonymous_id AS anonymous_id,
     rows_of_ids.user_id AS user_id,
     rows_of_ids.event AS event,
     rows_of_ids.timestamp AS timestamp,
     rows_of_ids.loaded_at AS loaded_at,
     1 AS duplicate_rank
   FROM rows_of_ids
   LEFT OUTER JOIN shared_ids ON shared_ids.event_id = rows_of_ids.event_id
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
   FROM rows_of_shared_ids)
SELECT
  rows_with_ranks.event_id,
  rows_with_ranks.source,
  rows_with_ranks.anonymous_id,
  rows_with_ranks.user_id,
  rows_with_ranks.event,
  rows_with_ranks.timestamp,
  rows_with_ranks.loaded_at,
  rows_with_ranks.duplicate_rank
FROM rows_with_ranks;

-- tracks: find the changed events
CREATE TEMPORARY TABLE sessionmodels_changed AS WITH
  new_events AS
  (SELECT
     sessionmodels_rows.event_id AS event_id,
     sessionmodels_rows.source AS source,
     sessionmodels_rows.anonymous_id AS anonymous_id,
     sessionmodels_rows.user_id AS user_id,
     sessionmodels_rows.event AS event,
     sessionmodels_rows.timestamp AS timestamp,
     sessionmodels_rows.loaded_at AS loaded_at,
     1 AS change
   FROM sessionmodels_rows
   WHERE sessionmodels_rows.duplicate_rank = 1
     AND NOT (EXISTS
                (SELECT sessionmodels_known.event_id
                 FROM sessionmodels_known
                 WHERE sessionmodels_known.event_id = sessionmodels_rows.event_id))),
  both_times AS
  (SELECT
     sessionmodels_rows.event_id AS event_id,
     sessionmodels_rows.source AS source,
     sessionmodels_rows.anonymous_id AS anonymous_id,
     sessionmodels_rows.user_id AS user_id,
     sessionmodels_rows.event AS event,
     sessionmodels_rows.timestamp AS timestamp,
     sessionmodels_rows.loaded_at AS loaded_at,
     1 AS change
   FROM sessionmodels_rows
   WHERE sessionmodels_rows.duplicate_rank = 1
     AND (EXISTS
            (SELECT sessionmodels_known.event_id
             FROM sessionmodels_known
             WHERE sessionmodels_known.event_id = sessionmodels_rows.event_id))
   UNION ALL SELECT
     sessionmodels_known.event_id AS event_id,
     sessionmodels_known.source AS source,
     sessionmodels_known.anonymous_id AS anonymous_id,
     sessionmodels_known.user_id AS user_id,
     sessionmodels_known.event AS event,
     sessionmodels_known.timestamp AS timestamp,
     sessionmodels_known.loaded_at AS loaded_at,
     -1 AS change
   FROM sessionmodels_known
   WHERE sessionmodels_known.is_event = 1),
  compared AS
  (SELECT
     both_times.event_id AS event_id,
     both_times.source AS source,
     both_times.anonymous_id AS anonymous_id,
     both_times.user_id AS user_id,
     both_times.event AS event,
     both_times.timestamp AS timestamp,
     both_times.loaded_at AS loaded_at,
     CAST(sum(both_times.change) AS BIGINT) AS change
   FROM both_times
   GROUP BY
     both_times.event_id,
     both_times.source,
     both_times.anonymous_id,
     both_times.user_id,
     both_times.event,
     both_times.timestamp,
     both_times.loaded_at
   HAVING CAST(sum(both_times.change) AS BIGINT) != 0),
  changed_events AS
  (SELECT
     new_events.event_id AS event_id,
     new_events.anonymous_id AS anonymous_id,
     new_events.user_id AS user_id,
     new_events.timestamp AS timestamp,
     new_events.change AS change
   FROM new_events
   UNION ALL SELECT
     compared.event_id AS event_id,
     compared.anonymous_id AS anonymous_id,
     compared.user_id AS user_id,
     compared.timestamp AS timestamp,
     compared.change AS change
   FROM compared)
SELECT
  changed_events.event_id,
  changed_events.anonymous_id,
  changed_events.user_id,
  changed_events.timestamp,
  changed_events.change
FROM changed_events;

-- tracks: keep the removed duplicates
DELETE
FROM sessionmodels_duplicates_dbt_
WHERE sessionmodels_duplicates_dbt_.event_id IN
    (SELECT sessionmodels_difference.event_id
     FROM sessionmodels_difference);
INSERT INTO sessionmodels_duplicates_dbt_ (event_id, source, anonymous_id, user_id, event, timestamp, loaded_at)
SELECT
  sessionmodels_rows.event_id,
  sessionmodels_rows.source,
  sessionmodels_rows.anonymous_id,
  sessionmodels_rows.user_id,
  sessionmodels_rows.event,
  sessionmodels_rows.timestamp,
  sessionmodels_rows.loaded_at
FROM sessionmodels_rows
WHERE sessionmodels_rows.duplicate_rank > 1;

-- aliases_mapping: find the ids whose visitor is in doubt
CREATE TEMPORARY TABLE sessionmodels_changed_aliases AS WITH
  ids_of_changes AS
  (SELECT
     sessionmodels_changed.anonymous_id AS alias,
     sessionmodels_changed.change AS change,
     CASE
         WHEN (sessionmodels_changed.anonymous_id IS NOT NULL
               AND sessionmodels_changed.user_id IS NOT NULL) THEN sessionmodels_changed.user_id
     END AS login
   FROM sessionmodels_changed
   WHERE sessionmodels_changed.anonymous_id IS NOT NULL
   UNION ALL SELECT
     sessionmodels_changed.user_id AS alias,
     sessionmodels_changed.change AS change,
     CAST(NULL AS VARCHAR) AS login
   FROM sessionmodels_changed
   WHERE sessionmodels_changed.user_id IS NOT NULL),
  changes_by_alias AS
  (SELECT
     ids_of_changes.alias AS alias,
     count(CASE
               WHEN (ids_of_changes.change > 0) THEN 1
           END) AS added,
     count(CASE
               WHEN (ids_of_changes.change <= 0
                     AND ids_of_changes.login IS NOT NULL) THEN 1
           END) AS removed_logins,
     min(CASE
             WHEN (ids_of_changes.change > 0) THEN ids_of_changes.login
         END) AS first_user,
     max(CASE
             WHEN (ids_of_changes.change > 0) THEN ids_of_changes.login
         END) AS last_user
   FROM ids_of_changes
   GROUP BY ids_of_changes.alias)
SELECT
  changes_by_alias.alias,
  mapping_before.dbt_visitor_id AS visitor_before,
  CASE
      WHEN (mapping_before.dbt_visitor_id IS NOT NULL
            AND (changes_by_alias.removed_logins > 0
                 OR mapping_before.dbt_visitor_id != changes_by_alias.first_user
                 OR mapping_before.dbt_visitor_id != changes_by_alias.last_user)) THEN 1
      ELSE 0
  END AS logins_in_doubt,
  CASE
      WHEN (changes_by_alias.added = 0) THEN 1
      ELSE 0
  END AS events_in_doubt
FROM changes_by_alias
LEFT OUTER JOIN dbt_aliases_mapping AS mapping_before ON mapping_before.alias = changes_by_alias.alias;

-- aliases_mapping: find the events that decide it
CREATE TEMPORARY TABLE sessionmodels_deciding AS WITH deciding_events AS
  (SELECT
     dbt_session_events.event_id AS event_id,
     dbt_session_events.anonymous_id AS anonymous_id,
     dbt_session_events.user_id AS user_id,
     dbt_session_events.timestamp AS timestamp
   FROM dbt_session_events
   WHERE dbt_session_events.anonymous_id IS NOT NULL
     AND dbt_session_events.user_id IS NOT NULL
     AND dbt_session_events.anonymous_id IN
       (SELECT sessionmodels_changed_aliases.alias
        FROM sessionmodels_changed_aliases
        WHERE sessionmodels_changed_aliases.logins_in_doubt = 1)
     AND NOT (EXISTS
                (SELECT sessionmodels_difference.event_id
                 FROM sessionmodels_difference
                 WHERE sessionmodels_difference.event_id = dbt_session_events.event_id))
   UNION ALL SELECT
     sessionmodels_rows.event_id AS event_id,
     sessionmodels_rows.anonymous_id AS anonymous_id,
     sessionmodels_rows.user_id AS user_id,
     sessionmodels_rows.timestamp AS timestamp
   FROM sessionmodels_rows
   WHERE sessionmodels_rows.anonymous_id IS NOT NULL
     AND sessionmodels_rows.user_id IS NOT NULL
     AND sessionmodels_rows.anonymous_id IN
       (SELECT sessionmodels_changed_aliases.alias
        FROM sessionmodels_changed_aliases
        WHERE sessionmodels_changed_aliases.logins_in_doubt = 1)
     AND sessionmodels_rows.duplicate_rank = 1
   UNION ALL SELECT
     dbt_session_events.event_id AS event_id,
     dbt_session_events.anonymous_id AS anonymous_id,
     dbt_session_events.user_id AS user_id,
     dbt_session_events.timestamp AS timestamp
   FROM dbt_session_events
   WHERE dbt_session_events.anonymous_id IN
       (SELECT sessionmodels_changed_aliases.alias
        FROM sessionmodels_changed_aliases
        WHERE sessionmodels_changed_aliases.events_in_doubt = 1)
     AND NOT (EXISTS
                (SELECT sessionmodels_difference.event_id
                 FROM sessionmodels_difference
                 WHERE sessionmodels_difference.event_id = dbt_session_events.event_id))
   UNION ALL SELECT
     sessionmodels_rows.event_id AS event_id,
     sessionmodels_rows.anonymous_id AS anonymous_id,
     sessionmodels_rows.user_id AS user_id,
     sessionmodels_rows.timestamp AS timestamp
   FROM sessionmodels_rows
   WHERE sessionmodels_rows.anonymous_id IN
       (SELECT sessionmodels_changed_aliases.alias
        FROM sessionmodels_changed_aliases
        WHERE sessionmodels_changed_aliases.events_in_doubt = 1)
     AND sessionmodels_rows.duplicate_rank = 1
   UNION ALL SELECT
     dbt_session_events.event_id AS event_id,
     dbt_session_events.anonymous_id AS anonymous_id,
     dbt_session_events.user_id AS user_id,
     dbt_session_events.timestamp AS timestamp
   FROM dbt_session_events
   WHERE dbt_session_events.user_id IN
       (SELECT sessionmodels_changed_aliases.alias
        FROM sessionmodels_changed_aliases
        WHERE sessionmodels_changed_aliases.events_in_doubt = 1)
     AND NOT (EXISTS
                (SELECT sessionmodels_difference.event_id
                 FROM sessionmodels_difference
                 WHERE sessionmodels_difference.event_id = dbt_session_events.event_id))
   UNION ALL SELECT
     sessionmodels_rows.event_id AS event_id,
     sessionmodels_rows.anonymous_id AS anonymous_id,
     sessionmodels_rows.user_id AS user_id,
     sessionmodels_rows.timestamp AS timestamp
   FROM sessionmodels_rows
   WHERE sessionmodels_rows.user_id IN
       (SELECT sessionmodels_changed_aliases.alias
        FROM sessionmodels_changed_aliases
        WHERE sessionmodels_changed_aliases.events_in_doubt = 1)
     AND sessionmodels_rows.duplicate_rank = 1
   UNION ALL SELECT
     sessionmodels_changed.event_id AS event_id,
     sessionmodels_changed.anonymous_id AS anonymous_id,
     sessionmodels_changed.user_id AS user_id,
     sessionmodels_changed.timestamp AS timestamp
   FROM sessionmodels_changed
   WHERE sessionmodels_changed.change > 0)
SELECT
  deciding_events.event_id,
  deciding_events.anonymous_id,
  deciding_events.user_id,
  deciding_events.timestamp
FROM deciding_events;

-- aliases_mapping: re-resolve identities
CREATE TEMPORARY TABLE sessionmodels_aliases AS WITH
  aliases AS
  (SELECT sessionmodels_deciding.anonymous_id AS alias
   FROM sessionmodels_deciding
   WHERE sessionmodels_deciding.anonymous_id IS NOT NULL
   UNION SELECT sessionmodels_deciding.user_id AS alias
   FROM sessionmodels_deciding
   WHERE sessionmodels_deciding.user_id IS NOT NULL),
  logins AS
  (SELECT
     sessionmodels_deciding.anonymous_id AS anonymous_id,
     sessionmodels_deciding.user_id AS user_id,
     row_number() OVER (PARTITION BY sessionmodels_deciding.anonymous_id
                        ORDER BY sessionmodels_deciding.timestamp DESC, sessionmodels_deciding.event_id DESC, sessionmodels_deciding.user_id DESC) AS recency
   FROM sessionmodels_deciding
   WHERE sessionmodels_deciding.anonymous_id IS NOT NULL
     AND sessionmodels_deciding.user_id IS NOT NULL),
  latest_logins AS
  (SELECT
     logins.anonymous_id AS anonymous_id,
     logins.user_id AS user_id
   FROM logins
   WHERE logins.recency = 1)
SELECT
  sessionmodels_changed_aliases.alias,
  sessionmodels_changed_aliases.visitor_before,
  CASE
      WHEN (sessionmodels_changed_aliases.visitor_before IS NULL
            OR sessionmodels_changed_aliases.logins_in_doubt = 1
            OR sessionmodels_changed_aliases.events_in_doubt = 1) THEN mapping_now.dbt_visitor_id
      ELSE sessionmodels_changed_aliases.visitor_before
  END AS visitor_now
FROM sessionmodels_changed_aliases
LEFT OUTER JOIN
  (SELECT
     aliases.alias AS alias,
     coalesce(latest_logins.user_id, aliases.alias) AS dbt_visitor_id
   FROM aliases
   LEFT OUTER JOIN latest_logins ON latest_logins.anonymous_id = aliases.alias) AS mapping_now ON mapping_now.alias = sessionmodels_changed_aliases.alias;

-- sessions: find the affected visitors
CREATE TEMPORARY TABLE sessionmodels_visitors AS WITH
  reassigned_aliases AS
  (SELECT
     sessionmodels_aliases.alias AS alias,
     sessionmodels_aliases.visitor_before AS visitor_before,
     sessionmodels_aliases.visitor_now AS visitor_now
   FROM sessionmodels_aliases
   WHERE sessionmodels_aliases.visitor_before IS NOT NULL
     AND sessionmodels_aliases.visitor_before != sessionmodels_aliases.visitor_now
     OR sessionmodels_aliases.visitor_before IS NOT NULL
     AND sessionmodels_aliases.visitor_now IS NULL),
  first_events AS
  (SELECT
     reassigned_aliases.visitor_before AS visitor_before,
     reassigned_aliases.visitor_now AS visitor_now,
     min(dbt_session_events.timestamp) AS moment
   FROM dbt_session_events
   JOIN reassigned_aliases ON dbt_session_events.dbt_visitor_id = reassigned_aliases.visitor_before
   AND coalesce(dbt_session_events.user_id, dbt_session_events.anonymous_id) = reassigned_aliases.alias
   GROUP BY
     reassigned_aliases.alias,
     reassigned_aliases.visitor_before,
     reassigned_aliases.visitor_now),
  moments AS
  (SELECT
     CASE
         WHEN (sessionmodels_changed.change > 0) THEN sessionmodels_aliases.visitor_now
         ELSE sessionmodels_aliases.visitor_before
     END AS visitor,
     sessionmodels_changed.timestamp AS moment
   FROM sessionmodels_changed
   JOIN sessionmodels_aliases ON sessionmodels_aliases.alias = coalesce(sessionmodels_changed.user_id, sessionmodels_changed.anonymous_id)
   UNION ALL SELECT
     first_events.visitor_before AS visitor,
     first_events.moment AS moment
   FROM first_events
   UNION ALL SELECT
     first_events.visitor_now AS visitor,
     first_events.moment AS moment
   FROM first_events),
  first_moments AS
  (SELECT
     moments.visitor AS visitor,
     min(moments.moment) AS moment
   FROM moments
   WHERE moments.visitor IS NOT NULL
   GROUP BY moments.visitor),
  sessions_before AS
  (SELECT
     dbt_sessions.dbt_visitor_id AS dbt_visitor_id,
     dbt_sessions.session_sequence_number AS session_sequence_number,
     dbt_sessions.session_start_at AS session_start_at,
     dbt_sessions.ended_at AS ended_at,
     lag(dbt_sessions.ended_at) OVER (PARTITION BY dbt_sessions.dbt_visitor_id
                                      ORDER BY dbt_sessions.session_sequence_number) AS ended_at_before
   FROM dbt_sessions
   JOIN first_moments ON dbt_sessions.dbt_visitor_id = first_moments.visitor
   WHERE dbt_sessions.session_start_at < first_moments.moment),
  last_sessions_before AS
  (SELECT
     sessions_before.dbt_visitor_id AS dbt_visitor_id,
     max(sessions_before.session_sequence_number) AS session_sequence_number,
     max(sessions_before.ended_at) AS ended_at,
     max(sessions_before.session_sequence_number) AS start_number,
     max(sessions_before.session_start_at) AS start_at,
     max(sessions_before.ended_at_before) AS ended_at_before
   FROM sessions_before
   GROUP BY sessions_before.dbt_visitor_id)
SELECT
  first_moments.visitor AS dbt_visitor_id,
  CASE
      WHEN (last_sessions_before.session_sequence_number IS NOT NULL
            AND (EPOCH_US(first_moments.moment) - EPOCH_US(last_sessions_before.ended_at)) <= 1800000000) THEN last_sessions_before.start_at
      ELSE first_moments.moment
  END AS since,
  CAST(coalesce(CASE
                    WHEN (last_sessions_before.session_sequence_number IS NOT NULL
                          AND (EPOCH_US(first_moments.moment) - EPOCH_US(last_sessions_before.ended_at)) <= 1800000000) THEN last_sessions_before.start_number - 1
                    ELSE last_sessions_before.session_sequence_number
                END, 0) AS BIGINT) AS sessions_before,
  CAST(CAST(nullif(CASE
                       WHEN (last_sessions_before.session_sequence_number IS NOT NULL
                             AND (EPOCH_US(first_moments.moment) - EPOCH_US(last_sessions_before.ended_at)) <= 1800000000) THEN last_sessions_before.start_number - 1
                       ELSE last_sessions_before.session_sequence_number
                   END, 0) AS VARCHAR) || ' - ' || first_moments.visitor AS VARCHAR) AS last_session_id,
  CASE
      WHEN (last_sessions_before.session_sequence_number IS NOT NULL
            AND (EPOCH_US(first_moments.moment) - EPOCH_US(last_sessions_before.ended_at)) <= 1800000000) THEN last_sessions_before.ended_at_before
      ELSE last_sessions_before.ended_at
  END AS last_event_at
FROM first_moments
LEFT OUTER JOIN last_sessions_before ON last_sessions_before.dbt_visitor_id = first_moments.visitor;

-- sessions: note their previous sessions
CREATE TEMPORARY TABLE sessionmodels_old_sessions AS
SELECT
  dbt_sessions.session_id,
  dbt_sessions.session_key,
  dbt_sessions.dbt_visitor_id,
  dbt_sessions.session_sequence_number,
  dbt_sessions.session_start_at,
  dbt_sessions.ended_at,
  dbt_sessions.next_session_start_at,
  dbt_sessions.session_duration,
  dbt_sessions.num_pvs,
  dbt_sessions.cnt_viewed_product,
  dbt_sessions.cnt_signup,
  dbt_sessions.landing_page_url,
  dbt_sessions.landing_page_path,
  dbt_sessions.referrer,
  dbt_sessions.exit_page_url,
  dbt_sessions.exit_page_path,
  dbt_sessions.utm_source,
  dbt_sessions.utm_medium,
  dbt_sessions.utm_campaign,
  dbt_sessions.utm_term,
  dbt_sessions.utm_content,
  dbt_sessions.device_type,
  dbt_sessions.os_name,
  dbt_sessions.library_name,
  dbt_sessions.anonymous_id,
  dbt_sessions.user_id,
  dbt_sessions.page_views,
  dbt_sessions.conversions,
  dbt_sessions.is_engaged,
  dbt_sessions.is_bounce,
  dbt_sessions.session_date,
  dbt_sessions.start_reason
FROM dbt_sessions
JOIN sessionmodels_visitors ON dbt_sessions.dbt_visitor_id = sessionmodels_visitors.dbt_visitor_id
AND (dbt_sessions.session_start_at >= sessionmodels_visitors.since
     OR dbt_sessions.session_id = sessionmodels_visitors.last_session_id);

-- aliases_mapping: update the mapping
DELETE
FROM dbt_aliases_mapping USING sessionmodels_aliases
WHERE dbt_aliases_mapping.alias = sessionmodels_aliases.alias
  AND (sessionmodels_aliases.visitor_before IS NOT NULL
       AND sessionmodels_aliases.visitor_before != sessionmodels_aliases.visitor_now
       OR sessionmodels_aliases.visitor_before IS NOT NULL
       AND sessionmodels_aliases.visitor_now IS NULL);
INSERT INTO dbt_aliases_mapping (alias, dbt_visitor_id)
SELECT
  sessionmodels_aliases.alias,
  sessionmodels_aliases.visitor_now AS dbt_visitor_id
FROM sessionmodels_aliases
WHERE sessionmodels_aliases.visitor_now IS NOT NULL
  AND (sessionmodels_aliases.visitor_before IS NULL
       OR sessionmodels_aliases.visitor_before != sessionmodels_aliases.visitor_now);

-- tracks: select their events
CREATE TEMPORARY TABLE sessionmodels_slice_tracks AS WITH
  their_aliases AS
  (SELECT
     dbt_aliases_mapping.alias AS alias,
     sessionmodels_visitors.dbt_visitor_id AS dbt_visitor_id,
     sessionmodels_visitors.since AS since,
     sessionmodels_visitors.last_event_at AS last_event_at
   FROM dbt_aliases_mapping
   JOIN sessionmodels_visitors ON sessionmodels_visitors.dbt_visitor_id = dbt_aliases_mapping.dbt_visitor_id),
  slice_events AS
  (SELECT
     dbt_session_events.event_id AS event_id,
     dbt_session_events.source AS source,
     dbt_session_events.anonymous_id AS anonymous_id,
     dbt_session_events.user_id AS user_id,
     dbt_session_events.event AS event,
     dbt_session_events.timestamp AS timestamp,
     dbt_session_events.loaded_at AS loaded_at
   FROM dbt_session_events
   JOIN sessionmodels_visitors ON dbt_session_events.dbt_visitor_id = sessionmodels_visitors.dbt_visitor_id
   AND dbt_session_events.timestamp >= sessionmodels_visitors.since
   WHERE NOT (EXISTS
                (SELECT sessionmodels_difference.event_id
                 FROM sessionmodels_difference
                 WHERE sessionmodels_difference.event_id = dbt_session_events.event_id))
     AND dbt_session_events.timestamp >= CAST('2026-01-29 00:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE)
   UNION ALL SELECT
     sessionmodels_rows.event_id AS event_id,
     sessionmodels_rows.source AS source,
     sessionmodels_rows.anonymous_id AS anonymous_id,
     sessionmodels_rows.user_id AS user_id,
     sessionmodels_rows.event AS event,
     sessionmodels_rows.timestamp AS timestamp,
     sessionmodels_rows.loaded_at AS loaded_at
   FROM sessionmodels_rows
   JOIN their_aliases ON their_aliases.alias = coalesce(sessionmodels_rows.user_id, sessionmodels_rows.anonymous_id)
   AND sessionmodels_rows.timestamp >= their_aliases.since
   WHERE sessionmodels_rows.duplicate_rank = 1
   UNION ALL SELECT
     CAST(NULL AS VARCHAR) AS event_id,
     CAST(NULL AS VARCHAR) AS source,
     CAST(NULL AS VARCHAR) AS anonymous_id,
     min(their_aliases.alias) AS user_id,
     CAST(NULL AS VARCHAR) AS event,
     their_aliases.last_event_at AS timestamp,
     CAST(NULL AS TIMESTAMP WITH TIME ZONE) AS loaded_at
   FROM their_aliases
   WHERE their_aliases.last_event_at IS NOT NULL
   GROUP BY
     their_aliases.dbt_visitor_id,
     their_aliases.last_event_at)
SELECT
  slice_events.event_id,
  slice_events.source,
  slice_events.anonymous_id,
  slice_events.user_id,
  slice_events.event,
  slice_events.timestamp,
  slice_events.loaded_at
FROM slice_events;

-- session_events: compute the new rows
CREATE TEMPORARY TABLE sessionmodels_slice_session_events AS WITH
  visits AS
  (SELECT
     sessionmodels_slice_tracks.event_id AS event_id,
     sessionmodels_slice_tracks.source AS source,
     sessionmodels_slice_tracks.anonymous_id AS anonymous_id,
     sessionmodels_slice_tracks.user_id AS user_id,
     sessionmodels_slice_tracks.event AS event,
     sessionmodels_slice_tracks.timestamp AS timestamp,
     sessionmodels_slice_tracks.loaded_at AS loaded_at,
     coalesce(dbt_aliases_mapping.dbt_visitor_id, sessionmodels_slice_tracks.user_id, sessionmodels_slice_tracks.anonymous_id) AS dbt_visitor_id
   FROM sessionmodels_slice_tracks
   LEFT OUTER JOIN dbt_aliases_mapping ON dbt_aliases_mapping.alias = coalesce(sessionmodels_slice_tracks.user_id, sessionmodels_slice_tracks.anonymous_id)),
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
   FROM marked),
  slice_with_last_event AS
  (SELECT
     numbered.event_id AS event_id,
     numbered.source AS source,
     numbered.anonymous_id AS anonymous_id,
     numbered.user_id AS user_id,
     numbered.dbt_visitor_id AS dbt_visitor_id,
     numbered.timestamp AS timestamp,
     numbered.loaded_at AS loaded_at,
     numbered.event AS event,
     CAST((EPOCH_US(numbered.timestamp) - EPOCH_US(numbered.previous_timestamp)) AS DOUBLE PRECISION) / 60000000 AS idle_time_minutes,
     CAST(CAST(numbered.session_sequence_number AS VARCHAR) || ' - ' || numbered.dbt_visitor_id AS VARCHAR) AS session_id,
     numbered.session_sequence_number AS session_sequence_number,
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
   FROM numbered)
SELECT
  slice_with_last_event.event_id,
  slice_with_last_event.source,
  slice_with_last_event.anonymous_id,
  slice_with_last_event.user_id,
  slice_with_last_event.dbt_visitor_id,
  slice_with_last_event.timestamp,
  slice_with_last_event.loaded_at,
  slice_with_last_event.event,
  slice_with_last_event.idle_time_minutes,
  CAST(CAST(CAST(slice_with_last_event.session_sequence_number + CASE
                                                                     WHEN (sessionmodels_visitors.sessions_before > 0) THEN sessionmodels_visitors.sessions_before - 1
                                                                     ELSE 0
                                                                 END AS BIGINT) AS VARCHAR) || ' - ' || slice_with_last_event.dbt_visitor_id AS VARCHAR) AS session_id,
  CAST(slice_with_last_event.session_sequence_number + CASE
                                                           WHEN (sessionmodels_visitors.sessions_before > 0) THEN sessionmodels_visitors.sessions_before - 1
                                                           ELSE 0
                                                       END AS BIGINT) AS session_sequence_number,
  slice_with_last_event.track_sequence_number,
  slice_with_last_event.event_2,
  slice_with_last_event.event_3,
  slice_with_last_event.event_4,
  slice_with_last_event.event_5,
  slice_with_last_event.page_url,
  slice_with_last_event.page_path,
  slice_with_last_event.page_referrer,
  slice_with_last_event.utm_source,
  slice_with_last_event.utm_medium,
  slice_with_last_event.utm_campaign,
  slice_with_last_event.utm_term,
  slice_with_last_event.utm_content,
  slice_with_last_event.device_type,
  slice_with_last_event.os_name,
  slice_with_last_event.library_name,
  slice_with_last_event.sdk_session_id
FROM slice_with_last_event
JOIN sessionmodels_visitors ON sessionmodels_visitors.dbt_visitor_id = slice_with_last_event.dbt_visitor_id
WHERE slice_with_last_event.event_id IS NOT NULL;

-- session_events: replace the rows of affected visitors
DELETE
FROM dbt_session_events USING sessionmodels_visitors
WHERE dbt_session_events.dbt_visitor_id = sessionmodels_visitors.dbt_visitor_id
  AND dbt_session_events.timestamp >= sessionmodels_visitors.since
  AND dbt_session_events.timestamp >= CAST('2026-01-29 00:00:00.000000+00:00' AS TIMESTAMP WITH TIME ZONE);
INSERT INTO dbt_session_events (event_id, source, anonymous_id, user_id, dbt_visitor_id, timestamp, loaded_at, event, idle_time_minutes, session_id, session_sequence_number, track_sequence_number, event_2, event_3, event_4, event_5, page_url, page_path, page_referrer, utm_source, utm_medium, utm_campaign, utm_term, utm_content, device_type, os_name, library_name, sdk_session_id)
SELECT
  sessionmodels_slice_session_events.event_id,
  sessionmodels_slice_session_events.source,
  sessionmodels_slice_session_events.anonymous_id,
  sessionmodels_slice_session_events.user_id,
  sessionmodels_slice_session_events.dbt_visitor_id,
  sessionmodels_slice_session_events.timestamp,
  sessionmodels_slice_session_events.loaded_at,
  sessionmodels_slice_session_events.event,
  sessionmodels_slice_session_events.idle_time_minutes,
  sessionmodels_slice_session_events.session_id,
  sessionmodels_slice_session_events.session_sequence_number,
  sessionmodels_slice_session_events.track_sequence_number,
  sessionmodels_slice_session_events.event_2,
  sessionmodels_slice_session_events.event_3,
  sessionmodels_slice_session_events.event_4,
  sessionmodels_slice_session_events.event_5,
  sessionmodels_slice_session_events.page_url,
  sessionmodels_slice_session_events.page_path,
  sessionmodels_slice_session_events.page_referrer,
  sessionmodels_slice_session_events.utm_source,
  sessionmodels_slice_session_events.utm_medium,
  sessionmodels_slice_session_events.utm_campaign,
  sessionmodels_slice_session_events.utm_term,
  sessionmodels_slice_session_events.utm_content,
  sessionmodels_slice_session_events.device_type,
  sessionmodels_slice_session_events.os_name,
  sessionmodels_slice_session_events.library_name,
  sessionmodels_slice_session_events.sdk_session_id
FROM sessionmodels_slice_session_events;

-- sessions: compute the new rows
CREATE TEMPORARY TABLE sessionmodels_slice_sessions AS WITH
  counted AS
  (SELECT
     sessionmodels_slice_session_events.dbt_visitor_id AS dbt_visitor_id,
     sessionmodels_slice_session_events.session_sequence_number AS session_sequence_number,
     max(CASE
             WHEN (sessionmodels_slice_session_events.track_sequence_number = 1) THEN sessionmodels_slice_session_events.event_id
         END) AS session_key,
     min(sessionmodels_slice_session_events.timestamp) AS session_start_at,
     max(sessionmodels_slice_session_events.timestamp) AS ended_at,
     count(*) AS num_pvs,
     CAST(sum(CASE
                  WHEN (sessionmodels_slice_session_events.event IN ('view_product', 'viewed_product')) THEN 1
                  ELSE 0
              END) AS BIGINT) AS cnt_viewed_product,
     CAST(sum(CASE
                  WHEN (sessionmodels_slice_session_events.event IN ('signup')) THEN 1
                  ELSE 0
              END) AS BIGINT) AS cnt_signup,
     CAST(sum(CASE
                  WHEN (sessionmodels_slice_session_events.event IN ('page', 'screen')) THEN 1
                  ELSE 0
              END) AS BIGINT) AS page_views,
     CAST(0 AS BIGINT) AS conversions,
     arg_min_null(sessionmodels_slice_session_events.anonymous_id, CASE
                                                                       WHEN (sessionmodels_slice_session_events.anonymous_id IS NOT NULL) THEN sessionmodels_slice_session_events.track_sequence_number
                                                                   END) AS anonymous_id,
     arg_max_null(sessionmodels_slice_session_events.user_id, CASE
                                                                  WHEN (sessionmodels_slice_session_events.user_id IS NOT NULL) THEN sessionmodels_slice_session_events.track_sequence_number
                                                              END) AS user_id
   FROM sessionmodels_slice_session_events
   GROUP BY
     sessionmodels_slice_session_events.dbt_visitor_id,
     sessionmodels_slice_session_events.session_sequence_number),
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
   FROM counted),
  slice_sessions AS
  (SELECT
     CAST(CAST(with_neighbours.session_sequence_number AS VARCHAR) || ' - ' || with_neighbours.dbt_visitor_id AS VARCHAR) AS session_id,
     with_neighbours.session_key AS session_key,
     with_neighbours.dbt_visitor_id AS dbt_visitor_id,
     with_neighbours.session_sequence_number AS session_sequence_number,
     with_neighbours.session_start_at AS session_start_at,
     with_neighbours.ended_at AS ended_at,
     with_neighbours.next_session_start_at AS next_session_start_at,
     CAST((EPOCH_US(with_neighbours.ended_at) - EPOCH_US(with_neighbours.session_start_at)) AS DOUBLE PRECISION) / 60000000 AS session_duration,
     with_neighbours.num_pvs AS num_pvs,
     with_neighbours.cnt_viewed_product AS cnt_viewed_product,
     with_neighbours.cnt_signup AS cnt_signup,
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
     with_neighbours.anonymous_id AS anonymous_id,
     with_neighbours.user_id AS user_id,
     with_neighbours.page_views AS page_views,
     with_neighbours.conversions AS conversions,
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
   FROM with_neighbours),
  first_sessions AS
  (SELECT
     slice_sessions.dbt_visitor_id AS dbt_visitor_id,
     min(slice_sessions.session_start_at) AS session_start_at
   FROM slice_sessions
   GROUP BY slice_sessions.dbt_visitor_id),
  slice_with_last_session AS
  (SELECT
     slice_sessions.session_id AS session_id,
     slice_sessions.session_key AS session_key,
     slice_sessions.dbt_visitor_id AS dbt_visitor_id,
     slice_sessions.session_sequence_number AS session_sequence_number,
     slice_sessions.session_start_at AS session_start_at,
     slice_sessions.ended_at AS ended_at,
     slice_sessions.next_session_start_at AS next_session_start_at,
     slice_sessions.session_duration AS session_duration,
     slice_sessions.num_pvs AS num_pvs,
     slice_sessions.cnt_viewed_product AS cnt_viewed_product,
     slice_sessions.cnt_signup AS cnt_signup,
     slice_sessions.landing_page_url AS landing_page_url,
     slice_sessions.landing_page_path AS landing_page_path,
     slice_sessions.referrer AS referrer,
     slice_sessions.exit_page_url AS exit_page_url,
     slice_sessions.exit_page_path AS exit_page_path,
     slice_sessions.utm_source AS utm_source,
     slice_sessions.utm_medium AS utm_medium,
     slice_sessions.utm_campaign AS utm_campaign,
     slice_sessions.utm_term AS utm_term,
     slice_sessions.utm_content AS utm_content,
     slice_sessions.device_type AS device_type,
     slice_sessions.os_name AS os_name,
     slice_sessions.library_name AS library_name,
     slice_sessions.anonymous_id AS anonymous_id,
     slice_sessions.user_id AS user_id,
     slice_sessions.page_views AS page_views,
     slice_sessions.conversions AS conversions,
     slice_sessions.is_engaged AS is_engaged,
     slice_sessions.is_bounce AS is_bounce,
     slice_sessions.session_date AS session_date,
     slice_sessions.start_reason AS start_reason
   FROM slice_sessions
   UNION ALL SELECT
     sessionmodels_old_sessions.session_id AS session_id,
     sessionmodels_old_sessions.session_key AS session_key,
     sessionmodels_old_sessions.dbt_visitor_id AS dbt_visitor_id,
     sessionmodels_old_sessions.session_sequence_number AS session_sequence_number,
     sessionmodels_old_sessions.session_start_at AS session_start_at,
     sessionmodels_old_sessions.ended_at AS ended_at,
     first_sessions.session_start_at AS next_session_start_at,
     sessionmodels_old_sessions.session_duration AS session_duration,
     sessionmodels_old_sessions.num_pvs AS num_pvs,
     sessionmodels_old_sessions.cnt_viewed_product AS cnt_viewed_product,
     sessionmodels_old_sessions.cnt_signup AS cnt_signup,
     sessionmodels_old_sessions.landing_page_url AS landing_page_url,
     sessionmodels_old_sessions.landing_page_path AS landing_page_path,
     sessionmodels_old_sessions.referrer AS referrer,
     sessionmodels_old_sessions.exit_page_url AS exit_page_url,
     sessionmodels_old_sessions.exit_page_path AS exit_page_path,
     sessionmodels_old_sessions.utm_source AS utm_source,
     sessionmodels_old_sessions.utm_medium AS utm_medium,
     sessionmodels_old_sessions.utm_campaign AS utm_campaign,
     sessionmodels_old_sessions.utm_term AS utm_term,
     sessionmodels_old_sessions.utm_content AS utm_content,
     sessionmodels_old_sessions.device_type AS device_type,
     sessionmodels_old_sessions.os_name AS os_name,
     sessionmodels_old_sessions.library_name AS library_name,
     sessionmodels_old_sessions.anonymous_id AS anonymous_id,
     sessionmodels_old_sessions.user_id AS user_id,
     sessionmodels_old_sessions.page_views AS page_views,
     sessionmodels_old_sessions.conversions AS conversions,
     sessionmodels_old_sessions.is_engaged AS is_engaged,
     sessionmodels_old_sessions.is_bounce AS is_bounce,
     sessionmodels_old_sessions.session_date AS session_date,
     sessionmodels_old_sessions.start_reason AS start_reason
   FROM sessionmodels_old_sessions
   JOIN sessionmodels_visitors ON sessionmodels_visitors.last_session_id = sessionmodels_old_sessions.session_id
   LEFT OUTER JOIN first_sessions ON first_sessions.dbt_visitor_id = sessionmodels_visitors.dbt_visitor_id)
SELECT
  slice_with_last_session.session_id,
  slice_with_last_session.session_key,
  slice_with_last_session.dbt_visitor_id,
  slice_with_last_session.session_sequence_number,
  slice_with_last_session.session_start_at,
  slice_with_last_session.ended_at,
  slice_with_last_session.next_session_start_at,
  slice_with_last_session.session_duration,
  slice_with_last_session.num_pvs,
  slice_with_last_session.cnt_viewed_product,
  slice_with_last_session.cnt_signup,
  slice_with_last_session.landing_page_url,
  slice_with_last_session.landing_page_path,
  slice_with_last_session.referrer,
  slice_with_last_session.exit_page_url,
  slice_with_last_session.exit_page_path,
  slice_with_last_session.utm_source,
  slice_with_last_session.utm_medium,
  slice_with_last_session.utm_campaign,
  slice_with_last_session.utm_term,
  slice_with_last_session.utm_content,
  slice_with_last_session.device_type,
  slice_with_last_session.os_name,
  slice_with_last_session.library_name,
  slice_with_last_session.anonymous_id,
  slice_with_last_session.user_id,
  slice_with_last_session.page_views,
  slice_with_last_session.conversions,
  slice_with_last_session.is_engaged,
  slice_with_last_session.is_bounce,
  slice_with_last_session.session_date,
  slice_with_last_session.start_reason
FROM slice_with_last_session;

-- sessions: replace the rows of affected visitors
DELETE
FROM dbt_sessions USING sessionmodels_old_sessions
WHERE dbt_sessions.session_id = sessionmodels_old_sessions.session_id;
INSERT INTO dbt_sessions (session_id, session_key, dbt_visitor_id, session_sequence_number, session_start_at, ended_at, next_session_start_at, session_duration, num_pvs, cnt_viewed_product, cnt_signup, landing_page_url, landing_page_path, referrer, exit_page_url, exit_page_path, utm_source, utm_medium, utm_campaign, utm_term, utm_content, device_type, os_name, library_name, anonymous_id, user_id, page_views, conversions, is_engaged, is_bounce, session_date, start_reason)
SELECT
  sessionmodels_slice_sessions.session_id,
  sessionmodels_slice_sessions.session_key,
  sessionmodels_slice_sessions.dbt_visitor_id,
  sessionmodels_slice_sessions.session_sequence_number,
  sessionmodels_slice_sessions.session_start_at,
  sessionmodels_slice_sessions.ended_at,
  sessionmodels_slice_sessions.next_session_start_at,
  sessionmodels_slice_sessions.session_duration,
  sessionmodels_slice_sessions.num_pvs,
  sessionmodels_slice_sessions.cnt_viewed_product,
  sessionmodels_slice_sessions.cnt_signup,
  sessionmodels_slice_sessions.landing_page_url,
  sessionmodels_slice_sessions.landing_page_path,
  sessionmodels_slice_sessions.referrer,
  sessionmodels_slice_sessions.exit_page_url,
  sessionmodels_slice_sessions.exit_page_path,
  sessionmodels_slice_sessions.utm_source,
  sessionmodels_slice_sessions.utm_medium,
  sessionmodels_slice_sessions.utm_campaign,
  sessionmodels_slice_sessions.utm_term,
  sessionmodels_slice_sessions.utm_content,
  sessionmodels_slice_sessions.device_type,
  sessionmodels_slice_sessions.os_name,
  sessionmodels_slice_sessions.library_name,
  sessionmodels_slice_sessions.anonymous_id,
  sessionmodels_slice_sessions.user_id,
  sessionmodels_slice_sessions.page_views,
  sessionmodels_slice_sessions.conversions,
  sessionmodels_slice_sessions.is_engaged,
  sessionmodels_slice_sessions.is_bounce,
  sessionmodels_slice_sessions.session_date,
  sessionmodels_slice_sessions.start_reason
FROM sessionmodels_slice_sessions;

-- user_session_facts: compute the new rows
CREATE TEMPORARY TABLE sessionmodels_slice_user_session_facts AS WITH all_sessions AS
  (SELECT
     dbt_sessions.session_id AS session_id,
     dbt_sessions.session_key AS session_key,
     dbt_sessions.dbt_visitor_id AS dbt_visitor_id,
     dbt_sessions.session_sequence_number AS session_sequence_number,
     dbt_sessions.session_start_at AS session_start_at,
     dbt_sessions.ended_at AS ended_at,
     dbt_sessions.next_session_start_at AS next_session_start_at,
     dbt_sessions.session_duration AS session_duration,
     dbt_sessions.num_pvs AS num_pvs,
     dbt_sessions.cnt_viewed_product AS cnt_viewed_product,
     dbt_sessions.cnt_signup AS cnt_signup,
     dbt_sessions.landing_page_url AS landing_page_url,
     dbt_sessions.landing_page_path AS landing_page_path,
     dbt_sessions.referrer AS referrer,
     dbt_sessions.exit_page_url AS exit_page_url,
     dbt_sessions.exit_page_path AS exit_page_path,
     dbt_sessions.utm_source AS utm_source,
     dbt_sessions.utm_medium AS utm_medium,
     dbt_sessions.utm_campaign AS utm_campaign,
     dbt_sessions.utm_term AS utm_term,
     dbt_sessions.utm_content AS utm_content,
     dbt_sessions.device_type AS device_type,
     dbt_sessions.os_name AS os_name,
     dbt_sessions.library_name AS library_name,
     dbt_sessions.anonymous_id AS anonymous_id,
     dbt_sessions.user_id AS user_id,
     dbt_sessions.page_views AS page_views,
     dbt_sessions.conversions AS conversions,
     dbt_sessions.is_engaged AS is_engaged,
     dbt_sessions.is_bounce AS is_bounce,
     dbt_sessions.session_date AS session_date,
     dbt_sessions.start_reason AS start_reason
   FROM dbt_sessions
   WHERE dbt_sessions.dbt_visitor_id IN
       (SELECT sessionmodels_visitors.dbt_visitor_id
        FROM sessionmodels_visitors))
SELECT
  all_sessions.dbt_visitor_id,
  min(all_sessions.session_start_at) AS first_date,
  max(all_sessions.session_start_at) AS last_date,
  count(*) AS number_of_sessions
FROM all_sessions
GROUP BY all_sessions.dbt_visitor_id;

-- user_session_facts: replace the rows of affected visitors
DELETE
FROM dbt_user_session_facts USING sessionmodels_visitors
WHERE dbt_user_session_facts.dbt_visitor_id = sessionmodels_visitors.dbt_visitor_id;
INSERT INTO dbt_user_session_facts (dbt_visitor_id, first_date, last_date, number_of_sessions)
SELECT
  sessionmodels_slice_user_session_facts.dbt_visitor_id,
  sessionmodels_slice_user_session_facts.first_date,
  sessionmodels_slice_user_session_facts.last_date,
  sessionmodels_slice_user_session_facts.number_of_sessions
FROM sessionmodels_slice_user_session_facts;

-- the build: drop temporary tables
DROP TABLE sessionmodels_window;
DROP TABLE sessionmodels_difference;
DROP TABLE sessionmodels_known;
DROP TABLE sessionmodels_rows;
DROP TABLE sessionmodels_changed;
DROP TABLE sessionmodels_changed_aliases;
DROP TABLE sessionmodels_deciding;
DROP TABLE sessionmodels_aliases;
DROP TABLE sessionmodels_visitors;
DROP TABLE sessionmodels_old_sessions;
DROP TABLE sessionmodels_slice_tracks;
DROP TABLE sessionmodels_slice_session_events;
DROP TABLE sessionmodels_slice_sessions;
DROP TABLE sessionmodels_slice_user_session_facts;
