"""The blocks of a displayed result: lines, tables and code."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sessionmodels.display.format import Figure


@dataclass(frozen=True)
class Grid:
    """A table to display: its column names and its rows of plain values."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def is_numeric(self, place: int) -> bool:
        """Whether a column holds numbers, which are aligned right."""
        found = [row[place] for row in self.rows if row[place] is not None]
        return bool(found) and all(isinstance(one, int | float | Decimal | Figure) for one in found)


@dataclass(frozen=True)
class Code:
    """Statements, displayed as they are."""

    text: str


Block = str | Grid | Code
"""A `str` is a line of text that may be wrapped."""
