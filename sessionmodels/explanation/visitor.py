"""Explains a visitor: which ids lead there and why, the last sessions and the last events."""

from typing import Final

from sessionmodels.errors import SessionmodelsError
from sessionmodels.explanation.event import last_build
from sessionmodels.explanation.person import Person, answered_by, person_of_alias
from sessionmodels.explanation.places import places
from sessionmodels.explanation.reader import Reader
from sessionmodels.explanation.result import VisitorExplanation
from sessionmodels.explanation.selects import aliases_of, last_events, last_sessions, visitors_of
from sessionmodels.explanation.steps import Session, Step, sessions_of, steps

MOST: Final = 10
"""The number of ids of a visitor that are explained."""


def explain_visitor(reader: Reader, asked: str, around: int) -> VisitorExplanation:
    """Return why a visitor is as it is, given the visitor or one of its ids."""
    found, visitor = _steps(reader, asked, around), asked
    if not found:
        visitor = _visitor_of(reader, asked) or asked
        found = _steps(reader, visitor, around)
    if not found:
        return VisitorExplanation(asked, None, (), (), (), (), tuple(last_build(reader.build)))
    names = _aliases(reader, visitor)
    aliases = [person_of_alias(reader, name) for name in names[:MOST]]
    sessions = _sessions(reader, visitor, around)
    where = places(reader, {"dbt_visitor_id": [visitor], "alias": names[:MOST]})
    notes = ["The visitor has more ids; these are the first."] if len(names) > MOST else []
    aliases = _answered(reader, aliases)
    return VisitorExplanation(asked, visitor, tuple(aliases), sessions, tuple(found), where, (*notes, *last_build(reader.build)))


def _steps(reader: Reader, visitor: str, most: int) -> list[Step]:
    rows = reader.rows(last_events(reader.events, visitor, most + 1), "the last events")
    return steps(reader, [*reversed(rows)], is_whole=len(rows) <= most)


def _visitor_of(reader: Reader, alias: str) -> str | None:
    mapping = reader.mapping
    rows = [] if mapping is None else reader.rows(visitors_of(mapping, [alias]), "the id")
    return rows[0]["dbt_visitor_id"] if rows else None


def _aliases(reader: Reader, visitor: str) -> list[str]:
    mapping = reader.mapping
    rows = [] if mapping is None else reader.rows(aliases_of(mapping, visitor, MOST + 1), "the ids")
    return [row["alias"] for row in rows]


def _sessions(reader: Reader, visitor: str, most: int) -> tuple[Session, ...]:
    sessions = reader.sessions
    rows = [] if sessions is None else reader.rows(last_sessions(sessions, visitor, most), "the last sessions")
    return tuple(sessions_of([*reversed(rows)]))


def _answered(reader: Reader, aliases: list[Person]) -> list[Person]:
    if reader.settings.identity != "table":
        return aliases
    try:
        graph = reader.find_stream().identity_graph
        return [answered_by(reader, graph, one, [one.alias], one.mapped or one.alias) for one in aliases]
    except SessionmodelsError:
        return [answered_by(reader, None, one, [one.alias], one.mapped or one.alias) for one in aliases]
