"""How many sessions there were, and their duration, bounces and conversions."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Double, FromClause, and_, cast, func, select, true

from sessionmodels.analyses.analysis import analysis
from sessionmodels.analyses.figures import distinct, most_first, number, share, total
from sessionmodels.analyses.within import EVERY_DAY, Days
from sessionmodels.model import AnySelect
from sessionmodels.sql.day import Period, period_number, period_start
from sessionmodels.sql.elapsed import MINUTE, divide, elapsed

READ = "dbt_visitor_id", "num_pvs", "page_views", "conversions", "is_engaged", "is_bounce"


@analysis
def sessions_by(
    sessions: FromClause,
    *,
    by: Sequence[str] = (),
    period: Period | None = None,
    days: Days = EVERY_DAY,
) -> AnySelect:
    """How many sessions there were, their duration, bounces and conversions, by columns of `sessions` and by period.

    Columns:
        period_start: the first day of the period; only there if a period is asked for.
        sessions: the number of sessions that started.
        visitors: the number of different visitors of these sessions.
        events: the number of events in these sessions.
        page_views: the number of these events that are page views.
        conversions: the number of these events that are conversions.
        engaged_sessions: the number of these sessions that were engaged.
        bounce_rate: the fraction of the sessions with a page view that bounced, from 0 to 1; null if none has a page view.
        conversion_rate: the fraction of the sessions that have a conversion, from 0 to 1; null if there are no sessions.
        average_minutes: the average time from a session's first event to its last, in minutes; null if there are no sessions.
        is_complete: whether the period is over and all of it is in the range of days; only there if a period is asked for.

    A session counts on the day on which it started. It was engaged if it lasted at least `engaged_seconds`, has two page views or
    more, or has a conversion. It bounced if it has a page view and was not engaged. A week starts on Monday. A period is over if
    the last event of the data is in a later one. The columns that `by` names come before `sessions`. Sessions for which such a
    column is null have a row of their own. Rows are in the order of periods, and within a period, the row with the most sessions
    comes first.
    """
    start = sessions.c.session_start_at
    periods = [period_start(days.date_of(start), period).label("period_start")] if period else []
    length = elapsed(start, sessions.c.ended_at).label("length")
    read = dict.fromkeys((*by, *READ))
    rows = select(*periods, *(sessions.c[name] for name in read), length).where(*days.hold(start)).cte("sessions_in_range")
    values = [rows.c[name] for name in by]
    grouped = [*(rows.c[one.name] for one in periods), *values]
    found = select(*grouped, *_figures(rows)).group_by(*grouped)
    found = found.order_by(*grouped[: len(periods)], *most_first(number(), values))
    if period is None:
        return found
    last = select(func.max(period_number(days.date_of(sessions.c.ended_at), period)).label("number")).cte("last_period")
    first_day = rows.c.period_start
    is_complete = and_(period_number(first_day, period) < last.c.number, *days.hold_whole(first_day, period))
    return found.add_columns(is_complete.label("is_complete")).join_from(rows, last, true()).group_by(last.c.number)


def _figures(rows: FromClause) -> Iterator[ColumnElement[Any]]:
    """Yield the figures of a group of sessions."""
    count = number()
    yield count.label("sessions")
    yield distinct(rows.c.dbt_visitor_id).label("visitors")
    yield total(rows.c.num_pvs).label("events")
    yield total(rows.c.page_views).label("page_views")
    yield total(rows.c.conversions).label("conversions")
    yield number(rows.c.is_engaged).label("engaged_sessions")
    yield share(number(rows.c.is_bounce), number(rows.c.is_bounce.is_not(None))).label("bounce_rate")
    yield share(number(rows.c.conversions > 0), count).label("conversion_rate")
    yield divide(cast(total(rows.c.length), Double), func.nullif(count, 0, type_=BigInteger) * MINUTE).label("average_minutes")
