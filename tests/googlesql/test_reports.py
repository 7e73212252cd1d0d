"""BigQuery's SQL, judged by GoogleSQL: each query of what reads the relations is taken."""

from datetime import date
from typing import Any

import pytest
from cubes import of_all_rows, of_each_row, read_cubes
from documented import whole_graph
from everything import EVERYTHING
from explained import explained_graph, queries
from judged import BIGQUERY, OF_THE_SOURCE, STATEMENTS, VARIANTS, columns_of, tables_read
from own_channels import OWN as OWN_CHANNELS

from sessionmodels import Settings, export
from sessionmodels.analyses.notes import days_with_events
from sessionmodels.analyses.within import Days
from sessionmodels.checks.plan import Subject, plan_checks
from sessionmodels.comparison.relations import equal_rows
from sessionmodels.comparison.run import EIGHT, OURS
from sessionmodels.comparison.sessions import count_causes, count_events, count_sessions, events_of, matched
from sessionmodels.models import MODELS
from sessionmodels.reading.ask import question
from sessionmodels.relations.all_rows import all_rows
from sessionmodels.reporting.frequent import days_seen, frequent_events, frequent_values
from sessionmodels.reporting.plan import BREAKDOWNS, Frequent, planned
from sessionmodels.reporting.relations import Relations
from sessionmodels.reporting.scope import Scope
from sessionmodels.warehouses.render import dialect_of, plain_text_of

pytestmark = pytest.mark.slow

QUESTIONS: list[tuple[str, dict[str, Any]]] = [
    ("sessions_by", {}),
    ("sessions_by", {"by": ["channel", "is_engaged"], "period": "week"}),
    ("sessions_by", {"by": ["session_date"], "period": "month"}),
    ("funnel", {"steps": ["page"]}),
    ("funnel", {"steps": ["page", "it's", "page"], "within": "7d", "by": ["channel"]}),
    ("retention", {"period": "day"}),
    ("retention", {"first_event": "signup", "event": "page", "period": "month"}),
    ("paths", {}),
    ("paths", {"end_at": "signup", "depth": 2}),
    ("pages", {}),
    ("active_visitors", {}),
    ("conversions", {"events": ["signup"], "by": ["channel", "utm_source"]}),
]
OWN = [
    {"column": "num_pvs", "operator": ">", "value": 3},
    {"column": "session_duration", "operator": "<=", "value": 27.5},
    {"column": "is_bounce", "operator": "=", "value": False},
    {"column": "dbt_visitor_id", "operator": "starts with", "value": "d"},
    {"column": "start_reason", "operator": "not in", "value": ["idle", "it's"]},
    {"column": "session_start_at", "operator": ">", "value": "2026-01-05T12:05Z"},
    {"column": "session_date", "operator": "!=", "value": "2026-01-05"},
    {"column": "next_session_start_at", "operator": "is null"},
]
"""Conditions on each type of column, for a check of one's own."""


@pytest.mark.parametrize("variant", [one for one in VARIANTS if one not in OF_THE_SOURCE])
def test_every_check_is_taken(googlesql, variant) -> None:
    """How many rows break each rule, and which: also where queries must filter by time, and where rows expire.

    The rows are selected by the same conditions as they are counted by, so one variant does: that of most columns and checks.
    """
    chosen, _ = VARIANTS[variant]
    own = {"relation": "sessions", "name": "own", "where": OWN}
    settings = Settings(**chosen, bigquery_require_partition_filter=True, checks=[own])
    graph, words = whole_graph(settings, "bigquery"), dialect_of(BIGQUERY)
    tables = {one.table.fullname: columns_of(one.table) for one in graph.relations}
    planned = plan_checks(Subject(graph, dict.fromkeys(MODELS, "table")))
    for scan in planned.scans:
        found = (one.find() for one in scan.checks if variant == "facts")
        for query in (*scan.queries, *found):
            googlesql.accepts(plain_text_of(query, words), tables)
    rest = plan_checks(Subject(graph, dict.fromkeys(MODELS, "table"), rows_expire=True))
    assert {one.why for one in rest.not_run if one.name == "sessions.numbered"} == {
        "bigquery_partition_expiration_days drops old rows"
    }


