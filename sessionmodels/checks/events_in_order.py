"""The events of each visitor, one after the other, for the rules that compare more than their times."""

from dataclasses import replace
from typing import Any, Final

from sqlalchemy import CTE, BigInteger, ColumnElement, FromClause, and_, func, or_, select

from sessionmodels.checks.check import check, scan
from sessionmodels.rules.context import SDK
from sessionmodels.rules.session_rule import (
    BRINGS_CAMPAIGN,
    DEVICE_AND_SDK,
    SessionRules,
    columns_of_previous,
    previous_columns,
    start_reasons,
)
from sessionmodels.settings import Settings

SHOWN: Final = "event_id", "session_id", "track_sequence_number", "previous_timestamp", "timestamp"


@scan
def events_in_order(session_events: FromClause, *, session_rules: SessionRules) -> CTE:
    """One row per event, beside it what the rules compare of the visitor's event before it, in the order of their numbers."""
    number = session_events.c.session_sequence_number
    order = number, session_events.c.track_sequence_number
    visit: Any = {"partition_by": session_events.c.dbt_visitor_id, "order_by": order}
    rules = replace(session_rules.over(session_events.c), midnight_in=None)  # which is checked by sessions
    own = ("event_id", "session_id", number.name, "track_sequence_number", "timestamp")
    return select(
        *(session_events.c[name] for name in (*own, *(DEVICE_AND_SDK if rules.sdk_sessions else ()))),
        *previous_columns(session_events, rules, visit),
        func.lag(number, type_=BigInteger).over(**visit).label(f"previous_{number.name}"),
    ).cte("events_in_order")


def _no_sdk(settings: Settings) -> str:
    return "" if settings.sdk_sessions else "sdk_sessions is off"


@check(
    "session_events",
    events_in_order,
    "With `sdk_sessions`, an event of another SDK session than the event before it starts a session, and a pause inside a"
    " session is longer than `idle_minutes` only within one SDK session.",
    shows=(*SHOWN, f"previous_{SDK}", SDK),
    about=("idle_minutes",),
    why_not=_no_sdk,
)
def sdk_sessions(rows: FromClause, *, session_rules: SessionRules) -> ColumnElement[bool]:
    """Return whether the SDK's session or the pause should have started a session."""
    return _inside(rows, session_rules, "sdk", "idle")


def _no_campaign(settings: Settings) -> str:
    return "" if settings.cut_on_campaign else "cut_on_campaign is off"


@check(
    "session_events",
    events_in_order,
    "With `cut_on_campaign`, an event that carries a campaign other than the visitor's last one starts a session.",
    shows=SHOWN,
    why_not=_no_campaign,
)
def campaigns(rows: FromClause, *, session_rules: SessionRules) -> ColumnElement[bool]:
    """Return whether the campaign should have started a session."""
    return _inside(rows, session_rules, "campaign")


def _inside(rows: Any, session_rules: SessionRules, *reasons: str) -> ColumnElement[bool]:
    """Return whether an event is inside a session although one of these rules says that a session starts there."""
    # Start events and midnight are checked without the event before.
    carried = BRINGS_CAMPAIGN in rows.c
    rules = replace(session_rules.over(rows.c), cut_on_campaign=carried, start_events=(), midnight_in=None)
    found = start_reasons(rules, dict(rows.c.items()), columns_of_previous(rows))
    is_inside = rows.c.previous_session_sequence_number == rows.c.session_sequence_number
    return and_(is_inside, or_(*(found[reason] for reason in reasons)))
