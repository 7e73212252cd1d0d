"""The result of a build, for people and for programs."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sessionmodels.display.blocks import Block, Grid
from sessionmodels.display.displayed import PlainData
from sessionmodels.display.escape import visible
from sessionmodels.display.format import Figure, count, seconds, span
from sessionmodels.errors import did_you_mean
from sessionmodels.execution.source_result import REASON_TEXTS, SourceResult, each_source
from sessionmodels.settings.one_source import EVENT_NAMES
from sessionmodels.sql.elapsed import MICROSECONDS_A_MINUTE

if TYPE_CHECKING:
    from sessionmodels.checks.result import CheckReport
    from sessionmodels.model import Kind
    from sessionmodels.state.builds import Mode


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
class BuildResult(PlainData):
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
            unread = next((name for name, event in EVENT_NAMES.items() if event in source.skipped), None)
            way_out = f". To read them, too, name the same files: --source {unread}=FILES" if unread else ""
            yield f"Skipped {count(sum(source.skipped.values()), 'line')} that are not track events: {types}{way_out}"
        if source.filtered:
            yield f"Skipped {count(source.filtered, 'event')}: filtered by where"
        if source.forgotten:
            yield f"Skipped {count(source.forgotten, 'event')}: of forgotten people"
        for reason, events in source.left_out.items():
            if events:
                yield f"Skipped {count(events, 'event')}: {REASON_TEXTS[reason]}"
        yield from self._about_columns(source)

    @staticmethod
    def _about_columns(source: SourceResult) -> Iterator[str]:
        if source.context_as_null:
            way_out = "if a source has one under another name, such as utm_source, name it in the setting context"
            yield f"Null, because no source has a column for it: {', '.join(source.context_as_null)}; {way_out}"
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
        latest = span(round(changes.late_by_minutes or 0) * MICROSECONDS_A_MINUTE)
        late = f", {changes.late_events:,} of them late, by up to {latest}"
        yield f"{count(changes.events_new, 'new row')}{late if changes.late_events else ''}"
        yield f"{count(changes.visitors_touched, 'visitor')} affected, {count(changes.sessions_renumbered, 'session')} renumbered"


def _counted(values: Mapping[str, int]) -> str:
    return ", ".join(f"{visible(value)} ({count(events, 'event')})" for value, events in values.items())
