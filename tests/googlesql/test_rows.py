"""BigQuery's SQL, judged by GoogleSQL: each select gives the oracle's rows; one that the defaults give, is judged with them."""

from functools import cache

import pytest
from conformance import stream
from documented import COLUMNS as CONTEXT_COLUMNS
from documented import whole_graph, whole_stream
from judged import BIGQUERY, VARIANTS, columns_of, tables_read
from oracle import clean, sessionize
from tables import as_bag

from sessionmodels import Settings
from sessionmodels.models import MODELS
from sessionmodels.relations.graph import Graph
from sessionmodels.relations.naming import TRACKS
from sessionmodels.rules.event import COLUMNS
from sessionmodels.source.reasons import rejections
from sessionmodels.warehouses.render import dialect_of, plain_text_of

CLEANED_OTHERWISE = "times as numbers", "ignored"
"""Those that change nothing but how the source is cleaned."""

CLEANED_ALIKE = "first", "device", "point in time", "table", "every session rule"
"""Those that do not change that."""


def staged(variant: str) -> Graph:
    """Return the relations over staged events, as in a build there."""
    return whole_graph(Settings(**VARIANTS[variant][0]), "bigquery").shadow("00000000", ())


@cache
def by_default() -> dict[str, str]:
    """Return each model's select by the defaults."""
    return {one.name: plain_text_of(one.select, dialect_of(BIGQUERY)) for one in staged("exact").relations}


@pytest.fixture(scope="module")
def raws():
    """The conformance stream, which all engines are given."""
    return stream()


@pytest.mark.parametrize("variant", [one for one in VARIANTS if one not in CLEANED_OTHERWISE])
@pytest.mark.slow
def test_each_model_gives_the_oracles_rows(googlesql, raws, variant) -> None:
    """Handed the oracle's rows of what it reads, each select gives the oracle's rows of its own, to the last one."""
    rules, graph = VARIANTS[variant][1], staged(variant)
    selects = {one.name: plain_text_of(one.select, dialect_of(BIGQUERY)) for one in graph.relations}
    own = [name for name, select in selects.items() if variant == "exact" or select != by_default()[name]]
    assert own
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
    for name in own:
        tables = {table.name: (columns_of(table), rows) for table, rows in (read[one] for one in MODELS[name].reads)}
        said = [{"other_id": alias, "main_id": visitor} for alias, visitor in rules.graph]
        tables |= {one: (columns, said) for one, columns in tables_read(graph.settings).items() if one == "graph"}
        found = googlesql.rows(selects[name], tables)
        columns = graph[name].table.c.keys()
        assert as_bag([dict(zip(columns, row, strict=True)) for row in found]) == as_bag(expected[name]), name


@pytest.mark.slow
@pytest.mark.parametrize("variant", [one for one in VARIANTS if one not in CLEANED_ALIKE])
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
    found = googlesql.rows(plain_text_of(graph.clean, words), tables)
    assert as_bag([dict(zip(names, row, strict=True)) for row in found]) == as_bag(wanted)
    counted = {reason: number for reason, number, _ in googlesql.rows(plain_text_of(rejections(stream), words), tables)}
    assert counted.pop(None) == len(usable) + duplicates
    assert counted == {reason: number for reason, number in reasons.items() if number}
