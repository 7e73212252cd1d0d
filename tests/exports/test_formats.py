"""Each format, read as its own tool reads it, gives our figures."""

import json
import re
from importlib.resources import files
from typing import Any

import jsonschema
import lkml
import pytest
import sqlalchemy as sa
import sqlglot
import yaml
from cubes import AGGREGATES, of_all_rows, of_each_row, read_cubes
from everything import EVERYTHING
from figures import build_shop, expected_figures, same
from open_data_contract_standard.model import OpenDataContractStandard

from sessionmodels import Settings, SettingsError, export
from sessionmodels.exports.run import FORMATS, described
from sessionmodels.semantics.describe import HOMES
from sessionmodels.warehouses import WAREHOUSES

QUOTED = {"redshift": '{CUBE}."timestamp"', "bigquery": "{CUBE}.`timestamp`"}


def test_cube(shop) -> None:
    """Every measure is ours, every dimension can be read, and no join multiplies rows."""
    cubes = read_cubes(export("cube", shop.settings).files)
    found = {}
    for cube in cubes.values():
        found |= figures_in(shop.engine, cube)
        with shop.engine.connect() as connection:
            assert connection.exec_driver_sql(of_each_row(cube)).first()
        table = cube["sql_table"]
        for join in cube.get("joins", []):
            on = join["sql"].replace("{CUBE}", "here").replace(f"{{{join['name']}}}", "there")
            joined = f"SELECT count(*) FROM {table} AS here LEFT JOIN {cubes[join['name']]['sql_table']} AS there ON {on}"
            assert shop.value(joined) == shop.value(f"SELECT count(*) FROM {table}")
    assert_figures(found, shop.expected)


def figures_in(engine: sa.Engine, cube: dict[str, Any]) -> dict[str, Any]:
    """Return the figures of a cube by their names."""
    with engine.connect() as connection:
        return dict(connection.exec_driver_sql(of_all_rows(cube)).mappings().one())


@pytest.mark.slow
@pytest.mark.usefixtures("unguarded")
def test_on_postgresql(postgresql) -> None:
    """The figures are the same there, of other types."""
    settings = build_shop(postgresql)
    cubes = read_cubes(export("cube", settings, dialect="postgresql").files)
    found = {name: value for cube in cubes.values() for name, value in figures_in(postgresql, cube).items()}
    assert_figures(found, expected_figures(postgresql, settings))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["cnt__signup", "cnt_Signup"])
def test_names_that_metricflow_refuses(name) -> None:
    """It would refuse the whole project; other tools take them."""
    settings = Settings(event_counters={name: ["signup"]})
    with pytest.raises(SettingsError, match=f"MetricFlow refuses the name '{name}'"):
        export("metricflow", settings)
    assert name in export("odcs", settings).files["sessionmodels.odcs.yaml"]


def test_lookml(shop) -> None:
    """Its parser reads it; every measure is ours, every dimension can be read, and explores join what there is."""
    written = export("lookml", shop.settings).files
    views = {one["name"]: one for name, text in written.items() if ".view." in name for one in lkml.load(text)["views"]}
    found = {}
    for view in views.values():
        table = view["sql_table_name"]
        fields = [*view["dimensions"], *view.get("dimension_groups", []), *view["measures"]]
        assert len({one["name"] for one in fields}) == len(fields)
        for one in (*view["dimensions"], *view.get("dimension_groups", [])):
            shop.value(f"SELECT count({one['sql'].replace('${TABLE}', 'here')}) FROM {table} AS here")
        for one in view["measures"]:
            found[one["name"]] = shop.value(f"SELECT {lookml_sql(view, one['name'])} FROM {table} AS here")
    assert_figures(found, shop.expected)
    fields = {f"{name}.{one['name']}" for name, view in views.items() for one in view["dimensions"]}
    explores = lkml.load(written["sessionmodels.explore.lkml"])["explores"]
    assert {one["name"] for one in explores} == views.keys()
    assert {one["relationship"] for explore in explores for one in explore.get("joins", [])} == {"many_to_one"}
    assert fields >= {
        used for one in explores for join in one.get("joins", []) for used in re.findall(r"\${(\S+)}", join["sql_on"])
    }


def lookml_sql(view: dict[str, Any], name: str) -> str:
    """Return a measure as Looker would compute it."""
    measure = next(one for one in view["measures"] if one["name"] == name)
    if measure["type"] == "number":
        return re.sub(r"\${(\w+)}", lambda found: lookml_sql(view, found[1]), measure["sql"])
    return AGGREGATES[measure["type"]].format(measure.get("sql", "*").replace("${TABLE}", "here"))


