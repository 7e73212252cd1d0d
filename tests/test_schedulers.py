"""The examples for schedulers, run for real: against a database, and in the environments of the schedulers themselves.

`SCHEDULERS` in the environment names a folder with a virtual environment for Airflow, Dagster and Prefect, which
`.ci/schedulers FOLDER` makes. Without it those are left out, but for CI, where that is an error.
"""

import configparser
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from oracle import MINUTE
from streams import OLD
from tables import read_all, write_tracks

from sessionmodels import status
from sessionmodels.models import MODELS

FOLDER = Path(__file__).parent.parent / "docs" / "schedulers"
LEFT_OUT = "SCHEDULERS names no folder with their environments; `.ci/schedulers FOLDER` makes one"
BIN = Path(sys.executable).parent
HOUR = 60 * MINUTE

# One worker runs those that need their own environment: each loads a whole scheduler.
own_environment = pytest.mark.xdist_group("schedulers")


@pytest.fixture
def url(duckdb) -> str:
    """The URL of a database with events, which nobody holds open."""
    write_tracks(duckdb, [replace(raw, loaded_at=100 * HOUR) for raw in OLD])
    text = duckdb.url.render_as_string()
    duckdb.dispose()
    return text


def shell(line: str, url: str, **more: str) -> subprocess.CompletedProcess:
    """Run a line as a scheduler's shell does, the command found by its path."""
    environment = {"PATH": f"{BIN}:/usr/bin:/bin", "SESSIONMODELS_URL": url, **more}
    return subprocess.run(["/bin/sh", "-c", line], env=environment, capture_output=True, text=True, check=False)


def test_the_crontab(url, duckdb) -> None:
    """Each line runs as cron would run it, says nothing where all is well, and mails what went wrong."""
    lines = [line for line in (FOLDER / "crontab").read_text().splitlines() if re.match(r"\d", line)]
    commands = [re.match(r"(?:\S+\s+){5}(.*)", line) for line in lines]
    assert len(commands) == 3
    for found in commands:
        assert found
        command = found[1]
        assert not re.search(r"(?<!\\)%", command), "cron ends a command at a percent sign"
        ran = shell(command.replace(r"\%", "%"), url)
        assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
        assert "no table 'nowhere'" in shell(command.replace(r"\%", "%"), url, SESSIONMODELS_SOURCE_TABLE="nowhere").stderr
    assert [one.mode for one in status(duckdb).builds] == ["full", "full"], "between them nothing had come"
    assert status(duckdb).builds[0].reason == "a full refresh was asked for"


def unit(name: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=True, interpolation=None)
    parser.optionxform = str  # pyright: ignore[reportAttributeAccessIssue] - names keep their case
    parser.read(FOLDER / name)
    return parser


def test_the_systemd_units(url) -> None:
    """The service's command runs; it is a oneshot that takes status 3 for success, and the timer wakes it hourly."""
    service, timer = unit("sessionmodels.service")["Service"], unit("sessionmodels.timer")["Timer"]
    command = service["ExecStart"].replace("/opt/sessionmodels/bin/", "")
    assert shell(command, url).returncode == 0
    assert (service["Type"], service["SuccessExitStatus"]) == ("oneshot", "3")
    assert (timer["OnCalendar"], timer["Persistent"]) == ("hourly", "true")


def test_the_workflow(url) -> None:
    """Its last step runs, and passes where another build is running."""
    text = (FOLDER / "github-actions.yml").read_text()
    step = re.findall(r"- run: (sessionmodels .*)", text)[0]
    assert shell(step, url).returncode == 0
    for left, passes in ((3, True), (1, False), (4, False)):
        ran = shell(re.sub(r"^sessionmodels .*? \|\|", f"(exit {left}) ||", step), url)
        assert (ran.returncode == 0) == passes
    assert "cancel-in-progress: false" in text


def python_of(name: str) -> Path:
    """Return the Python of a scheduler's environment; without it the test is left out, but for CI."""
    folder = os.environ.get("SCHEDULERS")
    if folder:
        return Path(folder) / name / "bin" / "python"
    if os.environ.get("CI"):
        pytest.fail(LEFT_OUT)
    pytest.skip(LEFT_OUT)


def run_in(name: str, code: str, url: str, folder: Path) -> None:
    """Run code in a scheduler's own environment, in a home of its own."""
    places = {"HOME": str(folder), "AIRFLOW_HOME": str(folder), "DAGSTER_HOME": "", "PREFECT_HOME": str(folder)}
    quiet = {"PREFECT_SERVER_ANALYTICS_ENABLED": "false", "AIRFLOW__CORE__LOAD_EXAMPLES": "false", "DO_NOT_TRACK": "1"}
    ours = {"SESSIONMODELS_URL": url, "SESSIONMODELS": str(BIN / "sessionmodels"), "PATH": os.environ["PATH"]}
    command = [python_of(name), "-c", f"import sys; sys.path.insert(0, {str(FOLDER)!r}); {code}"]
    ran = subprocess.run(command, env={**places, **quiet, **ours}, capture_output=True, text=True, cwd=folder, check=False)
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-4000:]


@own_environment
def test_dagster(url, duckdb, tmp_path) -> None:
    """The asset is materialized, with the rows as its metadata; the schedule is hourly."""
    run_in(
        "dagster",
        "import dagster; from dagster_asset import definitions, sessions;"
        "result = dagster.materialize([sessions]); assert result.success;"
        "found = result.asset_materializations_for_node('sessions')[0].metadata; assert found['mode'].value == 'full';"
        "assert found['rows'].value['mapped_tracks'] == 9; assert definitions.schedules[0].cron_schedule == '7 * * * *'",
        url,
        tmp_path,
    )
    assert read_all(duckdb).keys() == MODELS.keys()


@own_environment
def test_prefect(url, duckdb, tmp_path) -> None:
    """The flow runs, and completes where another build is running."""
    run_in(
        "prefect",
        "import prefect_flow; from sessionmodels import LockedError; assert prefect_flow.sessions().mode == 'full';"
        "prefect_flow.build_all = lambda *_, **__: (_ for _ in ()).throw(LockedError('busy'));"
        "state = prefect_flow.sessions(return_state=True); assert state.is_completed() and state.message == 'busy'",
        url,
        tmp_path,
    )
    assert read_all(duckdb).keys() == MODELS.keys()


@own_environment
def test_airflow(url, duckdb, tmp_path) -> None:
    """Airflow takes the DAG, and its operator runs the command; status 3 skips the task."""
    run_in(
        "airflow",
        "from airflow_dag import dag; from airflow.exceptions import AirflowSkipException; build = dag.get_task('build');"
        "assert (dag.catchup, dag.max_active_runs) == (False, 1); build.execute({});"
        "build.bash_command = 'exit 3'\n"
        "try: build.execute({}); raise SystemExit('not skipped')\n"
        "except AirflowSkipException: pass",
        url,
        tmp_path,
    )
    assert read_all(duckdb).keys() == MODELS.keys()
