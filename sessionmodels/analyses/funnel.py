"""How many people get from step to step."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Double,
    FromClause,
    and_,
    cast,
    func,
    literal,
    literal_column,
    null,
    select,
    union_all,
)

from sessionmodels.analyses.analysis import analysis
from sessionmodels.analyses.figures import median, most_first, number, ranks, share
from sessionmodels.analyses.within import EVERY_DAY, Days
from sessionmodels.model import AnySelect
from sessionmodels.settings.duration import Duration, seconds_in
from sessionmodels.sql.elapsed import MICROSECONDS_A_SECOND, elapsed
from sessionmodels.sql.text import as_text

OF_SESSION = "dbt_visitor_id", "session_sequence_number"

NOT_ON_THE_FIRST = cast(null(), Double)


@analysis
def funnel(  # noqa: PLR0913 - all that may be asked
    session_events: FromClause,
    sessions: FromClause,
    *,
    steps: Sequence[str],
    within: Duration | None = None,
    by: Sequence[str] = (),
    days: Days = EVERY_DAY,
    limit: int | None = None,
) -> AnySelect:
    """How many sessions, or visitors, get from step to step, and how fast.

    Columns:
        step: the number of the step, from 1.
        event: the name of the step's event.
        sessions: the number of sessions that reached the step; with `within`, the number of visitors, in a column `visitors`.
        share: the fraction that reached the step, of all that reached the first step, from 0 to 1.
        share_of_previous: the fraction that reached the step, of all that reached the step before it; null on the first step.
        median_seconds: the median time since the step before it, in seconds; null on the first step, or if none reached it.

    Without `within`, a funnel follows each session. A session enters the funnel at its first event of the first step in the range
    of days. It reaches each later step at the first event of that name after the event of the step before. Other events in
    between do not matter, and one event counts for one step only. With `within`, such as `7d`, a funnel follows each visitor
    across sessions. A visitor enters the funnel at their first event of the first step in the range of days. Later steps count
    only if they happen within that time after the entry. In both cases, later steps count even if they happen after the last day
    of the range. With `by`, the columns of `sessions` that it names come first, with the values of the session in which the
    funnel was entered. The values with the most entries come first. A limit counts values, not rows, so that each value keeps all
    of its steps.
    """
    wide = _side_by_side(steps_reached(session_events, steps, within, days), sessions, by)
    return _figures(wide, steps, by, "sessions" if within is None else "visitors", limit)


def steps_reached(
    session_events: FromClause, steps: Sequence[str], within: Duration | None = None, days: Days = EVERY_DAY
) -> list[FromClause]:
    """Return for each step the event by which each `entity` reached it: a session, or with `within` a visitor."""
    entity = session_events.c.session_id if within is None else session_events.c.dbt_visitor_id
    placed = _placed(session_events, entity, steps, replace(days, until=None))
    longest = None if within is None else round(seconds_in(within) * MICROSECONDS_A_SECOND)
    reached = [_entries(placed, steps[0], days)]
    for place, name in enumerate(steps[1:], start=2):
        reached.append(_next(placed, reached[-1], name, longest).cte(f"step_{place}"))
    return reached


def _placed(events: FromClause, entity: ColumnElement[Any], steps: Sequence[str], days: Days) -> FromClause:
    """Return the events of the steps since the first day, each with its place among those of its session or visitor."""
    order = events.c.session_sequence_number, events.c.track_sequence_number
    place = func.row_number(type_=BigInteger).over(partition_by=entity, order_by=order).label("place")
    columns = (events.c[name] for name in (*OF_SESSION, "event", "timestamp"))
    is_step = events.c.event.in_(sorted(set(steps)))
    return select(entity.label("entity"), *columns, place).where(is_step, *days.hold(events.c.timestamp)).cte("events_of_steps")


def _entries(placed: FromClause, name: str, days: Days) -> FromClause:
    """Return the event by which each session or visitor entered. The earliest place has the earliest time and session."""
    first = [func.min(placed.c[one], type_=placed.c[one].type).label(one) for one in ("place", "timestamp", *OF_SESSION)]
    is_entry = placed.c.event == name, *days.hold(placed.c.timestamp)
    entered_at = first[1].element.label("entered_at")
    return select(placed.c.entity, *first, entered_at).where(*is_entry).group_by(placed.c.entity).cte("step_1")


def _next(placed: FromClause, before: FromClause, name: str, longest: int | None) -> AnySelect:
    """Return the first event of the step after the one of the step before. The earliest place has the earliest time."""
    joined = placed.join(before, before.c.entity == placed.c.entity)
    conditions = [placed.c.event == name, placed.c.place > before.c.place]
    if longest is not None:
        conditions.append(elapsed(before.c.entered_at, placed.c.timestamp) <= literal_column(str(longest), BigInteger))
    columns = {"place": placed.c.place, "timestamp": placed.c.timestamp, "entered_at": before.c.entered_at}
    found = (func.min(column, type_=column.type).label(name) for name, column in columns.items())
    return select(placed.c.entity, *found).select_from(joined).where(*conditions).group_by(placed.c.entity)


def _side_by_side(reached: list[FromClause], sessions: FromClause, by: Sequence[str]) -> FromClause:
    """Return one row for each entry: the columns of its session, and by step whether it was reached and how long it took."""
    entered, *later = reached
    joined, columns = entered, list[ColumnElement[Any]]()
    if by:
        joined = joined.join(sessions, and_(*(sessions.c[name] == entered.c[name] for name in OF_SESSION)))
    for step, (before, one) in enumerate(zip(reached, later, strict=False), start=2):
        joined = joined.outerjoin(one, one.c.entity == entered.c.entity)
        columns += [one.c.place.label(f"place_{step}"), elapsed(before.c.timestamp, one.c.timestamp).label(f"took_{step}")]
    rows = (
        select(*(sessions.c[name] for name in by), entered.c.place.label("place_1"), *columns).select_from(joined).cte("entries")
    )
    values, took = [rows.c[name] for name in by], [rows.c[f"took_{step}"] for step in range(2, len(reached) + 1)]
    return select(rows, *(column for one in took for column in ranks(one, values))).cte("ranked_entries")


def _figures(wide: FromClause, steps: Sequence[str], by: Sequence[str], counted: str, limit: int | None) -> AnySelect:
    values, everyone = [wide.c[name] for name in by], number(wide.c.place_1.is_not(None))
    parts = list[AnySelect]()
    for step, name in enumerate(steps, start=1):
        arrived = number(wide.c[f"place_{step}"].is_not(None))
        earlier = None if step == 1 else number(wide.c[f"place_{step - 1}"].is_not(None))
        figures = (
            literal_column(str(step), BigInteger).label("step"),
            as_text(literal(name)).label("event"),
            arrived.label(counted),
            share(arrived, everyone).label("share"),
            (NOT_ON_THE_FIRST if earlier is None else share(arrived, earlier)).label("share_of_previous"),
            (NOT_ON_THE_FIRST if earlier is None else median(wide, f"took_{step}")).label("median_seconds"),
        )
        parts.append(select(*values, *figures).group_by(*values))
    found = union_all(*parts).cte("steps")
    return _in_order(found, by, counted, limit) if by else select(found).order_by(found.c.step)


def _in_order(found: FromClause, by: Sequence[str], counted: str, limit: int | None) -> AnySelect:
    """Return the steps of each value, those of the values with the most entries first, and of at most that many values."""
    values = [found.c[name] for name in by]
    entries = func.max(found.c[counted], type_=BigInteger).over(partition_by=values).label("entries")
    sized = select(found, entries).cte("steps_with_entries")
    order: Any = most_first(sized.c.entries, [sized.c[name] for name in by])
    placed = select(sized, func.dense_rank(type_=BigInteger).over(order_by=order).label("place")).cte("placed_steps")
    shown = [] if limit is None else [placed.c.place <= literal_column(str(limit), BigInteger)]
    return select(*(placed.c[one.name] for one in found.c)).where(*shown).order_by(placed.c.place, placed.c.step)
