"""Why a session starts: found from the sessions alone, which are few, by the rules that marked the events."""

from collections.abc import Collection, Iterator
from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, case, func, select

from sessionmodels.rules.context import CAMPAIGN
from sessionmodels.rules.session_facts import Group
from sessionmodels.rules.session_rule import (
    BRINGS_CAMPAIGN,
    DEVICE_AND_SDK,
    FIRST,
    LOCAL_DATE,
    PREVIOUS,
    TOO_LONG,
    SessionRules,
    brings_campaign,
    campaign_of,
    columns_of_previous,
    start_reasons,
)
from sessionmodels.sql.local_date import local_date
from sessionmodels.sql.text import as_text

CARRIED, FIRST_OF, LAST_OF = "carried_", "of_first_event_", "of_last_event_"
OF_LAST_EVENT: Final = Group("last_event", "last", {f"{LAST_OF}{name}": name for name in DEVICE_AND_SDK}, ())
"""What the rules compare of a session's last event."""


def compared_groups(rules: SessionRules) -> tuple[Group, ...]:
    """Return what the rules compare that is of one event of a session, other than the first."""
    return (OF_LAST_EVENT,) if rules.sdk_sessions else ()


def compared_columns(events: FromClause, rules: SessionRules, filled: Collection[str]) -> Iterator[ColumnElement[Any]]:
    """Yield what the rules compare of each session, for a select that is grouped by session.

    All campaigns that one session carries are equal, because another one would have started the next session.
    """
    number = events.c.track_sequence_number
    for name in (*(DEVICE_AND_SDK if rules.sdk_sessions else ()), *(("event",) if rules.start_events else ())):
        yield func.max(case((number == 1, events.c[name]))).label(f"{FIRST_OF}{name}")
    for name in campaign_of(filled) if rules.cut_on_campaign else ():
        yield func.max(events.c[name]).label(f"{CARRIED}{name}")


def with_neighbours(sessions: FromClause, rules: SessionRules) -> FromClause:
    """Return the sessions with the visitor's next start, and with what the rules compare of the session before.

    All windows have one order, so that one sort finds them.
    """
    visit: Any = {"partition_by": sessions.c.dbt_visitor_id, "order_by": (sessions.c.session_sequence_number,)}
    start = sessions.c.session_start_at
    found: list[ColumnElement[Any]] = [func.lead(start, type_=start.type).over(**visit).label("next_session_start_at")]
    if not rules.only_idle:
        before = {"timestamp": sessions.c.ended_at, **_named(sessions, LAST_OF, DEVICE_AND_SDK)}
        found += [func.lag(one, type_=one.type).over(**visit).label(f"{PREVIOUS}{name}") for name, one in before.items()]
    if rules.cut_on_campaign:
        found.append(brings_campaign([*_named(sessions, CARRIED, CAMPAIGN).values()], visit))
    return select(sessions, *found).cte("with_neighbours")


def start_reason(sessions: FromClause, rules: SessionRules) -> ColumnElement[str]:
    """Return why each session starts: the first reason that holds. The last possible one need not be examined."""
    is_first = sessions.c.session_sequence_number == 1
    if rules.only_idle:
        return as_text(case((is_first, FIRST), else_="idle"))
    before = columns_of_previous(sessions)
    now = {**_named(sessions, FIRST_OF, (*DEVICE_AND_SDK, "event")), "timestamp": sessions.c.session_start_at}
    if rules.cut_on_campaign:
        now[BRINGS_CAMPAIGN] = sessions.c[BRINGS_CAMPAIGN]
    if rules.midnight_in:
        for columns in (before, now):
            columns[LOCAL_DATE] = local_date(columns["timestamp"], rules.midnight_in)
    found = [(holds, reason) for reason, holds in start_reasons(rules, now, before).items()]
    last = TOO_LONG if rules.longest_microseconds is not None else found.pop()[1]
    return as_text(case((is_first, FIRST), *found, else_=last))


def _named(sessions: FromClause, prefix: str, names: Collection[str]) -> dict[str, ColumnElement[Any]]:
    """Return those columns that there are, by the column of an event that they hold."""
    return {name: sessions.c[f"{prefix}{name}"] for name in names if f"{prefix}{name}" in sessions.c}
