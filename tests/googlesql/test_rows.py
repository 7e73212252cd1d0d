"""BigQuery's SQL, judged by GoogleSQL: each select gives the oracle's rows."""

import pytest
from conformance import stream
from documented import COLUMNS as CONTEXT_COLUMNS
from documented import whole_graph, whole_stream
from judged import BIGQUERY, VARIANTS, columns_of, tables_read
from oracle import clean, sessionize
from tables import as_bag

from sessionmodels import Settings
from sessionmodels.models import MODELS
from sessionmodels.relations.naming import TRACKS
from sessionmodels.rules.event import COLUMNS
from sessionmodels.source.reasons import rejections
from sessionmodels.warehouses.render import dialect_of, plain_text_of


@pytest.fixture(scope="module")
def raws():
    """The conformance stream, which all engines are given."""
    return stream()


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
        found = googlesql.rows(plain_text_of(relation.select, words), tables)
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
    found = googlesql.rows(plain_text_of(graph.clean, words), tables)
    assert as_bag([dict(zip(names, row, strict=True)) for row in found]) == as_bag(wanted)
    counted = {reason: number for reason, number, _ in googlesql.rows(plain_text_of(rejections(stream), words), tables)}
    assert counted.pop(None) == len(usable) + duplicates
    assert counted == {reason: number for reason, number in reasons.items() if number}
