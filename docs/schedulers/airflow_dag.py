"""Airflow: the command, in an environment of its own. If another build is running, the task is skipped."""

from datetime import UTC, datetime, timedelta

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

with DAG(
    "sessions",
    schedule="7 * * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,  # one run makes up for all that were missed
    max_active_runs=1,
) as dag:
    BashOperator(
        task_id="build",
        bash_command="/opt/sessionmodels/bin/sessionmodels build --incremental --wait 10m --log-format json --json",
        cwd="/etc/sessionmodels",  # the folder of sessionmodels.toml; the default is a temporary folder
        skip_on_exit_code=3,
        retries=0,  # transient failures are retried inside
        do_xcom_push=False,  # it would hold only the last line
        execution_timeout=timedelta(hours=3),  # the first build is a full one
    )
