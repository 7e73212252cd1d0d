"""The result of forgetting people."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from sessionmodels.display.blocks import Block, Grid
from sessionmodels.display.displayed import PlainData
from sessionmodels.display.format import Figure, count, seconds
from sessionmodels.execution.result import RelationResult


@dataclass(frozen=True)
class ForgetResult(PlainData):
    """What was forgotten. It names nobody. Displayed as a table; `to_dict` and `to_json` return plain data."""

    users: int
    """Users who were not on the list before."""

    devices: int
    """Devices that were not on the list before."""

    listed: int
    """Ids that are on the list now."""

    rows_removed: int | None
    """Distinct raw rows that were removed from what the last build had stored; None if everything was built again."""

    mode: str
    """`forget`, or `full` if everything was built again."""

    reason: str
    """Why everything was built again."""

    number: int | None
    """Its number in the table of builds."""

    relations: tuple[RelationResult, ...]
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain data: dictionaries, lists, text and numbers."""
        return json.loads(json.dumps(asdict(self)))

    def blocks(self) -> Iterator[Block]:
        """Yield what was listed and removed, and the table of relations."""
        added = f"{count(self.users, 'user')} and {count(self.devices, 'device')}"
        yield f"{added} added to the list of forgotten people, which has {count(self.listed, 'id')} now"
        if not self.users:
            yield "All of these users were on the list before. The results may no longer show which devices were theirs."
        if self.rows_removed is None:
            yield f"Full build without them: {self.reason}"
        else:
            yield f"{count(self.rows_removed, 'row')} removed from the results"
        rows = tuple((one.table, one.kind, one.rows, Figure(f"{one.seconds:.2f}")) for one in self.relations)
        yield Grid(("relation", "kind", "rows", "seconds"), rows)
        yield f"Done in {seconds(self.seconds)}. The raw events still hold them; backups and copies may, too."
