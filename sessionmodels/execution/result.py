"""The result of a build, for people and for programs."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sessionmodels.display.blocks import Block, Grid
from sessionmodels.display.displayed import Displayed
from sessionmodels.display.escape import visible
from sessionmodels.display.format import Figure, count, moment, seconds
from sessionmodels.errors import did_you_mean

if TYPE_CHECKING:
    from sessionmodels.checks.result import CheckReport
    from sessionmodels.model import Kind
    from sessionmodels.state.builds import Mode

WORDS = {
    "ignored_event": "a name in ignored_events",
    "no_event_id": "no event id",
    "no_id": "no anonymous_id or user_id",
    "id_too_long": "an id of more than 65,535 characters",
    "unreadable_time": "a time that cannot be read",
    "time_out_of_range": "a time before the year 1 or after the year 9999",
    "no_time": "no time",
}


@dataclass(frozen=True)
class EachSource:
    """What was read of one source."""

    events_read: int
    events_kept: int
    """Events in the relations that were read from it. An event of several sources is one of the source whose row stands."""

    left_out: Mapping[str, int]
    """As of all sources."""

    duplicates_removed: int
    """Rows that lost to another row of their id, in this source or another one."""

    taken_as_null: tuple[str, ...]
    watermark: datetime | None
    """Its latest load time, UTC, if incremental builds can continue from this build."""

    filtered: int = 0
    """Rows that the setting `where` leaves out."""

    def row(self, name: str, reasons: Iterable[str]) -> tuple[Any, ...]:
        """Return these figures as a row of a table."""
        left_out = (self.left_out.get(reason, 0) for reason in reasons)
        loaded = self.watermark and moment(self.watermark)
        return name, self.events_read, self.events_kept, self.duplicates_removed, self.filtered, *left_out, loaded

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return json.loads(json.dumps(asdict(self), default=datetime.isoformat))

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "EachSource":
        """Return the figures of such data."""
        mark = plain["watermark"]
        known = {one.name: plain[one.name] for one in fields(cls) if one.name in plain}
        return cls(**{**known, "watermark": mark and datetime.fromisoformat(mark)})


def each_source(sources: Mapping[str, EachSource]) -> Grid:
    """Return what was read of each source as a table, with a column for each reason of exclusion and for load times, if any."""
    reasons = [reason for reason in WORDS if any(one.left_out.get(reason) for one in sources.values())]
    titles = ("source", "read", "kept", "duplicates", "filtered", *reasons, "loaded by")
    shown = len(titles) if any(one.watermark for one in sources.values()) else -1
    return Grid(titles[:shown], tuple(one.row(name, reasons)[:shown] for name, one in sources.items()))


@dataclass(frozen=True)
class SourceResult:
    """What was read from the source, and what could not be used."""

    events_read: int
    left_out: Mapping[str, int]
    """Excluded events by reason, each counted under the first that applies: `ignored_event`, `no_event_id`, `no_id`,
    `id_too_long`, `unreadable_time`, `time_out_of_range`, `no_time`."""

    duplicates_removed: int
    taken_as_null: tuple[str, ...]
    """Optional columns that the source does not have."""

    context_as_null: tuple[str, ...] = ()
    """Columns of the context that no source fills, so that they are null in the relations."""

    skipped: Mapping[str, int] = field(default_factory=dict)
    """Lines of a raw export that are not events, by type, such as `identify`. They do not count as read."""

    junk_ids: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Placeholders found as ids (`null`, `undefined`, `none`, `nan`, `\\N`, `0`, `unknown`, in any case, and `zeros`), under
    `user_id` or `anonymous_id`, with the number of events in the relations: `{"user_id": {"undefined": 1234}}`."""

    ignored_ids: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """The ids of the setting `ignored_ids` that were found, as `junk_ids`, with the number of rows that were read with them."""

    sources: Mapping[str, EachSource] = field(default_factory=dict)
    """The same by source."""

    filtered: int = 0
    """Rows that the setting `where` leaves out. They are read, and count neither as kept nor as excluded."""

    @property
    def events_kept(self) -> int:
        """Events in the relations."""
        return self.events_read - self.filtered - sum(self.left_out.values()) - self.duplicates_removed


@dataclass(frozen=True)
class RelationResult:
    """The result of one relation."""

    name: str
    table: str
    """Its name in the warehouse, with the schema if one is set."""

    kind: "Kind"
    rows: int
    seconds: float


@dataclass(frozen=True)
class IncrementResult:
    """What changed since the last build, and what it affected."""

    events_new: int
    """New raw rows."""

    late_events: int
    """New rows that were loaded more than the overlap after they happened."""

    late_by_minutes: float | None
    """The longest delay between a late event and its loading; None if no event was late."""

    visitors_touched: int
    sessions_renumbered: int
    """Sessions whose number changed, and with it their `session_id`."""


@dataclass(frozen=True)
class Difference:
    """A relation that differs from a fresh computation."""

    relation: str
    rows: int
    """The number of missing and superfluous rows."""

    examples: tuple[str, ...]
    """A few of the visitors, aliases or sessions of these rows."""


