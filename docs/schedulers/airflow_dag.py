"""Airflow: the command, in an environment of its own, since Airflow pins another SQLAlchemy. Another build is no failure."""

from datetime import datetime, timedelta

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

with DAG(
    "sessions",
    schedule="7 * * * *",
    start_date=datetime(2026, 1, 1),  # noqa: DTZ001 - in Airflow's own time zone
    catchup=False,  # one run does what all that were missed would have done
    max_active_runs=1,
) as dag:
    BashOperator(
        task_id="build",
        bash_command="${SESSIONMODELS:-/opt/sessionmodels/bin/sessionmodels} build --incremental --wait 10m --log-format json",
        append_env=True,  # SESSIONMODELS_URL is in the worker's environment, or from a secrets backend: env={...}
        skip_on_exit_code=3,
        execution_timeout=timedelta(minutes=55),
    )
