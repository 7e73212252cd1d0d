"""Raw rows cut into batches, as they land one after the other."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from random import Random
from types import MappingProxyType

from loads import HOUR
from oracle import MINUTE, Raw

FIRST_LOAD = 1_767_225_600_000_000  # 2026-01-01
BEFORE_IT_LANDS = (0, 1, MINUTE, HOUR, 6 * HOUR)


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
