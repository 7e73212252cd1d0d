"""Each event with its visitor, its session, and what follows it: the table that the relations of events show."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from sqlalchemy import BigInteger, ColumnElement, FromClause, case, cast, func, null, select

from sessionmodels.model import AnySelect, model
from sessionmodels.rules.context import described_context
from sessionmodels.rules.event import COLUMNS, context_of
from sessionmodels.rules.flow import names_so_far, successors, with_named_so_far, within_session
from sessionmodels.rules.identity.descriptions import visitor_described
from sessionmodels.rules.identity.identity import Identity, IdentityName
from sessionmodels.rules.session_rule import SessionRules, previous_columns, with_dates, with_starts
from sessionmodels.sql.elapsed import elapsed, minutes
from sessionmodels.sql.order import RUNNING, visit_order
from sessionmodels.sql.session_id import session_id
from sessionmodels.sql.text import as_text

Context: TypeAlias = Mapping[str, Sequence[str]]

OWN_COLUMNS = (
    *COLUMNS,
    *("dbt_visitor_id", "idle_time_minutes", "session_id", "session_sequence_number", "track_sequence_number"),
)
"""Names that no column of the context can have, beside `event_<number>`."""


def _described(
    *, whole_minutes: bool, flow_depth: int, flow_so_far: bool, context: Context, identity: IdentityName
) -> dict[str, str]:
    idle = "whole minutes since the same visitor's previous event, truncated; null on the first."
    described = described_context(context) | visitor_described(identity=identity)
    described |= {"idle_time_minutes": idle} if whole_minutes else {}
    if flow_so_far:
        so_far = "the session's event name number {}, if it occurred up to this event."
        return described | {f"event_{n}": so_far.format(n) for n in range(2, flow_depth + 1)}
    return described | {f"event_{n}": f"the name of the event {n - 1} places on." for n in range(3, flow_depth + 1)}


def _sources(*, source_names: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    return {"source": source_names}


@model(
    "event",
    key=("event_id",),
    not_null=("source", "dbt_visitor_id", "timestamp", "session_id", "session_sequence_number", "track_sequence_number"),
    time_column="timestamp",
    lookback="last_event",
    carries="events",
    described=_described,
    units={"idle_time_minutes": "minutes"},
    refers={"anonymous_id": "alias", "user_id": "alias"},
    closed=_sources,
)
def session_events(  # noqa: PLR0913 - every rule about events
    tracks: FromClause,
    aliases_mapping: FromClause,
    *,
    deduplicate: bool,
    whole_minutes: bool,
    session_rules: SessionRules,
    flow_depth: int,
    flow_so_far: bool,
    context: Context,
    identity: Identity,
) -> AnySelect:
    """One row per event: its visitor, its session, its place in it, and the events that follow it there.

    Columns:
        event_id: the event's `id`.
        source: the source that it was read from.
        anonymous_id: the device it came from; may be null.
        user_id: the user who was logged in; may be null.
        dbt_visitor_id: the visitor: the mapping of its `user_id` if it has one, else of its `anonymous_id`.
        timestamp: when it happened.
        loaded_at: when it was loaded into the warehouse; null if the source does not say.
        event: its name; may be null.
        idle_time_minutes: minutes since the same visitor's previous event, as a fraction; null on the first.
        session_id: its session, `'<session_sequence_number> - <dbt_visitor_id>'`.
        session_sequence_number: the session's number, from 1 within the visitor.
        track_sequence_number: the event's place within its session, from 1.
        event_2: the name of the event that follows; null past the session's end, or if that event has none.
        event_3: the name of the event 2 places on.
        event_4: the name of the event 3 places on.
        event_5: the name of the event 4 places on.
        page_url: `context_page_url` or `url` of the source.
        page_path: `context_page_path` or `path` of the source.
        page_referrer: `context_page_referrer` or `referrer` of the source.
        utm_source: `context_campaign_source` of the source.
        utm_medium: `context_campaign_medium` of the source.
        utm_campaign: `context_campaign_name` of the source.
        utm_term: `context_campaign_term` of the source.
        utm_content: `context_campaign_content` of the source.
        device_type: `context_device_type` of the source.
        os_name: `context_os_name` of the source.
        library_name: `context_library_name` of the source.
        sdk_session_id: `context_session_id` of the source.

    Source: `tracks`, `aliases_mapping`. An id that the mapping lacks is its own visitor, so that no event is lost. With another
    `identity`, an event's visitor is found as that says. A session starts at a visitor's first event and wherever one of the
    `session_rules` holds: by default, after a gap of more than `idle_minutes`. A running sum of starts numbers the sessions: no
    join of events to sessions. `flow_depth` counts the event itself. With `flow_so_far`, as in the dbt project, `event_2` and the
    following are the session's first non-null event names up to the row's event. The last twelve columns are the context, the
    default of the setting `context`; one that is read from no column of the source is null.
    """
    visits = identity.visits(tracks, aliases_mapping).cte("visits")
    rules = session_rules.over(visits.c)
    dated = with_dates(visits, rules)
    order = visit_order(dated, unique_ids=deduplicate, context=[column.name for column in context_of(tracks)])
    marked = with_starts(_ordered(dated, order, rules), rules)
    numbered = _numbered(marked, depth=1 if flow_so_far else flow_depth)
    placed, carried = _placed(numbered, whole_minutes=whole_minutes), _carried(numbered, context)
    if not flow_so_far:
        return select(*placed, *within_session(numbered, flow_depth), *carried)
    counted = with_named_so_far(select(*placed, *carried).cte("placed"))
    first, last = (tuple(counted.c[one.name] for one in part) for part in (placed, carried))
    return select(*first, *names_so_far(counted, range(2, flow_depth + 1)), *last)


def _ordered(dated: FromClause, order: Sequence[ColumnElement[Any]], rules: SessionRules) -> FromClause:
    """Return the events with each one's place among its visitor's events, and what the rules compare of the event before."""
    visit: Any = {"partition_by": dated.c.dbt_visitor_id, "order_by": order}
    number = func.row_number(type_=BigInteger).over(**visit).label("visit_sequence_number")
    return select(dated, number, *previous_columns(dated, rules, visit)).cte("ordered")


def _numbered(marked: FromClause, *, depth: int) -> FromClause:
    """Return the events with the number of each one's session, the place at which that started, and the events that follow.

    A depth of 1 is the event alone.
    """
    sequence: Any = {"partition_by": marked.c.dbt_visitor_id, "order_by": marked.c.visit_sequence_number}
    so_far: Any = {**sequence, "rows": RUNNING}
    started_at = case((marked.c.starts_session == 1, marked.c.visit_sequence_number))
    return select(
        marked,
        cast(func.sum(marked.c.starts_session).over(**so_far), BigInteger).label("session_sequence_number"),
        func.max(started_at).over(**so_far).label("started_at_number"),
        *successors(marked, depth, sequence),
    ).cte("numbered")


def _carried(numbered: FromClause, context: Context) -> tuple[ColumnElement[Any], ...]:
    """Return the context. A column that the source lacks is added here, so that no window carries it."""
    return tuple(numbered.c.get(name, as_text(null())).label(name) for name in context)


def _placed(numbered: FromClause, *, whole_minutes: bool) -> tuple[Any, ...]:
    number, visitor = numbered.c.session_sequence_number, numbered.c.dbt_visitor_id
    return (
        numbered.c.event_id,
        numbered.c.source,
        numbered.c.anonymous_id,
        numbered.c.user_id,
        visitor,
        numbered.c.timestamp,
        numbered.c.loaded_at,
        numbered.c.event,
        minutes(elapsed(numbered.c.previous_timestamp, numbered.c.timestamp), whole=whole_minutes).label("idle_time_minutes"),
        session_id(number, visitor).label("session_id"),
        number,
        (numbered.c.visit_sequence_number - numbered.c.started_at_number + 1).label("track_sequence_number"),
    )
