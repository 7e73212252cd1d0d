"""BigQuery's SQL, judged by GoogleSQL: each statement is taken, and each model's select gives the oracle's rows."""

from datetime import date
from typing import Any

import pytest
from conformance import stream
from cubes import of_all_rows, of_each_row, read_cubes
from documented import COLUMNS as CONTEXT_COLUMNS
from documented import whole_graph, whole_stream
from everything import EVERYTHING
from explained import explained_graph, queries
from facts import FACTS, FACTS_RULES
from googlesql import GoogleSQL, kind_of
from oracle import DBT, Rules, clean, sessionize
from own_channels import OWN as OWN_CHANNELS
from privacy import graph_with_list, statements_of_privacy
from session_rules import RULES
from tables import as_bag

from sessionmodels import Settings, export, top_users_by_avg_session_duration
from sessionmodels.analyses.within import Days
from sessionmodels.checks.plan import Subject, plan_checks
from sessionmodels.comparison.relations import equal_rows
from sessionmodels.comparison.run import EIGHT, OURS
from sessionmodels.comparison.sessions import count_causes, count_events, count_sessions, events_of, matched
from sessionmodels.execution.audit import Audit
from sessionmodels.execution.identity_graph import CARRIED
from sessionmodels.incremental.by_event import graph_changes
from sessionmodels.incremental.increment import Increment
from sessionmodels.models import MODELS
from sessionmodels.offline.script import FIRST_AFFECTED, LAST_LOADED
from sessionmodels.reading.ask import question
from sessionmodels.relations.all_rows import all_rows
from sessionmodels.relations.naming import TRACKS, shadow_name
from sessionmodels.reporting.frequent import days_seen, frequent_events, frequent_values
from sessionmodels.reporting.plan import BREAKDOWNS, Frequent, planned
from sessionmodels.reporting.relations import Relations
from sessionmodels.reporting.scope import Scope
from sessionmodels.rules.event import COLUMNS
from sessionmodels.rules.window import Window
from sessionmodels.source.reasons import ignored_ids, rejections
from sessionmodels.warehouses import WAREHOUSES
from sessionmodels.warehouses.catalogue import Existing
from sessionmodels.warehouses.render import dialect_of, text_of
from sessionmodels.warehouses.warehouse import Job

BIGQUERY = WAREHOUSES["bigquery"]
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
GRAPH = (("gap1", "somebody"), ("gap2", "somebody"), ("u", "it's"), ("d~1", "u"), ("gap3", None), (" ", "u"))
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


STATEMENTS = {**VARIANTS, "everything on": (EVERYTHING, None)}


@pytest.fixture(scope="module")
def googlesql() -> GoogleSQL:
    """The judge."""
    return GoogleSQL()


@pytest.fixture(scope="module")
def raws():
    """The conformance stream, which all engines are given."""
    return stream()


def columns_of(table):
    return {column.name: kind_of(column.type) for column in table.c}


def tables_read(settings):
    """Return the raw tables by their names, and the identity graph's if the settings have one."""
    tables: Any = whole_stream(settings, "bigquery").tables
    return {table.fullname: columns_of(table) for table in tables}


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("SELEC 1", "Syntax error"),
        ("SELECT nope FROM tracks", "Unrecognized name: nope"),
        ("SELECT 1 FROM nowhere", "Table not found"),
        ("SELECT TIMESTAMP_DIFF(id, id, MICROSECOND) FROM tracks", "No matching signature"),
    ],
)
@pytest.mark.slow
def test_it_can_refuse(googlesql, statement, words) -> None:
    """A misspelt keyword, an unknown column, an unknown table and a wrong type all raise."""
    with pytest.raises(Exception, match=words):
        googlesql.accepts(statement, {"tracks": {"id": "STRING"}})


@pytest.mark.parametrize("kind", ["table", "view"])
@pytest.mark.parametrize("variant", STATEMENTS)
@pytest.mark.slow
def test_every_statement_is_taken(googlesql, variant, kind) -> None:
    """Of a build that has everything to do: every model, in every mode, as a table and as a view, and the sample analysis."""
    chosen, _ = STATEMENTS[variant]
    extras: dict[str, Any] = {
        "kinds": dict.fromkeys(MODELS, kind),
        "grant_to": ["group:analysts@example.com"],
        "bigquery_partition_expiration_days": 400,
        "bigquery_require_partition_filter": True,
    }
    settings = Settings(source_schema="rudder", target_schema="analytics", **chosen, **extras)
    graph, words = whole_graph(settings, "bigquery"), dialect_of(BIGQUERY)
    existing = {name: Existing("view" if kind == "table" else "table", {}) for name in MODELS}
    job = Job(BIGQUERY, words, graph, graph.relations, existing, {shadow_name("tracks_flow", settings, "dead0000"): "table"})
    shadow = graph.shadow(job.build, MODELS)
    tables = tables_read(settings)
    tables |= {table.fullname: columns_of(table) for table in (shadow.staging.table, *(one.table for one in shadow.relations))}
    tables |= {one.table.fullname: columns_of(one.table) for one in graph.relations}
    plan = BIGQUERY.strategy.full(job)
    statements = [statement for step in (*plan.steps, *plan.clean_up) for statement in step.statements]
    assert len(statements) > 8 * 3
    for statement in (*statements, top_users_by_avg_session_duration(settings)):
        googlesql.accepts(text_of(statement, words), tables)


