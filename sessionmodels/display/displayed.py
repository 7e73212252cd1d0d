"""A result that shows itself: as text where it is printed, as HTML in a notebook."""

from abc import ABC, abstractmethod
from collections.abc import Iterable

from sessionmodels.display.blocks import Block


class Displayed(ABC):
    """A result that shows itself: as text where it is printed, as HTML in a notebook."""

    @abstractmethod
    def blocks(self) -> Iterable[Block]:
        """Yield what there is to show, in order."""

    def __str__(self) -> str:
        """Show as plain text, as wide as the terminal; where the output is kept, as wide as it is."""
        from sessionmodels.display.terminal import as_text, terminal_width  # noqa: PLC0415 - only for showing

        return as_text(self.blocks(), terminal_width())

    def _repr_html_(self) -> str:
        from sessionmodels.display.notebook import as_html  # noqa: PLC0415 - only for showing

        return as_html(self.blocks())
