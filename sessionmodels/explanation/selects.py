"""The queries of the relations. Each is limited to an event id, a visitor, a device or a few ids, and to a number of rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, FromClause, and_, func, literal_column, or_, select

from sessionmodels.model import AnySelect
from sessionmodels.rules.context import CAMPAIGN, SDK
from sessionmodels.rules.event import COLUMNS, chosen
from sessionmodels.rules.identity.aliases import is_login
from sessionmodels.rules.session_rule import TOO_LONG, carries_campaign
from sessionmodels.sql.instant import instant
from sessionmodels.sql.text import by_code_point, is_same_id

PLACED: Final = "dbt_visitor_id", "session_id", "session_sequence_number", "track_sequence_number"
"""The columns that place an event: its visitor, its session, and its place in it."""


@dataclass(frozen=True, order=True)
class Position:
    """The place of an event among those of its visitor: the number of its session, and its place in that session."""

    session: int
    place: int

    def until(self, events: FromClause) -> ColumnElement[bool]:
        """Whether an event is this one or precedes it."""
        session, place = events.c.session_sequence_number, events.c.track_sequence_number
        return or_(session < self.session, and_(session == self.session, place <= self.place))

    def after(self, events: FromClause) -> ColumnElement[bool]:
        """Whether an event follows it."""
        session, place = events.c.session_sequence_number, events.c.track_sequence_number
        return or_(session > self.session, and_(session == self.session, place > self.place))


def limited(query: AnySelect, most: int) -> AnySelect:
    """Return the first rows. The number is written out: not every driver supports a limit as a parameter."""
    return query.limit(literal_column(str(most)))


def events_of_id(events: FromClause, event_id: str, most: int) -> AnySelect:
    """One row per event of an id. There are several only if duplicates are kept."""
    return limited(_ordered(_events(events).where(events.c.event_id == event_id), events, last_first=False), most)


def events_until(events: FromClause, visitor: str, position: Position, most: int) -> AnySelect:
    """One row per event of a visitor up to a position, the last one first."""
    return limited(_ordered(_of_visitor(events, visitor).where(position.until(events)), events, last_first=True), most)


def events_after(events: FromClause, visitor: str, position: Position, most: int) -> AnySelect:
    """One row per event of a visitor after a position, in order."""
    return limited(_ordered(_of_visitor(events, visitor).where(position.after(events)), events, last_first=False), most)


def last_events(events: FromClause, visitor: str, most: int) -> AnySelect:
    """One row per event of a visitor, the last one first."""
    return limited(_ordered(_of_visitor(events, visitor), events, last_first=True), most)


def last_with_campaign(events: FromClause, visitor: str, position: Position) -> AnySelect:
    """One row: the visitor's last event up to a position that carries a campaign."""
    carrying = _of_visitor(events, visitor).where(position.until(events), carries_campaign(events))
    return limited(_ordered(carrying, events, last_first=True), 1)


def sessions_from(sessions: FromClause, visitor: str, first: int, last: int) -> AnySelect:
    """One row per session of a visitor with a number in this range, in order."""
    number = sessions.c.session_sequence_number
    return _sessions(sessions, visitor).where(number.between(first, last)).order_by(number)


def last_sessions(sessions: FromClause, visitor: str, most: int) -> AnySelect:
    """One row per session of a visitor, the last one first."""
    return limited(_sessions(sessions, visitor).order_by(sessions.c.session_sequence_number.desc()), most)


def last_uncut(sessions: FromClause, visitor: str, number: int) -> AnySelect:
    """One row: the visitor's last session, up to a number, that a rule other than `max_session_minutes` started."""
    is_uncut = and_(sessions.c.session_sequence_number <= number, sessions.c.start_reason != TOO_LONG)
    return limited(_sessions(sessions, visitor).where(is_uncut).order_by(sessions.c.session_sequence_number.desc()), 1)


