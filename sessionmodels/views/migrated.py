"""The state of the packaged migrations, for people and for programs."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from sessionmodels.display.blocks import Block, Grid
from sessionmodels.display.displayed import PlainData


@dataclass(frozen=True)
class Migrated(PlainData):
    """The state after the migrations have run. Displayed as a table in terminals and notebooks."""

    revision: str | None
    """The current revision; None if all are undone."""

    views: tuple[str, ...]
    """The views of this package that exist now, by their names in the warehouse."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain data: text and a list."""
        return json.loads(json.dumps(asdict(self)))

    def blocks(self) -> Iterator[Block]:
        """Yield the revision and the views."""
        at = f"at revision {self.revision or 'base'}"
        yield f"{at}; these views exist:" if self.views else f"{at}; no views exist"
        if self.views:
            yield Grid(("view",), tuple((name,) for name in self.views))
