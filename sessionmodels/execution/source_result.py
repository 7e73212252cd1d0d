"""What was read from the sources, and what could not be used."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any

from sessionmodels.display.blocks import Grid
from sessionmodels.display.format import moment

REASON_TEXTS = {
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
    """Events read from it that are in the relations. An event of several sources counts for the source whose row is the event."""

    left_out: Mapping[str, int]
    """As of all sources."""

    duplicates_removed: int
    """Rows that repeat the id of an event, in this source or another one."""

    taken_as_null: tuple[str, ...]
    watermark: datetime | None
    """Its latest load time, UTC, if incremental builds can continue from this build."""

    filtered: int = 0
    """Rows that do not satisfy the setting `where`."""

    forgotten: int = 0
    """Rows of forgotten people."""

    def row(self, name: str, reasons: Iterable[str], *, with_forgotten: bool) -> tuple[Any, ...]:
        """Return these figures as a row of a table."""
        left_out = (self.left_out.get(reason, 0) for reason in reasons)
        loaded = self.watermark and moment(self.watermark)
        counted = self.events_read, self.events_kept, self.duplicates_removed, self.filtered
        return name, *counted, *([self.forgotten] if with_forgotten else []), *left_out, loaded

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
    reasons = [reason for reason in REASON_TEXTS if any(one.left_out.get(reason) for one in sources.values())]
    with_forgotten = any(one.forgotten for one in sources.values())
    counted = ("read", "kept", "duplicates", "filtered", *(["forgotten"] if with_forgotten else []))
    titles = ("source", *counted, *reasons, "loaded by")
    shown = len(titles) if any(one.watermark for one in sources.values()) else -1
    return Grid(
        titles[:shown], tuple(one.row(name, reasons, with_forgotten=with_forgotten)[:shown] for name, one in sources.items())
    )


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
    """Placeholders found as ids (`null`, `undefined`, `none`, `nan`, `\\N`, `0`, `unknown`, whatever their case, and `zeros` for
    ids of zeros and dashes), by column, with the number of events in the relations: `{"user_id": {"undefined": 1234}}`."""

    ignored_ids: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """The ids of the setting `ignored_ids` that were found, as `junk_ids`, with the number of rows that were read with them."""

    sources: Mapping[str, EachSource] = field(default_factory=dict)
    """The same by source."""

    filtered: int = 0
    """Rows that do not satisfy the setting `where`. They are read, and count neither as kept nor as excluded."""

    forgotten: int = 0
    """Rows of forgotten people. They count as filtered ones do."""

    @property
    def events_wanted(self) -> int:
        """Events that were read and neither filtered nor those of forgotten people."""
        return self.events_read - self.filtered - self.forgotten

    @property
    def events_kept(self) -> int:
        """Events in the relations."""
        return self.events_wanted - sum(self.left_out.values()) - self.duplicates_removed
