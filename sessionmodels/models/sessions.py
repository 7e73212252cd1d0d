"""Each session: the table that the relations of sessions show."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    FromClause,
    and_,
    case,
    func,
    not_,
    select,
    type_coerce,
)

from sessionmodels.model import AnySelect, model
from sessionmodels.rules.session_columns import describe_session_column, own_values, totals
from sessionmodels.rules.session_facts import (
    FACTS,
    GROUPS,
    Group,
    computed,
    count_of,
    counters,
    is_engaged,
    own_groups,
    value_or_null,
)
from sessionmodels.rules.session_rule import SessionRules, reasons_in_force
from sessionmodels.rules.start_reason import compared_columns, compared_groups, start_reason, with_neighbours
from sessionmodels.sql.elapsed import elapsed, minutes
from sessionmodels.sql.local_date import local_date
from sessionmodels.sql.session_id import session_id
from sessionmodels.sql.value_at import with_places

OWN_COLUMNS = (
    *("session_id", "session_key", "dbt_visitor_id", "session_sequence_number", "session_start_at", "ended_at"),
    *("next_session_start_at", "session_duration", "num_pvs"),
    *FACTS,
    *("page_views", "conversions", "is_engaged", "is_bounce", "session_date", "start_reason", "channel"),
)
"""Names that no counter and no column of the user's own can have."""


def _described(  # noqa: PLR0913 - every setting that changes what a column holds
    *,
    event_counters: Mapping[str, Sequence[str]],
    whole_minutes: bool,
    page_events: Sequence[str],
    conversion_events: Sequence[str],
    engaged_seconds: int,
    session_columns: Mapping[str, str],
    time_zone: str,
) -> dict[str, str]:
    day = {"session_date": f"the date of `session_start_at` in {time_zone}."}
    length = {"session_duration": "whole minutes from its first event to its last, truncated."} if whole_minutes else {}
    counted = {**event_counters, "page_views": page_events}
    engaged = f"whether it lasted {engaged_seconds} seconds or longer, or has two page views or more, or a conversion."
    return (
        day
        | length
        | {name: _count_described(names) for name, names in counted.items()}
        | ({"conversions": _count_described(conversion_events)} if conversion_events else {})
        | {"is_engaged": engaged}
        | {name: describe_session_column(word) for name, word in session_columns.items()}
    )


def _count_described(names: Sequence[str]) -> str:
    return f"how many of its events are named {' or '.join(f'`{name}`' for name in names)}." if names else "0: no event counts."


def _reasons(*, session_rules: SessionRules) -> dict[str, tuple[str, ...]]:
    return {"start_reason": reasons_in_force(session_rules)}


