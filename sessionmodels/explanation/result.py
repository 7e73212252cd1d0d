"""What `explain` returns: a page for people, plain data for programs."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from sessionmodels.display.blocks import Block, Grid
from sessionmodels.display.displayed import PlainData
from sessionmodels.display.format import count, exact_moment, moment, quoted, short, span
from sessionmodels.explanation.person import Person
from sessionmodels.explanation.places import Place
from sessionmodels.explanation.source_rows import InSource
from sessionmodels.explanation.steps import Session, Step

Outcome = Literal["in_a_session", "not_read", "rejected", "filtered", "not_an_event", "not_found", "unknown"]

SUMMARIES: Final[Mapping[Outcome, str]] = {
    "not_read": "is in the source, but in no relation.",
    "rejected": "is in the source, but in no relation.",
    "filtered": "is in the source, but in no relation.",
    "not_an_event": "is in the source's files, but its line is not an event.",
    "not_found": "was not found, neither in a relation nor in the source. Ids are compared exactly, spaces and case included.",
    "unknown": "is in no relation.",
}


@dataclass(frozen=True)
class ExplainedEvent:
    """One event of the id: whose it is, its session, and the visitor's events around it."""

    event: Step
    person: Person
    session: Session | None
    """Its session; None if the relation of sessions does not exist."""

    start: Step
    """The event with which its session starts."""

    around: tuple[Step, ...]
    """The visitor's events before and after it, and itself."""

    def blocks(self) -> Iterator[Block]:
        """Yield what it is, whose, why it is in its session, and the events around it."""
        yield from _about(self.event)
        yield ""
        yield from _whose(self.event, self.person)
        yield ""
        yield from _in_session(self)
        yield steps_grid(self.around, self.event)


@dataclass(frozen=True)
class Explanation(PlainData):
    """Why an event is as the relations show it. Displayed as a page; `to_dict` and `to_json` return plain data."""

    event_id: str
    outcome: Outcome
    """`in_a_session`; or why it is in no relation: `not_read`, `rejected`, `filtered`, `not_an_event` or `not_found`;
    or `unknown`, if the source cannot be read."""

    events: tuple[ExplainedEvent, ...]
    """The events of that id: one, unless duplicates are kept."""

    places: tuple[Place, ...]
    source: InSource
    notes: tuple[str, ...] = ()
    """What else a reader should know."""

    @property
    def found(self) -> bool:
        """Whether the event is in a relation or in the source."""
        return self.outcome not in {"not_found", "unknown"}

    def to_dict(self) -> dict[str, Any]:
        """Return plain data: dictionaries, lists, text and numbers. Times are ISO 8601."""
        return plain(self)

    def blocks(self) -> Iterator[Block]:
        """Yield what the event is and why, where it is found, and what the source has of its id."""
        if not self.events:
            where = SUMMARIES[self.outcome]
            yield f"The event {quoted(self.event_id)} {where}"
        for number, one in enumerate(self.events):
            yield from [""] * (number > 0)
            yield from one.blocks()
        yield from self._rows_in_source()
        if self.events:
            yield ""
            yield "Where it is in the relations:"
            yield places_grid(self.places)
        yield from self.notes

    def _rows_in_source(self) -> Iterator[Block]:
        source = self.source
        if source.unreadable:
            yield f"The source could not be read: {source.unreadable}"
            return
        if self.events:
            yield "In the source:"
            if source.not_given:
                yield (
                    f"Its source {quoted(source.not_given)} is not among the sources in the settings, so its rows there were not"
                    " looked for. Give all sources of the build."
                )
            elif not source.rows:
                yield f"The source has no row with the id {quoted(self.event_id)} any more; the relations keep the event."
        if len(source.rows) == 1:
            yield source.rows[0].why
        elif source.rows:
            few = f", of which these are the first {len(source.rows)}" if source.count > len(source.rows) else ""
            yield f"{count(source.count, 'row')} with the id {quoted(self.event_id)}{few}:"
            yield _rows_grid(source)
        if not source.not_given:
            yield from (f"Line of the type {quoted(one)}: such lines are not events." for one in source.line_types)
        yield from (f"The id {quoted(one)} is taken as none (ignored_ids)." for one in source.ignored)


