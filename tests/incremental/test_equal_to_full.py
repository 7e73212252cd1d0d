"""The law of incremental builds: after every batch, each relation equals what the oracle says of all that has arrived."""

from dataclasses import replace
from random import Random

import pytest
from batches import FIRST_LOAD, any_streams, cut, cut_in_time, hold_after_each
from conformance import stream, stream_for
from facts import FACTS, FACTS_RULES
from graphs import Graph, graph_by, rerun, write_graph
from hypothesis import given, seed, settings
from hypothesis import strategies as st
from loads import HOUR
from oracle import DBT, MINUTE, Raw, Rules, sessionize
from session_rules import RULES, busy_visitors
from streams import DICE
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
COMMON = "exact", "dbt", "duplicates kept"
"""What most builds have. `test_any_settings.py` joins it with every identity, and all settings with each other."""

WITH_TABLES = "facts", "no context", "point in time"
"""Modes in which the law makes every relation a table, those too that are views by default."""

MODES_OF_RULES = {**RULES, "all, duplicates kept": {**RULES["all"], "deduplicate": False}}
AS_VIEWS = (
    "",
    "mapped_tracks session_tracks session_duration user_session_facts",
    "mapped_tracks track_facts tracks_flow session_tracks session_track_facts session_duration user_session_facts",
)
"""Which relations are views; the others are tables: all ten, six of them, and those three that must be."""

EXAMPLES = {"duckdb": 2, "postgresql": 1}
"""Of some fifty streams each, for the modes that most builds have. Every other mode has one."""


@st.composite
def batches(draw) -> list[list[Raw]]:
    """Draw streams cut into batches."""
    return cut(draw(any_streams(60, least=40)), draw(st.integers(2, 3)), draw(DICE))


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


def hold_any_stream(engine, mode: str) -> None:
    rules, chosen = MODES[mode]
    kinds = {"kinds": dict.fromkeys(MODELS, "table")} if mode in WITH_TABLES else {}

    @seed(list(MODES).index(mode))
    @settings(max_examples=EXAMPLES[engine.dialect.name] if mode in COMMON else 1)
    @given(batches=batches())
    def law(batches) -> None:
        hold(engine, batches, rules, **kinds, **chosen)

    law()


@pytest.mark.parametrize("mode", [*COMMON, "facts"])
def test_any_stream_in_any_batches(kept_engine, mode) -> None:
    """Late, doubled, out of order, with logins that merge people and ids that change places."""
    hold_any_stream(kept_engine, mode)


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode not in {*COMMON, "facts"}])
def test_any_stream_in_other_modes(duckdb, mode) -> None:
    """What differs in them is SQL that all warehouses share."""
    hold_any_stream(duckdb, mode)


def hold_session_rules(engine, mode: str, count: int) -> None:
    chosen = MODES_OF_RULES[mode]

    @seed(list(MODES_OF_RULES).index(mode))
    @settings(max_examples=1)
    @given(others=any_streams(10, least=5), dice=DICE)
    def law(others, dice) -> None:
        in_time = cut_in_time(busy_visitors(30, dice), count, dice)
        batches = [[*some, *more] for some, more in zip(in_time, cut(others, count, dice), strict=True)]
        hold(engine, batches, Rules(**chosen), **chosen)

    law()


def test_all_session_rules(kept_engine) -> None:
    """Work starts as late as the rules allow, and no later: sessions that start at one moment, or join across any pause."""
    hold_session_rules(kept_engine, "all", 3)


@pytest.mark.parametrize("mode", [mode for mode in MODES_OF_RULES if mode != "all"])
def test_any_session_rule(duckdb, mode) -> None:
    """Each by itself, and all where duplicates stay: how far back work starts depends on which rules are in force."""
    hold_session_rules(duckdb, mode, 2)


def test_a_session_that_was_cut_for_its_length(duckdb) -> None:
    """Spans are counted from the start of the uncut session, also if all that is new comes after a cut."""
    raws = [Raw(f"e{minute}", "d", None, "a", minute * MINUTE, FIRST_LOAD) for minute in (0, 25, 50, 75, 100, 115)]
    late = Raw("late", "d", None, "a", 122 * MINUTE, FIRST_LOAD + HOUR)
    hold(duckdb, [raws, [late]], Rules(max_session_minutes=60), max_session_minutes=60)


def test_an_identity_graph_that_changes(duckdb) -> None:
    """Whatever it says anew, also where nothing else is new: of known ids and of unknown ones.

    Graphs change under `test_any_settings.py`, too, which has them on PostgreSQL, and with duplicates that are kept.
    """

    @settings(max_examples=1)
    @given(batches=batches(), dice=DICE)
    def law(batches, dice) -> None:
        graphs = [graph_by(dice, 60)]
        for batch in (*batches, [], []):
            graphs.append(rerun(graphs[-1], dice, 60) if dice.randrange(3) or not batch else graphs[-1])
        hold(duckdb, [*batches, [], []], Rules(identity="table"), graphs, identity_table="graph")

    law()


def test_the_conformance_stream_in_batches(warehouse) -> None:
    """Every edge of the contract, on every warehouse: the real ones, the dialect and the emulators.

    `test_many_sources.py` has several sources and all session rules on each of them.
    """
    hold(warehouse, cut(stream_for(warehouse.dialect.name), 2, Random(11)), Rules(), layout=False)


def test_event_by_event(duckdb) -> None:
    """The smallest batches there are: each event by itself, in the order of their load times and in another."""
    raws = [raw for raw in stream() if "~7" in (raw.id or "") or raw.id in {"name3", "name4", "gap51"}]
    Random(3).shuffle(raws)
    hold(duckdb, [[replace(raw, loaded_at=FIRST_LOAD + n * HOUR)] for n, raw in enumerate(raws)], Rules())


def hold_kinds(engine, mode: str, views: str, seed: int) -> None:
    rules, chosen = MODES[mode]
    kinds = dict.fromkeys(MODELS, "table") | dict.fromkeys(views.split(), "view")
    hold(engine, cut(stream(), 2, Random(seed)), rules, kinds=kinds, **chosen)


def test_every_relation_as_a_table_and_most_as_views(kept_engine) -> None:
    """The kinds change nothing, as long as there is something to go on from: `session_events`, `sessions`, `aliases_mapping`."""
    for number, views in enumerate(AS_VIEWS):
        hold_kinds(kept_engine, "exact", views, number)


@pytest.mark.parametrize("mode", ["dbt", "duplicates kept"])
def test_every_relation_as_a_table_in_other_modes(duckdb, mode) -> None:
    """Their rows have other numbers, or other keys. Of three more modes the law has tables."""
    hold_kinds(duckdb, mode, "", 0)


def test_other_settings(kept_engine) -> None:
    """Other pauses, depths, counters, overlaps and prefixes."""
    counters = {"c": ["signup", "it's"], "Upper": [""]}
    rules = Rules(idle_minutes=1, flow_depth=3, counters=tuple((name, tuple(names)) for name, names in counters.items()))
    chosen = {"idle_minutes": 1, "flow_depth": 3, "event_counters": counters, "overlap_hours": 12, "table_prefix": "Other_"}
    hold(kept_engine, cut(stream(), 2, Random(5)), rules, **chosen)
