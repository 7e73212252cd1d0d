"""The law of incremental builds with several sources: each has load times of its own, and an id may be in more than one."""

from dataclasses import replace
from random import Random

import pytest
from batches import cut as cut_rows
from batches import hold_after_each
from conformance import stream, stream_for
from hypothesis import given, settings
from hypothesis import strategies as st
from loads import HOUR
from oracle import CONTEXT, Raw, Rules, of_each_source, sessionize
from streams import many_streams, of_sources
from tables import context_columns, write_sources

from sessionmodels import Settings, build_all

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("unguarded")]

DAY = 24 * HOUR
LAG = {"tracks": 0, "pages": DAY, "order_completed": 0}
"""By source, how far its load times are behind those of the others, which is longer than the overlap."""

WITHOUT = {"tracks": (), "pages": ("event",), "order_completed": ()}
LOADLESS = {**WITHOUT, "order_completed": ("uuid_ts",)}
"""The raw tables, each with the columns that it lacks; in the second, one has no load times."""

RULES = Rules(
    sources=(("tracks", None), ("pages", "page"), ("order_completed", None)), context=(*CONTEXT, ("revenue", ("revenue",)))
)
CHOSEN = {"sources": {name: {} for name in WITHOUT}, "context": {name: list(names) for name, names in RULES.context}}
MODES = {
    "completed": (WITHOUT, RULES, {}),
    "one without load times": (LOADLESS, RULES, {}),
    "duplicates kept": (WITHOUT, replace(RULES, deduplicate=False), {"deduplicate": False}),
}
EXAMPLES = {"duckdb": 4, "postgresql": 3}


def cut(raws: list[Raw], count: int, dice: Random, without) -> list[list[Raw]]:
    """Cut sources into batches. Those without a column of load times have none, and pages land late."""
    return cut_rows(raws, count, dice, lag=LAG, loadless=[name for name, lacking in without.items() if "uuid_ts" in lacking])


def hold(engine, batches: list[list[Raw]], without, rules: Rules, *, losing: Random | None = None, **chosen) -> None:
    """Build after every batch. With `losing`, rows of the batch before vanish, too."""
    everything = [raw for batch in batches for raw in batch]
    context = {name: context_columns(raw for raw in everything if raw.source == name) for name in without}

    def states():
        arrived = []
        for number, batch in enumerate(batches):
            stays = [raw for raw in arrived if losing is None or raw not in batches[number - 1] or losing.random() < 0.7]
            arrived = stays + batch
            write_sources(engine, arrived, without, context)
            yield arrived, sessionize(arrived, rules)[0]

    hold_after_each(engine, Settings(**CHOSEN, **chosen), states())


@pytest.mark.parametrize("mode", MODES)
def test_any_streams_in_any_batches(kept_engine, mode) -> None:
    """A source that is a day behind loses nothing; what a row lacks comes from others of its id, whenever they arrive."""
    without, rules, chosen = MODES[mode]

    @settings(max_examples=EXAMPLES[kept_engine.dialect.name])
    @given(raws=many_streams(40, least=30), count=st.integers(2, 4), dice=st.randoms(use_true_random=False))
    def law(raws, count, dice) -> None:
        hold(kept_engine, cut(of_sources(raws, list(without), dice), count, dice, without), without, rules, **chosen)

    law()


@pytest.mark.parametrize("mode", MODES)
def test_rows_that_vanish(kept_engine, mode) -> None:
    """The row that stood, or one that completed it, is gone from the source within the overlap: the others take its place."""
    without, rules, chosen = MODES[mode]
    for seed in (1, 2):
        dice = Random(seed)
        batches = cut(of_sources(stream(), list(without), dice), 4, dice, without)
        hold(kept_engine, batches, without, rules, losing=dice, **chosen)


def test_the_conformance_stream_in_batches(warehouse) -> None:
    """Every edge of the contract in three sources, on every warehouse: the real ones, the dialect and the emulators."""
    dice = Random(7)
    raws = of_sources(stream_for(warehouse.dialect.name), list(WITHOUT), dice)
    hold(warehouse, cut(raws, 2, dice, WITHOUT), WITHOUT, RULES, layout=False)


def test_what_is_said_of_each_source(duckdb) -> None:
    """Each has a watermark of its own. The earliest says until when sessions are complete."""
    dice = Random(5)
    raws = of_sources(stream(), list(WITHOUT), dice)
    batches = cut(raws, 1, dice, WITHOUT)
    hold(duckdb, batches, WITHOUT, RULES)
    result = build_all(duckdb, Settings(**CHOSEN), incremental=True, full_refresh=True)
    assert result.source is not None
    marks = {name: one.watermark for name, one in result.source.sources.items()}
    known = [mark for mark in marks.values() if mark]
    assert len(known) == 3
    assert result.watermark == marks["pages"] == min(known)
    assert {name: one.events_kept for name, one in result.source.sources.items()} == {
        name: kept for name, (_, kept, _, _) in of_each_source(batches[0], RULES).items()
    }
