"""The law of incremental builds with several sources: each has load times of its own, and an id may be in more than one."""

from dataclasses import replace
from random import Random

import pytest
from batches import any_streams, hold_after_each
from batches import cut as cut_rows
from conformance import some_of_the_stream, stream
from hypothesis import given, seed, settings
from hypothesis import strategies as st
from loads import HOUR
from oracle import CONTEXT, Raw, Rules, of_each_source, sessionize
from session_rules import RULES as SESSION_RULES
from session_rules import busy_visitors
from streams import DICE, of_sources
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
EXAMPLES = {"duckdb": 2, "postgresql": 1}


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
            last = set(batches[number - 1])
            stays = [raw for raw in arrived if losing is None or raw not in last or losing.random() < 0.7]
            arrived = stays + batch
            write_sources(engine, arrived, without, context)
            yield arrived, sessionize(arrived, rules)[0]

    hold_after_each(engine, Settings(**CHOSEN, **chosen), states())


@pytest.mark.parametrize("mode", ["completed", "duplicates kept"])
def test_any_streams_in_any_batches(kept_engine, mode) -> None:
    """A source that is a day behind loses nothing; what a row lacks comes from others of its id, whenever they arrive.

    In `test_any_settings.py` one of the sources has no load times.
    """
    without, rules, chosen = MODES[mode]

    @seed(list(MODES).index(mode))
    @settings(max_examples=EXAMPLES[kept_engine.dialect.name])
    @given(raws=any_streams(40, least=30), count=st.integers(2, 3), dice=DICE)
    def law(raws, count, dice) -> None:
        hold(kept_engine, cut(of_sources(raws, list(without), dice), count, dice, without), without, rules, **chosen)

    law()


@pytest.mark.parametrize("mode", ["one without load times", "duplicates kept"])
def test_rows_that_vanish(duckdb, mode) -> None:
    """The row that stood, or one that completed it, is gone from the source within the overlap: the others take its place.

    Where all have load times, rows vanish on every warehouse, below.
    """
    without, rules, chosen = MODES[mode]
    dice = Random(mode)
    batches = cut(of_sources(stream(), list(without), dice), 3, dice, without)
    hold(duckdb, batches, without, rules, losing=dice, **chosen)


def test_sources_and_session_rules_in_batches(warehouse) -> None:
    """Every nasty id in three sources, and busy visitors under all session rules, on every warehouse.

    Rows of the first batch are gone when the second has come. All edges of the contract are in `test_equal_to_full.py`.
    """
    dice, together = Random(7), SESSION_RULES["all"]
    raws = [*some_of_the_stream(warehouse.dialect.name), *busy_visitors(25, dice)]
    batches = cut(of_sources(raws, list(WITHOUT), dice), 2, dice, WITHOUT)
    hold(warehouse, batches, WITHOUT, replace(RULES, **together), losing=dice, layout=False, **together)


def test_what_is_said_of_each_source(duckdb) -> None:
    """Each has a watermark of its own. The earliest says until when sessions are complete."""
    dice = Random(5)
    (raws,) = cut(of_sources(stream(), list(WITHOUT), dice), 1, dice, WITHOUT)
    write_sources(duckdb, raws, WITHOUT)
    result = build_all(duckdb, Settings(**CHOSEN), incremental=True)
    assert result.source is not None
    marks = {name: one.watermark for name, one in result.source.sources.items()}
    known = [mark for mark in marks.values() if mark]
    assert len(known) == 3
    assert result.watermark == marks["pages"] == min(known)
    assert {name: one.events_kept for name, one in result.source.sources.items()} == {
        name: kept for name, (_, kept, _, _) in of_each_source(raws, RULES).items()
    }
