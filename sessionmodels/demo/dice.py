"""Random choices, the same on every call with the same seed."""

from random import Random
from typing import TypeVar

T = TypeVar("T")


def any_of(choices: tuple[T, ...] | list[T], dice: Random) -> T:
    """Return one of them, each as likely as the others."""
    return choices[int(dice.random() * len(choices))]


def weighted(choices: tuple[tuple[T, int], ...], dice: Random) -> T:
    """Return one of them, each as likely as its weight says."""
    left = dice.random() * sum(weight for _, weight in choices)
    for value, weight in choices:
        left -= weight
        if left < 0:
            return value
    return choices[-1][0]
