"""Facts of a session: where it landed and ended, its campaign, its device, its ids, and whether somebody was engaged.

The columns of one group come together from one event, never mixed: the first or the last of the session in which one of the
group's columns is not null. An event is found by its place in the session.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, FromClause, case, cast, func, literal_column, null, or_

from sessionmodels.rules.context import CAMPAIGN, DEVICE
from sessionmodels.rules.session_columns import parse_session_column
from sessionmodels.sql.elapsed import MICROSECONDS_A_SECOND
from sessionmodels.sql.text import as_text
from sessionmodels.sql.value_at import Which, value_at

ZERO: Final = literal_column("0", BigInteger)
TWO_VIEWS: Final = 2
"""The number of page views that make a session engaged, however short it is."""


@dataclass(frozen=True)
class Group:
    """Columns of a session that are taken from one of its events."""

    name: str
    which: Which
    """Which of the events that have one of the columns: the session's first such event, or its last."""

    columns: Mapping[str, str]
    """By column of the session, the column of the event."""

    has_one_of: tuple[str, ...]
    """The columns of which the event must have one. Without any, every event counts."""

    @property
    def place_name(self) -> str:
        """The name of the column with the event's place in the session."""
        return f"place_of_{self.name}"

    def place(self, events: FromClause, filled: Collection[str]) -> ColumnElement[int]:
        """Return the place of the event within the session, as an aggregate of the session's events."""
        one = func.min if self.which == "first" else func.max
        place = self._place(events, filled)
        return one(place, type_=place.type).label(self.place_name)

    def _place(self, events: FromClause, filled: Collection[str]) -> ColumnElement[int]:
        """Return an event's place within the session, null if it has none of the columns."""
        place = events.c.track_sequence_number
        has_any = [events.c[name].is_not(None) for name in self.has_one_of if name in filled]
        return case((or_(*has_any), place)) if has_any else place

    def values(self, events: FromClause, placed: FromClause, filled: Collection[str]) -> Iterator[ColumnElement[Any]]:
        """Yield the columns of that event that the source fills, as aggregates of the session's events."""
        place, found = self._place(events, filled), placed.c[self.place_name]
        for name, column in self.columns.items():
            if column in filled:
                yield value_at(self.which, events.c[column], place, found).label(name)


PAGE_SEEN: Final = "page_url", "page_path"
LANDING: Final = {"landing_page_url": "page_url", "landing_page_path": "page_path", "referrer": "page_referrer"}
EXIT: Final = {"exit_page_url": "page_url", "exit_page_path": "page_path"}

GROUPS: Final = (
    Group("landing", "first", LANDING, PAGE_SEEN),
    Group("exit", "last", EXIT, PAGE_SEEN),
    Group("campaign", "first", {name: name for name in CAMPAIGN}, CAMPAIGN),
    Group("device", "first", {name: name for name in DEVICE}, DEVICE),
    Group("anonymous_id", "first", {"anonymous_id": "anonymous_id"}, ("anonymous_id",)),
    Group("user_id", "last", {"user_id": "user_id"}, ("user_id",)),
)

FACTS: Final = tuple(name for group in GROUPS for name in group.columns)
"""The columns of these groups, in order."""


def own_groups(session_columns: Mapping[str, str]) -> Iterator[Group]:
    """Yield a group of its own for each of the user's columns that is a value of one event."""
    for number, (name, word) in enumerate(session_columns.items(), start=1):
        found = parse_session_column(word)
        if found and not found.is_number:
            which: Which = "first" if found.function == "first" else "last"
            yield Group(f"own_{number}", which, {name: found.column}, (found.column,))


def computed(groups: Collection[Group], filled: Collection[str]) -> tuple[Group, ...]:
    """Return the groups with an event to look for. Where the source fills none of its columns, a group's values are null."""
    return tuple(group for group in groups if not group.has_one_of or any(name in filled for name in group.has_one_of))


def value_or_null(rows: FromClause, name: str) -> ColumnElement[Any]:
    """Return a column, or null as text if it was not computed."""
    return rows.c[name] if name in rows.c else as_text(null()).label(name)


def is_engaged(
    length: ColumnElement[int], page_views: ColumnElement[int], conversions: ColumnElement[int], engaged_seconds: int
) -> ColumnElement[bool]:
    """Whether a session of that length in microseconds is engaged: it is long enough, or has two page views, or a conversion."""
    return or_(length >= engaged_seconds * MICROSECONDS_A_SECOND, page_views >= TWO_VIEWS, conversions >= 1)


def counters(
    event_counters: Mapping[str, Sequence[str]], page_events: Sequence[str], conversion_events: Sequence[str]
) -> dict[str, Sequence[str]]:
    """Return every column of a session that counts events by name, with those names."""
    return {**event_counters, "page_views": page_events, "conversions": conversion_events}


def count_of(event: ColumnElement[Any], names: Sequence[str]) -> ColumnElement[int]:
    """Return how many of the events have one of these names."""
    return cast(func.sum(case((event.in_(list(names)), 1), else_=0)) if names else ZERO, BigInteger)
