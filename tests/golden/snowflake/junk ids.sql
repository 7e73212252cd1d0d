-- junk ids on Snowflake. One row per pair of junk ids, `user_id` and `anonymous_id`, with its number of events. An id that is not junk is null.
WITH junk_ids AS
  (SELECT
     CASE
         WHEN (lower(trim(sessionmodels_tracks.user_id)) IN (
                                                               'null',
                                                               'undefined',
                                                               'none',
                                                               'nan',
                                                               '\\n',
                                                               '0',
                                                               'unknown')) THEN lower(trim(sessionmodels_tracks.user_id))
         WHEN (replace(replace(lower(trim(sessionmodels_tracks.user_id)), '0', ''), '-', '') = ''
               AND replace(lower(trim(sessionmodels_tracks.user_id)), '0', '') != lower(trim(sessionmodels_tracks.user_id))) THEN 'zeros'
     END AS user_id,
     CASE
         WHEN (lower(trim(sessionmodels_tracks.anonymous_id)) IN (
                                                                    'null',
                                                                    'undefined',
                                                                    'none',
                                                                    'nan',
                                                                    '\\n',
                                                                    '0',
                                                                    'unknown')) THEN lower(trim(sessionmodels_tracks.anonymous_id))
         WHEN (replace(replace(lower(trim(sessionmodels_tracks.anonymous_id)), '0', ''), '-', '') = ''
               AND replace(lower(trim(sessionmodels_tracks.anonymous_id)), '0', '') != lower(trim(sessionmodels_tracks.anonymous_id))) THEN 'zeros'
     END AS anonymous_id
   FROM sessionmodels_tracks)
SELECT
  junk_ids.user_id,
  junk_ids.anonymous_id,
  count(*) AS events
FROM junk_ids
GROUP BY
  junk_ids.user_id,
  junk_ids.anonymous_id;