@pytest.mark.parametrize(("name", "asked"), QUESTIONS)
def test_every_analysis_is_taken(googlesql, name, asked) -> None:
    """Whatever is asked, also in another time zone, and where queries must filter by time."""
    for zone, settings in (
        ("UTC", Settings()),
        ("Europe/Berlin", Settings(bigquery_require_partition_filter=True, **OWN_CHANNELS)),
    ):
        graph = whole_graph(settings, "bigquery")
        tables = {one.table.fullname: columns_of(one.table) for one in graph.relations}
        days = Days(date(2026, 1, 1), date(2026, 2, 1), zone)
        for query in (question(graph, name, **asked, days=days, limit=10), days_with_events(graph, days)):
            googlesql.accepts(plain_text_of(query, dialect_of(BIGQUERY)), tables)


def test_every_comparison_is_taken(googlesql) -> None:
    """Of rows, events, sessions and causes, with a side whose numbers have other types."""
    sides = [whole_graph(one, "bigquery") for one in (Settings(table_prefix="old_", compatibility="dbt"), Settings())]
    tables = {one.table.fullname: columns_of(one.table) for graph in sides for one in graph.relations}
    theirs, ours = (events_of(graph["track_facts"].table, name) for graph, name in zip(sides, ("theirs", "ours"), strict=True))
    both = matched(theirs, ours)
    queries = [
        *(equal_rows(sides[0][name].table, sides[1][name].table) for name in (*EIGHT, *OURS)),
        count_events(theirs, ours, both),
        count_sessions(sides[0]["session_tracks"].table, sides[1]["session_tracks"].table, (theirs, ours, both)),
        count_causes(both, 30, whole_minutes=True),
    ]
    for query in queries:
        googlesql.accepts(plain_text_of(query, dialect_of(BIGQUERY)), tables)


@pytest.mark.parametrize("variant", ["table", "everything on"])
def test_every_query_of_an_explanation_is_taken(googlesql, variant) -> None:
    """Of relations that must be filtered by time, of several sources, and of an identity table."""
    chosen = STATEMENTS[variant]
    settings = Settings(source_schema="rudder", target_schema="analytics", **chosen, bigquery_require_partition_filter=True)
    graph, words = explained_graph(settings, "bigquery"), dialect_of(BIGQUERY)
    tables = tables_read(settings) | {one.table.fullname: columns_of(one.table) for one in graph.relations}
    for query in queries(graph).values():
        googlesql.accepts(plain_text_of(query, words), tables)


@pytest.mark.parametrize(
    ("by", "values", "period", "zone"),
    [("channel", ("Direct", "it's"), "week", "Europe/Berlin"), ("is_engaged", (True,), "month", "UTC")],
)
def test_every_cube_of_a_report_is_taken(googlesql, by, values, period, zone) -> None:
    """Also what it looks for first, by the clocks of a time zone, and where queries must filter by time."""
    settings = Settings(bigquery_require_partition_filter=True)
    graph = whole_graph(settings, "bigquery")
    tables = {one.table.fullname: columns_of(one.table) for one in graph.relations}
    sessions, events = (all_rows(graph[one].model, graph[one].table, settings, one) for one in ("sessions", "session_events"))
    scope = Scope(Days(date(2026, 1, 1), date(2026, 2, 1), zone), period, by, values)
    relations = Relations(sessions, events, scope)
    frequent = Frequent(dict.fromkeys(BREAKDOWNS, ("a", "it's")), ("page", "it's"), ("page", "signup"))
    queries = [one.cube.query for one in planned(relations, settings, frequent)]
    queries += [days_seen(relations), frequent_values(relations, by, 8), frequent_events(relations, 3, without=["x"], only=["y"])]
    for query in queries:
        googlesql.accepts(plain_text_of(query, dialect_of(BIGQUERY)), tables)


def test_figures_of_exports(googlesql) -> None:
    """It takes every figure, and every dimension, as they are written for other tools."""
    settings = Settings(target_schema="results", **EVERYTHING)
    graph = whole_graph(settings, "bigquery")
    tables = {f"results.{one.table.name}": columns_of(one.table) for one in graph.relations}
    for cube in read_cubes(export("cube", settings, dialect="bigquery").files).values():
        for query in (of_all_rows(cube), of_each_row(cube)):
            googlesql.accepts(query, tables)
