-- mapped_tracks on Snowflake. One row per event: its visitor, and the time since the visitor's previous event.
-- mapped_tracks: create the table
CREATE TRANSIENT TABLE public.sessionmodels_shadow_00000000_dbt_mapped_tracks COMMENT = 'One row per event: its visitor, and the time since the visitor''s previous event. Built by sessionmodels.' AS WITH visits AS
  (SELECT
     public.sessionmodels_shadow_00000000_dbt_tracks.event_id AS event_id,
     public.sessionmodels_shadow_00000000_dbt_tracks.anonymous_id AS anonymous_id,
     coalesce(public.sessionmodels_shadow_00000000_dbt_aliases_mapping.dbt_visitor_id, public.sessionmodels_shadow_00000000_dbt_tracks.user_id, public.sessionmodels_shadow_00000000_dbt_tracks.anonymous_id) AS dbt_visitor_id,
     public.sessionmodels_shadow_00000000_dbt_tracks.timestamp AS timestamp,
     public.sessionmodels_shadow_00000000_dbt_tracks.event AS event
   FROM public.sessionmodels_shadow_00000000_dbt_tracks
   LEFT OUTER JOIN public.sessionmodels_shadow_00000000_dbt_aliases_mapping ON public.sessionmodels_shadow_00000000_dbt_aliases_mapping.alias = coalesce(public.sessionmodels_shadow_00000000_dbt_tracks.user_id, public.sessionmodels_shadow_00000000_dbt_tracks.anonymous_id))
SELECT
  visits.event_id,
  visits.anonymous_id,
  visits.dbt_visitor_id,
  visits.timestamp,
  visits.event,
  CAST((DATE_PART(EPOCH_MICROSECOND, visits.timestamp) - DATE_PART(EPOCH_MICROSECOND, lag(visits.timestamp) OVER (PARTITION BY visits.dbt_visitor_id
                                                                                                                  ORDER BY visits.timestamp, visits.event_id))) AS DOUBLE) / 60000000 AS idle_time_minutes
FROM visits;
-- mapped_tracks: swap in the new rows
CREATE OR REPLACE TRANSIENT TABLE public.dbt_mapped_tracks CLONE public.sessionmodels_shadow_00000000_dbt_mapped_tracks COPY GRANTS;
-- mapped_tracks: add column comments
COMMENT ON TABLE public.dbt_mapped_tracks IS 'One row per event: its visitor, and the time since the visitor''s previous event. Built by sessionmodels.';
ALTER TABLE public.dbt_mapped_tracks MODIFY COLUMN event_id COMMENT 'the event''s `id`.', COLUMN anonymous_id COMMENT 'the device it came from; may be null.', COLUMN dbt_visitor_id COMMENT 'the visitor: the mapping of its `user_id` if it has one, else of its `anonymous_id`.', COLUMN timestamp COMMENT 'when it happened, UTC.', COLUMN event COMMENT 'its name; may be null.', COLUMN idle_time_minutes COMMENT 'minutes since the same visitor''s previous event, as a fraction; null on the first.';
-- mapped_tracks: drop its working table
DROP TABLE IF EXISTS public.sessionmodels_shadow_00000000_dbt_mapped_tracks;
