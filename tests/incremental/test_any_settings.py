"""The law of all settings together: full and in any batches, every relation equals the oracle's under the same settings."""

from dataclasses import replace
from random import Random

import pytest
from any_settings import IDENTITIES, Case, cases
from batches import any_streams, cut, hold_after_each
from graphs import graph_by, rerun, write_graph
from hypothesis import given, seed, settings
from hypothesis import strategies as st
from oracle import Raw, sessionize
from session_rules import busy_visitors
from streams import DICE, of_sources
from tables import context_columns, write_sources

from sessionmodels import Settings

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("unguarded")]

EXAMPLES = {"duckdb": 2, "postgresql": 1}
"""Of each identity."""

STREAMS = 25


def hold(engine, batches: list[list[Raw]], case: Case, dice: Random) -> None:
    """Build after every batch. An identity graph changes with most batches: for ids that it knew, and for new ones.

    If there is a graph, also once where nothing else is new; if there is one batch, once where nothing came.
    """
    rules, graph = case.rules, graph_by(dice, STREAMS)
    everything = [raw for batch in batches for raw in batch]
    context = {name: context_columns(raw for raw in everything if raw.source == name) for name in case.sources}

    def states():
        arrived, known, held = [], graph, rules
        more = [[]] if rules.identity == "table" or len(batches) == 1 else []
        for batch in (*batches, *more):
            arrived += batch
            write_sources(engine, arrived, case.sources, context)
            if rules.identity == "table":
                known = known if batch and dice.randrange(3) == 0 else rerun(known, dice, STREAMS)
                write_graph(engine, known)
                held = replace(rules, graph=tuple(known))
            yield arrived, sessionize([raw for raw in arrived if case.passes(raw)], held)[0]

    hold_after_each(engine, Settings(**case.chosen), states())


@pytest.mark.parametrize("identity", IDENTITIES)
def test_any_settings_on_any_streams(kept_engine, identity) -> None:
    """Identities, session rules, facts, filters and sources do not disturb each other."""

    @seed(IDENTITIES.index(identity))  # or each would be held under the same of all other settings
    @settings(max_examples=EXAMPLES[kept_engine.dialect.name])
    @given(case=cases(identity), raws=any_streams(STREAMS, least=15), count=st.integers(1, 3), dice=DICE)
    def law(case, raws, count, dice) -> None:
        rows = [*raws, *busy_visitors(10, dice)]
        rows = of_sources(rows, list(case.sources), dice) if len(case.sources) > 1 else rows
        hold(
            kept_engine,
            cut(rows, count, dice, loadless=case.loadless),
            case,
            dice,
        )

    law()
