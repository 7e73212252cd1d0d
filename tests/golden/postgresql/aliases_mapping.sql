-- aliases_mapping on PostgreSQL. One row an alias: an id under which somebody was seen, as a device or as a user.
-- aliases_mapping: update the planner's statistics
ANALYZE dbt_aliases_mapping;
