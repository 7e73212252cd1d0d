-- session_track_facts on BigQuery. One row per session: when it ended, and how many events of each kind it has.
-- session_track_facts: replace the view
CREATE OR REPLACE VIEW `dbt_session_track_facts` (`session_id` OPTIONS(description='the session; unique, never null.'), `ended_at` OPTIONS(description="its last event's time."), `num_pvs` OPTIONS(description='how many events it has, each event id counted once.'), `cnt_viewed_product` OPTIONS(description='how many of its events are named `view_product` or `viewed_product`.'), `cnt_signup` OPTIONS(description='how many of its events are named `signup`.')) OPTIONS(description='One row per session: when it ended, and how many events of each kind it has. Built by sessionmodels.') AS
SELECT
  `dbt_sessions`.`session_id`,
  `dbt_sessions`.`ended_at`,
  `dbt_sessions`.`num_pvs`,
  `dbt_sessions`.`cnt_viewed_product`,
  `dbt_sessions`.`cnt_signup`
FROM `dbt_sessions`;
