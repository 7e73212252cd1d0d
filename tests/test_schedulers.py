"""The examples for schedulers, run for real: against a database, and in the environments of the schedulers themselves.

`SCHEDULERS` in the environment names a folder with a virtual environment for Airflow, Dagster and Prefect, which
`.ci/schedulers FOLDER` makes. Without it those are left out, but for CI, where that is an error.
"""

import configparser
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from engines import duckdb_engine
from environments import LEAN, python_of
from oracle import MINUTE
from streams import OLD
from tables import read_all, write_tracks

from sessionmodels import Settings, status
from sessionmodels.cli import main
from sessionmodels.models import MODELS

FOLDER = Path(__file__).parent.parent / "docs" / "schedulers"
LEFT_OUT = "SCHEDULERS names no folder with their environments; `.ci/schedulers FOLDER` makes one"
BIN = Path(sys.executable).parent
EXAMPLES = sorted(path for path in FOLDER.iterdir() if path.is_file())
HOUR = 60 * MINUTE


@pytest.fixture
def url(duckdb) -> str:
    """The URL of a database with events, which nobody holds open."""
    write_tracks(duckdb, [replace(raw, loaded_at=100 * HOUR) for raw in OLD])
    text = duckdb.url.render_as_string()
    duckdb.dispose()
    return text


@pytest.fixture(scope="module")
def held(tmp_path_factory) -> Iterator[str]:
    """The URL of a database that this process holds: to every other, another build is running."""
    engine = duckdb_engine(tmp_path_factory.mktemp("held"))
    url = engine.url.render_as_string()
    with engine.connect():
        assert told(BIN / "sessionmodels", "build", url=url).returncode == 3
        yield url
    engine.dispose()


def placed(name: str, folder: Path) -> Path:
    """Copy an example, with the paths that it names being where things are here, and nothing waited for."""
    text = (FOLDER / name).read_text()
    for said, here in (("/opt/sessionmodels/bin", BIN), ("/etc/sessionmodels", folder), ("wait=600", "wait=0"), ("10m", "0s")):
        text = text.replace(said, str(here))
    (folder / name).write_text(text)
    return folder / name


def told(*command: str | Path, url: str, **more: str) -> subprocess.CompletedProcess:
    environment = {"PATH": f"{BIN}:/usr/bin:/bin", "PYTHONPATH": str(LEAN), "SESSIONMODELS_URL": url, **more}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def stand_in(folder: Path, left: int) -> str:
    """Return a path with a `sessionmodels` that does nothing but end with a status, which no small database would give."""
    (folder / "sessionmodels").write_text(f"#!/bin/sh\necho said; exit {left}\n")
    (folder / "sessionmodels").chmod(0o755)
    return f"{folder}:/usr/bin:/bin"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_the_command_lines(path) -> None:
    """Each `sessionmodels …` that an example names, here or in its README, is one that the command takes, without a URL."""
    lines = re.findall(r"\bsessionmodels (build(?: --[\w-]+(?: [\w.\\%]+(?![\w.\\%>]))?)+)", path.read_text())
    expected = {"crontab": 3, "README.md": 1, "sessionmodels.service": 1, "github-actions.yml": 1, "airflow_dag.py": 1}
    assert len(lines) == expected.get(path.name, 0)
    for line in lines:
        context = main.commands["build"].make_context("build", shlex.split(line)[1:])
        assert context.params["incremental"]
        assert not context.params["url"], "a password would show in the process list"


def crontab() -> list[str]:
    """Return what cron runs: from the sixth field on, where a bare percent sign would end it."""
    lines = [line for line in (FOLDER / "crontab").read_text().splitlines() if re.match(r"\d", line)]
    commands = [line.split(None, 5)[5] for line in lines]
    assert not any(re.search(r"(?<!\\)%", command) for command in commands)
    return [command.replace(r"\%", "%") for command in commands]


@pytest.mark.slow
def test_the_crontab(url, duckdb) -> None:
    """Each line runs as cron would run it and says nothing where all is well, so that nothing is mailed."""
    for command in crontab():
        ran = told("/bin/sh", "-c", command, url=url)
        assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert [one.mode for one in status(duckdb).builds] == ["full", "audit", "full"], "nothing had come"
    assert status(duckdb).builds[0].reason == "a full refresh was requested"


@pytest.mark.slow
def test_what_cron_mails(held, tmp_path) -> None:
    """Nothing where another build is running; whatever was told where it failed or an audit found a difference."""
    for command in crontab():
        assert told("/bin/sh", "-c", command.replace("10m", "0s"), url=held).stdout == ""
        for left in (1, 2, 4):
            assert told("/bin/sh", "-c", command, url=held, PATH=stand_in(tmp_path, left)).stdout == "said\n"


def unit(name: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=True, interpolation=None)
    parser.optionxform = str  # pyright: ignore[reportAttributeAccessIssue] - names keep their case
    parser.read(FOLDER / name)
    return parser


@pytest.mark.slow
def test_the_systemd_units(url, tmp_path) -> None:
    """Every key is one that systemd knows, where it is installed; the service's command runs, and 3 and 143 are no failure."""
    service, timer = unit("sessionmodels.service")["Service"], unit("sessionmodels.timer")["Timer"]
    assert (service["Type"], service["SuccessExitStatus"]) == ("oneshot", "3 143")
    assert (timer["OnCalendar"], timer["Persistent"]) == ("hourly", "true")
    files = [placed(name, tmp_path) for name in ("sessionmodels.service", "sessionmodels.timer")]
    ran = told(*shlex.split(service["ExecStart"].replace("/opt/sessionmodels/bin", str(BIN))), url=url)
    assert ran.returncode == 0, ran.stderr
    if verify := shutil.which("systemd-analyze"):
        assert "sessionmodels" not in told(verify, "verify", "--man=no", *files, url="").stderr


