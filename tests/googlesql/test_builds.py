"""BigQuery's SQL, judged by GoogleSQL: each statement of a build is taken."""

from typing import Any

import pytest
from documented import whole_graph
from judged import BIGQUERY, STATEMENTS, STATEMENTS_OF_FULL_BUILDS, columns_of, tables_read
from privacy import graph_with_list, statements_of_privacy

from sessionmodels import Settings, top_users_by_avg_session_duration
from sessionmodels.execution.audit import Audit
from sessionmodels.execution.identity_graph import CARRIED
from sessionmodels.incremental.by_event import graph_changes
from sessionmodels.incremental.increment import Increment
from sessionmodels.models import MODELS
from sessionmodels.offline.script import FIRST_AFFECTED, LAST_LOADED
from sessionmodels.relations.naming import shadow_name
from sessionmodels.source.reasons import ignored_ids
from sessionmodels.source.reload_window import Window
from sessionmodels.warehouses.catalogue import Existing
from sessionmodels.warehouses.render import dialect_of, plain_text_of, text_of
from sessionmodels.warehouses.warehouse import Job

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("SELEC 1", "Syntax error"),
        ("SELECT nope FROM tracks", "Unrecognized name: nope"),
        ("SELECT 1 FROM nowhere", "Table not found"),
        ("SELECT TIMESTAMP_DIFF(id, id, MICROSECOND) FROM tracks", "No matching signature"),
    ],
)
def test_it_can_refuse(googlesql, statement, words) -> None:
    """A misspelt keyword, an unknown column, an unknown table and a wrong type all raise."""
    with pytest.raises(Exception, match=words):
        googlesql.accepts(statement, {"tracks": {"id": "STRING"}})


@pytest.mark.parametrize(
    ("variant", "kind"),
    [*((one, "table") for one in STATEMENTS_OF_FULL_BUILDS), *((one, "view") for one in ("exact", "everything on"))],
)
def test_every_statement_is_taken(googlesql, variant, kind) -> None:
    """Of a build that has everything to do: every model in every mode, in two of them also as a view, and the sample analysis.

    As it is sent, and as a view also as readers are shown it, laid out.
    """
    chosen = STATEMENTS_OF_FULL_BUILDS[variant]
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
        googlesql.accepts((plain_text_of if kind == "table" else text_of)(statement, words), tables)


@pytest.mark.parametrize("variant", STATEMENTS)
def test_every_incremental_statement_is_taken(googlesql, variant) -> None:
    """What an incremental build asks and changes, and the audit's statements, in every mode that changes more than the source.

    As it is sent, and by the defaults laid out, as readers are shown it.
    """
    chosen = STATEMENTS[variant]
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
        googlesql.accepts((text_of if variant == "exact" else plain_text_of)(statement, words), tables)


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


def test_every_statement_of_privacy_is_taken(googlesql) -> None:
    """That hashes ids, lists people, and finds their rows."""
    graph, words = graph_with_list("bigquery"), dialect_of(BIGQUERY)
    assert graph.stream.forgotten
    read = graph.stream.forgotten.table, graph["session_events"].table, graph.duplicates.table
    tables = tables_read(Settings()) | {one.fullname: columns_of(one) for one in read}
    for statement in statements_of_privacy("bigquery").values():
        googlesql.accepts(plain_text_of(statement, words), tables)
