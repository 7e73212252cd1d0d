"""What follows an event in its session; and, as the dbt project had it, the session's first event names so far."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, FromClause, and_, case, func, select

from sessionmodels.sql.order import RUNNING
from sessionmodels.sql.text import as_text


def successors(marked: FromClause, depth: int, sequence: Any) -> list[ColumnElement[Any]]:
    """Return the names of the visitor's following events, and whether each of these events starts a session."""
    event, starts = marked.c.event, marked.c.starts_session
    names = [func.lead(event, n, type_=event.type).over(**sequence).label(f"next_event_{n}") for n in range(1, depth)]
    begins = [func.lead(starts, n, type_=starts.type).over(**sequence).label(f"next_starts_{n}") for n in range(1, depth)]
    return [*names, *begins]


def within_session(numbered: FromClause, depth: int) -> list[ColumnElement[Any]]:
    """Return `event_2` and the following: the successors, up to the first that starts a session."""
    continues = [numbered.c[f"next_starts_{n}"] == 0 for n in range(1, depth)]
    names = (case((and_(*continues[:n]), numbered.c[f"next_event_{n}"])) for n in range(1, depth))
    return [name.label(f"event_{n}") for n, name in enumerate(names, start=2)]


def with_named_so_far(events: FromClause) -> FromClause:
    """Return the events with how many events with a name their session has had so far."""
    named = func.count(events.c.event, type_=BigInteger).over(**_running(events))
    return select(events, named.label("named_so_far")).cte("counted")


def names_so_far(counted: FromClause, places: Iterable[int]) -> list[ColumnElement[Any]]:
    """Return the session's nth non-null names, each if it occurred up to this row. PostgreSQL lacks `IGNORE NULLS`."""
    return [_nth(counted, n).label("event" if n == 1 else f"event_{n}") for n in places]


def _nth(counted: FromClause, n: int) -> ColumnElement[Any]:
    name = case((and_(counted.c.named_so_far == n, counted.c.event.is_not(None)), counted.c.event))
    return as_text(func.max(name).over(**_running(counted)))


def _running(events: FromClause) -> Any:
    return {"partition_by": events.c.session_id, "order_by": events.c.track_sequence_number, "rows": RUNNING}
