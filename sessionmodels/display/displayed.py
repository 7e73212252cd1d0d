"""A result that is displayed as text when printed and as HTML in a notebook."""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any

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


class PlainData(Displayed):
    """A result that programs can read, too."""

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Return plain data: dictionaries, lists, text and numbers. Times are ISO 8601."""

    def to_json(self) -> str:
        """Return `to_dict` as JSON."""
        return json.dumps(self.to_dict(), indent=2)
