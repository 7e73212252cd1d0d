"""Cube's own compiler takes the model, and the SQL that it writes gives our figures on DuckDB.

`READERS` in the environment names a folder in which npm has installed it, which `.ci/readers FOLDER` does. Its library for
templates is not there, and a model without templates does not need it.
"""

import json
import subprocess
from typing import Any

import pytest
from environments import environment
from figures import same

from sessionmodels import export
from sessionmodels.exports.run import described

LEFT_OUT = "READERS names no folder with their environments; `.ci/readers FOLDER` makes one"

RUN = """
const { NativeInstance } = require('@cubejs-backend/native');
NativeInstance.prototype.newJinjaEngine = () => ({});
NativeInstance.prototype.loadPythonContext = async () => ({ filters: {}, functions: {}, variables: {} });
const { prepareCompiler, PostgresQuery } = require('@cubejs-backend/schema-compiler');
const given = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const files = Object.entries(given.files).map(([fileName, content]) => ({ fileName, content }));
const compilers = prepareCompiler({ localPath: () => '.', dataSchemaFiles: async () => files }, { adapter: 'postgres' });
compilers.compiler.compile().then(() => {
  const written = given.queries.map((query) => new PostgresQuery(compilers, { timezone: 'UTC', ...query }).buildSqlAndParams());
  console.log(JSON.stringify(written.map(([sql]) => sql)));
});
"""


def written_by_cube(files: Any, queries: list[dict[str, Any]]) -> list[str]:
    """Return the SQL of these queries."""
    folder = environment("READERS", "cube", LEFT_OUT)
    asked = json.dumps({"files": dict(files), "queries": queries})
    variables = {"PATH": "/usr/local/bin:/usr/bin:/bin", "CUBEJS_TESSERACT_SQL_PLANNER": "false"}
    ran = subprocess.run(["node", "-e", RUN], cwd=folder, input=asked, capture_output=True, text=True, check=False, env=variables)
    assert ran.returncode == 0, ran.stderr[-3000:]
    return json.loads(ran.stdout.splitlines()[-1])


@pytest.mark.slow
def test_cubes_own_sql(shop) -> None:
    """Every measure is ours; by day and by columns of joined cubes, the parts add up to the whole."""
    measures = [f"{one.name}.{figure.name}" for one in described(shop.settings).homes for figure in one.figures]
    by_day = {"dimension": "sessions.session_date", "granularity": "day"}
    joined = {
        "measures": ["session_events.event_count"],
        "dimensions": ["sessions.start_reason", "user_session_facts.first_date"],
    }
    queries = [
        *({"measures": [one]} for one in measures),
        {"measures": ["sessions.sessions"], "timeDimensions": [by_day]},
        joined,
    ]
    *figures, days, parts = written_by_cube(export("cube", shop.settings).files, queries)
    found = {one.partition(".")[2]: shop.value(sql) for one, sql in zip(measures, figures, strict=True)}
    assert not {name: value for name, value in found.items() if not same(value, shop.expected[name])}
    with shop.engine.connect() as connection:
        by_day = connection.exec_driver_sql(days).all()
        of_parts = connection.exec_driver_sql(parts).all()
    assert len(by_day) > 1
    assert sum(row[1] for row in by_day) == shop.expected["sessions"]
    assert sum(row[2] for row in of_parts) == shop.expected["event_count"]
