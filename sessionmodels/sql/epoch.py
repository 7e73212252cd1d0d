"""Times that are counted since 1970 began, in UTC: the types that say in which unit."""

from decimal import Decimal, InvalidOperation
from typing import Any, Final, Literal

from sqlalchemy import BigInteger, Float, Integer, Numeric, Text
from sqlalchemy.types import TypeEngine

Unit = Literal["s", "ms", "us"]

MICROSECONDS: Final = {"s": 1_000_000, "ms": 1_000, "us": 1}
"""How many microseconds a unit has."""

TITLES: Final = {"s": "seconds", "ms": "milliseconds", "us": "microseconds"}

EARLIEST: Final = -62_135_596_800
LATEST: Final = 253_402_300_799
"""The first and the last second of the years 1 to 9999, which every warehouse can hold."""

LARGEST: Final[dict[Unit, float]] = {"s": 1e11, "ms": 1e14, "us": 1e17}
"""Below which a number is taken for one of that unit: the year 5138."""


class Epoch:
    """What a type says that counts a unit."""

    unit: Unit

    @property
    def microseconds(self) -> int:
        """How many microseconds one of the unit has."""
        return MICROSECONDS[self.unit]

    @property
    def bounds(self) -> tuple[int, int]:
        """The first and the last number that is a time."""
        a_second = MICROSECONDS["s"] // self.microseconds
        return EARLIEST * a_second, (LATEST + 1) * a_second - 1


class EpochNumber(Epoch, BigInteger):
    """A number that counts `unit` since 1970 began; `kind` is what the column holds."""

    def __init__(self, unit: Unit = "s", kind: Literal["whole", "decimal", "floating"] = "whole") -> None:
        """Take the unit, and what kind of number it is."""
        super().__init__()
        self.unit = unit
        self.kind = kind


class EpochText(Epoch, Text):
    """Text that is a number that counts `unit` since 1970 began, or a written time."""

    def __init__(self, unit: Unit = "s") -> None:
        """Take the unit."""
        super().__init__()
        self.unit = unit


def in_unit(kind: TypeEngine[Any], unit: Unit | None, *, text: bool = False) -> TypeEngine[Any]:
    """Return the type that a time column has by its own type and the setting `epoch_unit`; its own where it is no number.

    `text` reads text as numbers, too.
    """
    if unit is None or isinstance(kind, Epoch):
        return kind
    if isinstance(kind, Integer):
        return EpochNumber(unit)
    if isinstance(kind, Float | Numeric):
        return EpochNumber(unit, "floating" if isinstance(kind, Float) else "decimal")
    return EpochText(unit) if text and isinstance(kind, Text) else kind


def likely_unit(value: object) -> Unit | None:
    """Return the unit in which a number, or text that is one, is a time of our days; None where there is none."""
    try:
        size = abs(Decimal(str(value)))
    except InvalidOperation:
        return None
    return next((unit for unit, largest in LARGEST.items() if size < largest), None)
