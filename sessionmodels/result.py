"""What a build did, for people and for programs."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from io import StringIO
from typing import TYPE_CHECKING, Any

from sessionmodels.errors import did_you_mean

if TYPE_CHECKING:
    from rich.console import Console, Group

    from sessionmodels.model import Kind
    from sessionmodels.state.builds import Mode

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
class IncrementResult:
    """What came since the last build, and what it touched."""

    events_new: int
    """Raw rows that came since."""

    late_events: int
    """Those of them that were loaded later than the overlap after they happened."""

    late_by_minutes: float | None
    """How long after it happened the latest of them was loaded; None where nothing came or nobody knows."""

    visitors_touched: int
    sessions_renumbered: int
    """Sessions that have another number than before, and with it another `session_id`."""


@dataclass(frozen=True)
class Difference:
    """A relation that differs from a fresh computation."""

    relation: str
    rows: int
    """Rows that are missing or too much."""

    examples: tuple[str, ...]
    """A few of whose rows they are: visitors, aliases or sessions."""


@dataclass(frozen=True)
class AuditResult:
    """How a sample of visitors compares with a fresh computation from the source."""

    visitors: int
    """How many were looked at."""

    differences: tuple[Difference, ...]

    def __str__(self) -> str:
        """Say what was found."""
        if not self.differences:
            return f"audit: {self.visitors:,} visitors compared with a fresh computation, every row equals"
        found = "; ".join(f"{one.relation}: {one.rows:,} rows, such as of {', '.join(one.examples)}" for one in self.differences)
        return (
            f"audit: {self.visitors:,} visitors compared with a fresh computation, and some rows differ: {found}. Rows were"
            " removed from the source or changed in it, or landed later than overlap_hours; build with full_refresh"
            " (--full-refresh)"
        )


@dataclass(frozen=True)
class BuildResult:
    """What a build did. Shows as a table in a terminal and in a notebook; `to_dict` and `to_json` give plain data."""

    relations: tuple[RelationResult, ...]
    """In the order in which they were built; none where nothing had come."""

    source: SourceResult | None
    """What was read this time. None where the selection reads nothing of the source, or nothing had come."""

    seconds: float
    mode: "Mode" = "full"
    """`full`, `incremental`, `part` of the relations, or `nothing` where nothing had come since the last build."""

    reason: str = ""
    """Why it was not incremental, where that was asked for."""

    number: int | None = None
    """Its number in the table of builds; that of the last build where nothing had come."""

    increment: IncrementResult | None = None
    """What came, where the build was incremental."""

    watermark: datetime | None = None
    """The latest load time that was seen, UTC, where the build keeps what incremental ones go on from."""

    audit: AuditResult | None = None
    """How a sample of visitors compares with a fresh computation, where that was asked for."""

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
        plain = json.loads(json.dumps(asdict(self), default=datetime.isoformat))
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

        audit = [str(self.audit)] if self.audit else []
        if self.mode == "nothing":
            return Group(f"nothing has come since build {self.number}; all is as it was", *audit)
        shown = Table("relation", "kind", title=None)
        shown.add_column("rows", justify="right")
        shown.add_column("seconds", justify="right")
        for one in self.relations:
            shown.add_row(one.table, one.kind, f"{one.rows:,}", f"{one.seconds:.2f}")
        return Group(*self._about_the_source(), *self._about_the_increment(), shown, *audit, f"built in {self.seconds:.2f} s")

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

    def _about_the_increment(self) -> list[str]:
        if self.increment is None:
            return [f"built in full, since {self.reason}"] if self.reason else []
        came = self.increment
        late = f", {came.late_events:,} of them late, by up to {came.late_by_minutes:,.0f} minutes" if came.late_events else ""
        return [
            f"{came.events_new:,} raw rows came since the last build{late}",
            f"{came.visitors_touched:,} visitors touched, {came.sessions_renumbered:,} sessions have another number now",
        ]

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
