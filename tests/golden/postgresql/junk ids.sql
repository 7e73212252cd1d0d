-- junk ids on PostgreSQL. One row per pair of junk ids, `user_id` and `anonymous_id`, with its number of events. An id that is not junk is null.
WITH
  tracks AS
  (SELECT
     sessionmodels_tracks.event_id AS event_id,
     sessionmodels_tracks.source AS source,
     sessionmodels_tracks.anonymous_id AS anonymous_id,
     sessionmodels_tracks.user_id AS user_id,
     sessionmodels_tracks.event AS event,
     sessionmodels_tracks.timestamp AS timestamp,
     sessionmodels_tracks.loaded_at AS loaded_at
   FROM sessionmodels_tracks
   WHERE sessionmodels_tracks.standing = 1),
  junk_ids AS
  (SELECT
     CASE
         WHEN (lower(trim(tracks.user_id)) IN (
                                                 'null',
                                                 'undefined',
                                                 'none',
                                                 'nan',
                                                 '\n',
                                                 '0',
                                                 'unknown')) THEN lower(trim(tracks.user_id))
         WHEN (replace(replace(lower(trim(tracks.user_id)), '0', ''), '-', '') = ''
               AND replace(lower(trim(tracks.user_id)), '0', '') != lower(trim(tracks.user_id))) THEN 'zeros'
     END AS user_id,
     CASE
         WHEN (lower(trim(tracks.anonymous_id)) IN (
                                                      'null',
                                                      'undefined',
                                                      'none',
                                                      'nan',
                                                      '\n',
                                                      '0',
                                                      'unknown')) THEN lower(trim(tracks.anonymous_id))
         WHEN (replace(replace(lower(trim(tracks.anonymous_id)), '0', ''), '-', '') = ''
               AND replace(lower(trim(tracks.anonymous_id)), '0', '') != lower(trim(tracks.anonymous_id))) THEN 'zeros'
     END AS anonymous_id
   FROM tracks)
SELECT
  junk_ids.user_id,
  junk_ids.anonymous_id,
  count(*) AS events
FROM junk_ids
GROUP BY
  junk_ids.user_id,
  junk_ids.anonymous_id;
