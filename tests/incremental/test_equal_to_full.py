"""The law of incremental builds: after every batch, each relation equals what the oracle says of all that has arrived."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import DBT, MINUTE, Raw, Rules, sessionize
from streams import many_streams
from tables import assert_same, read_all, write_tracks

from sessionmodels import Settings, build_all

HOUR = 60 * MINUTE
FIRST_LOAD = 1_767_225_600_000_000  # 2026-01-01
MODES = {
    "exact": (Rules(), {}),
    "dbt": (DBT, {"compatibility": "dbt"}),
    "duplicates kept": (Rules(deduplicate=False), {"deduplicate": False}),
}


@st.composite
def batches(draw, most_streams: int = 12, most: int = 5) -> list[list[Raw]]:
    """Draw streams cut into batches anyhow, each row loaded within the overlap before its batch landed, or nobody knows when."""
    raws = draw(many_streams(most_streams))
    count = draw(st.integers(2, most))
    dice = draw(st.randoms(use_true_random=False))
    cut: list[list[Raw]] = [[] for _ in range(count)]
    for raw in raws:
        batch = dice.randrange(count)
        landed = FIRST_LOAD + batch * HOUR
        loaded = None if dice.randrange(12) == 0 else landed - dice.choice((0, 1, MINUTE, HOUR, 6 * HOUR))
        cut[batch].append(replace(raw, loaded_at=loaded))
    return cut


def hold(engine, cut, rules, **chosen) -> None:
    chosen = Settings(**chosen)
    arrived, known = [], False
    for number, batch in enumerate(cut):
        arrived += batch
        write_tracks(engine, arrived)
        result = build_all(engine, chosen, incremental=True, full_refresh=number == 0)
        assert_same(read_all(engine, chosen), sessionize(arrived, rules)[0])
        assert (result.mode in {"incremental", "nothing"}) == known, result.reason
        known = any(raw.loaded_at is not None for raw in arrived)


@pytest.mark.parametrize("mode", MODES)
@settings(max_examples=60)
@given(cut=batches())
def test_any_stream_in_any_batches(kept_engine, mode, cut) -> None:
    """Late, doubled, out of order, with logins that merge people and ids that change places."""
    rules, chosen = MODES[mode]
    hold(kept_engine, cut, rules, **chosen)
