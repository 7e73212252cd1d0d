"""Raw rows cut into batches, as they land one after the other, and the law of a build after each."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from random import Random
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from hypothesis import strategies as st
from loads import HOUR
from oracle import MINUTE, Raw
from streams import many_streams
from tables import assert_same, read_all

from sessionmodels import Settings, build_all

FIRST_LOAD = 1_767_225_600_000_000  # 2026-01-01
BEFORE_IT_LANDS = (0, 1, MINUTE, HOUR, 6 * HOUR)


def any_streams(most: int, least: int) -> st.SearchStrategy[list[Raw]]:
    """Return streams most of which have several events.

    Hypothesis draws the simplest example first: here the same single event in each stream. That proves little, and a law with one
    example would have no other.
    """
    return many_streams(most, least=least).filter(lambda raws: len(raws) > 2 * most)


def cut(
    raws: list[Raw], count: int, dice: Random, *, lag: Mapping[str, int] = MappingProxyType({}), loadless: Collection[str] = ()
) -> list[list[Raw]]:
    """Cut sources into batches anyhow, each row loaded within the overlap before its batch landed, or nobody knows when.

    `lag` is how far a source's load times are behind the others'. Sources that are `loadless` have none.
    """
    batches: list[list[Raw]] = [[] for _ in range(count)]
    for raw in raws:
        batch = dice.randrange(count)
        is_unknown = raw.source in loadless or dice.randrange(12) == 0
        landed = FIRST_LOAD + batch * HOUR - lag.get(raw.source, 0)
        batches[batch].append(replace(raw, loaded_at=None if is_unknown else landed - dice.choice(BEFORE_IT_LANDS)))
    return batches


def cut_in_time(raws: list[Raw], count: int, dice: Random) -> list[list[Raw]]:
    """Cut each stream's rows into batches in the order of their times: what comes later is looked at with what came just before.

    Where `cut` leaves hardly a visitor whose first rows are not among the new ones, here all but the last rows may be known.
    """
    batches: list[list[Raw]] = [[] for _ in range(count)]
    streams: dict[str, list[Raw]] = defaultdict(list)
    for raw in raws:
        streams[(raw.anonymous_id or "").rpartition("~")[2]].append(raw)
    for rows in streams.values():
        ends = sorted(dice.randrange(len(rows) + 1) for _ in range(count - 1))
        for place, raw in enumerate(sorted(rows, key=lambda one: one.timestamp or 0)):
            batch = sum(end <= place for end in ends)
            batches[batch].append(replace(raw, loaded_at=FIRST_LOAD + batch * HOUR))
    return batches


def hold_after_each(engine: sa.Engine, chosen: Settings, states: Iterable[tuple[list[Raw], dict[str, Any]]]) -> None:
    """Build in each state of the source, and hold every relation against what the oracle says.

    A state is written when it is asked for; it gives the rows that have arrived, and the relations that they make. The build is
    full only if it is the first, or if no row had a load time that it could continue from.
    """
    continues = False
    for number, (arrived, expected) in enumerate(states):
        result = build_all(engine, chosen, incremental=True, full_refresh=number == 0)
        assert_same(read_all(engine, chosen), expected)
        assert (result.mode in {"incremental", "nothing"}) == continues, result.reason
        continues = any(raw.loaded_at is not None for raw in arrived)
