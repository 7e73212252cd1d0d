-- the build on BigQuery. One row an event that belongs to somebody.
-- the build: claim the tables
CREATE OR REPLACE TABLE `sessionmodels_claim_dbt` AS SELECT '00000000' AS build;
