"""Dagster: one asset, with what the build did as its metadata."""

from dagster import Definitions, MaterializeResult, ScheduleDefinition, asset, define_asset_job

from sessionmodels import Settings, build_all
from sessionmodels.connect import engine_for


@asset
def sessions() -> MaterializeResult:
    """Bring every relation up to date with the events that came."""
    settings = Settings()
    with engine_for(settings) as engine:
        result = build_all(engine, settings, incremental=True, wait=600)
    rows = {one.name: one.rows for one in result.relations}
    return MaterializeResult(metadata={"mode": result.mode, "build": result.number, "seconds": result.seconds, "rows": rows})


job = define_asset_job("build_sessions", selection=[sessions])
definitions = Definitions(assets=[sessions], jobs=[job], schedules=[ScheduleDefinition(job=job, cron_schedule="7 * * * *")])