@model(
    "session",
    key=("session_id",),
    not_null=(
        *("session_key", "dbt_visitor_id", "session_sequence_number", "session_start_at", "ended_at"),
        *("session_duration", "num_pvs", "page_views", "conversions", "is_engaged", "session_date", "start_reason"),
    ),
    time_column="session_start_at",
    lookback="last_session",
    carries="sessions",
    described=_described,
    units={"session_duration": "minutes"},
    refers={"session_key": "event", "anonymous_id": "alias", "user_id": "alias"},
    closed=_reasons,
)
def sessions(  # noqa: PLR0913 - every rule about sessions
    session_events: FromClause,
    *,
    deduplicate: bool,
    whole_minutes: bool,
    event_counters: Mapping[str, Sequence[str]],
    session_rules: SessionRules,
    time_zone: str,
    page_events: Sequence[str],
    conversion_events: Sequence[str],
    engaged_seconds: int,
    session_columns: Mapping[str, str],
    filled: Collection[str],
) -> AnySelect:
    """One row per session: when it started and ended, its number, where it came from and landed, and what happened in it.

    Columns:
        session_id: `'<session_sequence_number> - <dbt_visitor_id>'`; unique, never null.
        session_key: the `event_id` of its first event; it stays when a visitor's sessions are renumbered.
        dbt_visitor_id: the visitor.
        session_sequence_number: counts from 1 within the visitor.
        session_start_at: its first event's time.
        ended_at: its last event's time.
        next_session_start_at: the start of the visitor's next session; null on the last.
        session_duration: minutes from its first event to its last, as a fraction; 0 if it has one event.
        num_pvs: how many events it has, each event id counted once.
        cnt_viewed_product: how many of its events are named `view_product` or `viewed_product`.
        cnt_signup: how many of its events are named `signup`.
        landing_page_url: `page_url` of its first event with a `page_url` or a `page_path`.
        landing_page_path: `page_path` of the same event.
        referrer: `page_referrer` of the same event.
        exit_page_url: `page_url` of its last event with a `page_url` or a `page_path`.
        exit_page_path: `page_path` of the same event.
        utm_source: `utm_source` of its first event that carries a campaign: any of the five `utm_` columns.
        utm_medium: `utm_medium` of the same event.
        utm_campaign: `utm_campaign` of the same event.
        utm_term: `utm_term` of the same event.
        utm_content: `utm_content` of the same event.
        device_type: `device_type` of its first event with a `device_type`, an `os_name` or a `library_name`.
        os_name: `os_name` of the same event.
        library_name: `library_name` of the same event.
        anonymous_id: the device of its first event that has one.
        user_id: the user of its last event that has one.
        page_views: how many of its events are named `page` or `screen`.
        conversions: how many of its events are conversions, by the setting `conversion_events`; 0 by default.
        is_engaged: whether it lasted 10 seconds or longer, or has two page views or more, or a conversion.
        is_bounce: whether it is not engaged; null if it has no page view.
        session_date: the date of `session_start_at` in UTC.
        start_reason: why it starts: `first`, `sdk`, `idle`, `start_event`, `campaign`, `midnight` or `too_long`.

    Source: `session_events`. Sessions are ordered by their number: several of a visitor may start at one moment. The counters
    are the setting `event_counters`; the two above are its default. `filled` are the columns of an event that the source fills,
    of those that it may lack: what is never filled is null, and not looked for. After these columns come those of the setting
    `session_columns`.
    """
    rules = session_rules.over(filled)
    groups = computed((*GROUPS, *own_groups(session_columns), *compared_groups(rules)), filled)
    placed = _placed(session_events, groups, filled)
    counted_names = counters(event_counters, page_events, conversion_events)
    counted = _by_session(
        session_events,
        placed,
        *_bounds(session_events, deduplicate=deduplicate),
        *(count_of(session_events.c.event, names).label(counter) for counter, names in counted_names.items()),
        *(value for group in groups for value in group.values(session_events, placed, filled)),
        *totals(session_events, session_columns, filled),
        *compared_columns(session_events, rules, filled),
    )
    found = with_neighbours(counted, rules)
    length = elapsed(found.c.session_start_at, found.c.ended_at)
    return select(
        *_identified(found),
        minutes(length, whole=whole_minutes).label("session_duration"),
        found.c.num_pvs,
        *(found.c[counter] for counter in event_counters),
        *(value_or_null(found, name) for name in FACTS),
        *_engagement(found, length, engaged_seconds),
        local_date(found.c.session_start_at, time_zone).label("session_date"),
        start_reason(found, rules).label("start_reason"),
        *own_values(found, session_columns),
    )


def _session_of(rows: FromClause) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    return rows.c.dbt_visitor_id, rows.c.session_sequence_number


def _placed(events: FromClause, groups: Sequence[Group], filled: Collection[str]) -> FromClause:
    """One row per session: for each group of columns, the place of the event that it comes from."""
    of_session = _session_of(events)
    return select(*of_session, *(group.place(events, filled) for group in groups)).group_by(*of_session).cte("placed")


def _by_session(events: FromClause, placed: FromClause, *columns: ColumnElement[Any]) -> FromClause:
    """One row per session, with these aggregates of its events. Each event is beside the places of its session."""
    of_session = _session_of(events)
    is_same = and_(*(one == placed.c[one.name] for one in of_session))
    rows = with_places(events, placed, is_same)
    return select(*of_session, *columns).select_from(rows).group_by(*of_session).cte("counted")


def _bounds(events: FromClause, *, deduplicate: bool) -> tuple[ColumnElement[Any], ...]:
    """Return the first event of a session, when it started and ended, and how many events it has, as aggregates."""
    event_id, happened = events.c.event_id, events.c.timestamp
    return (
        func.max(case((events.c.track_sequence_number == 1, event_id))).label("session_key"),
        func.min(happened).label("session_start_at"),
        func.max(happened).label("ended_at"),
        func.count(*(() if deduplicate else (event_id.distinct(),)), type_=BigInteger).label("num_pvs"),
    )


def _identified(found: FromClause) -> tuple[ColumnElement[Any], ...]:
    """Return what identifies a session, and when it is."""
    visitor, number = _session_of(found)
    return (
        session_id(number, visitor).label("session_id"),
        found.c.session_key,
        visitor,
        number,
        found.c.session_start_at,
        found.c.ended_at,
        found.c.next_session_start_at,
    )


def _engagement(found: FromClause, length: ColumnElement[int], engaged_seconds: int) -> tuple[ColumnElement[Any], ...]:
    """Return what makes a session engaged, and whether it is, or is a bounce."""
    engaged = is_engaged(length, found.c.page_views, found.c.conversions, engaged_seconds)
    return (
        found.c.page_views,
        found.c.conversions,
        engaged.label("is_engaged"),
        case((found.c.page_views > 0, type_coerce(not_(engaged), Boolean))).label("is_bounce"),
    )
