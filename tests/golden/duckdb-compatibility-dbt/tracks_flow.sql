-- tracks_flow on DuckDB. One row per event, with the events that follow it in its session.
-- tracks_flow: create the table
CREATE TABLE dbt_tracks_flow AS WITH counted AS
  (SELECT
     dbt_track_facts.anonymous_id AS anonymous_id,
     dbt_track_facts.timestamp AS timestamp,
     dbt_track_facts.event_id AS event_id,
     dbt_track_facts.event AS event,
     dbt_track_facts.session_id AS session_id,
     dbt_track_facts.dbt_visitor_id AS dbt_visitor_id,
     dbt_track_facts.track_sequence_number AS track_sequence_number,
     count(dbt_track_facts.event) OVER (PARTITION BY dbt_track_facts.session_id
                                        ORDER BY dbt_track_facts.track_sequence_number ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS named_so_far
   FROM dbt_track_facts)
SELECT
  counted.event_id,
  counted.session_id,
  counted.track_sequence_number,
  CAST(max(CASE
               WHEN (counted.named_so_far = 1
                     AND counted.event IS NOT NULL) THEN counted.event
           END) OVER (PARTITION BY counted.session_id
                      ORDER BY counted.track_sequence_number ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS VARCHAR) AS event,
  counted.dbt_visitor_id,
  counted.timestamp,
  CAST(max(CASE
               WHEN (counted.named_so_far = 2
                     AND counted.event IS NOT NULL) THEN counted.event
           END) OVER (PARTITION BY counted.session_id
                      ORDER BY counted.track_sequence_number ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS VARCHAR) AS event_2,
  CAST(max(CASE
               WHEN (counted.named_so_far = 3
                     AND counted.event IS NOT NULL) THEN counted.event
           END) OVER (PARTITION BY counted.session_id
                      ORDER BY counted.track_sequence_number ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS VARCHAR) AS event_3,
  CAST(max(CASE
               WHEN (counted.named_so_far = 4
                     AND counted.event IS NOT NULL) THEN counted.event
           END) OVER (PARTITION BY counted.session_id
                      ORDER BY counted.track_sequence_number ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS VARCHAR) AS event_4,
  CAST(max(CASE
               WHEN (counted.named_so_far = 5
                     AND counted.event IS NOT NULL) THEN counted.event
           END) OVER (PARTITION BY counted.session_id
                      ORDER BY counted.track_sequence_number ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS VARCHAR) AS event_5
FROM counted;
-- tracks_flow: add column comments
COMMENT ON TABLE dbt_tracks_flow IS 'One row per event, with the events that follow it in its session. Built by sessionmodels.';
COMMENT ON COLUMN dbt_tracks_flow.event_id IS 'the event''s `id`.';
COMMENT ON COLUMN dbt_tracks_flow.session_id IS 'its session.';
COMMENT ON COLUMN dbt_tracks_flow.track_sequence_number IS 'its place within the session, from 1.';
COMMENT ON COLUMN dbt_tracks_flow.event IS 'the session''s first event name.';
COMMENT ON COLUMN dbt_tracks_flow.dbt_visitor_id IS 'the visitor.';
COMMENT ON COLUMN dbt_tracks_flow.timestamp IS 'when it happened, UTC.';
COMMENT ON COLUMN dbt_tracks_flow.event_2 IS 'the session''s event name number 2, if it occurred up to this event.';
COMMENT ON COLUMN dbt_tracks_flow.event_3 IS 'the session''s event name number 3, if it occurred up to this event.';
COMMENT ON COLUMN dbt_tracks_flow.event_4 IS 'the session''s event name number 4, if it occurred up to this event.';
COMMENT ON COLUMN dbt_tracks_flow.event_5 IS 'the session''s event name number 5, if it occurred up to this event.';
