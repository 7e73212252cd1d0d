-- aliases_mapping on DuckDB. One row per alias: the id of a device or of a user.
-- aliases_mapping: create the table
CREATE TABLE dbt_aliases_mapping AS WITH
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
LEFT OUTER JOIN latest_logins ON latest_logins.anonymous_id = aliases.alias;
-- aliases_mapping: add column comments
COMMENT ON TABLE dbt_aliases_mapping IS 'One row per alias: the id of a device or of a user. Built by sessionmodels.';
COMMENT ON COLUMN dbt_aliases_mapping.alias IS 'an `anonymous_id` or a `user_id`; unique, never null.';
COMMENT ON COLUMN dbt_aliases_mapping.dbt_visitor_id IS 'the visitor: the latest `user_id` seen on the alias as a device, else the alias itself.';
