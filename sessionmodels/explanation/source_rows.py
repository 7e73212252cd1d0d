"""The raw rows of an event's id, and what became of each: the event, a duplicate, rejected, filtered, or not read yet."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Literal

from sessionmodels.display.format import exact_moment, quoted
from sessionmodels.explanation.reader import Reader, Row
from sessionmodels.rules.event import COLUMNS, FAILED_CONDITION, RANK, REASON, WRITTEN_TIME
from sessionmodels.settings import Settings
from sessionmodels.settings.where import Where
from sessionmodels.source.of_id import LOADED_BEFORE, ROWS, OneId, lines_of_id, of_id, rows_of_id
from sessionmodels.source.reasons import FILTERED, FORGOTTEN, ignored_ids
from sessionmodels.source.stream import Stream
from sessionmodels.state.builds import Build

MOST: Final = 20
"""The number of raw rows of an id that are shown."""

Became = Literal["event", "duplicate", "rejected", "filtered", "not_read"]
MARKS: Final = REASON, RANK, WRITTEN_TIME, FAILED_CONDITION, ROWS


@dataclass(frozen=True)
class SourceRow:
    """One raw row of the id."""

    source: str
    anonymous_id: str | None
    user_id: str | None
    event: str | None
    timestamp: datetime | None
    loaded_at: datetime | None
    became: Became
    reason: str | None = None
    """Why it is rejected, if it is: `no_time`, `no_id` and so on."""

    why: str = ""
    """What became of it, in one sentence."""

    completes: tuple[str, ...] = ()
    """The columns of the event's context that are read from this row although it is a duplicate."""

    context: Mapping[str, str | None] = field(default_factory=dict)
    written_time: str | None = None
    """Its time as it is written, if the source has texts for times."""


@dataclass(frozen=True)
class InSource:
    """What the sources have of an id."""

    rows: tuple[SourceRow, ...] = ()
    count: int = 0
    """The number of raw rows, of which only the first are here."""

    ignored: tuple[str, ...] = ()
    """Ids of devices and users in these rows that are none, by the setting `ignored_ids`."""

    line_types: tuple[str, ...] = ()
    """The types of the lines with that id that are not events, in files of a raw export."""

    not_given: str = ""
    """The event's source, if it is not one of the sources in the settings. The build read more of them, or others."""

    unreadable: str = ""
    """Why the sources could not be read, if they could not."""


@dataclass(frozen=True)
class Stored:
    """The events of an id in the relations."""

    events: Sequence[Row]
    are_all: bool
    """Whether there are no more."""

    def has(self, row: Row, *names: str) -> bool:
        """Whether one of them is this raw row, or at least has these columns of it."""
        compared = names or ("source", "anonymous_id", "user_id", "event", "timestamp", "loaded_at")
        return any(all(row[name] == one[name] for name in compared) for one in self.events)


def in_source(reader: Reader, stream: Stream, one: OneId, stored: Stored) -> InSource:
    """Return what the sources have of an id, given the events of that id in the relations."""
    with stream.explained():
        found = reader.rows(rows_of_id(stream, one, MOST), "the source")
        ignored = _ignored(reader, stream, one) if stream.ignored_ids and found else ()
        types = tuple(_line_types(reader, stream, one))
    event_row = next((row for row in found if row[REASON] is None), None)
    rows = tuple(_became(row, event_row, stored, reader) for row in found)
    rows = _with_completions(rows, found) if stream.several and reader.settings.deduplicate else rows
    given = {source.name for source in stream.sources}
    not_given = next((row["source"] for row in stored.events if row["source"] not in given), "")
    return InSource(rows, found[0][ROWS] if found else 0, ignored, types, not_given)


def _ignored(reader: Reader, stream: Stream, one: OneId) -> tuple[str, ...]:
    pairs = reader.rows(ignored_ids(of_id(stream, one)), "the ignored ids")
    return tuple(sorted({text for pair in pairs for name in ("user_id", "anonymous_id") if (text := pair[name]) is not None}))


def _line_types(reader: Reader, stream: Stream, one: OneId) -> Iterator[str]:
    for source in stream.sources:
        if source.skipped is not None:
            rows = reader.rows(lines_of_id(source.skipped, one, MOST), "the lines that are not events")
            yield from (str(row["type"]) for row in rows)


def _became(row: Row, event_row: Row | None, stored: Stored, reader: Reader) -> SourceRow:
    reason = row[REASON]
    became, why = _rejected(row, reader.settings) if reason else _usable(row, event_row, stored, reader)
    own: dict[str, Any] = {name: row[name] for name in COLUMNS if name != "event_id"}
    context = {name: text for name, text in row.items() if name not in (*COLUMNS, *MARKS)}
    return SourceRow(**own, became=became, reason=reason, why=why, context=context, written_time=row[WRITTEN_TIME])


