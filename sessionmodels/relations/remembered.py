"""Remembers the last results of a function whose arguments can be compared, but not hashed: settings are, and sources."""

from collections import deque
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

COUNT = 16
"""A service builds for few settings at a time, and each result is some hundred kilobytes."""


def remembered(function: Callable[P, R]) -> Callable[P, R]:
    """Make a function return the same result again for equal arguments, if they are among the last ones."""
    known: deque[tuple[Any, R]] = deque(maxlen=COUNT)

    @wraps(function)
    def wrapped(*args: P.args, **kw: P.kwargs) -> R:
        for asked, result in tuple(known):  # a copy, since builds may run in several threads
            if asked == (args, kw):
                return result
        result = function(*args, **kw)
        known.append(((args, kw), result))
        return result

    return wrapped
