"""What is shown: lines, tables and code. `Displayed` gives a result its text and its HTML from them."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sessionmodels.display.format import Figure


@dataclass(frozen=True)
class Grid:
    """A table to show: the names of its columns, and its rows of plain values."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def is_numeric(self, place: int) -> bool:
        """Whether a column holds numbers, which stand at the right."""
        found = [row[place] for row in self.rows if row[place] is not None]
        return bool(found) and all(isinstance(one, int | float | Decimal | Figure) for one in found)


@dataclass(frozen=True)
class Code:
    """Statements, shown as they are."""

    text: str


Block = str | Grid | Code
"""A `str` is one line, or a sentence that may be wrapped."""


class Displayed(ABC):
    """A result that shows itself: as text where it is printed, as HTML in a notebook."""

    @abstractmethod
    def blocks(self) -> Iterable[Block]:
        """Yield what there is to show, in order."""

    def __str__(self) -> str:
        """Show as plain text, as wide as the terminal; where the output is kept, as wide as it is."""
        from sessionmodels.display.terminal import as_text, room  # noqa: PLC0415 - only for showing

        return as_text(self.blocks(), room())

    def _repr_html_(self) -> str:
        from sessionmodels.display.notebook import as_html  # noqa: PLC0415 - only for showing

        return as_html(self.blocks())