@pytest.mark.parametrize("variant", STATEMENTS)
@pytest.mark.slow
def test_every_incremental_statement_is_taken(googlesql, variant) -> None:
    """What an incremental build asks and changes, in every mode, and the audit's statements, too."""
    chosen, _ = STATEMENTS[variant]
    settings = Settings(source_schema="rudder", target_schema="analytics", kinds=dict.fromkeys(MODELS, "table"), **chosen)
    graph, words = whole_graph(settings, "bigquery", continues=True), dialect_of(BIGQUERY)
    job = Job(BIGQUERY, words, graph, graph.relations)
    tables = tables_read(settings)
    shadow = graph.shadow(job.build, MODELS)
    for one in (graph, shadow):
        kept = one.staging.table, one.duplicates.table
        tables |= {table.fullname: columns_of(table) for table in (*kept, *(other.table for other in one.relations))}
    increment, audit = Increment(job, Window(dict.fromkeys(graph.stream.names, LAST_LOADED), graph.stream.names)), Audit(job, 0.5)
    steps = [*increment.steps(FIRST_AFFECTED), *audit.steps(), *audit.clean_up()]
    tables |= {table.fullname: columns_of(table) for table in (*increment.working.all(), *audit.working.values())}
    questions = [increment.count_changes(), increment.count_affected(), increment.count_renumbered()]
    events, mapping = (graph.carrying(what).table for what in CARRIED)
    questions += graph_changes(graph.identity, events, mapping)
    if settings.ignored_ids:
        questions.append(ignored_ids(graph.stream))
    if graph.stream.identity_graph:
        questions.append(graph.stream.identity_graph.contradictions())
    statements = [statement for step in steps for statement in step.statements]
    assert len(statements) > 40
    for statement in (*statements, *questions):
        googlesql.accepts(text_of(statement, words), tables)


@pytest.mark.parametrize("by", ["day", "month", "year"])
def test_every_layout_is_taken(googlesql, by) -> None:
    """Partitions of any length, and none."""
    words = dialect_of(BIGQUERY)
    for settings in (Settings(bigquery_partition_by=by), Settings(layout=False)):
        graph = whole_graph(settings, "bigquery")
        relation = graph["sessions"]
        made = text_of(BIGQUERY.tables.create(Job(BIGQUERY, words, graph, (relation,)), relation), words)
        assert ("PARTITION BY TIMESTAMP_TRUNC" in made) == settings.layout
        googlesql.accepts(made, {"dbt_session_events": columns_of(graph["session_events"].table)})


@pytest.mark.slow
def test_every_statement_of_privacy_is_taken(googlesql) -> None:
    """That hashes ids, lists people, and finds their rows."""
    graph, words = graph_with_list("bigquery"), dialect_of(BIGQUERY)
    assert graph.stream.forgotten
    read = graph.stream.forgotten.table, graph["session_events"].table, graph.duplicates.table
    tables = tables_read(Settings()) | {one.fullname: columns_of(one) for one in read}
    for statement in statements_of_privacy("bigquery").values():
        googlesql.accepts(text_of(statement, words), tables)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.slow
def test_every_check_is_taken(googlesql, variant) -> None:
    """How many rows break each rule, and which: also where queries must filter by time, and where rows expire."""
    chosen, _ = VARIANTS[variant]
    own = {"relation": "sessions", "name": "own", "where": OWN}
    settings = Settings(**chosen, bigquery_require_partition_filter=True, checks=[own])
    graph, words = whole_graph(settings, "bigquery"), dialect_of(BIGQUERY)
    tables = {one.table.fullname: columns_of(one.table) for one in graph.relations}
    planned = plan_checks(Subject(graph, dict.fromkeys(MODELS, "table")))
    for scan in planned.scans:
        for query in (scan.counts, *(one.offending for one in scan.checks)):
            googlesql.accepts(text_of(query, words), tables)
    rest = plan_checks(Subject(graph, dict.fromkeys(MODELS, "table"), rows_expire=True))
    assert {one.why for one in rest.not_run if one.name == "sessions.numbered"} == {
        "bigquery_partition_expiration_days drops old rows"
    }


@pytest.mark.parametrize(("name", "asked"), QUESTIONS)
@pytest.mark.slow
def test_every_analysis_is_taken(googlesql, name, asked) -> None:
    """Whatever is asked, also in another time zone, and where queries must filter by time."""
    for zone, settings in (
        ("UTC", Settings()),
        ("Europe/Berlin", Settings(bigquery_require_partition_filter=True, **OWN_CHANNELS)),
    ):
        graph = whole_graph(settings, "bigquery")
        tables = {one.table.fullname: columns_of(one.table) for one in graph.relations}
        query = question(graph, name, **asked, days=Days(date(2026, 1, 1), date(2026, 2, 1), zone), limit=10)
        googlesql.accepts(text_of(query, dialect_of(BIGQUERY)), tables)


