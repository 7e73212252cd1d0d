"""The law of incremental builds: after every batch, each relation equals what the oracle says of all that has arrived."""

from dataclasses import replace
from random import Random

import pytest
from batches import FIRST_LOAD, any_streams, cut, cut_in_time, hold_after_each
from conformance import stream, stream_for
from engines import COMMITTING
from facts import FACTS, FACTS_RULES
from hypothesis import given, seed, settings
from hypothesis import strategies as st
from loads import HOUR
from oracle import DBT, MINUTE, Raw, Rules, sessionize
from session_rules import RULES, busy_visitors
from streams import DICE
from tables import context_columns, schema_of, write_tracks

from sessionmodels import Settings
from sessionmodels.models import MODELS

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("unguarded")]

MODES = {
    "exact": (Rules(), {}),
    "dbt": (DBT, {"compatibility": "dbt"}),
    "duplicates kept": (Rules(deduplicate=False), {"deduplicate": False}),
    "facts": (FACTS_RULES, FACTS),
    "point in time": (Rules(identity="point_in_time"), {"identity": "point_in_time"}),
    "point in time, duplicates kept": (
        Rules(identity="point_in_time", deduplicate=False),
        {"identity": "point_in_time", "deduplicate": False},
    ),
    "ignored, no context": (
        Rules(ignored_ids=("d~0", "u~1", "both~2"), ignored_events=("signup", ""), context=()),
        {"ignored_ids": ["d~0", "u~1", "both~2"], "ignored_events": ["signup", ""], "context": {}},
    ),
}
COMMON = "exact", "dbt", "duplicates kept"
"""What most builds have. `test_any_settings.py` joins it with every identity, and all settings with each other."""

AS_TABLES = dict.fromkeys(MODELS, "table")
WITH_TABLES = "facts", "ignored, no context", "point in time"
"""Modes in which the law makes every relation a table, those too that are views by default: the kinds change nothing."""

MODES_OF_RULES = {**RULES, "all, duplicates kept": {**RULES["all"], "deduplicate": False}}
SOME_AS_VIEWS = AS_TABLES | dict.fromkeys(("mapped_tracks", "session_tracks", "session_duration", "user_session_facts"), "view")
MOST_AS_VIEWS = dict.fromkeys(MODELS, "view") | dict.fromkeys(("session_events", "sessions", "aliases_mapping"), "table")
"""As many views as an incremental build can go on from: all but three."""

EXAMPLES = {"duckdb": 2, "postgresql": 1}
"""Of some fifty streams each, for the modes that most builds have. Every other mode has one."""


@st.composite
def batches(draw) -> list[list[Raw]]:
    """Draw streams cut into batches."""
    return cut(draw(any_streams(60, least=40)), draw(st.integers(2, 3)), draw(DICE))


def hold(engine, batches: list[list[Raw]], rules: Rules, **chosen) -> None:
    """Build after every batch."""
    context = context_columns(raw for batch in batches for raw in batch)  # a column that is new makes a build a full one

    def states():
        arrived = []
        for batch in batches:
            arrived += batch
            write_tracks(engine, arrived, context=context)
            yield arrived, sessionize(arrived, rules)[0]

    hold_after_each(engine, Settings(**chosen), states())


def hold_any_stream(engine, mode: str) -> None:
    rules, chosen = MODES[mode]
    kinds = {"kinds": AS_TABLES} if mode in WITH_TABLES else {}

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


def hold_session_rules(engine, mode: str, count: int, **kinds) -> None:
    chosen = MODES_OF_RULES[mode]

    @seed(list(MODES_OF_RULES).index(mode))
    @settings(max_examples=1)
    @given(others=any_streams(10, least=5), dice=DICE)
    def law(others, dice) -> None:
        in_time = cut_in_time(busy_visitors(30, dice), count, dice)
        batches = [[*some, *more] for some, more in zip(in_time, cut(others, count, dice), strict=True)]
        hold(engine, batches, Rules(**chosen), **chosen, **kinds)

    law()


def test_all_session_rules(kept_engine) -> None:
    """Work starts as late as the rules allow, and no later: sessions that start at one moment, or join across any pause.

    Here some relations are views that are tables by default.
    """
    hold_session_rules(kept_engine, "all", 3, kinds=SOME_AS_VIEWS)


@pytest.mark.parametrize("mode", [mode for mode in MODES_OF_RULES if mode != "all"])
def test_any_session_rule(duckdb, mode) -> None:
    """Each by itself, and all where duplicates stay: how far back work starts depends on which rules are in force.

    Where duplicates stay, rows have other keys; every relation is a table there.
    """
    kinds = {"kinds": AS_TABLES} if "duplicates kept" in mode else {}
    hold_session_rules(duckdb, mode, 2, **kinds)


def test_a_session_that_was_cut_for_its_length(duckdb) -> None:
    """Spans are counted from the start of the uncut session, also if all that is new comes after a cut."""
    raws = [Raw(f"e{minute}", "d", None, "a", minute * MINUTE, FIRST_LOAD) for minute in (0, 25, 50, 75, 100, 115)]
    late = Raw("late", "d", None, "a", 122 * MINUTE, FIRST_LOAD + HOUR)
    hold(duckdb, [raws, [late]], Rules(max_session_minutes=60), max_session_minutes=60)


def test_the_conformance_stream_in_batches(warehouse) -> None:
    """Every edge of the contract, on every warehouse: the real ones, the dialect and the emulators.

    On the emulators the results are in a dataset of their own: the state and the kept duplicates stand beside them, wherever
    they are. `test_many_sources.py` has several sources and all session rules on each of them, in the default place.
    """
    name = warehouse.dialect.name
    source = schema_of(warehouse) or "public"
    apart = {"source_schema": source, "target_schema": f"t{id(warehouse)}"} if name in COMMITTING else {}
    hold(warehouse, cut(stream_for(name), 2, Random(11)), Rules(), layout=False, **apart)


def test_event_by_event(duckdb) -> None:
    """The smallest batches there are: each event by itself, in the order of their load times and in another."""
    raws = [raw for raw in stream() if "~7" in (raw.id or "") or raw.id in {"name3", "name4", "gap51"}]
    Random(3).shuffle(raws)
    hold(duckdb, [[replace(raw, loaded_at=FIRST_LOAD + n * HOUR)] for n, raw in enumerate(raws[:7])], Rules())


def test_every_relation_as_a_table_in_dbt_mode(duckdb) -> None:
    """Their rows have other numbers. Of the other modes the law has tables."""
    rules, chosen = MODES["dbt"]
    hold(duckdb, cut(stream(), 2, Random(0)), rules, kinds=AS_TABLES, **chosen)


def test_other_settings(kept_engine) -> None:
    """Other pauses, depths, counters, overlaps, prefixes and kinds."""
    counters = {"c": ["signup", "it's"], "Upper": [""]}
    rules = Rules(idle_minutes=1, flow_depth=3, counters=tuple((name, tuple(names)) for name, names in counters.items()))
    chosen = {"idle_minutes": 1, "flow_depth": 3, "event_counters": counters, "overlap_hours": 12, "table_prefix": "Other_"}
    hold(kept_engine, cut(stream(), 2, Random(5)), rules, kinds=MOST_AS_VIEWS, **chosen)
