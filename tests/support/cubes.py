"""Reads cubes by what Cube's reference says, sharing no code with what writes them."""

import re
from collections.abc import Mapping
from typing import Any

import yaml

AGGREGATES = {"count": "count({})", "count_distinct": "count(DISTINCT {})", "sum": "sum({})", "min": "min({})", "max": "max({})"}


def read_cubes(texts: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Return the cubes by name, if they are what Cube's reference says: known keys and types, names of members used once."""
    cubes = {one["name"]: one for text in texts.values() for one in yaml.safe_load(text)["cubes"]}
    for cube in cubes.values():
        assert cube.keys() <= {"name", "sql_table", "description", "joins", "dimensions", "measures"}
        members = [one["name"] for kind in ("dimensions", "measures") for one in cube[kind]]
        assert len(set(members)) == len(members)
        assert all(re.fullmatch(r"[a-zA-Z_]\w*", one) for one in members)
        assert sum(one.get("primary_key", False) for one in cube["dimensions"]) == 1
        assert {one["type"] for one in cube["dimensions"]} <= {"string", "number", "boolean", "time"}
        assert {one["type"] for one in cube["measures"]} <= {*AGGREGATES, "number"}
        for join in cube.get("joins", []):
            assert join["name"] in cubes
            assert set(re.findall(r"{(\w+)}", join["sql"])) == {"CUBE", join["name"]}
    return cubes


def cube_sql(cube: dict[str, Any], name: str) -> str:
    """Return a measure as Cube would compute it."""
    measure = next(one for one in cube["measures"] if one["name"] == name)
    if measure["type"] == "number":
        return re.sub(r"{CUBE\.(\w+)}", lambda found: cube_sql(cube, found[1]), measure["sql"])
    return AGGREGATES[measure["type"]].format(measure["sql"].replace("{CUBE}", "here"))


def of_all_rows(cube: dict[str, Any]) -> str:
    """Return one query of all measures of a cube, each under its name."""
    measures = ", ".join(f"{cube_sql(cube, one['name'])} AS {one['name']}" for one in cube["measures"])
    return f"SELECT {measures} FROM {cube['sql_table']} AS here"


def of_each_row(cube: dict[str, Any]) -> str:
    """Return one query of all dimensions of a cube."""
    dimensions = ", ".join(one["sql"].replace("{CUBE}", "here") for one in cube["dimensions"])
    return f"SELECT {dimensions} FROM {cube['sql_table']} AS here"
