"""What a report looks for before it counts: the days that have sessions, and the most frequent values and events."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, String, func, select

from sessionmodels.analyses.figures import distinct, most_first, number, total
from sessionmodels.model import AnySelect
from sessionmodels.reporting.relations import Relations, whole
from sessionmodels.sql.elapsed import divide

LONGEST: Final = 500
"""The number of characters of the longest value that is counted by itself: each is in the SQL of a report several times."""


def days_seen(relations: Relations) -> AnySelect:
    """One row: the dates on which the first session and the last one started; nulls if there is none."""
    return relations.scope.days.of_ends(relations.sessions.c.session_start_at)


def frequent_values(relations: Relations, column: str, most: int) -> AnySelect:
    """One row per value of a column of sessions, with its number of sessions in the range, the most first."""
    rows = relations.rows({column}, relations.scope.days)
    value, count = rows.c[column], number()
    counted = select(value, count.label("sessions")).where(value.is_not(None), *_not_too_long(value)).group_by(value)
    return counted.order_by(*most_first(count, [value])).limit(whole(most))


def frequent_events(
    relations: Relations, most: int, *, among_first: int | None = None, only: Sequence[str] = (), without: Sequence[str] = ()
) -> AnySelect:
    """One row per name of an event: in how many sessions of the range it is, and its mean place in them; the most first."""
    rows, events = relations.rows({"session_id"}, relations.scope.days), relations.events
    name, place, count = events.c.event, events.c.track_sequence_number, distinct(events.c.session_id)
    conditions = [
        name.is_not(None),
        *_not_too_long(name),
        *([place <= whole(among_first)] if among_first else []),
        *([name.in_(list(only))] if only else []),
        *([name.not_in(list(without))] if without else []),
    ]
    counted = (
        select(name, count.label("sessions"), divide(total(place), number()).label("place"))
        .select_from(events.join(rows, rows.c.session_id == events.c.session_id))
        .where(*conditions)
        .group_by(name)
    )
    return counted.order_by(*most_first(count, [name])).limit(whole(most))


def _not_too_long(text: ColumnElement[Any]) -> Iterator[ColumnElement[bool]]:
    if isinstance(text.type, String):
        yield func.length(text, type_=BigInteger) <= whole(LONGEST)
