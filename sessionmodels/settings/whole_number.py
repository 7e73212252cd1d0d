"""Whole numbers, as they may be given."""

from typing import Any, TypeGuard


def is_whole_number(value: Any, *, least: int = 1, most: int | None = None) -> TypeGuard[int]:
    """Whether a value is a whole number in that range. True and False are none, although Python counts with them."""
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return is_whole and least <= value and (most is None or value <= most)
