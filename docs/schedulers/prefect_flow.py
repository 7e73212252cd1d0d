"""Prefect: one flow. If another build is running, it completes as skipped and says so."""

from prefect import flow, get_run_logger
from prefect.states import Completed, State

from sessionmodels import BuildResult, LockedError, Settings, build_all, engine_for


@flow  # without retries: transient failures are retried inside
def sessions() -> BuildResult | State:
    """Bring every relation up to date with the new events."""
    settings = Settings()
    try:
        with engine_for(settings) as engine:
            result = build_all(engine, settings, incremental=True, wait="10m")
    except LockedError as error:
        return Completed(name="Skipped", message=str(error))
    get_run_logger().info("%s", result)
    return result


if __name__ == "__main__":
    sessions.serve(name="hourly", cron="7 * * * *", limit=1)
