-- top_users_by_avg_session_duration on PostgreSQL. One row per visitor, the longest average session first, equal averages ordered by id.
SELECT
  dbt_session_duration.dbt_visitor_id,
  CAST(sum(CAST(round(dbt_session_duration.session_duration * 60000000) AS BIGINT)) AS DOUBLE PRECISION) / (count(*) * 60000000) AS avg_session_duration
FROM dbt_session_duration
GROUP BY dbt_session_duration.dbt_visitor_id
ORDER BY
  avg_session_duration DESC,
  dbt_session_duration.dbt_visitor_id COLLATE "C";
