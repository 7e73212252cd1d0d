-- mapped_tracks on Redshift. One row per event: its visitor, and the time since the visitor's previous event.
-- mapped_tracks: create the table
CREATE TABLE public.dbt_mapped_tracks DISTKEY (dbt_visitor_id) SORTKEY ("timestamp") AS WITH visits AS
  (SELECT
     sessionmodels_tracks.event_id AS event_id,
     sessionmodels_tracks.anonymous_id AS anonymous_id,
     coalesce(public.dbt_aliases_mapping.dbt_visitor_id, sessionmodels_tracks.user_id, sessionmodels_tracks.anonymous_id) AS dbt_visitor_id,
     sessionmodels_tracks."timestamp" AS "timestamp",
     sessionmodels_tracks.event AS event
   FROM sessionmodels_tracks
   LEFT OUTER JOIN public.dbt_aliases_mapping ON public.dbt_aliases_mapping.alias = coalesce(sessionmodels_tracks.user_id, sessionmodels_tracks.anonymous_id))
SELECT
  visits.event_id,
  visits.anonymous_id,
  visits.dbt_visitor_id,
  visits."timestamp",
  visits.event,
  CAST(DATEDIFF(MICROSECOND, lag(visits."timestamp") OVER (PARTITION BY visits.dbt_visitor_id
                                                           ORDER BY visits."timestamp", visits.event_id), visits."timestamp") AS DOUBLE PRECISION) / 60000000 AS idle_time_minutes
FROM visits;
-- mapped_tracks: add column comments
COMMENT ON TABLE public.dbt_mapped_tracks IS 'One row per event: its visitor, and the time since the visitor''s previous event. Built by sessionmodels.';
COMMENT ON COLUMN public.dbt_mapped_tracks.event_id IS 'the event''s `id`.';
COMMENT ON COLUMN public.dbt_mapped_tracks.anonymous_id IS 'the device it came from; may be null.';
COMMENT ON COLUMN public.dbt_mapped_tracks.dbt_visitor_id IS 'the visitor: the mapping of its `user_id` if it has one, else of its `anonymous_id`.';
COMMENT ON COLUMN public.dbt_mapped_tracks."timestamp" IS 'when it happened, UTC.';
COMMENT ON COLUMN public.dbt_mapped_tracks.event IS 'its name; may be null.';
COMMENT ON COLUMN public.dbt_mapped_tracks.idle_time_minutes IS 'minutes since the same visitor''s previous event, as a fraction; null on the first.';