def workflow() -> dict[Any, Any]:
    return yaml.safe_load((FOLDER / "github-actions.yml").read_text())


@pytest.mark.slow
def test_the_workflow(url) -> None:
    """It is hourly, one run at a time, not for ever; the URL is a secret, the extra is one of ours, and the last step runs."""
    found = workflow()
    job = found["jobs"]["build"]
    assert found[True]["schedule"] == [{"cron": "7 * * * *"}], "YAML takes `on` for true, and GitHub does not mind"
    assert found["concurrency"] == {"group": "sessions", "cancel-in-progress": False}
    assert job["timeout-minutes"] == 180
    assert job["env"] == {"SESSIONMODELS_URL": "${{ secrets.SESSIONMODELS_URL }}"}
    *_, install, build = (step.get("run", "") for step in job["steps"])
    assert install == "pip install '.[postgresql]'"
    ran = told("bash", "-e", "-c", build, url=url)
    assert ran.returncode == 0, ran.stderr


@pytest.mark.slow
def test_when_the_workflow_fails(held, tmp_path) -> None:
    """Where a build failed, was asked for wrongly, or an audit found a difference; not where another build is running."""
    build = workflow()["jobs"]["build"]["steps"][-1]["run"]
    assert told("bash", "-e", "-c", build.replace("10m", "0s"), url=held).returncode == 0
    for left in (1, 2, 4):
        assert told("bash", "-e", "-c", build, url=held, PATH=stand_in(tmp_path, left)).returncode != 0


HOLD = """
import os, subprocess
def hold():
    code = "import duckdb, sys; held = duckdb.connect(sys.argv[1]); print(flush=True); sys.stdin.read()"
    file = os.environ["SESSIONMODELS_URL"].removeprefix("duckdb:///")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    subprocess.Popen([os.environ["HOLDER"], "-c", code, file], **pipes).stdout.readline()
"""
"""Another program takes the database, so that a build finds it locked, and lets go of it when this one ends."""


def run_in(name: str, code: str, url: str, folder: Path, **more: str) -> None:
    """Run code in a scheduler's own environment, the folder being its home."""
    ours = {"HOME": str(folder), "HOLDER": sys.executable, **more}
    ran = told(python_of("SCHEDULERS", name, LEFT_OUT), "-c", HOLD + code, url=url, **ours)
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-4000:]


IN_DAGSTER = """
from dagster import materialize
from dagster_asset import definitions, sessions
metadata = materialize([sessions]).asset_materializations_for_node("sessions")[0].metadata
assert (metadata["mode"].value, metadata["rows/mapped_tracks"].value) == ("full", 9), metadata
hold()
result = materialize([sessions])
assert (result.success, result.asset_materializations_for_node("sessions")) == (True, []), result
schedule = definitions.get_repository_def().get_schedule_def("hourly")
assert (schedule.cron_schedule, schedule.default_status.value) == ("7 * * * *", "RUNNING")
"""


@pytest.mark.slow
def test_dagster(url, duckdb, tmp_path) -> None:
    """The asset is materialized, its rows as metadata; where another build is running the run succeeds without one."""
    placed("dagster_asset.py", tmp_path)
    run_in("dagster", IN_DAGSTER, url, tmp_path, PYTHONPATH=str(tmp_path), DAGSTER_DISABLE_TELEMETRY="1")
    assert read_all(duckdb).keys() == MODELS.keys()


IN_PREFECT = """
from prefect_flow import sessions
state = sessions(return_state=True)
assert (state.name, state.result().mode) == ("Completed", "full"), state
hold()
state = sessions(return_state=True)
assert (state.is_completed(), state.name, "another program has locked" in state.message) == (True, "Skipped", True), state
"""
PREFECT = {"PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120", "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}


@pytest.mark.slow
def test_prefect(url, duckdb, tmp_path) -> None:
    """The flow runs, and completes as skipped where another build is running."""
    placed("prefect_flow.py", tmp_path)
    run_in("prefect", IN_PREFECT, url, tmp_path, PYTHONPATH=str(tmp_path), PREFECT_HOME=str(tmp_path), **PREFECT)
    assert read_all(duckdb).keys() == MODELS.keys()


IN_AIRFLOW = """
from airflow.utils.db import initdb
initdb()
from airflow_dag import dag
build = dag.get_task("build")
assert (dag.catchup, dag.max_active_runs, build.retries) == (False, 1, 0)
for expected in ("success", "skipped"):
    run = dag.test()
    assert (run.state, [one.state for one in run.get_task_instances()]) == ("success", [expected]), run
    hold()
"""


@pytest.mark.slow
def test_airflow(url, duckdb, tmp_path) -> None:
    """A run of the DAG runs the command where the settings file is; status 3 skips the task, and the run succeeds."""
    (tmp_path / "dags").mkdir()
    (tmp_path / "sessionmodels.toml").write_text('table_prefix = "hourly_"')
    placed("airflow_dag.py", tmp_path).rename(tmp_path / "dags" / "airflow_dag.py")
    path, quiet = str(tmp_path / "dags"), {"AIRFLOW__CORE__LOAD_EXAMPLES": "false"}
    run_in("airflow", IN_AIRFLOW, url, tmp_path, PYTHONPATH=path, AIRFLOW_HOME=str(tmp_path), **quiet)
    assert read_all(duckdb, Settings(table_prefix="hourly_")).keys() == MODELS.keys()
