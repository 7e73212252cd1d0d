"""What GoogleSQL is asked about: settings of every kind, the rules that the oracle has for them, and the tables they read."""

from typing import Any

from documented import whole_stream
from everything import EVERYTHING
from facts import FACTS, FACTS_RULES
from googlesql import kind_of
from oracle import DBT, Rules
from session_rules import RULES

from sessionmodels.warehouses import WAREHOUSES

BIGQUERY = WAREHOUSES["bigquery"]
GRAPH = (("gap1", "somebody"), ("gap2", "somebody"), ("u", "it's"), ("d~1", "u"), ("gap3", None), (" ", "u"))

VARIANTS = {
    "exact": ({}, Rules()),
    "dbt": ({"compatibility": "dbt"}, DBT),
    "times as numbers": ({"epoch_unit": "us"}, Rules()),
    "duplicates kept": ({"deduplicate": False}, Rules(deduplicate=False)),
    "facts": (FACTS, FACTS_RULES),
    "no context": ({"context": {}}, Rules(context=())),
    "first": ({"identity": "first"}, Rules(identity="first")),
    "device": ({"identity": "device"}, Rules(identity="device")),
    "point in time": ({"identity": "point_in_time"}, Rules(identity="point_in_time")),
    "table": ({"identity_table": "graph"}, Rules(identity="table", graph=GRAPH)),
    "ignored": (
        {"ignored_ids": ["shared", "d~0"], "ignored_events": ["signup"]},
        Rules(ignored_ids=("shared", "d~0"), ignored_events=("signup",)),
    ),
    "every session rule": (RULES["all"], Rules(**RULES["all"])),
}


OF_THE_SOURCE = "times as numbers", "no context"
"""Those that change how the raw rows are read, as each full build does, and behind it only how many columns there are."""
STATEMENTS: dict[str, dict[str, Any]] = {
    "exact": {},
    "dbt": {"compatibility": "dbt"},
    "first, duplicates kept": {"identity": "first", "deduplicate": False},
    "device": {"identity": "device"},
    "table": {"identity_table": "graph"},
    "everything on": EVERYTHING,
}
"""Settings whose statements have every construct between them: what is not named is among everything on."""

STATEMENTS_OF_FULL_BUILDS = {**STATEMENTS, "facts": FACTS, "times as numbers, no context": {"epoch_unit": "us", "context": {}}}
"""The same with what else a full build does otherwise."""


def columns_of(table):
    return {column.name: kind_of(column.type) for column in table.c}


def tables_read(settings):
    """Return the raw tables by their names, and the identity graph's if the settings have one."""
    tables: Any = whole_stream(settings, "bigquery").tables
    return {table.fullname: columns_of(table) for table in tables}
