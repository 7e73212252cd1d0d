"""What a build did, for people and for programs."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from io import StringIO
from typing import TYPE_CHECKING, Any

from sessionmodels.errors import did_you_mean

if TYPE_CHECKING:
    from rich.console import Console, Group

    from sessionmodels.model import Kind

WORDS = {
    "no_event_id": "without an id of their own",
    "no_id": "with neither anonymous_id nor user_id",
    "no_time": "without a time",
    "unreadable_time": "with a time that cannot be read",
}


@dataclass(frozen=True)
class SourceResult:
    """What was read of the source, and what could not be used."""

    events_read: int
    left_out: Mapping[str, int]
    """Events by the reason for which they are in no relation: `no_event_id`, `no_id`, `no_time`, `unreadable_time`."""

    duplicates_removed: int
    taken_as_null: tuple[str, ...]
    """Optional columns that the source does not have."""

    @property
    def events_kept(self) -> int:
        """Events in the relations."""
        return self.events_read - sum(self.left_out.values()) - self.duplicates_removed


@dataclass(frozen=True)
class RelationResult:
    """One relation as it was built."""

    name: str
    table: str
    """Its name in the warehouse, with the schema where one is set."""

    kind: "Kind"
    rows: int
    seconds: float


@dataclass(frozen=True)
class BuildResult:
    """What a build did. Shows as a table in a terminal and in a notebook; `to_dict` and `to_json` give plain data."""

    relations: tuple[RelationResult, ...]
    """In the order in which they were built."""

    source: SourceResult | None
    """None where the selection reads nothing of the source."""

    seconds: float

    def __getitem__(self, name: str) -> RelationResult:
        """Return the result of one relation.

        Raises:
            KeyError: it was not built; the error names those that were.
        """
        built = {relation.name: relation for relation in self.relations}
        if name not in built:
            msg = f"{name!r} was not built; {did_you_mean(name, built)}"
            raise KeyError(msg)
        return built[name]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data: dictionaries, lists, text and numbers."""
        plain = json.loads(json.dumps(asdict(self)))
        if self.source:
            plain["source"]["events_kept"] = self.source.events_kept
        return plain

    def to_json(self) -> str:
        """Return `to_dict` as JSON."""
        return json.dumps(self.to_dict(), indent=2)

    def __rich__(self) -> "Group":
        """Show as a table of relations, and a line about the source above it."""
        from rich.console import Group  # noqa: PLC0415 - only for showing
        from rich.table import Table  # noqa: PLC0415 - only for showing

        shown = Table("relation", "kind", title=None)
        shown.add_column("rows", justify="right")
        shown.add_column("seconds", justify="right")
        for one in self.relations:
            shown.add_row(one.table, one.kind, f"{one.rows:,}", f"{one.seconds:.2f}")
        return Group(*self._about_the_source(), shown, f"built in {self.seconds:.2f} s")

    def __str__(self) -> str:
        """Show as plain text."""
        return self._recorded().export_text().rstrip()

    def _repr_html_(self) -> str:
        return self._recorded().export_html(inline_styles=True, code_format="<pre>{code}</pre>")

    def _recorded(self) -> "Console":
        from rich.console import Console  # noqa: PLC0415 - only for showing

        console = Console(file=StringIO(), width=100, record=True, highlight=False, markup=False, emoji=False)
        console.print(self)
        return console

    def _about_the_source(self) -> list[str]:
        if self.source is None:
            return []
        source = self.source
        lines = [
            f"{source.events_read:,} events read, {source.events_kept:,} kept, {source.duplicates_removed:,} duplicates removed"
        ]
        lines += [f"left out: {count:,} {WORDS[reason]}" for reason, count in source.left_out.items() if count]
        lines += [f"taken as null: {name}, which the source does not have" for name in source.taken_as_null]
        return lines
