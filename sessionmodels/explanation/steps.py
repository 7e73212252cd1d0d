"""The events of a visitor one after the other: each pause between them, and what started the session, or why it continues."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from sessionmodels.errors import TargetError
from sessionmodels.explanation.reader import Reader, Row
from sessionmodels.explanation.reason_in_words import Campaign, Moment, campaign_in, why
from sessionmodels.explanation.selects import (
    Position,
    events_after,
    events_until,
    last_uncut,
    last_with_campaign,
    sessions_from,
)
from sessionmodels.rules.session_rule import TOO_LONG
from sessionmodels.settings import Settings


@dataclass(frozen=True)
class Step:
    """One event of a visitor, seen from the visitor's event before it."""

    event_id: str
    source: str
    event: str | None
    anonymous_id: str | None
    user_id: str | None
    timestamp: datetime
    loaded_at: datetime | None
    dbt_visitor_id: str
    session_id: str
    session_sequence_number: int
    track_sequence_number: int
    pause_microseconds: int | None
    """Since the visitor's event before; None on the first."""

    start_reason: str | None
    """Why a session starts with it: `first`, `idle` and so on; None if it continues a session."""

    why: str
    """What started the session, or why it continues, in words."""

    @property
    def position(self) -> Position:
        """Its place among the visitor's events."""
        return Position(self.session_sequence_number, self.track_sequence_number)

    @property
    def starts_session(self) -> bool:
        """Whether a session starts with it."""
        return self.track_sequence_number == 1

    @property
    def sentence(self) -> str:
        """What its session did there, and why."""
        return f"A session starts with it: {self.why}." if self.starts_session else f"Its session goes on: {self.why}."


@dataclass(frozen=True)
class Session:
    """One session of a visitor."""

    session_id: str
    session_key: str
    session_sequence_number: int
    session_start_at: datetime
    ended_at: datetime
    num_pvs: int
    start_reason: str


def steps_around(reader: Reader, visitor: str, position: Position, around: int) -> list[Step]:
    """Return the event of a visitor at a position, and up to `around` events before and after it."""
    events = reader.events
    before = reader.rows(events_until(events, visitor, position, around + 2), "the events before")
    after = reader.rows(events_after(events, visitor, position, around), "the events after")
    return steps(reader, [*reversed(before), *after], is_whole=len(before) < around + 2)


def step_at(reader: Reader, visitor: str, position: Position) -> Step:
    """Return the event of a visitor at a position."""
    rows = reader.rows(events_until(reader.events, visitor, position, 2), "the start of the session")
    if not rows:
        raise replaced_meanwhile()
    return steps(reader, [*reversed(rows)], is_whole=len(rows) < 2)[-1]  # noqa: PLR2004 - it and the one before


def replaced_meanwhile() -> TargetError:
    """Return the error that a build replaced the relations between two queries, where these are not one transaction."""
    return TargetError("the relations were replaced while they were read; explain it again")


def steps(reader: Reader, rows: Sequence[Row], *, is_whole: bool) -> list[Step]:
    """Return events of a visitor, in order, as steps. If others precede them, the first only serves to explain the second."""
    if not rows:
        return []
    visitor, sessions = rows[0]["dbt_visitor_id"], _sessions(reader, rows)
    carried, spans = _carried(reader, visitor, rows[0]), _spans(reader, visitor, sessions)
    found = [_step(Moment(None, rows[0]), sessions, reader.settings)] if is_whole else []
    for before, now in pairwise(rows):
        moment = Moment(before, now, carried, spans.get(now["session_sequence_number"]))
        found.append(_step(moment, sessions, reader.settings))
        carried = campaign_in(now) or carried
    return found


def sessions_of(rows: Sequence[Row]) -> list[Session]:
    """Return rows of sessions."""
    return [Session(**row) for row in rows]


def _step(moment: Moment, sessions: dict[int, Session], settings: Settings) -> Step:
    now = moment.now
    session = sessions.get(now["session_sequence_number"])
    reason = session.start_reason if session and now["track_sequence_number"] == 1 else None
    own: dict[str, Any] = {name: now[name] for name in Step.__dataclass_fields__.keys() & now.keys()}
    return Step(**own, pause_microseconds=moment.pause, start_reason=reason, why=why(moment, reason, settings))


def _sessions(reader: Reader, rows: Sequence[Row]) -> dict[int, Session]:
    """Return the sessions of these events by number; none if the relation does not exist."""
    sessions = reader.sessions
    if sessions is None:
        return {}
    numbers = [row["session_sequence_number"] for row in rows]
    query = sessions_from(sessions, rows[0]["dbt_visitor_id"], min(numbers), max(numbers))
    return {one.session_sequence_number: one for one in sessions_of(reader.rows(query, "the sessions"))}


def _carried(reader: Reader, visitor: str, row: Row) -> Campaign | None:
    """Return the last campaign that the visitor carried up to an event, if the rules compare campaigns."""
    events, rules = reader.events, reader.settings.session_rules
    if not rules.over(events.c).cut_on_campaign:
        return None
    position = Position(row["session_sequence_number"], row["track_sequence_number"])
    found = reader.rows(last_with_campaign(events, visitor, position), "the last campaign")
    return campaign_in(found[0]) if found else None


def _spans(reader: Reader, visitor: str, sessions: dict[int, Session]) -> dict[int, datetime]:
    """Return, for each session that `max_session_minutes` started, the moment from which its cuts are counted."""
    found: dict[int, datetime] = {}
    start: datetime | None = None
    for number, session in sorted(sessions.items()):
        if session.start_reason != TOO_LONG:
            start = session.session_start_at
            continue
        start = start or _uncut_start(reader, visitor, number)
        if start is not None:
            found[number] = start
    return found


def _uncut_start(reader: Reader, visitor: str, number: int) -> datetime | None:
    sessions = reader.sessions
    rows = [] if sessions is None else reader.rows(last_uncut(sessions, visitor, number), "the start of the session")
    return rows[0]["session_start_at"] if rows else None
