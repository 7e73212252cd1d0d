"""What a build did, for people and for programs."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sessionmodels.display.blocks import Block, Grid
from sessionmodels.display.displayed import Displayed
from sessionmodels.display.escape import visible
from sessionmodels.display.format import Figure, count, seconds
from sessionmodels.errors import did_you_mean

if TYPE_CHECKING:
    from sessionmodels.model import Kind
    from sessionmodels.state.builds import Mode

WORDS = {
    "no_event_id": "no event id",
    "no_id": "no anonymous_id or user_id",
    "id_too_long": "an id of more than 65,535 characters",
    "unreadable_time": "a time that cannot be read",
    "time_out_of_range": "a time before the year 1 or after the year 9999",
    "no_time": "no time",
}


@dataclass(frozen=True)
class SourceResult:
    """What was read of the source, and what could not be used."""

    events_read: int
    left_out: Mapping[str, int]
    """Events by the reason for which they are in no relation, the first that holds: `no_event_id`, `no_id`, `id_too_long`,
    `unreadable_time`, `time_out_of_range`, `no_time`."""

    duplicates_removed: int
    taken_as_null: tuple[str, ...]
    """Optional columns that the source does not have."""

    skipped: Mapping[str, int] = field(default_factory=dict)
    """Lines of a raw export that are no events, by their type, such as `identify`; not among those read."""

    junk_ids: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Ids that are words for none (`null`, `undefined`, `none`, `nan`, `\\N`, `0`, `unknown`, in any case, and `zeros`), under
    `user_id` or `anonymous_id`, with the events in the relations that have them: `{"user_id": {"undefined": 1234}}`."""

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
    """What is new since the last build, and what it affected."""

    events_new: int
    """Raw rows that came since."""

    late_events: int
    """Those of them that were loaded later than the overlap after they happened."""

    late_by_minutes: float | None
    """How long after it happened the latest of the late ones was loaded; None where none was late."""

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
        compared = f"{count(self.visitors, 'visitor')} compared with a fresh computation"
        if not self.differences:
            return f"audit: {compared}, every row is equal"
        found = "; ".join(
            f"{one.relation}: {count(one.rows, 'row')}, such as of {', '.join(map(visible, one.examples))}"
            for one in self.differences
        )
        return (
            f"audit: {compared}, and some rows differ: {found}. Rows were"
            " removed from the source or changed in it, or landed later than overlap_hours, or a result was changed; build"
            " with full_refresh (--full-refresh)"
        )


@dataclass(frozen=True)
class BuildResult(Displayed):
    """What a build did. Shows as a table in a terminal and in a notebook; `to_dict` and `to_json` give plain data."""

    relations: tuple[RelationResult, ...]
    """In the order in which they were built; none where nothing had come."""

    source: SourceResult | None
    """What was read this time. None where the selection reads nothing of the source, or nothing had come."""

    seconds: float
    """From its start until it was recorded as done, just before its transaction ends; `status` has the same."""

    mode: "Mode" = "full"
    """`full`, `incremental`, `part` of the relations, or `nothing` where nothing had come since the last build."""

    reason: str = ""
    """Why it was not incremental, where that was asked for."""

    number: int | None = None
    """Its number in the table of builds; that of the last build where nothing had come."""

    increment: IncrementResult | None = None
    """What came, where the build was incremental."""

    watermark: datetime | None = None
    """The latest load time that was seen, UTC, where the build keeps what incremental ones continue from."""

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

    def blocks(self) -> Iterator[Block]:
        """Yield lines about the source and about what came, the table of relations, and what an audit found."""
        audit = [str(self.audit)] if self.audit else []
        if self.mode == "nothing":
            yield from (f"No new events since build {self.number}; nothing to do.", *audit)
            return
        yield from self._about_the_source()
        yield from self._about_the_increment()
        rows = tuple((one.table, one.kind, one.rows, Figure(f"{one.seconds:.2f}")) for one in self.relations)
        yield Grid(("relation", "kind", "rows", "seconds"), rows)
        yield from (*audit, f"Built in {seconds(self.seconds)}.")

    def _about_the_source(self) -> Iterator[str]:
        if self.source is None:
            return
        source = self.source
        yield (
            f"{count(source.events_read, 'event')} read, {source.events_kept:,} kept,"
            f" {count(source.duplicates_removed, 'duplicate')} removed"
        )
        if source.skipped:
            types = ", ".join(f"{visible(name)} ({lines:,})" for name, lines in source.skipped.items())
            yield f"Skipped {count(sum(source.skipped.values()), 'line')} that are not track events: {types}"
        for reason, events in source.left_out.items():
            if events:
                yield f"Skipped {count(events, 'event')}: {WORDS[reason]}"
        for column in source.taken_as_null:
            way_out = f"Set {column}_column if it has another name."
            yield f"Warning: column {column} not found in source; treating it as NULL. {way_out}"

        for column, values in source.junk_ids.items():
            found = ", ".join(f"{value} ({count(events, 'event')})" for value, events in values.items())
            why = "These are no ids, but all events with one count as one visitor's"
            yield f"Warning: values found in {column}: {found}. {why}; set them to NULL in a view, and source_table to it."

    def _about_the_increment(self) -> Iterator[str]:
        if self.increment is None:
            yield from [f"Full build: {self.reason}"] if self.reason else []
            return
        came = self.increment
        late = f", {came.late_events:,} of them late, by up to {count(round(came.late_by_minutes or 0), 'minute')}"
        yield f"{count(came.events_new, 'new row')}{late if came.late_events else ''}"
        yield f"{count(came.visitors_touched, 'visitor')} affected, {count(came.sessions_renumbered, 'session')} renumbered"
