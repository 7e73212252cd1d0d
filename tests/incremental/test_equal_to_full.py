"""The law of incremental builds: after every batch, each relation equals what the oracle says of all that has arrived."""

from dataclasses import replace
from random import Random

import pytest
from batches import FIRST_LOAD, cut, hold_after_each
from conformance import stream, stream_for
from facts import FACTS, FACTS_RULES
from graphs import Graph, graph_by, with_news, write_graph
from hypothesis import given, settings
from hypothesis import strategies as st
from loads import HOUR
from oracle import DBT, Raw, Rules, sessionize
from session_rules import RULES, busy_visitors
from streams import many_streams
from tables import context_columns, write_tracks

from sessionmodels import Settings
from sessionmodels.models import MODELS

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("unguarded")]

MODES = {
    "exact": (Rules(), {}),
    "dbt": (DBT, {"compatibility": "dbt"}),
    "duplicates kept": (Rules(deduplicate=False), {"deduplicate": False}),
    "facts": (FACTS_RULES, FACTS),
    "no context": (Rules(context=()), {"context": {}}),
    "first": (Rules(identity="first"), {"identity": "first"}),
    "device": (Rules(identity="device"), {"identity": "device"}),
    "point in time": (Rules(identity="point_in_time"), {"identity": "point_in_time"}),
    "point in time, duplicates kept": (
        Rules(identity="point_in_time", deduplicate=False),
        {"identity": "point_in_time", "deduplicate": False},
    ),
    "ignored": (
        Rules(ignored_ids=("d~0", "u~1", "both~2"), ignored_events=("signup", "")),
        {"ignored_ids": ["d~0", "u~1", "both~2"], "ignored_events": ["signup", ""]},
    ),
}
MODES_OF_RULES = {**RULES, "all, duplicates kept": {**RULES["all"], "deduplicate": False}}
AS_VIEWS = {
    "exact": (
        "",
        "mapped_tracks session_tracks session_duration user_session_facts",
        "mapped_tracks track_facts tracks_flow session_tracks session_track_facts session_duration user_session_facts",
    ),
    "dbt": ("",),
    "duplicates kept": ("",),
    "facts": ("",),
    "no context": ("",),
    "point in time": ("",),
}
"""By mode, which relations are views; the others are tables: all ten, six of them, and those three that must be."""

EXAMPLES = {"duckdb": 3, "postgresql": 4}
"""Of some fifty streams each, for the modes that most builds have. Every other mode has one."""

COMMON = "exact", "dbt", "duplicates kept"


@st.composite
def batches(draw) -> list[list[Raw]]:
    """Draw streams cut into batches."""
    return cut(draw(many_streams(60, least=40)), draw(st.integers(2, 5)), draw(st.randoms(use_true_random=False)))


def hold(engine, batches: list[list[Raw]], rules: Rules, graphs: list[Graph] | None = None, **chosen) -> None:
    """Build after every batch, and every change of an identity graph."""
    context = context_columns(raw for batch in batches for raw in batch)  # a column that is new makes a build a full one

    def states():
        arrived, held = [], rules
        for number, batch in enumerate(batches):
            arrived += batch
            write_tracks(engine, arrived, context=context)
            if graphs is not None:
                write_graph(engine, graphs[number])
                held = replace(rules, graph=tuple(graphs[number]))
            yield arrived, sessionize(arrived, held)[0]

    hold_after_each(engine, Settings(**chosen), states())


@pytest.mark.parametrize("mode", MODES)
def test_any_stream_in_any_batches(kept_engine, mode) -> None:
    """Late, doubled, out of order, with logins that merge people and ids that change places."""
    rules, chosen = MODES[mode]

    @settings(max_examples=EXAMPLES[kept_engine.dialect.name] if mode in COMMON else 1)
    @given(batches=batches())
    def law(batches) -> None:
        hold(kept_engine, batches, rules, **chosen)

    law()


@pytest.mark.parametrize("mode", MODES_OF_RULES)
def test_any_session_rules(kept_engine, mode) -> None:
    """Work starts as late as the rules allow, and no later: sessions that start at one moment, or join across any pause."""
    chosen = MODES_OF_RULES[mode]

    @settings(max_examples=1)
    @given(others=many_streams(10), count=st.integers(2, 4), dice=st.randoms(use_true_random=False))
    def law(others, count, dice) -> None:
        hold(kept_engine, cut([*busy_visitors(30, dice), *others], count, dice), Rules(**chosen), **chosen)

    law()


@pytest.mark.parametrize("keep", [False, True], ids=["", "duplicates kept"])
def test_an_identity_graph_that_changes(kept_engine, keep) -> None:
    """Whatever it says anew, also where nothing else is new: of known ids and of unknown ones."""

    @settings(max_examples=1)
    @given(batches=batches(), dice=st.randoms(use_true_random=False))
    def law(batches, dice) -> None:
        graphs = [graph_by(dice, 60)]
        for batch in (*batches, [], []):
            graphs.append(with_news(graphs[-1], dice, 60) if dice.randrange(3) or not batch else graphs[-1])
        rules = Rules(identity="table", deduplicate=not keep)
        hold(kept_engine, [*batches, [], []], rules, graphs, identity_table="graph", deduplicate=not keep)

    law()


@pytest.mark.parametrize("count", [2])
def test_the_conformance_stream_in_batches(warehouse, count) -> None:
    """Every edge of the contract, on every warehouse: the real ones, the dialect and the emulators."""
    hold(warehouse, cut(stream_for(warehouse.dialect.name), count, Random(11)), Rules(), layout=False)


def test_every_session_rule_in_batches(warehouse) -> None:
    """All of them together, on busy visitors, on every warehouse."""
    dice = Random(12)
    hold(warehouse, cut(busy_visitors(25, dice), 3, dice), Rules(**RULES["all"]), layout=False, **RULES["all"])


def test_event_by_event(duckdb) -> None:
    """The smallest batches there are: each event by itself, in the order of their load times and in another."""
    raws = [raw for raw in stream() if "~7" in (raw.id or "") or raw.id in {"name3", "name4", "name5", "gap51", "gap50"}]
    Random(3).shuffle(raws)
    hold(duckdb, [[replace(raw, loaded_at=FIRST_LOAD + n * HOUR)] for n, raw in enumerate(raws)], Rules())


@pytest.mark.parametrize("mode", AS_VIEWS)
def test_every_relation_as_a_table_and_most_as_views(kept_engine, mode) -> None:
    """The kinds change nothing, as long as there is something to go on from: `session_events`, `sessions`, `aliases_mapping`."""
    rules, chosen = MODES[mode]
    for number, names in enumerate(AS_VIEWS[mode]):
        kinds = dict.fromkeys(MODELS, "table") | dict.fromkeys(names.split(), "view")
        hold(kept_engine, cut(stream(), 3, Random(number)), rules, kinds=kinds, **chosen)


def test_other_settings(kept_engine) -> None:
    """Other pauses, depths, counters, overlaps and prefixes."""
    counters = {"c": ["signup", "it's"], "Upper": [""]}
    rules = Rules(idle_minutes=1, flow_depth=3, counters=tuple((name, tuple(names)) for name, names in counters.items()))
    chosen = {"idle_minutes": 1, "flow_depth": 3, "event_counters": counters, "overlap_hours": 12, "table_prefix": "Other_"}
    hold(kept_engine, cut(stream(), 3, Random(5)), rules, **chosen)
