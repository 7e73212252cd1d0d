"""dbt and MetricFlow themselves read what is exported, run its tests, and compute its metrics on DuckDB.

`READERS` in the environment names a folder with a virtual environment, which `.ci/readers FOLDER` makes. Without it these are
left out, but for CI, where that is an error.
"""

import csv
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from environments import python_of
from figures import same

from sessionmodels import export
from sessionmodels.exports.run import described

LEFT_OUT = "READERS names no folder with their environments; `.ci/readers FOLDER` makes one"

PROJECT = """
name: shop
version: "1.0"
profile: shop
model-paths: [models]
flags: {send_anonymous_usage_stats: false, use_colors: false}
"""
PROFILE = """
shop:
  target: dev
  outputs:
    dev: {type: duckdb, path: "%s", schema: main, threads: 1, settings: {TimeZone: UTC}}
"""
TIME_SPINE = """
models:
  - name: days
    time_spine: {standard_granularity_column: date_day}
    columns: [{name: date_day, granularity: day}]
"""
DAYS = """
{{ config(materialized='table') }}
select cast(day as date) as date_day from generate_series(date '2026-01-01', date '2026-02-28', interval 1 day) as days(day)
"""

RUN = """
import json, sys
from pathlib import Path
import duckdb
from dbt.cli.main import dbtRunner
from dbt_metricflow.cli.main import cli
from metricflow.converters.models import OSIDocument
from metricflow.converters.osi_to_msi import OSIToMSIConverter

def outcomes(*words):
    result = dbtRunner().invoke([*words, "--quiet"])
    if result.exception:
        raise result.exception
    nodes = result.result.results
    return {one.node.unique_id: str(getattr(one.status, "value", one.status)) for one in nodes}

database, metrics = sys.argv[1:]
report = {"build": outcomes("--warn-error", "build"), "freshness": outcomes("source", "freshness")}

def query(file, *words):
    cli(["query", *words, "--csv", file, "--quiet"], standalone_mode=False)

query("all.csv", "--metrics", metrics)
query("days.csv", "--metrics", "sessions,bounces", "--group-by", "metric_time__day")
by = "session_id__start_reason,dbt_visitor_id__number_of_sessions"
query("joined.csv", "--metrics", "sessions,event_count", "--group-by", by)
with duckdb.connect(database) as connection:
    wrong = "NULL AS session_key, 'whim' AS start_reason, 'nobody' AS dbt_visitor_id"
    connection.execute(f"INSERT INTO Shop_sessions SELECT * REPLACE ({wrong}) FROM Shop_sessions LIMIT 1")
report["broken"] = outcomes("test", "--select", "source:sessionmodels.sessions")

document = OSIDocument.parse_raw(Path("sessionmodels.osi.json").read_text())
found = OSIToMSIConverter().convert(document)
report["issues"] = [str(one) for one in found.issues]
models = {one.name: one for one in found.output.semantic_models}
report["models"] = {name: [one.name for one in (*model.entities, *model.dimensions)] for name, model in models.items()}
report["keys"] = {name: [one.name for one in model.entities if one.type.value == "primary"] for name, model in models.items()}
report["metrics"] = [one.name for one in found.output.metrics]
print("REPORT " + json.dumps(report))
"""


@pytest.fixture(scope="module")
def folder(shop, tmp_path_factory) -> Path:
    """A project of dbt over a copy of the shop, with what is exported."""
    folder = tmp_path_factory.mktemp("project")
    shop.engine.dispose()
    database = folder / Path(str(shop.engine.url.database)).name
    shutil.copy(str(shop.engine.url.database), database)
    for name, text in (("dbt_project.yml", PROJECT), ("profiles.yml", PROFILE % database)):
        (folder / name).write_text(text)
    for one in ("dbt", "metricflow"):
        export(one, shop.settings).write(folder / "models" / "sessionmodels")
    export("osi", shop.settings).write(folder)
    (folder / "models" / "days.yml").write_text(TIME_SPINE)
    (folder / "models" / "days.sql").write_text(DAYS)
    return folder


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return [*csv.DictReader(file)]


@pytest.mark.slow
def test_dbt_and_metricflow(shop, folder) -> None:
    """Every test holds and fails where it should; every metric is ours, also by day and by what other relations know.

    And MetricFlow's reader of Open Semantic Interchange finds every column, key and metric.
    """
    metrics = shop.expected.keys() - {"aliases"}  # of a relation without a time, which MetricFlow needs
    database = next(folder.glob("*.duckdb"))
    python = python_of("READERS", "dbt", LEFT_OUT)
    words = (python, "-c", RUN, database, ",".join(sorted(metrics)))
    ran = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-6000:]
    report = json.loads(ran.stdout.partition("REPORT ")[2])
    assert len(report["build"]) > 70
    assert set(report["build"].values()) <= {"pass", "success"}, report["build"]
    assert {name.rpartition(".")[2]: how for name, how in report["freshness"].items()} == {
        "builds": "pass",
        "session_events": "error",
    }
    (found,) = rows(folder / "all.csv")
    assert not {
        name: (found[name], shop.expected[name]) for name in metrics if not same(found[name] or None, shop.expected[name])
    }
    days = rows(folder / "days.csv")
    assert sum(int(one["sessions"] or 0) for one in days) == shop.expected["sessions"]
    assert len({one["metric_time__day"] for one in days}) == len(days)
    joined = rows(folder / "joined.csv")
    assert sum(int(one["event_count"] or 0) for one in joined) == shop.expected["event_count"]
    failed = {name.split(".")[2] for name, how in report["broken"].items() if how == "fail"}
    for kind in ("unique_sessionmodels_sessions_session_id", "not_null", "accepted_values", "relationships"):
        assert any(kind in one for one in failed), (kind, failed)
    homes = described(shop.settings).homes
    assert {name: set(columns) for name, columns in report["models"].items()} == {
        one.name: {column.name for column in one.columns} for one in homes
    }
    assert report["keys"] == {one.name: [one.key.name] for one in homes}
    assert set(report["metrics"]) >= shop.expected.keys()
    assert report["issues"] == []