@pytest.mark.slow
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
        googlesql.accepts(text_of(query, dialect_of(BIGQUERY)), tables)


@pytest.mark.parametrize("variant", ["table", "everything on"])
@pytest.mark.slow
def test_every_query_of_an_explanation_is_taken(googlesql, variant) -> None:
    """Of relations that must be filtered by time, of several sources, and of an identity table."""
    chosen, _ = STATEMENTS[variant]
    settings = Settings(source_schema="rudder", target_schema="analytics", **chosen, bigquery_require_partition_filter=True)
    graph, words = explained_graph(settings, "bigquery"), dialect_of(BIGQUERY)
    tables = tables_read(settings) | {one.table.fullname: columns_of(one.table) for one in graph.relations}
    for query in queries(graph).values():
        googlesql.accepts(text_of(query, words), tables)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.slow
def test_each_model_gives_the_oracles_rows(googlesql, raws, variant) -> None:
    """Handed the oracle's rows of what it reads, each select gives the oracle's rows of its own, to the last one."""
    chosen, rules = VARIANTS[variant]
    graph = whole_graph(Settings(**chosen), "bigquery").shadow("00000000", ())  # the events are staged, as in a build there
    words = dialect_of(BIGQUERY)
    expected, _, _ = sessionize(raws, rules)
    usable, _, _ = clean(raws, rules)
    read = {
        TRACKS: (
            graph.staging.table,
            [
                {**vars(event), "event_id": event.id, "source": "tracks", "duplicate_rank": 1, **dict(event.context)}
                for event in usable
            ],
        )
    }
    read |= {relation.name: (relation.table, expected[relation.name]) for relation in graph.relations}
    for relation in graph.relations:
        tables = {table.name: (columns_of(table), rows) for table, rows in (read[name] for name in MODELS[relation.name].reads)}
        said = [{"other_id": alias, "main_id": visitor} for alias, visitor in rules.graph]
        tables |= {name: (columns, said) for name, columns in tables_read(graph.settings).items() if name == "graph"}
        found = googlesql.rows(text_of(relation.select, words), tables)
        names = relation.table.c.keys()
        assert as_bag([dict(zip(names, row, strict=True)) for row in found]) == as_bag(expected[relation.name]), relation.name


@pytest.mark.slow
@pytest.mark.parametrize("variant", VARIANTS)
def test_the_source_is_cleaned_as_the_oracle_cleans_it(googlesql, raws, variant) -> None:
    """Blanks, duplicates, missing times and ids: the same events stand, and the same are left out for the same reasons."""
    chosen, rules = VARIANTS[variant]
    settings = Settings(**chosen)
    graph, words = whole_graph(settings, "bigquery"), dialect_of(BIGQUERY)
    stream = whole_stream(settings, "bigquery")
    nothing = dict.fromkeys(CONTEXT_COLUMNS)
    rows = [{**vars(raw), "uuid_ts": raw.loaded_at, **nothing, **dict(raw.context)} for raw in raws]
    tables = {"tracks": (columns_of(stream.first.table), rows)}
    usable, reasons, duplicates = clean(raws, rules)
    names = [*COLUMNS, *stream.context]
    sent = {event: dict(event.context) for event in usable}
    wanted = [
        {"event_id": event.id, "source": "tracks", **{name: vars(event)[name] for name in COLUMNS[2:]}, **sent[event]}
        for event in usable
    ]
    found = googlesql.rows(text_of(graph.clean, words), tables)
    assert as_bag([dict(zip(names, row, strict=True)) for row in found]) == as_bag(wanted)
    counted = {reason: number for reason, number, _ in googlesql.rows(text_of(rejections(stream), words), tables)}
    assert counted.pop(None) == len(usable) + duplicates
    assert counted == {reason: number for reason, number in reasons.items() if number}


@pytest.mark.parametrize(
    ("by", "values", "period", "zone"),
    [("channel", ("Direct", "it's"), "week", "Europe/Berlin"), ("is_engaged", (True,), "month", "UTC")],
)
@pytest.mark.slow
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
        googlesql.accepts(text_of(query, dialect_of(BIGQUERY)), tables)


def test_figures_of_exports(googlesql) -> None:
    """It takes every figure, and every dimension, as they are written for other tools."""
    settings = Settings(target_schema="results", **EVERYTHING)
    graph = whole_graph(settings, "bigquery")
    tables = {f"results.{one.table.name}": columns_of(one.table) for one in graph.relations}
    for cube in read_cubes(export("cube", settings, dialect="bigquery").files).values():
        for query in (of_all_rows(cube), of_each_row(cube)):
            googlesql.accepts(query, tables)
