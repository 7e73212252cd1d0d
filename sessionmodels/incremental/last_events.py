"""What the session rules compare of the last event before each slice, beside its time."""

from typing import Any

from sqlalchemy import CTE, BigInteger, FromClause, and_, cast, func, literal_column, null, select, union_all

from sessionmodels.model import AnySelect
from sessionmodels.rules.session_rule import DEVICE_AND_SDK, SessionRules, campaign_of, carries_campaign
from sessionmodels.sql.text import is_same_id

LAST = "last_event_"
"""What the name of such a column starts with in the table of affected visitors."""


def with_last_events(found: AnySelect, events: FromClause, rules: SessionRules) -> AnySelect:
    """Return the affected visitors with what the rules compare of the last event before. `events` are those of the last build.

    Of the campaign, it is the last one that the visitor carried up to that event.
    """
    if not rules.columns_before(events):
        return found
    visitors = found.cte("affected_visitors")
    joined: Any = visitors
    columns: list[Any] = []
    for part in _parts(visitors, events, rules):
        joined = joined.outerjoin(part, part.c.dbt_visitor_id == visitors.c.dbt_visitor_id)
        columns += [column.label(LAST + column.name) for column in part.c if column.name not in {"dbt_visitor_id", "recency"}]
    return select(visitors, *columns).select_from(joined)


def _parts(visitors: FromClause, events: FromClause, rules: SessionRules) -> list[CTE]:
    of_visitor = is_same_id(events.c.dbt_visitor_id, visitors.c.dbt_visitor_id)
    number = events.c.session_sequence_number
    found = []
    if rules.sdk_sessions:
        is_in_last = and_(of_visitor, number == visitors.c.sessions_before, events.c.timestamp == visitors.c.last_event_at)
        found.append(_last(visitors, events, DEVICE_AND_SDK, is_in_last).cte("last_events"))
    if rules.cut_on_campaign:
        is_before = and_(of_visitor, number <= visitors.c.sessions_before, carries_campaign(events))
        found.append(_last(visitors, events, campaign_of(events.c), is_before).cte("last_campaigns"))
    return found


def _last(visitors: FromClause, events: FromClause, names: tuple[str, ...], condition: Any) -> AnySelect:
    """Return these columns of each visitor's last event that satisfies the condition."""
    backwards = events.c.session_sequence_number.desc(), events.c.track_sequence_number.desc()
    recency = func.row_number(type_=BigInteger).over(partition_by=events.c.dbt_visitor_id, order_by=backwards)
    columns = (events.c[name] for name in names)
    ranked = (
        select(events.c.dbt_visitor_id, *columns, recency.label("recency"))
        .select_from(events.join(visitors, condition))
        .subquery("ranked_events")
    )
    return select(ranked).where(ranked.c.recency == 1)


def of_last_event(visitors: FromClause) -> dict[str, Any]:
    """Return what is known of the last event before each visitor's slice, by the column of an event."""
    compared = {one.name.removeprefix(LAST): one for one in visitors.c if one.name.startswith(LAST) and one.name != f"{LAST}at"}
    return {"timestamp": visitors.c.last_event_at, **compared}


def with_sessions_before(events: FromClause, visitors: FromClause) -> FromClause:
    """Return the slice of events with each visitor's last event before it, as a session of one event, without an id."""
    known = {
        **of_last_event(visitors),
        "dbt_visitor_id": visitors.c.dbt_visitor_id,
        "session_id": visitors.c.last_session_id,
        "session_sequence_number": visitors.c.sessions_before,
        "track_sequence_number": cast(literal_column("1"), BigInteger),
    }
    columns = (known.get(one.name, cast(null(), one.type)).label(one.name) for one in events.c)
    before = select(*columns).where(visitors.c.last_event_at.is_not(None))
    return union_all(select(events), before).cte("slice_events_and_last")
