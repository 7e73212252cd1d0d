-- tracks on DuckDB. One row per usable raw row, with its rank among the rows of its id.
-- tracks: find the ids that occur more than once
CREATE TEMPORARY TABLE sessionmodels_tracks AS WITH
  typed_events AS
  (SELECT
     CAST(tracks.id AS VARCHAR) AS event_id,
     CAST(tracks.anonymous_id AS VARCHAR) AS anonymous_id,
     CAST(tracks.user_id AS VARCHAR) AS user_id,
     CAST(tracks.event AS VARCHAR) AS event,
     CAST(tracks.timestamp AS TIMESTAMP WITH TIME ZONE) AS timestamp,
     CAST(tracks.uuid_ts AS TIMESTAMP WITH TIME ZONE) AS loaded_at
   FROM tracks),
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
  usable_events AS NOT MATERIALIZED
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
   JOIN shared_ids ON shared_ids.event_id = usable_events.event_id)
SELECT
  rows_of_shared_ids.event_id,
  rows_of_shared_ids.source,
  rows_of_shared_ids.anonymous_id,
  rows_of_shared_ids.user_id,
  rows_of_shared_ids.event,
  rows_of_shared_ids.timestamp,
  rows_of_shared_ids.loaded_at,
  row_number() OVER (PARTITION BY rows_of_shared_ids.event_id
                     ORDER BY rows_of_shared_ids.timestamp, rows_of_shared_ids.loaded_at IS NULL, rows_of_shared_ids.loaded_at, rows_of_shared_ids.anonymous_id IS NULL, rows_of_shared_ids.anonymous_id, rows_of_shared_ids.user_id IS NULL, rows_of_shared_ids.user_id, rows_of_shared_ids.event IS NULL, rows_of_shared_ids.event) AS duplicate_rank
FROM rows_of_shared_ids;
-- tracks: drop the working table
DROP TABLE sessionmodels_tracks;
