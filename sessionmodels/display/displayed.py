"""A result that is displayed as text when printed and as HTML in a notebook."""

from abc import ABC, abstractmethod
from collections.abc import Iterable

from sessionmodels.display.blocks import Block


class Displayed(ABC):
    """A result that is displayed as text when printed and as HTML in a notebook."""

    @abstractmethod
    def blocks(self) -> Iterable[Block]:
        """Yield the blocks to display, in order."""

    def __str__(self) -> str:
        """Return plain text as wide as the terminal. Output that goes to a file or a pipe is never wrapped."""
        from sessionmodels.display.terminal import as_text, terminal_width  # noqa: PLC0415 - only for showing

        return as_text(self.blocks(), terminal_width())

    def _repr_html_(self) -> str:
        from sessionmodels.display.notebook import as_html  # noqa: PLC0415 - only for showing

        return as_html(self.blocks())
