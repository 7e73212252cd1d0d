"""Scripts: what `--sql` prints for each dialect, without a connection."""

from typing import Any

import pytest
import sqlalchemy as sa
import sqlglot
from command import run
from engines import on
from googlesql import kind_of
from oracle import sessionize
from project import ALL_NAMES, ALL_VIEWS, RAWS
from sqlglot import expressions
from tables import assert_same, read_all, write_tracks

from sessionmodels import Settings, SettingsError, build_all
from sessionmodels.models import MODELS
from sessionmodels.offline.documented import documented_graph, documented_stream
from sessionmodels.views.packaged import write_script
from sessionmodels.warehouses import WAREHOUSES

pytestmark = pytest.mark.slow

PLACE: dict[str, Any] = {"source_schema": "rudder", "target_schema": "analytics"}


@pytest.mark.parametrize("dialect", WAREHOUSES)
def test_the_whole_script(dialect) -> None:
    """It parses there: the schema, the version table, ten views in order, the version; in one transaction where it can."""
    text = write_script(Settings(kinds=ALL_VIEWS, **PLACE), dialect=dialect)
    parser = {"postgresql": "postgres"}.get(dialect, dialect)
    parsed = [one for one in sqlglot.parse(text, dialect=parser) if one]
    views = [one.this for one in parsed if isinstance(one, expressions.Create) and one.kind == "VIEW"]
    names = [view.find(expressions.Table).name for view in views]
    assert sorted(names) == sorted(f"dbt_{name}" for name in MODELS)
    order = [one.table.name for one in documented_graph(Settings(kinds=ALL_VIEWS), dialect).relations]
    assert names == order
    assert ("BEGIN;" in text) == ("COMMIT;" in text) == (dialect in {"duckdb", "postgresql", "redshift"})
    assert "%%" not in text
    undone = write_script(Settings(kinds=ALL_VIEWS, **PLACE), dialect=dialect, undo="0001:base")
    assert undone.count("DROP VIEW IF EXISTS") == len(MODELS)


@pytest.mark.parametrize("dialect", WAREHOUSES)
def test_only_what_is_kept_as_a_view(dialect, caplog) -> None:
    """A relation that is a table is a build's, and so is a view that reads one: a comment and a warning say so."""
    text = write_script(Settings(**PLACE), dialect=dialect)
    assert "CREATE OR REPLACE VIEW" not in text
    told = "session_duration is omitted from this script: it reads dbt_sessions, which only"
    assert f"\n-- {told}" in text
    assert told in caplog.text
    undone = write_script(Settings(**PLACE), dialect=dialect, undo="head:base")
    assert undone.count("DROP VIEW") == 6
    assert "CREATE" not in undone


def test_other_settings_are_refused() -> None:
    """A script would make the packaged views all the same, and nobody would see."""
    others: list[dict[str, Any]] = [{"source_table": "zz"}, {"event_counters": {"n": ["x"]}}]
    for other in others:
        with pytest.raises(SettingsError, match="would have a different definition"):
            write_script(Settings(kinds=ALL_VIEWS, **PLACE, **other), dialect="postgresql")


def in_schemas(engine) -> None:
    """Make an empty database as a warehouse is before the script: the raw events in a schema of their own."""
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA rudder")
    write_tracks(engine, RAWS, schema="rudder")


def execute(engine, script: str) -> None:
    """Run a script as an administrator does, in one go."""
    raw = engine.raw_connection()
    if engine.dialect.name == "postgresql":
        raw.driver_connection.autocommit = True
    raw.driver_connection.cursor().execute(script)
    raw.close()


OF_EVENTS = {"dbt_aliases_mapping", "dbt_session_events", "dbt_mapped_tracks", "dbt_track_facts", "dbt_tracks_flow"}


@pytest.mark.parametrize(
    ("engine", "kinds", "readable"),
    [
        on("duckdb", {}, set(), id="duckdb-default"),
        on("duckdb", ALL_VIEWS, ALL_NAMES, id="duckdb-all"),
        on("postgresql", {**ALL_VIEWS, "sessions": "table"}, OF_EVENTS, id="postgresql-mixed"),
    ],
    indirect=["engine"],
)
def test_it_runs_on_an_empty_database(engine, kinds, readable) -> None:
    """Where nothing but the raw events is: what it makes can be read at once, and a build makes the rest."""
    settings = Settings(kinds=kinds, **PLACE)
    in_schemas(engine)
    execute(engine, write_script(settings, dialect=engine.dialect.name))
    found = {name for name in sa.inspect(engine).get_view_names("analytics") if name.startswith("dbt_")}
    assert found == readable
    build_all(engine, settings)
    assert_same(read_all(engine, settings), sessionize(RAWS)[0])


def test_a_script_from_a_revision_on(caplog) -> None:
    """Runs where that revision and builds have run, so that what reads their tables is not left out."""
    script = write_script(Settings(**PLACE), dialect="postgresql", to="0001:head")
    assert "is omitted" not in script + caplog.text
    assert "is omitted" in write_script(Settings(**PLACE), dialect="postgresql", to="base:head")


def test_googlesql_takes_the_script(googlesql) -> None:
    """Every statement of BigQuery's, each on what those before it have made."""
    settings = Settings(kinds=ALL_VIEWS, **PLACE)
    columns = {one.name: kind_of(one.type) for one in documented_stream(settings, WAREHOUSES["bigquery"]).first.table.c}
    graph = documented_graph(settings, "bigquery")
    tables = {one.table.fullname: {column.name: kind_of(column.type) for column in one.table.c} for one in graph.relations}
    version = {"version_num": kind_of(documented_stream(settings, WAREHOUSES["bigquery"]).first.columns["id"].type)}
    tables |= {"rudder.tracks": columns, "analytics.sessionmodels_version_dbt_": version}
    statements = [one for one in write_script(settings, dialect="bigquery").split(";\n") if one.strip()]
    assert len(statements) > len(MODELS) + 2
    for statement in statements:
        googlesql.accepts(statement, tables)


def test_a_script_needs_its_schemas() -> None:
    """Where every name must have one, and neither the settings nor the URL say which."""
    with pytest.raises(SettingsError, match="a script for BigQuery names every schema"):
        write_script(Settings(kinds=ALL_VIEWS), dialect="bigquery")
    text = write_script(Settings(kinds=ALL_VIEWS, url="bigquery://proj/ds"))
    assert "`ds`.`dbt_tracks_flow`" in text


def test_the_command_prints_it() -> None:
    """On the standard output, and nothing else."""
    words = ("migrate", "--sql", "--dialect", "snowflake", "--source-schema", "rudder", "--target-schema", "analytics")
    result = run(*words)
    assert result.exit_code == 0, result.output
    assert result.stdout == write_script(Settings(**PLACE), dialect="snowflake")
    assert "Warning: session_duration is omitted from this script" in result.stderr
