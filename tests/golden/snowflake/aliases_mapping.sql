-- aliases_mapping on Snowflake. One row per alias: the id of a device or of a user.
-- aliases_mapping: create the table
CREATE TRANSIENT TABLE public.sessionmodels_shadow_00000000_dbt_aliases_mapping COMMENT = 'One row per alias: the id of a device or of a user. Built by sessionmodels.' AS WITH
  tracks AS
  (SELECT
     public.sessionmodels_shadow_00000000_dbt_tracks.event_id AS event_id,
     public.sessionmodels_shadow_00000000_dbt_tracks.source AS source,
     public.sessionmodels_shadow_00000000_dbt_tracks.anonymous_id AS anonymous_id,
     public.sessionmodels_shadow_00000000_dbt_tracks.user_id AS user_id,
     public.sessionmodels_shadow_00000000_dbt_tracks.event AS event,
     public.sessionmodels_shadow_00000000_dbt_tracks.timestamp AS timestamp,
     public.sessionmodels_shadow_00000000_dbt_tracks.loaded_at AS loaded_at
   FROM public.sessionmodels_shadow_00000000_dbt_tracks
   WHERE public.sessionmodels_shadow_00000000_dbt_tracks.duplicate_rank = 1),
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
-- aliases_mapping: swap in the new rows
CREATE OR REPLACE TRANSIENT TABLE public.dbt_aliases_mapping CLONE public.sessionmodels_shadow_00000000_dbt_aliases_mapping COPY GRANTS;
-- aliases_mapping: add column comments
COMMENT ON TABLE public.dbt_aliases_mapping IS 'One row per alias: the id of a device or of a user. Built by sessionmodels.';
ALTER TABLE public.dbt_aliases_mapping MODIFY COLUMN alias COMMENT 'an `anonymous_id` or a `user_id`; unique, never null.', COLUMN dbt_visitor_id COMMENT 'the visitor: the latest `user_id` seen on the alias as a device, else the alias itself.';
-- aliases_mapping: drop its working table
DROP TABLE IF EXISTS public.sessionmodels_shadow_00000000_dbt_aliases_mapping;
