-- junk ids on DuckDB. One row per pair of junk ids, `user_id` and `anonymous_id`, with its number of events. An id that is not junk is null.
WITH
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
  shared_ids AS
  (SELECT DISTINCT sessionmodels_tracks.event_id AS event_id
   FROM sessionmodels_tracks),
  events_of_each_id AS
  (SELECT
     usable_events.event_id AS event_id,
     usable_events.source AS source,
     usable_events.anonymous_id AS anonymous_id,
     usable_events.user_id AS user_id,
     usable_events.event AS event,
     usable_events.timestamp AS timestamp,
     usable_events.loaded_at AS loaded_at
   FROM usable_events
   LEFT OUTER JOIN shared_ids ON shared_ids.event_id = usable_events.event_id
   WHERE shared_ids.event_id IS NULL
   UNION ALL SELECT
     sessionmodels_tracks.event_id AS event_id,
     sessionmodels_tracks.source AS source,
     sessionmodels_tracks.anonymous_id AS anonymous_id,
     sessionmodels_tracks.user_id AS user_id,
     sessionmodels_tracks.event AS event,
     sessionmodels_tracks.timestamp AS timestamp,
     sessionmodels_tracks.loaded_at AS loaded_at
   FROM sessionmodels_tracks
   WHERE sessionmodels_tracks.duplicate_rank = 1),
  tracks AS NOT MATERIALIZED
  (SELECT
     events_of_each_id.event_id AS event_id,
     events_of_each_id.source AS source,
     events_of_each_id.anonymous_id AS anonymous_id,
     events_of_each_id.user_id AS user_id,
     events_of_each_id.event AS event,
     events_of_each_id.timestamp AS timestamp,
     events_of_each_id.loaded_at AS loaded_at
   FROM events_of_each_id),
  pairs_of_ids AS
  (SELECT
     tracks.user_id AS user_id,
     tracks.anonymous_id AS anonymous_id,
     count(*) AS events
   FROM tracks
   GROUP BY
     tracks.user_id,
     tracks.anonymous_id),
  junk_ids AS
  (SELECT
     CASE
         WHEN (lower(trim(pairs_of_ids.user_id)) IN (
                                                       'null',
                                                       'undefined',
                                                       'none',
                                                       'nan',
                                                       '\n',
                                                       '0',
                                                       'unknown')) THEN lower(trim(pairs_of_ids.user_id))
         WHEN (replace(replace(lower(trim(pairs_of_ids.user_id)), '0', ''), '-', '') = ''
               AND replace(lower(trim(pairs_of_ids.user_id)), '0', '') != lower(trim(pairs_of_ids.user_id))) THEN 'zeros'
     END AS user_id,
     CASE
         WHEN (lower(trim(pairs_of_ids.anonymous_id)) IN (
                                                            'null',
                                                            'undefined',
                                                            'none',
                                                            'nan',
                                                            '\n',
                                                            '0',
                                                            'unknown')) THEN lower(trim(pairs_of_ids.anonymous_id))
         WHEN (replace(replace(lower(trim(pairs_of_ids.anonymous_id)), '0', ''), '-', '') = ''
               AND replace(lower(trim(pairs_of_ids.anonymous_id)), '0', '') != lower(trim(pairs_of_ids.anonymous_id))) THEN 'zeros'
     END AS anonymous_id,
     pairs_of_ids.events AS events
   FROM pairs_of_ids)
SELECT
  junk_ids.user_id,
  junk_ids.anonymous_id,
  CAST(sum(junk_ids.events) AS BIGINT) AS events
FROM junk_ids
GROUP BY
  junk_ids.user_id,
  junk_ids.anonymous_id;
