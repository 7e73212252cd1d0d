-- mapped_tracks on PostgreSQL. One row per event: its visitor, and the time since the visitor's previous event.
-- mapped_tracks: create the view
CREATE VIEW dbt_mapped_tracks AS WITH
  typed_events AS
  (SELECT CAST(tracks.id AS TEXT) COLLATE
     "default" AS event_id,
     CAST(tracks.anonymous_id AS TEXT) COLLATE
     "default" AS anonymous_id,
     CAST(tracks.user_id AS TEXT) COLLATE
     "default" AS user_id,
     CAST(tracks.event AS TEXT) COLLATE
     "default" AS event,
     (tracks.timestamp AT TIME ZONE 'UTC') AS timestamp,
     (tracks.uuid_ts AT TIME ZONE 'UTC') AS loaded_at
   FROM tracks),
  raw_events AS
  (SELECT
     CASE
         WHEN (replace(typed_events.event_id, ' ', '') != '') THEN typed_events.event_id
     END AS event_id,
     CASE
         WHEN (replace(typed_events.anonymous_id, ' ', '') != '') THEN typed_events.anonymous_id
     END AS anonymous_id,
     CASE
         WHEN (replace(typed_events.user_id, ' ', '') != '') THEN typed_events.user_id
     END AS user_id,
     typed_events.event AS event,
     CASE
         WHEN (typed_events.timestamp BETWEEN CAST('0001-01-01 00:00:00.000000' AS TIMESTAMP WITHOUT TIME ZONE) AND CAST('9999-12-31 23:59:59.999999' AS TIMESTAMP WITHOUT TIME ZONE)) THEN typed_events.timestamp
     END AS timestamp,
     CASE
         WHEN (typed_events.loaded_at BETWEEN CAST('0001-01-01 00:00:00.000000' AS TIMESTAMP WITHOUT TIME ZONE) AND CAST('9999-12-31 23:59:59.999999' AS TIMESTAMP WITHOUT TIME ZONE)) THEN typed_events.loaded_at
     END AS loaded_at
   FROM typed_events),
  usable_events AS
  (SELECT
     raw_events.event_id AS event_id,
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
             WHEN (length(raw_events.event_id) > 65535
                   OR length(raw_events.anonymous_id) > 65535
                   OR length(raw_events.user_id) > 65535) THEN 1
             ELSE 0
         END != 1),
  ranked_events AS
  (SELECT
     usable_events.event_id AS event_id,
     usable_events.anonymous_id AS anonymous_id,
     usable_events.user_id AS user_id,
     usable_events.event AS event,
     usable_events.timestamp AS timestamp,
     usable_events.loaded_at AS loaded_at,
     row_number() OVER (PARTITION BY usable_events.event_id
                        ORDER BY usable_events.timestamp, usable_events.loaded_at IS NULL, usable_events.loaded_at, usable_events.anonymous_id IS NULL, usable_events.anonymous_id COLLATE "C", usable_events.user_id IS NULL, usable_events.user_id COLLATE "C", usable_events.event IS NULL, usable_events.event COLLATE "C") AS standing
   FROM usable_events),
  tracks AS
  (SELECT
     ranked_events.event_id AS event_id,
     ranked_events.anonymous_id AS anonymous_id,
     ranked_events.user_id AS user_id,
     ranked_events.event AS event,
     ranked_events.timestamp AS timestamp
   FROM ranked_events
   WHERE ranked_events.standing = 1),
  visits AS
  (SELECT
     tracks.event_id AS event_id,
     tracks.anonymous_id AS anonymous_id,
     coalesce(dbt_aliases_mapping.dbt_visitor_id, tracks.user_id, tracks.anonymous_id) AS dbt_visitor_id,
     tracks.timestamp AS timestamp,
     tracks.event AS event
   FROM tracks
   LEFT OUTER JOIN dbt_aliases_mapping ON dbt_aliases_mapping.alias = coalesce(tracks.user_id, tracks.anonymous_id))
SELECT
  visits.event_id,
  visits.anonymous_id,
  visits.dbt_visitor_id,
  visits.timestamp,
  visits.event,
  CAST(CAST(EXTRACT(EPOCH
                    FROM (visits.timestamp - lag(visits.timestamp) OVER (PARTITION BY visits.dbt_visitor_id
                                                                         ORDER BY visits.timestamp, visits.event_id COLLATE "C"))) * 1000000 AS BIGINT) AS DOUBLE PRECISION) / 60000000 AS idle_time_minutes
FROM visits;
-- mapped_tracks: add column comments
COMMENT ON VIEW dbt_mapped_tracks IS 'One row per event: its visitor, and the time since the visitor''s previous event. Built by sessionmodels.';
COMMENT ON COLUMN dbt_mapped_tracks.event_id IS 'the event''s `id`.';
COMMENT ON COLUMN dbt_mapped_tracks.anonymous_id IS 'the device it came from; may be null.';
COMMENT ON COLUMN dbt_mapped_tracks.dbt_visitor_id IS 'the visitor: the mapping of its `user_id` if it has one, else of its `anonymous_id`.';
COMMENT ON COLUMN dbt_mapped_tracks.timestamp IS 'when it happened, UTC.';
COMMENT ON COLUMN dbt_mapped_tracks.event IS 'its name; may be null.';
COMMENT ON COLUMN dbt_mapped_tracks.idle_time_minutes IS 'minutes since the same visitor''s previous event, as a fraction; null on the first.';