@dataclass(frozen=True)
class VisitorExplanation(PlainData):
    """Why a visitor is as the relations show it. Displayed as a page; `to_dict` and `to_json` return plain data."""

    id: str
    """The id that was asked for: a visitor, or an id of one."""

    visitor: str | None
    """The visitor; None if no relation has the id."""

    aliases: tuple[Person, ...]
    """The visitor's ids, and how each leads to the visitor; at most a few."""

    sessions: tuple[Session, ...]
    """The visitor's last sessions, in order."""

    around: tuple[Step, ...]
    """The visitor's last events, in order."""

    places: tuple[Place, ...]
    notes: tuple[str, ...] = ()

    @property
    def found(self) -> bool:
        """Whether a relation has the id."""
        return self.visitor is not None

    def to_dict(self) -> dict[str, Any]:
        """Return plain data: dictionaries, lists, text and numbers. Times are ISO 8601."""
        return plain(self)

    def blocks(self) -> Iterator[Block]:
        """Yield who it is, which ids lead there and why, the last sessions and the last events."""
        if self.visitor is None:
            yield f"No visitor {quoted(self.id)} was found, and no relation has that id of a device or a user."
            yield from self.notes
            return
        if self.id != self.visitor:
            yield f"The id {quoted(self.id)} belongs to the visitor {quoted(self.visitor)}."
        yield from self._sums()
        for one in self.aliases:
            yield ""
            yield f"The id {quoted(one.alias)} leads to {quoted(one.mapped or one.visitor)}."
            yield from one.sentences()
        if self.sessions:
            yield ""
            yield "The last sessions:"
            yield _sessions_grid(self.sessions)
        yield "The last events:"
        yield steps_grid(self.around, None)
        yield "Where the visitor is in the relations:"
        yield places_grid(self.places)
        yield from self.notes

    def _sums(self) -> Iterator[str]:
        if self.sessions:
            number, end = self.sessions[-1].session_sequence_number, moment(self.sessions[-1].ended_at)
            yield f"The visitor {quoted(self.visitor)} has {count(number, 'session')}; the last one ended on {end}."


def plain(result: Any) -> dict[str, Any]:
    """Return a result as plain data."""
    return json.loads(json.dumps(asdict(result), default=_plain))


def _about(event: Step) -> Iterator[str]:
    place = f"event {event.track_sequence_number:,} in the session {quoted(event.session_id)}"
    yield f"The event {quoted(event.event_id)} is {place}."
    yield f"Its name is {quoted(event.event)}." if event.event is not None else "It has no name."
    yield f"It happened on {exact_moment(event.timestamp)}."
    if event.loaded_at is not None:
        yield f"It was loaded on {moment(event.loaded_at)}."
    yield f"It came from the source {quoted(event.source)}."


def _whose(event: Step, person: Person) -> Iterator[str]:
    yield f"Its visitor is {quoted(event.dbt_visitor_id)}."
    device = f"on the device {quoted(event.anonymous_id)}" if event.anonymous_id is not None else "without the id of a device"
    user = f"by the user {quoted(event.user_id)}" if event.user_id is not None else "without a user"
    yield f"It was sent {device}, {user}."
    which = "device (anonymous_id)" if person.is_device else "user (user_id)"
    yield f"Its {which} decides: {quoted(person.alias)}."
    yield from person.sentences()
    if person.visitor != event.dbt_visitor_id:
        yield (
            f"By that, its visitor would be {quoted(person.visitor)}. The relations were built with other settings than those"
            " given here, or not all of them by the last build."
        )


def _in_session(explained: ExplainedEvent) -> Iterator[str]:
    event, start, session = explained.event, explained.start, explained.session
    if event.pause_microseconds is not None:
        yield f"The visitor's event before it happened {span(event.pause_microseconds)} earlier."
    yield event.sentence
    if not event.starts_session:
        yield f"Its session started on {moment(start.timestamp)} with the event {quoted(start.event_id)}: {start.why}."
    if session is not None:
        length = (session.ended_at - session.session_start_at) // timedelta(microseconds=1)
        yield f"The session has {count(session.num_pvs, 'event')}, lasted {span(length)} and ended on {moment(session.ended_at)}."


def steps_grid(steps: tuple[Step, ...], asked: Step | None) -> Grid:
    """Return events one after the other, as a table. The one that was asked for is marked."""
    rows = (
        (
            moment(step.timestamp),
            short(step.event_id),
            short(step.event),
            "" if step.pause_microseconds is None else span(step.pause_microseconds),
            short(step.session_id),
            _in_short(step) + " <- this event" * (step == asked),
        )
        for step in steps
    )
    return Grid(("time", "event_id", "event", "pause", "session_id", "session"), tuple(rows))


def _in_short(step: Step) -> str:
    return f"starts: {step.start_reason}" if step.start_reason else "starts" if step.starts_session else "goes on"


def places_grid(found: tuple[Place, ...]) -> Grid:
    """Return where a row is in every relation, as a table."""
    rows = (
        (one.relation, one.column, short(one.key), "does not exist" if one.rows is None else count(one.rows, "row"))
        for one in found
    )
    return Grid(("relation", "key", "value", "found"), tuple(rows))


def _rows_grid(source: InSource) -> Grid:
    rows = (
        (
            one.source,
            one.written_time if one.timestamp is None else exact_moment(one.timestamp),
            None if one.loaded_at is None else exact_moment(one.loaded_at),
            short(one.anonymous_id),
            short(one.user_id),
            _said(one),
        )
        for one in source.rows
    )
    return Grid(("source", "time", "loaded", "device", "user", "what became of it"), tuple(rows))


def _said(row: Any) -> str:
    added = f" The event has its {', '.join(row.completes)} from this row." if row.completes else ""
    return row.why + added


def _sessions_grid(sessions: tuple[Session, ...]) -> Grid:
    rows = (
        (short(one.session_id), moment(one.session_start_at), moment(one.ended_at), one.num_pvs, one.start_reason)
        for one in sessions
    )
    return Grid(("session_id", "started", "ended", "events", "start_reason"), tuple(rows))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else str(value)
