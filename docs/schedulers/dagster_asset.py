"""Dagster: one asset, with what the build did as its metadata. If another build is running, it does not materialize."""

from collections.abc import Iterator

from dagster import AssetExecutionContext, DefaultScheduleStatus, Definitions, MaterializeResult, ScheduleDefinition, asset

from sessionmodels import LockedError, Settings, build_all, engine_for


@asset(output_required=False)
def sessions(context: AssetExecutionContext) -> Iterator[MaterializeResult]:
    """Bring every relation up to date with the new events."""
    settings = Settings()
    try:
        with engine_for(settings) as engine:
            result = build_all(engine, settings, incremental=True, wait="10m")
    except LockedError as error:
        context.log.info(str(error))
        return
    rows = {f"rows/{one.name}": one.rows for one in result.relations}  # a number each, so that Dagster draws them
    yield MaterializeResult(metadata={"mode": result.mode, "build": result.number, "seconds": result.seconds, **rows})


hourly = ScheduleDefinition(
    name="hourly", target=[sessions], cron_schedule="7 * * * *", default_status=DefaultScheduleStatus.RUNNING
)
definitions = Definitions(assets=[sessions], schedules=[hourly])
