"""Random choices, the same on every call with the same seed."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

T = TypeVar("T")


class Odds(Generic[T]):
    """Things to choose from, each as likely as its weight says."""

    def __init__(self, *weighted: tuple[T, int]) -> None:
        """Take pairs of a thing and its weight."""
        self._things = [thing for thing, _ in weighted]
        self._bounds = list(accumulate(weight for _, weight in weighted))

    def draw(self, dice: Random) -> T:
        """Return one of them."""
        return self._things[bisect_right(self._bounds, dice.random() * self._bounds[-1])]


def any_of(things: Sequence[T], dice: Random) -> T:
    """Return one of them, each as likely as the others."""
    return things[int(dice.random() * len(things))]