@dataclass(frozen=True)
class AuditResult:
    """How a sample of visitors compares with a fresh computation from the source."""

    visitors: int
    """How many visitors were compared."""

    differences: tuple[Difference, ...]

    def __str__(self) -> str:
        """Return what was found."""
        compared = f"{count(self.visitors, 'visitor')} compared with a fresh computation"
        if not self.differences:
            return f"audit: {compared}, every row is equal"
        found = "; ".join(
            f"{one.relation}: {count(one.rows, 'row')}, for example of {', '.join(map(visible, one.examples))}"
            for one in self.differences
        )
        return (
            f"audit: {compared}, and some rows differ: {found}. Rows were"
            " removed from the source or changed in it, or arrived later than overlap_hours, or a result was changed; build"
            " with full_refresh (--full-refresh)"
        )


@dataclass(frozen=True)
class BuildResult(Displayed):
    """The result of a build. Displayed as a table in terminals and notebooks; `to_dict` and `to_json` return plain data."""

    relations: tuple[RelationResult, ...]
    """In the order in which they were built; empty without new rows."""

    source: SourceResult | None
    """What this build read. None if the selection reads nothing from the source, or if there were no new rows."""

    seconds: float
    """The duration from the start until the build was recorded as done, just before its commit, as in `status`."""

    mode: "Mode" = "full"
    """`full`, `incremental`, `part` of the relations, or `nothing` without new rows since the last build."""

    reason: str = ""
    """Why it was not incremental although that was requested."""

    number: int | None = None
    """Its number in the table of builds; without new rows, that of the last build."""

    increment: IncrementResult | None = None
    """What changed, if the build was incremental."""

    watermark: datetime | None = None
    """The latest load time in the source, UTC, if incremental builds can continue from this build."""

    audit: AuditResult | None = None
    """How a sample of visitors compares with a fresh computation, if that was requested."""

    checks: "CheckReport | None" = None
    """What the checks found before the rows were published, if that was requested. None of them failed."""

    def __getitem__(self, name: str) -> RelationResult:
        """Return the result of one relation.

        Raises:
            KeyError: it was not built; the message names those that were.
        """
        built = {relation.name: relation for relation in self.relations}
        if name not in built:
            msg = f"{name!r} was not built; {did_you_mean(name, built)}"
            raise KeyError(msg)
        return built[name]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data: dictionaries, lists, text and numbers."""
        plain = json.loads(json.dumps(asdict(replace(self, checks=None)), default=datetime.isoformat))
        if self.source:
            plain["source"]["events_kept"] = self.source.events_kept
        return plain | {"checks": self.checks and self.checks.to_dict()}

    def to_json(self) -> str:
        """Return `to_dict` as JSON."""
        return json.dumps(self.to_dict(), indent=2)

    def blocks(self) -> Iterator[Block]:
        """Yield lines about the source and the changes, the table of relations, and the outcome of an audit."""
        audit = [str(self.audit)] if self.audit else []
        if self.mode == "nothing":
            yield from (f"No new events since build {self.number}; nothing to do.", *audit)
            return
        yield from self._about_the_source()
        yield from self._about_the_increment()
        rows = tuple((one.table, one.kind, one.rows, Figure(f"{one.seconds:.2f}")) for one in self.relations)
        yield Grid(("relation", "kind", "rows", "seconds"), rows)
        yield from self.checks.in_brief() if self.checks else ()
        yield from (*audit, f"Built in {seconds(self.seconds)}.")

    def _about_the_source(self) -> Iterator[Block]:
        if self.source is None:
            return
        source = self.source
        yield (
            f"{count(source.events_read, 'event')} read, {source.events_kept:,} kept,"
            f" {count(source.duplicates_removed, 'duplicate')} removed"
        )
        if len(source.sources) > 1:
            yield each_source(source.sources)
        if source.skipped:
            types = ", ".join(f"{visible(name)} ({lines:,})" for name, lines in source.skipped.items())
            yield f"Skipped {count(sum(source.skipped.values()), 'line')} that are not track events: {types}"
        if source.filtered:
            yield f"Skipped {count(source.filtered, 'event')}: filtered by where"
        for reason, events in source.left_out.items():
            if events:
                yield f"Skipped {count(events, 'event')}: {WORDS[reason]}"
        yield from self._about_columns(source)

    @staticmethod
    def _about_columns(source: SourceResult) -> Iterator[str]:
        if source.context_as_null:
            yield f"Null, because no source has a column for it: {', '.join(source.context_as_null)}"
        for column in source.taken_as_null:
            way_out = f"Set {column}_column if it has another name."
            yield f"Warning: column {column} not found in source; treating it as NULL. {way_out}"
        for column, values in source.ignored_ids.items():
            yield f"Ignored ids in {column}: {_counted(values)}"
        for column, values in source.junk_ids.items():
            why = "These are placeholders, not ids, but all events with the same one count as one visitor's"
            way_out = "to read them as NULL, list them in ignored_ids (--ignored-id), spelled as in the source"
            yield f"Warning: values found in {column}: {_counted(values)}. {why}; {way_out}."

    def _about_the_increment(self) -> Iterator[str]:
        if self.increment is None:
            yield from [f"Full build: {self.reason}"] if self.reason else []
            return
        changes = self.increment
        late = f", {changes.late_events:,} of them late, by up to {count(round(changes.late_by_minutes or 0), 'minute')}"
        yield f"{count(changes.events_new, 'new row')}{late if changes.late_events else ''}"
        yield f"{count(changes.visitors_touched, 'visitor')} affected, {count(changes.sessions_renumbered, 'session')} renumbered"


def _counted(values: Mapping[str, int]) -> str:
    return ", ".join(f"{visible(value)} ({count(events, 'event')})" for value, events in values.items())
