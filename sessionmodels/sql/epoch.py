"""Types of times that are numbers: seconds, milliseconds or microseconds since 1970-01-01 00:00 UTC."""

from decimal import Decimal, InvalidOperation
from typing import Any, Final, Literal

from sqlalchemy import BigInteger, Float, Integer, Numeric, Text
from sqlalchemy.types import TypeEngine

Unit = Literal["s", "ms", "us"]

MICROSECONDS: Final = {"s": 1_000_000, "ms": 1_000, "us": 1}
"""Microseconds per unit."""

TITLES: Final = {"s": "seconds", "ms": "milliseconds", "us": "microseconds"}

EARLIEST: Final = -62_135_596_800
LATEST: Final = 253_402_300_799
"""The first and the last second of the years 1 to 9999, which every warehouse can hold."""

LARGEST: Final[dict[Unit, float]] = {"s": 1e11, "ms": 1e14, "us": 1e17}
"""A number below this is taken to be in that unit: each limit lies in the year 5138."""


class Epoch:
    """A type of times that are numbers in a unit."""

    unit: Unit

    @property
    def microseconds(self) -> int:
        """Microseconds per unit."""
        return MICROSECONDS[self.unit]

    @property
    def bounds(self) -> tuple[int, int]:
        """The smallest and the largest number that is a valid time."""
        a_second = MICROSECONDS["s"] // self.microseconds
        return EARLIEST * a_second, (LATEST + 1) * a_second - 1


class EpochNumber(Epoch, BigInteger):
    """A time as a number of `unit`s since 1970; `kind` is the column's kind of number."""

    def __init__(self, unit: Unit = "s", kind: Literal["whole", "decimal", "floating"] = "whole") -> None:
        """Store the unit and the kind of number."""
        super().__init__()
        self.unit = unit
        self.kind = kind


class EpochText(Epoch, Text):
    """A time as text: a number of `unit`s since 1970, or a written time."""

    def __init__(self, unit: Unit = "s") -> None:
        """Store the unit."""
        super().__init__()
        self.unit = unit


def in_unit(kind: TypeEngine[Any], unit: Unit | None, *, text: bool = False) -> TypeEngine[Any]:
    """Return a time column's type under the setting `epoch_unit`. A column that holds no numbers keeps its own type.

    With `text`, text columns are read as numbers, too.
    """
    if unit is None or isinstance(kind, Epoch):
        return kind
    if isinstance(kind, Integer):
        return EpochNumber(unit)
    if isinstance(kind, Float | Numeric):
        return EpochNumber(unit, "floating" if isinstance(kind, Float) else "decimal")
    return EpochText(unit) if text and isinstance(kind, Text) else kind


def likely_unit(value: object) -> Unit | None:
    """Return the unit in which a number, or a number as text, is a plausible time. None if there is no such unit."""
    try:
        size = abs(Decimal(str(value)))
    except InvalidOperation:
        return None
    return next((unit for unit, largest in LARGEST.items() if size < largest), None)