def session_of_id(sessions: FromClause, session_id: str) -> AnySelect:
    """One row: the session of an id, with its first event."""
    return limited(select(sessions.c.session_key).where(sessions.c.session_id == session_id), 1)


def aliases_of(mapping: FromClause, visitor: str, most: int) -> AnySelect:
    """One row per alias of a visitor, by code point."""
    of_visitor = select(mapping.c.alias, mapping.c.dbt_visitor_id).where(mapping.c.dbt_visitor_id == visitor)
    return limited(of_visitor.order_by(by_code_point(mapping.c.alias)), most)


def visitors_of(mapping: FromClause, ids: Sequence[str]) -> AnySelect:
    """One row per alias among these ids, with its visitor."""
    return select(mapping.c.alias, mapping.c.dbt_visitor_id).where(or_(*(is_same_id(mapping.c.alias, one) for one in ids)))


def users_on(events: FromClause, device: str, most: int) -> AnySelect:
    """One row per user seen on a device, the latest first: `user_id`, `first_at`, `last_at`, `events`."""
    user, at = events.c.user_id, events.c.timestamp
    last_at = func.max(at, type_=at.type)
    seen = select(user, func.min(at, type_=at.type).label("first_at"), last_at.label("last_at"), _count().label("events"))
    on_device = seen.where(events.c.anonymous_id == device, is_login(events)).group_by(user)
    return limited(on_device.order_by(last_at.desc(), by_code_point(user)), most)


def login_on(
    events: FromClause, device: str, *, first: bool, user: str | None = None, until: tuple[datetime, str] | None = None
) -> AnySelect:
    """One row: the first or the last login on a device; of a user and up to a time and event id, if these are given."""
    keys = events.c.timestamp, by_code_point(events.c.event_id), by_code_point(events.c.user_id)
    order = keys if first else tuple(key.desc() for key in keys)
    logins = select(*chosen(events, ("event_id", "user_id", "timestamp"))).where(events.c.anonymous_id == device)
    logins = logins.where(is_login(events) if user is None else events.c.user_id == user)
    if until is not None:
        moment, event_id = instant(until[0], events.c.timestamp), until[1]
        at_once = and_(events.c.timestamp == moment, by_code_point(events.c.event_id) <= event_id)
        logins = logins.where(or_(events.c.timestamp < moment, at_once))
    return limited(logins.order_by(*order), 1)


def columns_of(events: FromClause) -> tuple[str, ...]:
    """Return the columns of an event that are read: its own, those that place it, and those that session rules compare."""
    return (*COLUMNS, *PLACED, *(name for name in (SDK, *CAMPAIGN) if name in events.c))


def _count() -> ColumnElement[int]:
    return func.count(type_=BigInteger)


def _events(events: FromClause) -> AnySelect:
    return select(*chosen(events, columns_of(events)))


def _of_visitor(events: FromClause, visitor: str) -> AnySelect:
    return _events(events).where(is_same_id(events.c.dbt_visitor_id, visitor))


def _ordered(query: AnySelect, events: FromClause, *, last_first: bool) -> AnySelect:
    numbers = events.c.session_sequence_number, events.c.track_sequence_number
    visitor = by_code_point(events.c.dbt_visitor_id)
    return query.order_by(visitor, *(number.desc() if last_first else number for number in numbers))


def _sessions(sessions: FromClause, visitor: str) -> AnySelect:
    names = "session_id", "session_key", "session_sequence_number", "session_start_at", "ended_at", "num_pvs", "start_reason"
    return select(*chosen(sessions, names)).where(is_same_id(sessions.c.dbt_visitor_id, visitor))


def keys_counted(keys: Sequence[tuple[FromClause, str, Any]]) -> AnySelect | Any:
    """One row per relation, key column and key: `place`, which of these it is, and `rows`, how many rows have the key."""
    each = (
        select(literal_column(str(number), BigInteger).label("place"), _count().label("rows")).where(relation.c[name] == key)
        for number, (relation, name, key) in enumerate(keys)
    )
    first, *others = each
    return first.union_all(*others) if others else first
