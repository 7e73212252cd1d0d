"""Who comes back."""

from typing import Any

from sqlalchemy import BigInteger, FromClause, and_, func, literal_column, select, true, union_all

from sessionmodels.analyses.analysis import analysis
from sessionmodels.analyses.figures import distinct, number, share
from sessionmodels.analyses.within import EVERY_DAY, Days
from sessionmodels.model import AnySelect
from sessionmodels.sql.day import Period, period_number, period_start


@analysis
def retention(  # noqa: PLR0913 - all that may be asked
    session_events: FromClause,
    *,
    first_event: str | None = None,
    event: str | None = None,
    period: Period = "week",
    periods: int = 8,
    days: Days = EVERY_DAY,
) -> AnySelect:
    """How many of the visitors who were first seen in a period come back in later ones.

    Columns:
        first_period: the first day of the period in which the visitors of this cohort were first seen.
        visitors: the number of visitors in the cohort.
        periods_later: how many periods after `first_period` this row is about, from 0.
        returned: the number of visitors of the cohort who have an event in that period.
        share: `returned` as a fraction of `visitors`, from 0 to 1.
        is_complete: whether that period is over: the last event of the data is in a later one. If not, `returned` may grow.

    A cohort is all visitors who were first seen in one period: at their first event of all, or at their first one named
    `first_event`. The range of days only chooses who is shown: the visitors who were first seen in it. A visitor comes back by
    any event, or by one named `event`. In the first period, that event may be earlier than the one at which the visitor was first
    seen. Each cohort has one row per period, up to the period of the last event of the data and at most `periods` (by default, 8)
    rows, even if nobody came back. A period is a week unless you ask for another one. A week starts on Monday.
    """
    visitor, moment, name = session_events.c.dbt_visitor_id, session_events.c.timestamp, session_events.c.event
    is_first = [] if first_event is None else [name == first_event]
    first_seen = func.min(moment, type_=moment.type).label("first_seen")
    seen = select(visitor, first_seen).where(*is_first).group_by(visitor).cte("first_seen")
    day = days.date_of(seen.c.first_seen)
    cohorts = (
        select(seen.c.dbt_visitor_id, period_start(day, period).label("first_period"), period_number(day, period).label("number"))
        .where(*days.hold(seen.c.first_seen))
        .cte("cohorts")
    )
    active_in = period_number(days.date_of(moment), period).label("number")
    active = select(visitor, active_in).where(*([] if event is None else [name == event])).distinct().cte("active")
    last = select(func.max(period_number(days.date_of(moment), period)).label("number")).cte("last_period")
    return _triangle(cohorts, active, last, periods)


def _triangle(cohorts: FromClause, active: FromClause, last: FromClause, periods: int) -> AnySelect:
    """One row per period of first events and later period up to the last one, also if nobody came back."""
    size = (
        select(cohorts.c.first_period, cohorts.c.number, number().label("visitors")).group_by(*list(cohorts.c)[1:]).cte("sizes")
    )
    each = (select(literal_column(str(one), BigInteger).label("periods_later")) for one in range(periods))
    later = union_all(*each).cte("later")
    returned = _returned(cohorts, active, periods)
    found = and_(returned.c.first_period == size.c.first_period, returned.c.periods_later == later.c.periods_later)
    came = func.coalesce(returned.c.returned, literal_column("0", BigInteger), type_=BigInteger)
    is_past = size.c.number + later.c.periods_later <= last.c.number
    rows = size.join(later, true()).join(last, is_past).outerjoin(returned, found)
    return (
        select(
            size.c.first_period,
            size.c.visitors,
            later.c.periods_later,
            came.label("returned"),
            share(came, size.c.visitors).label("share"),
            (size.c.number + later.c.periods_later < last.c.number).label("is_complete"),
        )
        .select_from(rows)
        .order_by(size.c.first_period, later.c.periods_later)
    )


def _returned(cohorts: FromClause, active: FromClause, periods: int) -> FromClause:
    """One row per period of first events and later period in which some of its visitors came back, with their number."""
    shown = active.c.number.between(cohorts.c.number, cohorts.c.number + (periods - 1))
    same: Any = and_(active.c.dbt_visitor_id == cohorts.c.dbt_visitor_id, shown)
    after = (active.c.number - cohorts.c.number).label("periods_later")
    return (
        select(cohorts.c.first_period, after, distinct(cohorts.c.dbt_visitor_id).label("returned"))
        .select_from(cohorts.join(active, same))
        .group_by(cohorts.c.first_period, after)
        .cte("returned")
    )
