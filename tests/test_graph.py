"""The order of relations, the part that a selection means, and who reads whom."""

import pytest
import sqlalchemy as sa

from sessionmodels import Settings, SettingsError
from sessionmodels.models import MODELS
from sessionmodels.relations.graph import bind
from sessionmodels.relations.naming import TRACKS
from sessionmodels.relations.selection import choose, readers
from sessionmodels.source.columns import assign_columns
from sessionmodels.source.database import as_table
from sessionmodels.source.stream import Stream
from sessionmodels.warehouses import WAREHOUSES


def graph_of(**chosen):
    settings = Settings(**chosen)
    table = as_table("tracks", None, WAREHOUSES["duckdb"].loaded.items())
    source = assign_columns(table, "tracks", settings, sa.create_engine("duckdb://").dialect)
    return bind(settings, Stream.of([source], settings))


def test_the_contract_names_ten_relations() -> None:
    """Those of the dbt project, and the two tables that hold everything; no more and no fewer."""
    assert set(MODELS) == {
        "session_events",
        "sessions",
        "aliases_mapping",
        "mapped_tracks",
        "session_tracks",
        "track_facts",
        "session_track_facts",
        "user_session_facts",
        "session_duration",
        "tracks_flow",
    }


def test_each_relation_comes_after_what_it_reads() -> None:
    """The order is that of the references."""
    order = [relation.name for relation in graph_of().relations]
    for name, model in MODELS.items():
        assert all(order.index(read) < order.index(name) for read in model.reads if read != TRACKS)


@pytest.mark.parametrize("kind", ["table", "view"])
def test_the_signatures_say_what_the_selects_read(kind) -> None:
    """What stands before the `*` is what the select names."""
    graph = graph_of(kinds=dict.fromkeys(MODELS, kind))
    by_table = {relation.table: relation.name for relation in graph.relations}
    for relation in graph.relations:
        read = {by_table[table] for table in relation.reads if table in by_table}
        assert read == set(MODELS[relation.name].reads) - {TRACKS}


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ("session_tracks", {"session_tracks"}),
        ("+session_tracks", {"session_tracks", "sessions", "session_events", "aliases_mapping"}),
        ("session_tracks+", {"session_tracks"}),
        ("sessions+", {"sessions", "session_tracks", "session_track_facts", "session_duration", "user_session_facts"}),
        ("+user_session_facts+", {"user_session_facts", "sessions", "session_events", "aliases_mapping"}),
        ("tracks_flow, user_session_facts", {"tracks_flow", "user_session_facts"}),
        (["tracks_flow", "user_session_facts"], {"tracks_flow", "user_session_facts"}),
        (None, set(MODELS)),
    ],
)
def test_a_selection(selection, expected) -> None:
    """A plus before a name means what it needs, one behind it what needs it."""
    assert choose(selection) == expected


@pytest.mark.parametrize(
    ("selection", "message"),
    [
        ("session_track", "did you mean 'session_tracks'"),
        ("", "there is no relation ''"),
        ([], "names no relation"),
        (5, "neither a name nor a list"),
    ],
)
def test_a_selection_of_nothing(selection, message) -> None:
    """A name that is no relation is refused, with the nearest one."""
    with pytest.raises(SettingsError, match=message):
        choose(selection)


def test_who_reads_whom() -> None:
    """Each relation with its readers."""
    assert readers()["sessions"] == ("session_duration", "session_track_facts", "session_tracks", "user_session_facts")
    assert readers()["tracks_flow"] == ()
    assert readers()[TRACKS] == ("aliases_mapping", "session_events")
