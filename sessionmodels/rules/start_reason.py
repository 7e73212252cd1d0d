"""Why a session starts: found from the sessions alone, which are few, by the rules that marked the events."""

from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, and_, case, func, or_, select

from sessionmodels.rules.session_rule import DEVICE_AND_SDK, FIRST, TOO_LONG, SessionRules, campaign_of, start_reasons
from sessionmodels.sql.text import as_text

CARRIED: Final = "carried_"


def compared_columns(events: FromClause, rules: SessionRules) -> list[ColumnElement[Any]]:
    """Return what the rules compare of each session, for a select that is grouped by session.

    All campaigns that one session carries are equal, because another one would have started the next session.
    """
    number = events.c.track_sequence_number
    names = (*(DEVICE_AND_SDK if rules.sdk_sessions else ()), *(("event",) if rules.start_events else ()))
    found: list[ColumnElement[Any]] = [
        func.max(case((number == 1, events.c[name]))).label(f"first_{name}") for name in names
    ]  # fmt: skip
    if rules.cut_on_campaign:
        found += [func.max(events.c[name]).label(f"{CARRIED}{name}") for name in campaign_of(events)]
    if rules.sdk_sessions:
        found.append(func.max(number).label("last_number"))
    return found


def with_previous(sessions: FromClause, events: FromClause, rules: SessionRules) -> FromClause:
    """Return the sessions with what the rules compare of the visitor's session before, as `previous_<column>`.

    Of the campaign, it is the session before among those that carry one.
    """
    if rules.only_idle:
        return sessions
    sessions = _with_last_event(sessions, events) if rules.sdk_sessions else sessions
    of_visitor = sessions.c.dbt_visitor_id
    found = [_previous(sessions, "timestamp", "ended_at", of_visitor)]
    if rules.sdk_sessions:
        found += [_previous(sessions, name, f"last_{name}", of_visitor) for name in DEVICE_AND_SDK]
    if rules.cut_on_campaign:
        carried = _carried(sessions)
        carries = or_(*(column.is_not(None) for column in carried.values()))
        found += [_previous(sessions, name, column.name, of_visitor, carries) for name, column in carried.items()]
    return select(sessions, *found).cte("with_previous")


def start_reason(sessions: FromClause, rules: SessionRules) -> ColumnElement[str]:
    """Return why each session starts: the first reason that holds. The last possible one need not be examined."""
    is_first = sessions.c.session_sequence_number == 1
    if rules.only_idle:
        return as_text(case((is_first, FIRST), else_="idle"))
    before = {one.name.removeprefix("previous_"): one for one in sessions.c if one.name.startswith("previous_")}
    firsts = {one.name.removeprefix("first_"): one for one in sessions.c if one.name.startswith("first_")}
    now = {**firsts, **_carried(sessions), "timestamp": sessions.c.session_start_at}
    found = [(holds, reason) for reason, holds in start_reasons(rules, now, before).items()]
    last = TOO_LONG if rules.longest_microseconds is not None else found.pop()[1]
    return as_text(case((is_first, FIRST), *found, else_=last))


def _carried(sessions: FromClause) -> dict[str, ColumnElement[Any]]:
    """Return the columns of the campaign that each session carries, by their names in an event."""
    return {one.name.removeprefix(CARRIED): one for one in sessions.c if one.name.startswith(CARRIED)}


def _with_last_event(sessions: FromClause, events: FromClause) -> FromClause:
    last = events.alias("last_events")
    is_last = and_(
        last.c.dbt_visitor_id == sessions.c.dbt_visitor_id,
        last.c.session_sequence_number == sessions.c.session_sequence_number,
        last.c.track_sequence_number == sessions.c.last_number,
    )
    columns = (last.c[name].label(f"last_{name}") for name in DEVICE_AND_SDK)
    return select(sessions, *columns).select_from(sessions.join(last, is_last)).cte("with_last_event")


def _previous(sessions: FromClause, name: str, column: str, *partition: ColumnElement[Any]) -> ColumnElement[Any]:
    visit: Any = {"partition_by": list(partition), "order_by": sessions.c.session_sequence_number}
    value = sessions.c[column]
    return func.lag(value, type_=value.type).over(**visit).label(f"previous_{name}")
