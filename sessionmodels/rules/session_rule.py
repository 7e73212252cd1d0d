"""Where a session starts, and until when an event may still join it.

A session starts at a visitor's first event, and at every event for which one of the rules holds, compared with the event before.
Every rule is here once: the events are marked by it, and the reason why a session starts is found by it.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, and_, case, func, literal_column, null, or_, select

from sessionmodels.rules.context import CAMPAIGN, SDK
from sessionmodels.sql.carried import brings_others, has_any
from sessionmodels.sql.differ import differ
from sessionmodels.sql.elapsed import elapsed
from sessionmodels.sql.local_date import local_date
from sessionmodels.sql.order import RUNNING

FIRST, TOO_LONG = "first", "too_long"
DEVICE_AND_SDK: Final = "anonymous_id", SDK
PREVIOUS: Final = "previous_"
"""What the name of a column of the event before starts with."""

BRINGS_CAMPAIGN, LOCAL_DATE = "brings_campaign", "date_in_zone"
Columns = Mapping[str, ColumnElement[Any]]


@dataclass(frozen=True)
class SessionRules:
    """The rules in force. Where a session starts depends on nothing else."""

    longest_idle_microseconds: int
    """The longest pause within a session."""

    sdk_sessions: bool = False
    """Whether the SDK's own sessions decide, where events name them."""

    start_events: tuple[str, ...] = ()
    """The names of the events that start a session."""

    cut_on_campaign: bool = False
    """Whether another campaign starts a session."""

    midnight_in: str | None = None
    """The time zone in which a new day starts a session. None if a new day starts none."""

    longest_microseconds: int | None = None
    """The length after which a session is cut, again and again. None if there is no such limit."""

    @property
    def only_idle(self) -> bool:
        """Whether nothing but a pause starts a session."""
        return self == SessionRules(self.longest_idle_microseconds)

    @property
    def context(self) -> tuple[str, ...]:
        """The columns of the context that the rules compare."""
        return (*((SDK,) if self.sdk_sessions else ()), *(CAMPAIGN if self.cut_on_campaign else ()))

    def over(self, columns: Container[str]) -> "SessionRules":
        """Return the rules that can apply to events with these columns. A rule never applies if no source has its columns."""
        campaign = self.cut_on_campaign and bool(campaign_of(columns))
        return replace(self, sdk_sessions=self.sdk_sessions and SDK in columns, cut_on_campaign=campaign)

    def columns_before(self, events: FromClause) -> tuple[str, ...]:
        """Return the columns, beside the time, that the rules compare with those of events before."""
        return (*(DEVICE_AND_SDK if self.sdk_sessions else ()), *(campaign_of(events.c) if self.cut_on_campaign else ()))


def campaign_of(columns: Container[str]) -> tuple[str, ...]:
    """Return those of the columns that are of the campaign."""
    return tuple(name for name in CAMPAIGN if name in columns)


def carries_campaign(events: Any) -> ColumnElement[bool]:
    """Whether an event carries a campaign."""
    return has_any([events.c[name] for name in campaign_of(events.c)])


def brings_campaign(campaign: Sequence[ColumnElement[Any]], visit: Any) -> ColumnElement[int]:
    """Return 1 for a row with a campaign other than the last one carried by an earlier row of the visit, else 0."""
    others = brings_others(campaign, visit["partition_by"], visit["order_by"])
    return case((others, 1), else_=0).label(BRINGS_CAMPAIGN)


def start_reasons(rules: SessionRules, now: Columns, before: Columns) -> dict[str, ColumnElement[bool]]:
    """Return by reason, in order, whether it holds for an event with the columns `now`, after an event with those in `before`.

    Whether the event brings a campaign, and its date, must be among these columns: see `brings_campaign` and `with_dates`.
    """
    paused = elapsed(before["timestamp"], now["timestamp"]) > rules.longest_idle_microseconds
    found: dict[str, ColumnElement[bool]] = {"idle": paused}
    if rules.sdk_sessions:
        both = and_(before[SDK].is_not(None), now[SDK].is_not(None))
        found = {"sdk": and_(both, or_(*(differ(before[name], now[name]) for name in DEVICE_AND_SDK if name in before)))}
        found["idle"] = and_(paused, or_(before[SDK].is_(None), now[SDK].is_(None)))
    if rules.start_events:
        found["start_event"] = now["event"].in_(rules.start_events)
    if rules.cut_on_campaign:
        found["campaign"] = now[BRINGS_CAMPAIGN] == 1
    if rules.midnight_in:
        found["midnight"] = before[LOCAL_DATE] != now[LOCAL_DATE]
    return found