def _failed(where: Where, number: int) -> str:
    """Return the condition of that number, which a row does not satisfy, as people write it."""
    return str(where.expression) if where.expression is not None else str(where.conditions[number - 1])


def _rejected(row: Row, settings: Settings) -> tuple[Became, str]:
    reason = row[REASON]
    if reason == FILTERED:
        condition = _failed(settings.row_filter, row[FAILED_CONDITION])
        return "filtered", f"It is no event: the setting where filters it out, because it does not satisfy: {condition}."
    if reason == FORGOTTEN:
        return "rejected", "It is no event: one of its ids is that of a forgotten person."
    if reason == LOADED_BEFORE:
        since = settings.loaded_since
        when = exact_moment(since) if isinstance(since, datetime) else ""
        return "rejected", f"It is not read: it was not loaded since {when} (loaded_since)."
    why = {
        "ignored_event": f"its name {quoted(row['event'])} is in ignored_events",
        "no_event_id": "it has no id of its own",
        "no_id": "it has neither the id of a device (anonymous_id) nor of a user (user_id)",
        "id_too_long": "one of its ids has more than 65,535 characters",
        "unreadable_time": f"its time {quoted(row[WRITTEN_TIME])} cannot be read",
        "time_out_of_range": "its time is before the year 1 or after the year 9999",
        "no_time": "it has no time",
    }
    return "rejected", f"It is no event: {why[reason]}."


def _usable(row: Row, event_row: Row | None, stored: Stored, reader: Reader) -> tuple[Became, str]:
    if not reader.settings.deduplicate:
        if stored.has(row) or not stored.are_all:
            return "event", "It is an event by itself, because duplicates are kept (deduplicate = false)."
        return "not_read", _why_not_read(row, reader.build)
    if event_row is not None and row[RANK] > 1:
        return "duplicate", _duplicate(row, event_row)
    if stored.has(row):
        return "event", "This row is the event."
    return "not_read", _why_not_the_event(row, stored, reader.build)


def _why_not_the_event(row: Row, stored: Stored, build: Build | None) -> str:
    """Return why the row that would be kept is not the event in the relations, if there is one."""
    if not stored.events:
        return _why_not_read(row, build)
    if stored.has(row, "source", "timestamp", "loaded_at"):
        return "The event in the relations has other values: this row was changed since, or the settings were others."
    return f"It takes the place of the event in the next build that reads it. {_why_not_read(row, build)}"


def _duplicate(row: Row, event_row: Row) -> str:
    kept = f"the row of {quoted(event_row['source'])} at {exact_moment(event_row['timestamp'])} is kept"
    if row["timestamp"] != event_row["timestamp"]:
        return f"It is a duplicate: {kept}, because it happened first."
    if row["loaded_at"] != event_row["loaded_at"]:
        return f"It is a duplicate: {kept}, because it was loaded first."
    return f"It is a duplicate: {kept}. Both have the same times, so their other columns decided which one."


def _why_not_read(row: Row, build: Build | None) -> str:
    """Return why a usable row is in no relation, and which build will read it."""
    if build is None:
        return "No build is recorded that could have read it: build again."
    ended = f" ended on {exact_moment(build.finished_at)}" if build.finished_at else ""
    mark, loaded_at = build.marks.get(row["source"]), row["loaded_at"]
    if mark is None or mark.at is None or loaded_at is None:
        return f"No build has read it yet: the last one, build {build.number},{ended} without it. The next build reads it."
    loaded, until = exact_moment(loaded_at), exact_moment(mark.at)
    if loaded_at > mark.at:
        return (
            f"No build has read it yet: it was loaded on {loaded}, and build {build.number} read what was loaded until {until}."
            " The next build reads it."
        )
    if mark.reads_since and loaded_at < mark.reads_since:
        return (
            f"It landed late: it says that it was loaded on {loaded}, but build {build.number} did not see it, and incremental"
            f" builds only read again what was loaded since {exact_moment(mark.reads_since)}. Build with --full-refresh."
        )
    return f"It landed after build {build.number} had read the source. The next build reads it, incremental or not."


def _with_completions(rows: tuple[SourceRow, ...], found: Sequence[Row]) -> tuple[SourceRow, ...]:
    """Return the rows with what duplicates add to the event: a column of its context is read from the first row that has it."""
    usable = [place for place, row in enumerate(found) if row[REASON] is None]
    names = rows[0].context if rows else {}
    first = {name: next((place for place in usable if rows[place].context[name] is not None), None) for name in names}
    added = {place: tuple(name for name in names if first[name] == place) for place in usable[1:]}
    return tuple(replace(row, completes=added.get(place, ())) for place, row in enumerate(rows))
