-- tracks_flow on DuckDB. One row per event, with the events that follow it in its session.
-- tracks_flow: create the view
CREATE VIEW dbt_tracks_flow AS WITH counted AS
  (SELECT
     dbt_session_events.event_id AS event_id,
     dbt_session_events.source AS source,
     dbt_session_events.anonymous_id AS anonymous_id,
     dbt_session_events.user_id AS user_id,
     dbt_session_events.dbt_visitor_id AS dbt_visitor_id,
     dbt_session_events.timestamp AS timestamp,
     dbt_session_events.loaded_at AS loaded_at,
     dbt_session_events.event AS event,
     dbt_session_events.idle_time_minutes AS idle_time_minutes,
     dbt_session_events.session_id AS session_id,
     dbt_session_events.session_sequence_number AS session_sequence_number,
     dbt_session_events.track_sequence_number AS track_sequence_number,
     dbt_session_events.event_2 AS event_2,
     dbt_session_events.event_3 AS event_3,
     dbt_session_events.event_4 AS event_4,
     dbt_session_events.event_5 AS event_5,
     dbt_session_events.page_url AS page_url,
     dbt_session_events.page_path AS page_path,
     dbt_session_events.page_referrer AS page_referrer,
     dbt_session_events.utm_source AS utm_source,
     dbt_session_events.utm_medium AS utm_medium,
     dbt_session_events.utm_campaign AS utm_campaign,
     dbt_session_events.utm_term AS utm_term,
     dbt_session_events.utm_content AS utm_content,
     dbt_session_events.device_type AS device_type,
     dbt_session_events.os_name AS os_name,
     dbt_session_events.library_name AS library_name,
     dbt_session_events.sdk_session_id AS sdk_session_id,
     count(dbt_session_events.event) OVER (PARTITION BY dbt_session_events.session_id
                                           ORDER BY dbt_session_events.track_sequence_number ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS named_so_far
   FROM dbt_session_events)
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
  counted.event_2,
  counted.event_3,
  counted.event_4,
  counted.event_5
FROM counted;
-- tracks_flow: add column comments
COMMENT ON VIEW dbt_tracks_flow IS 'One row per event, with the events that follow it in its session. Built by sessionmodels.';
COMMENT ON COLUMN dbt_tracks_flow.event_id IS 'the event''s `id`.';
COMMENT ON COLUMN dbt_tracks_flow.session_id IS 'its session.';
COMMENT ON COLUMN dbt_tracks_flow.track_sequence_number IS 'its place within the session, from 1.';
COMMENT ON COLUMN dbt_tracks_flow.event IS 'the session''s first event name.';
COMMENT ON COLUMN dbt_tracks_flow.dbt_visitor_id IS 'the visitor.';
COMMENT ON COLUMN dbt_tracks_flow.timestamp IS 'when it happened.';
COMMENT ON COLUMN dbt_tracks_flow.event_2 IS 'the session''s event name number 2, if it occurred up to this event.';
COMMENT ON COLUMN dbt_tracks_flow.event_3 IS 'the session''s event name number 3, if it occurred up to this event.';
COMMENT ON COLUMN dbt_tracks_flow.event_4 IS 'the session''s event name number 4, if it occurred up to this event.';
COMMENT ON COLUMN dbt_tracks_flow.event_5 IS 'the session''s event name number 5, if it occurred up to this event.';
