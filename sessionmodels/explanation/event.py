"""Explains an event: its visitor, its session, the events around it, its rows in the relations and in the source."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sessionmodels.display.format import moment, quoted
from sessionmodels.errors import SessionmodelsError
from sessionmodels.explanation.person import answered_by, person_of
from sessionmodels.explanation.places import keys_of, places
from sessionmodels.explanation.reader import Reader, Row
from sessionmodels.explanation.result import ExplainedEvent, Explanation, Outcome
from sessionmodels.explanation.selects import Position, events_of_id, session_of_id, sessions_from, visitors_of
from sessionmodels.explanation.source_rows import InSource, Stored, in_source
from sessionmodels.explanation.steps import Session, Step, replaced_meanwhile, sessions_of, step_at, steps_around
from sessionmodels.source.identity_graph import IdentityGraph
from sessionmodels.source.of_id import OneId
from sessionmodels.sql.instant import LATEST
from sessionmodels.state.builds import Build
from sessionmodels.state.watermark import before

MOST: Final = 5
"""The number of events of one id that are explained, if duplicates are kept."""

MOST_READ: Final = 200
"""The number of them that are read, to find out which rows of the source they are."""

MORE: Final = f"More than {MOST} events have this id, because duplicates are kept. The others are not shown."


def explain_event(reader: Reader, event_id: str, around: int, within_days: int | None) -> Explanation:
    """Return why an event is as it is. The source is read last: an error there may end the transaction, but loses nothing."""
    found = reader.rows(events_of_id(reader.events, event_id, MOST_READ), "the event")
    explained = [_explained(reader, row, around) for row in found[:MOST]]
    where = places(reader, keys_of(event_id, [one.event for one in explained]))
    notes = [MORE] * (len(found) > MOST) if found else _hints(reader, event_id)
    source, graph = InSource(), None
    try:
        stream = reader.find_stream()
        graph = stream.identity_graph
        source = in_source(reader, stream, _near(event_id, explained, within_days), Stored(found, len(found) < MOST_READ))
        explained = [_answered(reader, one, graph) for one in explained]
    except SessionmodelsError as error:
        source = replace(source, unreadable=str(error))
        explained = [_answered(reader, one, None) for one in explained]
    return Explanation(event_id, _outcome(found, source), tuple(explained), where, source, (*notes, *last_build(reader.build)))


def _near(event_id: str, explained: Sequence[ExplainedEvent], days: int | None) -> OneId:
    """Return the raw rows to look for: with `days`, those that were loaded at most so long before or after the event's."""
    loaded = [one.event.loaded_at for one in explained if one.event.loaded_at is not None]
    if days is None or not loaded:
        return OneId(event_id)
    return OneId(event_id, before(min(loaded), timedelta(days=days)), _later(max(loaded), timedelta(days=days)))


def _later(moment: datetime, length: timedelta) -> datetime:
    return min(moment, LATEST - length) + length


def last_build(build: Build | None) -> list[str]:
    """Return a line about the last build, if one is recorded."""
    if build is None or build.finished_at is None:
        return []
    return [f"The last build is build {build.number} ({build.mode}); it ended on {moment(build.finished_at)}."]


def _explained(reader: Reader, row: Row, around: int) -> ExplainedEvent:
    visitor, position = row["dbt_visitor_id"], Position(row["session_sequence_number"], row["track_sequence_number"])
    steps = steps_around(reader, visitor, position, around)
    event = next((one for one in steps if one.position == position), None)
    if event is None:
        raise replaced_meanwhile()
    start = next((one for one in steps if one.position == Position(position.session, 1)), None)
    start = start or step_at(reader, visitor, Position(position.session, 1))
    return ExplainedEvent(event, person_of(reader, event), _session(reader, event), start, tuple(steps))


def _answered(reader: Reader, one: ExplainedEvent, graph: IdentityGraph | None) -> ExplainedEvent:
    event = one.event
    person = answered_by(reader, graph, one.person, (event.user_id, event.anonymous_id), event.dbt_visitor_id)
    return replace(one, person=person)


def _session(reader: Reader, event: Step) -> Session | None:
    sessions = reader.sessions
    if sessions is None:
        return None
    number = event.session_sequence_number
    rows = reader.rows(sessions_from(sessions, event.dbt_visitor_id, number, number), "the session")
    return sessions_of(rows)[0] if rows else None


def _outcome(found: Sequence[Row], source: InSource) -> Outcome:
    became = {row.became for row in source.rows}
    if found:
        return "in_a_session"
    if became & {"not_read", "duplicate"}:
        return "not_read"
    if became:
        return "filtered" if became == {"filtered"} else "rejected"
    if source.unreadable:
        return "unknown"
    return "not_an_event" if source.line_types else "not_found"


def _hints(reader: Reader, event_id: str) -> list[str]:
    """Return what else has the id, if no event has it."""
    hints, mapping, sessions = [], reader.mapping, reader.sessions
    if mapping is not None and reader.rows(visitors_of(mapping, [event_id]), "the id"):
        hints.append(f"{quoted(event_id)} is the id of a device or a user: use --visitor (explain_visitor in Python).")
    if sessions is not None and (rows := reader.rows(session_of_id(sessions, event_id), "the id")):
        hints.append(f"{quoted(event_id)} is the id of a session. Its first event is {quoted(rows[0]['session_key'])}.")
    return hints
