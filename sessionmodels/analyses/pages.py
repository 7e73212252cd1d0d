"""Which pages people saw, came in by and left from."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, FromClause, literal_column, select

from sessionmodels.analyses.analysis import analysis
from sessionmodels.analyses.figures import distinct, most_first, number, share, stacked, total
from sessionmodels.analyses.within import EVERY_DAY, Days
from sessionmodels.model import AnySelect

FIGURES = "page_views", "sessions", "entries", "exits", "entries_with_a_view", "bounces"
NOTHING = literal_column("0", BigInteger)


@analysis
def pages(
    session_events: FromClause,
    sessions: FromClause,
    *,
    page_events: Sequence[str] = ("page", "screen"),
    days: Days = EVERY_DAY,
) -> AnySelect:
    """Which pages people saw, came in by and left from.

    Columns:
        page_path: the path of the page.
        page_views: how many page views it has: events that `page_events` names.
        sessions: in how many sessions it was viewed.
        entries: how many sessions started there: it is their `landing_page_path`.
        exits: how many sessions ended there: it is their `exit_page_path`.
        bounces: how many of the sessions that started there bounced.
        bounce_rate: the fraction of the entries with a page view that bounced, from 0 to 1; null if there are none.

    A page view counts when it happened, a session when it started. Events and sessions without a path do not count. The pages
    with the most views come first.
    """
    happened = days.hold(session_events.c.timestamp)
    path = session_events.c.page_path
    viewed = (
        select(path, number(), distinct(session_events.c.session_id), *[NOTHING] * 4)
        .where(path.is_not(None), session_events.c.event.in_(list(page_events)), *happened)
        .group_by(path)
    )
    started = list(days.hold(sessions.c.session_start_at))
    landing, left = sessions.c.landing_page_path, sessions.c.exit_page_path
    bounces = number(sessions.c.is_bounce.is_not(None)), number(sessions.c.is_bounce)
    entered = (
        select(landing, NOTHING, NOTHING, number(), NOTHING, *bounces).where(landing.is_not(None), *started).group_by(landing)
    )
    exited = select(left, *[NOTHING] * 3, number(), *[NOTHING] * 2).where(left.is_not(None), *started).group_by(left)
    counted = stacked(("page_path", *FIGURES), viewed, entered, exited, name="counted")
    figures = {name: total(counted.c[name]).label(name) for name in FIGURES}
    bounce_rate = share(figures["bounces"].element, figures["entries_with_a_view"].element).label("bounce_rate")
    shown = [figures[name] for name in FIGURES if name != "entries_with_a_view"]
    return (
        select(counted.c.page_path, *shown, bounce_rate)
        .group_by(counted.c.page_path)
        .order_by(*most_first(figures["page_views"].element, [counted.c.page_path]))
    )
