"""How many people are active, and how often they come."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import BigInteger, FromClause, case, cast, func, literal_column, or_, select, union_all

from sessionmodels.analyses.analysis import analysis
from sessionmodels.analyses.figures import share, total
from sessionmodels.analyses.within import EVERY_DAY, Days
from sessionmodels.model import AnySelect
from sessionmodels.sql.day import date_of_day, day_number
from sessionmodels.sql.order import RUNNING

EPOCH = date(1970, 1, 1)

SPANS = {"daily": 1, "weekly": 7, "monthly": 30}
"""By figure, of how many days up to a day it counts the visitors."""


@analysis
def active_visitors(session_events: FromClause, *, days: Days = EVERY_DAY) -> AnySelect:
    """How many visitors are active in a day, a week and a month, and how often they come.

    Columns:
        day: the date in the time zone.
        daily: the number of visitors with an event on that day.
        weekly: the number of visitors with an event on that day or the 6 days before it.
        monthly: the number of visitors with an event on that day or the 29 days before it.
        stickiness: `daily` as a fraction of `monthly`, from 0 to 1.

    There is one row for each day with an event; days without events are missing. The last day may not be over yet. The first 29
    days of the data have fewer days before them, so `monthly` is too low there, and `weekly` in the first 6.
    """
    visitor, moment = session_events.c.dbt_visitor_id, session_events.c.timestamp
    day = day_number(days.date_of(moment)).label("day")
    until_then = _with_days_before(days).hold(moment)
    days_of = select(visitor, day).where(*until_then).distinct().cte("days_of_visitors")
    following = func.lead(days_of.c.day, type_=BigInteger).over(partition_by=days_of.c.dbt_visitor_id, order_by=days_of.c.day)
    each = select(days_of.c.day, following.label("next_day")).cte("days_with_the_next")
    changes = union_all(
        select(each.c.day, literal_column("1", BigInteger).label("starts"), *_counts(SPANS, 1)),
        *(_ends(each, name, span) for name, span in SPANS.items()),
    ).cte("changes")
    sums = (total(changes.c[one]).label(one) for one in ("starts", *SPANS))
    by_day = select(changes.c.day, *sums).group_by(changes.c.day).cte("by_day")
    window: Any = {"order_by": by_day.c.day, "rows": RUNNING}
    running = [cast(func.sum(by_day.c[name]).over(**window), BigInteger).label(name) for name in SPANS]
    counted = select(by_day.c.day, by_day.c.starts, *running).cte("counted")
    first = [] if days.since is None else [counted.c.day >= (days.since - EPOCH).days]
    return (
        select(
            date_of_day(counted.c.day).label("day"),
            *(counted.c[name] for name in SPANS),
            share(counted.c.daily, counted.c.monthly).label("stickiness"),
        )
        .where(counted.c.starts > 0, *first)
        .order_by(counted.c.day)
    )


def _with_days_before(days: Days) -> Days:
    """Return the range with the days before it whose visitors are still counted on its first day."""
    longest = max(SPANS.values())
    if days.since is None or days.since <= date.min + timedelta(days=longest):
        return replace(days, since=None)
    return replace(days, since=days.since - timedelta(days=longest))


def _counts(names: Any, change: int) -> list[Any]:
    return [literal_column(str(change if one in names else 0), BigInteger).label(one) for one in SPANS]


def _ends(each: FromClause, name: str, span: int) -> AnySelect:
    """Return when a visitor is no longer counted: that many days later, or when the next day of theirs is counted instead."""
    end = each.c.day + span
    ended = case((or_(each.c.next_day.is_(None), each.c.next_day > end), end), else_=each.c.next_day)
    return select(ended.label("day"), literal_column("0", BigInteger).label("starts"), *_counts({name}, -1))
