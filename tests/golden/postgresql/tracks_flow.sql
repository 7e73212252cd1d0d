-- tracks_flow on PostgreSQL. One row an event, with the events that follow it in its session.
-- tracks_flow: create the table
CREATE TABLE dbt_tracks_flow AS
SELECT
  dbt_track_facts.event_id,
  dbt_track_facts.session_id,
  dbt_track_facts.track_sequence_number,
  dbt_track_facts.event,
  dbt_track_facts.dbt_visitor_id,
  dbt_track_facts.timestamp,
  lead(dbt_track_facts.event, 1) OVER (PARTITION BY dbt_track_facts.session_id
                                       ORDER BY dbt_track_facts.track_sequence_number) AS event_2,
  lead(dbt_track_facts.event, 2) OVER (PARTITION BY dbt_track_facts.session_id
                                       ORDER BY dbt_track_facts.track_sequence_number) AS event_3,
  lead(dbt_track_facts.event, 3) OVER (PARTITION BY dbt_track_facts.session_id
                                       ORDER BY dbt_track_facts.track_sequence_number) AS event_4,
  lead(dbt_track_facts.event, 4) OVER (PARTITION BY dbt_track_facts.session_id
                                       ORDER BY dbt_track_facts.track_sequence_number) AS event_5
FROM dbt_track_facts;
-- tracks_flow: update the planner's statistics
ANALYZE dbt_tracks_flow;