def reasons_in_force(rules: SessionRules) -> tuple[str, ...]:
    """Return the reasons for which a session can start under these rules, in order."""
    columns: dict[str, Any] = dict.fromkeys(("timestamp", "event", *DEVICE_AND_SDK, BRINGS_CAMPAIGN, LOCAL_DATE), null())
    after = start_reasons(rules, columns, columns)
    return (FIRST, *after, *([TOO_LONG] if rules.longest_microseconds is not None else []))


def previous_columns(events: FromClause, rules: SessionRules, visit: Any) -> list[ColumnElement[Any]]:
    """Return what the rules compare of each visitor's event before, in the order of the visit, as `previous_<column>`.

    Of the campaign, it is `brings_campaign`.
    """
    names = ("timestamp", *(DEVICE_AND_SDK if rules.sdk_sessions else ()), *((LOCAL_DATE,) if rules.midnight_in else ()))
    columns = {name: events.c[name] for name in names}
    lags = (func.lag(one, type_=one.type).over(**visit).label(f"{PREVIOUS}{name}") for name, one in columns.items())
    found: list[ColumnElement[Any]] = [*lags]
    if rules.cut_on_campaign:
        found.append(brings_campaign([events.c[name] for name in campaign_of(events.c)], visit))
    return found


def columns_of_previous(rows: FromClause) -> dict[str, ColumnElement[Any]]:
    """Return those of the previous columns that the rows have, by the column of an event."""
    names = ("timestamp", *DEVICE_AND_SDK, LOCAL_DATE)
    return {name: rows.c[f"{PREVIOUS}{name}"] for name in names if f"{PREVIOUS}{name}" in rows.c}


def with_dates(events: FromClause, rules: SessionRules) -> FromClause:
    """Return the events with their dates, if a new day starts a session. Each is found once, because engines are slow at it."""
    if rules.midnight_in is None:
        return events
    return select(events, local_date(events.c.timestamp, rules.midnight_in).label(LOCAL_DATE)).cte("dated")


def with_starts(ordered: FromClause, rules: SessionRules) -> FromClause:
    """Return the events with `starts_session`: 1 if an event starts a session, else 0."""
    before, now = columns_of_previous(ordered), dict(ordered.c.items())
    is_first = before["timestamp"].is_(None)
    reasons = start_reasons(rules, now, before).values()
    starts = case((is_first, 1), *((reason, 1) for reason in reasons), else_=0)
    if rules.longest_microseconds is None:
        return select(ordered, starts.label("starts_session")).cte("marked")
    return _cut(select(ordered, starts.label("starts_uncut")).cte("marked_uncut"), rules.longest_microseconds)


def _cut(uncut: FromClause, span: int) -> FromClause:
    """Cut each session that the other rules give at the first event of each further span of this length since its start."""
    start = case((uncut.c.starts_uncut == 1, uncut.c.timestamp))
    visit: Any = {"partition_by": uncut.c.dbt_visitor_id, "order_by": uncut.c.visit_sequence_number, "rows": RUNNING}
    timed = select(uncut, func.max(start, type_=uncut.c.timestamp.type).over(**visit).label("uncut_start_at")).cte("timed")

    def spans_until(moment: ColumnElement[Any]) -> Any:
        since_start = elapsed(timed.c.uncut_start_at, moment)
        return since_start - func.mod(since_start, literal_column(str(span)), type_=since_start.type)

    # Both events are in one session of the other rules, so the event before is counted from the same start.
    is_over = spans_until(timed.c.timestamp) > spans_until(timed.c.previous_timestamp)
    starts = case((timed.c.starts_uncut == 1, 1), (is_over, 1), else_=0)
    return select(timed, starts.label("starts_session")).cte("marked")


def may_still_join(sessions: Any, moment: ColumnElement[Any], rules: SessionRules) -> ColumnElement[bool]:
    """Whether an event at that moment or later may join the given earlier session; false if there is no session.

    An event that carries the session id of the SDK may join however long the pause.
    """
    exists = sessions.c.session_sequence_number.is_not(None)
    if rules.sdk_sessions:
        return exists
    return and_(exists, elapsed(sessions.c.ended_at, moment) <= rules.longest_idle_microseconds)
