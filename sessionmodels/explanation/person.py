"""Whose an event is: which of its ids decides, which visitor that id leads to, by which login, and since when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import select

from sessionmodels.display.format import count, exact_moment, moment, quoted
from sessionmodels.explanation.reader import Reader
from sessionmodels.explanation.selects import login_on, users_on, visitors_of
from sessionmodels.explanation.steps import Step
from sessionmodels.rules.identity.identity import IdentityName
from sessionmodels.source.identity_graph import IdentityGraph

MOST_USERS: Final = 10
LoginRule = Literal["latest", "first", "so_far", "later"]
UNREAD: Final = "The identity table, which says whose an event is, could not be read."
_RULES: Final[Mapping[LoginRule, str]] = {
    "latest": "the latest user seen on the device {}",
    "first": "the first user seen on the device {}",
    "so_far": "the last user seen on the device {} up to this event",
    "later": "the next user seen on the device {}, where nobody was seen before this event",
}


@dataclass(frozen=True)
class Login:
    """An event that tied a user to a device."""

    event_id: str
    user_id: str
    timestamp: datetime


@dataclass(frozen=True)
class SeenUser:
    """A user who was seen on a device."""

    user_id: str
    first_at: datetime
    last_at: datetime
    events: int


@dataclass(frozen=True)
class Person:
    """The visitor to whom an alias leads, and why."""

    alias: str
    """The id that decides: a user id, or the id of a device."""

    is_device: bool | None
    """Whether it is the id of a device; None if no event says so."""

    visitor: str
    """The visitor to whom it leads by the rule of the setting `identity`."""

    identity: IdentityName
    login: Login | None = None
    """The event that decides who the visitor is, if one does."""

    rule: LoginRule = "latest"
    """Which login decides."""

    since: datetime | None = None
    """When the visitor was first seen on the device, if a login decides."""

    users: tuple[SeenUser, ...] = ()
    """The users seen on the device of that id, the latest first; at most a few."""

    is_answered: bool = True
    """Whether all that decides was read: with the identity `table`, the table, too."""

    mapped: str | None = None
    """The visitor that `aliases_mapping` has for the alias; None if it has none."""

    def sentences(self) -> list[str]:
        """Return how the alias leads to the visitor, one fact each."""
        if self.identity == "device":
            return ["Ids are not connected (identity = 'device'): the device is the visitor, or without one the user."]
        if self.identity == "table":
            return [self._by_table()]
        if self.login is None:
            return [self._by_itself()]
        return [*self._by_login(self.login), *self._others(self.login)]

    def _by_itself(self) -> str:
        if self.identity == "point_in_time" and self.is_device is False:
            return f"An event with a user belongs to that user, {quoted(self.alias)} (identity = 'point_in_time')."
        if self.is_device:
            return f"No user was ever seen on the device {quoted(self.alias)}, so the device itself is the visitor."
        if self.is_device is None:
            return "No login leads from it to another user, so the id itself is the visitor."
        return f"The user {quoted(self.alias)} is the visitor."

    def _by_table(self) -> str:
        if not self.is_answered:
            return UNREAD
        if self.visitor == self.alias:
            return f"The identity table leads {quoted(self.alias)} to nobody else, so that id is the visitor."
        return f"The identity table says that {quoted(self.alias)} is {quoted(self.visitor)}. It does not say since when."

    def _by_login(self, login: Login) -> list[str]:
        rule = _RULES[self.rule].format(quoted(self.alias))
        what = f"{quoted(login.user_id)} is {rule} ({self._where_it_says_so()})."
        sentences = [what, f"The event {quoted(login.event_id)} of {exact_moment(login.timestamp)} decides that."]
        if self.since:
            sentences.append(f"{quoted(login.user_id)} was first seen on the device on {moment(self.since)}.")
        return sentences

    def _where_it_says_so(self) -> str:
        is_other = self.identity == "point_in_time" and self.rule == "latest"
        return "so aliases_mapping says; events go by their own time" if is_other else f"identity = '{self.identity}'"

    def _others(self, login: Login) -> list[str]:
        others = [one for one in self.users if one.user_id != login.user_id]
        return [
            f"Another user was seen there, too: {quoted(one.user_id)}, from {moment(one.first_at)}"
            f" to {moment(one.last_at)} ({count(one.events, 'event')})."
            for one in others
        ]


def person_of(reader: Reader, event: Step) -> Person:
    """Return whose an event is by the rule in force, as far as the relations say it.

    With the identity `table`, `answered_by` adds what the table says.
    """
    identity, user, device = reader.settings.identity, event.user_id, event.anonymous_id
    device_decides = user is None or (identity == "device" and device is not None)
    alias = (device if device_decides else user) or ""  # an event has one of them
    found = Person(alias, device_decides, alias, identity, mapped=_mapped(reader, alias))
    if identity in {"device", "table"} or (identity == "point_in_time" and not device_decides):
        return found
    if identity == "point_in_time":
        if login := _login(reader, alias, first=False, until=(event.timestamp, event.event_id)):
            return _decided(reader, found, login, "so_far")
        return _decided(reader, found, _login(reader, alias, first=True), "later")
    return _decided_by_mapping(reader, found)


def person_of_alias(reader: Reader, alias: str) -> Person:
    """Return to whom an alias leads, as `aliases_mapping` decides that. Whether it is a device is decided by its logins."""
    identity = reader.settings.identity
    found = Person(alias, is_device=None, visitor=alias, identity=identity, mapped=_mapped(reader, alias))
    if identity in {"device", "table"}:
        return found
    found = _decided_by_mapping(reader, found)
    return replace(found, is_device=True) if found.login else found


def _decided_by_mapping(reader: Reader, found: Person) -> Person:
    """Return the person as `aliases_mapping` finds it: by the first or the latest login on the device."""
    rule: LoginRule = "first" if found.identity == "first" else "latest"
    return _decided(reader, found, _login(reader, found.alias, first=rule == "first"), rule)


def _decided(reader: Reader, found: Person, login: Login | None, rule: LoginRule) -> Person:
    if login is None:
        return found
    first = _login(reader, found.alias, first=True, user=login.user_id) or login
    users = _users(reader, found.alias)
    return replace(found, visitor=login.user_id, login=login, rule=rule, since=first.timestamp, users=users)


def answered_by(reader: Reader, graph: IdentityGraph | None, person: Person, ids: Sequence[str | None], stored: str) -> Person:
    """Return the person with the visitor that an identity table names: that of the first of the ids that the table has.

    Without the table, it is the visitor who is stored. With another identity, the table is not asked.
    """
    if person.identity != "table":
        return person
    if graph is None:
        return replace(person, visitor=stored, is_answered=False)
    answers = graph.answers
    known = [one for one in ids if one is not None]
    rows = reader.rows(select(answers).where(answers.c.alias.in_(known)), "the identity table")
    visitors = {row["alias"]: row["visitor"] for row in rows}
    for alias in known:
        if alias in visitors:
            return replace(person, alias=alias, visitor=visitors[alias], is_device=alias != ids[0], mapped=_mapped(reader, alias))
    return person


def _mapped(reader: Reader, alias: str) -> str | None:
    mapping = reader.mapping
    if mapping is None:
        return None
    return next((row["dbt_visitor_id"] for row in reader.rows(visitors_of(mapping, [alias]), "the alias")), None)


def _users(reader: Reader, device: str) -> tuple[SeenUser, ...]:
    rows = reader.rows(users_on(reader.events, device, MOST_USERS), "the users of the device")
    return tuple(SeenUser(**row) for row in rows)


def _login(
    reader: Reader, device: str, *, first: bool, user: str | None = None, until: tuple[datetime, str] | None = None
) -> Login | None:
    rows = reader.rows(login_on(reader.events, device, first=first, user=user, until=until), "the logins of the device")
    return Login(**rows[0]) if rows else None
