"""Each session: the table that the relations of sessions show."""

from collections.abc import Mapping, Sequence

from sqlalchemy import BigInteger, FromClause, case, cast, func, select

from sessionmodels.model import AnySelect, model
from sessionmodels.rules.session_rule import SessionRules
from sessionmodels.rules.start_reason import compared_columns, start_reason, with_previous
from sessionmodels.sql.elapsed import elapsed, minutes
from sessionmodels.sql.local_date import local_date
from sessionmodels.sql.session_id import session_id

OWN_COLUMNS = (
    *("session_id", "session_key", "dbt_visitor_id", "session_sequence_number", "session_start_at", "ended_at"),
    *("next_session_start_at", "session_duration", "num_pvs", "session_date", "start_reason"),
)
"""Names that no counter can have."""


def _described(*, event_counters: Mapping[str, Sequence[str]], whole_minutes: bool, time_zone: str) -> dict[str, str]:
    day = {"session_date": f"the date of `session_start_at` in {time_zone}."}
    length = {"session_duration": "whole minutes from its first event to its last, truncated."} if whole_minutes else {}
    return (
        day
        | length
        | {
            counter: f"how many of its events are named {' or '.join(f'`{name}`' for name in names)}."
            for counter, names in event_counters.items()
        }
    )


@model(
    "session",
    key=("session_id",),
    not_null=(
        *("session_key", "dbt_visitor_id", "session_sequence_number", "session_start_at", "ended_at"),
        *("session_duration", "num_pvs", "session_date", "start_reason"),
    ),
    time_column="session_start_at",
    lookback="last_session",
    carries="sessions",
    described=_described,
)
def sessions(  # noqa: PLR0913 - every rule about sessions
    session_events: FromClause,
    *,
    deduplicate: bool,
    whole_minutes: bool,
    event_counters: Mapping[str, Sequence[str]],
    session_rules: SessionRules,
    time_zone: str,
) -> AnySelect:
    """One row per session: when it started and ended, its number, and how many events of each kind it has.

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
        session_date: the date of `session_start_at` in UTC.
        start_reason: why it starts: `first`, `sdk`, `idle`, `start_event`, `campaign`, `midnight` or `too_long`.

    Source: `session_events`. Sessions are ordered by their number: several of a visitor may start at one moment. The counters
    are the setting `event_counters`; the two above are its default.
    """
    event_id, event, happened = session_events.c.event_id, session_events.c.event, session_events.c.timestamp
    of_session = session_events.c.dbt_visitor_id, session_events.c.session_sequence_number
    counted = (
        select(
            *of_session,
            func.max(case((session_events.c.track_sequence_number == 1, event_id))).label("session_key"),
            func.min(happened).label("session_start_at"),
            func.max(happened).label("ended_at"),
            func.count(*(() if deduplicate else (event_id.distinct(),)), type_=BigInteger).label("num_pvs"),
            *(
                cast(func.sum(case((event.in_(list(names)), 1), else_=0)), BigInteger).label(counter)
                for counter, names in event_counters.items()
            ),
            *compared_columns(session_events, session_rules),
        )
        .group_by(*of_session)
        .cte("counted")
    )
    counted = with_previous(counted, session_events, session_rules)
    visitor, number = counted.c.dbt_visitor_id, counted.c.session_sequence_number
    start = counted.c.session_start_at
    following = func.lead(start, type_=start.type).over(partition_by=visitor, order_by=number)
    length = elapsed(start, counted.c.ended_at)
    return select(
        session_id(number, visitor).label("session_id"),
        counted.c.session_key,
        visitor,
        number,
        start,
        counted.c.ended_at,
        following.label("next_session_start_at"),
        minutes(length, whole=whole_minutes).label("session_duration"),
        counted.c.num_pvs,
        *(counted.c[counter] for counter in event_counters),
        local_date(start, time_zone).label("session_date"),
        start_reason(counted, session_rules).label("start_reason"),
    )
