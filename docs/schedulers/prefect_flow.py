"""Prefect: one flow; another build that is running ends it without a failure."""

from prefect import flow, get_run_logger
from prefect.states import Completed, State

from sessionmodels import BuildResult, LockedError, Settings, build_all
from sessionmodels.connect import engine_for


@flow(timeout_seconds=55 * 60)
def sessions() -> BuildResult | State:
    """Bring every relation up to date with the events that came."""
    settings = Settings()
    try:
        with engine_for(settings) as engine:
            result = build_all(engine, settings, incremental=True, wait=600)
    except LockedError as error:
        return Completed(message=str(error))
    get_run_logger().info("build %s: %s", result.number, result.mode)
    return result


if __name__ == "__main__":
    sessions.serve(name="hourly", cron="7 * * * *")