def test_osi(shop) -> None:
    """Every metric is ours, every field can be read, and relationships lead to keys."""
    (text,) = export("osi", shop.settings).files.values()
    document = json.loads(text)
    assert document.keys() == {"version", "semantic_model"}
    (model,) = document["semantic_model"]
    datasets = {one["name"]: one for one in model["datasets"]}
    found = {}
    for dataset in datasets.values():
        table = ".".join(f'"{part}"' for part in dataset["source"].split("."))
        for one in dataset["fields"]:
            shop.value(f"SELECT count({ansi(one)}) FROM {table}")
    for one in model["metrics"]:
        (name,) = set(re.findall(r"\b([a-z_]+)\.", ansi(one)))
        table = ".".join(f'"{part}"' for part in datasets[name]["source"].split("."))
        found[one["name"]] = shop.value(f"SELECT {ansi(one)} FROM {table} AS {name}")
    assert_figures(found, shop.expected)
    for one in model["relationships"]:
        assert one["to_columns"] == datasets[one["to"]]["primary_key"]
        assert set(one["from_columns"]) <= {field["name"] for field in datasets[one["from"]]["fields"]}


def ansi(one: dict[str, Any]) -> str:
    """Return an expression in standard SQL."""
    return next(each["expression"] for each in one["expression"]["dialects"] if each["dialect"] == "ANSI_SQL")


def assert_figures(found: dict[str, Any], expected: dict[str, Any]) -> None:
    """Hold all figures of a format against those that they must be."""
    assert found.keys() == expected.keys()
    assert not {name: (value, expected[name]) for name, value in found.items() if not same(value, expected[name])}


@pytest.mark.slow
@pytest.mark.parametrize("chosen", [{}, EVERYTHING], ids=["default", "everything"])
def test_the_data_contract(chosen) -> None:
    """The standard's own schema takes it, and its reader finds every column, with relationships that lead to one."""
    (text,) = export("odcs", Settings(**chosen)).files.values()
    schema = json.loads(files("open_data_contract_standard").joinpath("schema.json").read_text())
    jsonschema.validate(yaml.safe_load(text), schema)
    contract = OpenDataContractStandard.from_string(text)
    found = {table.name: {one.name: one for one in table.properties or []} for table in contract.schema_ or []}
    expected = described(Settings(**chosen))
    assert {name: [*columns] for name, columns in found.items()} == {
        one.name: [column.name for column in one.columns] for one in expected.relations
    }
    for columns in found.values():
        for one in columns.values():
            for relationship in one.relationships or []:
                table, column = str(relationship.to).split(".")
                assert found[table][column].primaryKey


@pytest.mark.slow
@pytest.mark.parametrize("dialect", WAREHOUSES)
def test_every_warehouse(dialect) -> None:
    """Each has its own quoting and its own types in the same files; another export gives the same text."""
    found = described(Settings(target_schema="s", **EVERYTHING), dialect)
    for write in FORMATS.values():
        assert write(found) == write(found)
    cubes = read_cubes(FORMATS["cube"](found))
    for cube in cubes.values():
        for query in (of_all_rows(cube), of_each_row(cube)):
            sqlglot.parse_one(query, dialect={"postgresql": "postgres"}.get(dialect, dialect))
    quoted = {one["name"]: one["sql"] for one in cubes["session_events"]["dimensions"]}["timestamp"]
    assert quoted == QUOTED.get(dialect, "{CUBE}.timestamp")


def test_names_of_the_source() -> None:
    """The source has every relation under its name, tests of keys, lists and references, and freshness where there is one."""
    (text,) = export("dbt", Settings(table_prefix="x_", target_schema="s"), dialect="snowflake").files.values()
    (source,) = yaml.safe_load(text)["sources"]
    tables = {one["name"]: one for one in source["tables"]}
    assert tables["sessions"]["identifier"] == "x_sessions"
    assert {name for name, one in tables.items() if "freshness" in one.get("config", {})} == {"session_events", "builds"}
    assert tables["builds"]["identifier"] == "sessionmodels_builds_x_"
    tests = {one["name"]: one.get("data_tests") for one in tables["sessions"]["columns"]}
    assert tests["session_id"] == ["unique", "not_null"]
    assert tests["start_reason"] == ["not_null", {"accepted_values": {"arguments": {"values": ["first", "idle"]}}}]
    to = {"to": "source('sessionmodels', 'user_session_facts')", "field": "dbt_visitor_id"}
    assert tests["dbt_visitor_id"] == ["not_null", {"relationships": {"arguments": to}}]


def test_only_views() -> None:
    """They are always fresh, and no build is recorded."""
    kinds: Any = dict.fromkeys((one for home in HOMES.values() for one in [home.name]), "view")
    (text,) = export("dbt", Settings(kinds=kinds)).files.values()
    assert "builds" not in {one["name"] for one in yaml.safe_load(text)["sources"][0]["tables"]}
