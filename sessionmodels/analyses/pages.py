"""Which pages visitors viewed, and on which pages sessions started and ended."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, FromClause, and_, literal_column, select

from sessionmodels.analyses.analysis import analysis
from sessionmodels.analyses.figures import most_first, number, share, stacked, total
from sessionmodels.analyses.within import EVERY_DAY, Days
from sessionmodels.errors import SettingsError
from sessionmodels.model import AnySelect

FIGURES = "page_views", "sessions", "last_in_sessions", "entries", "exits", "entries_with_a_view", "bounces"
OF_SESSION = "dbt_visitor_id", "session_sequence_number"
PATH = "page_path"
NOTHING = literal_column("0", BigInteger)


@analysis
def pages(
    session_events: FromClause,
    sessions: FromClause,
    *,
    page_events: Sequence[str] = ("page", "screen"),
    days: Days = EVERY_DAY,
) -> AnySelect:
    """Which pages visitors viewed, and on which pages sessions started and ended.

    Columns:
        page_path: the path of the page.
        page_views: the number of its page views, which are the events that `page_events` names.
        sessions: the number of sessions in which it was viewed.
        entries: the number of sessions that started on it: it is their `landing_page_path`.
        exits: the number of sessions that ended on it: it is their `exit_page_path`.
        exit_rate: the fraction of `sessions` that ended on it, from 0 to 1; null if it was not viewed.
        bounces: the number of `entries` that bounced.
        bounce_rate: the fraction of the `entries` with a page view that bounced, from 0 to 1; null if there are none.

    `page_views`, `sessions` and `exit_rate` are figures of the views that happened in the range of days. `entries`, `exits`,
    `bounces` and `bounce_rate` are figures of the sessions that started in it. A session that started before the first day and
    goes on into it counts in `sessions` and in `exit_rate`, but not in `exits`, so `exit_rate` can differ from `exits` divided by
    `sessions`. Events and sessions without a path do not count. The pages with the most views come first.
    """
    if PATH not in session_events.c:
        example = f"{PATH} = ['context_page_path', 'path']"
        msg = (
            f"pages needs the column {PATH} of session_events; add it to the setting context, such as {example}, and build again"
        )
        raise SettingsError(msg)
    viewed = _viewed(session_events, sessions, page_events, days)
    started = list(days.hold(sessions.c.session_start_at))
    landing, left = sessions.c.landing_page_path, sessions.c.exit_page_path
    bounces = number(sessions.c.is_bounce.is_not(None)), number(sessions.c.is_bounce)
    entered = select(landing, *[NOTHING] * 3, number(), NOTHING, *bounces).where(landing.is_not(None), *started).group_by(landing)
    exited = select(left, *[NOTHING] * 4, number(), *[NOTHING] * 2).where(left.is_not(None), *started).group_by(left)
    counted = stacked(("page_path", *FIGURES), viewed, entered, exited, name="counted")
    figures = {name: total(counted.c[name]).label(name) for name in FIGURES}
    exit_rate = share(figures["last_in_sessions"].element, figures["sessions"].element).label("exit_rate")
    bounce_rate = share(figures["bounces"].element, figures["entries_with_a_view"].element).label("bounce_rate")
    shown = (figures[name] for name in ("page_views", "sessions", "entries", "exits"))
    return (
        select(counted.c.page_path, *shown, exit_rate, figures["bounces"], bounce_rate)
        .group_by(counted.c.page_path)
        .order_by(*most_first(figures["page_views"].element, [counted.c.page_path]))
    )


def _viewed(session_events: FromClause, sessions: FromClause, page_events: Sequence[str], days: Days) -> AnySelect:
    """Return by page how often it was viewed, in how many sessions, and how many of these ended there."""
    path = session_events.c[PATH]
    of_session = [session_events.c[name] for name in OF_SESSION]
    is_view = path.is_not(None), session_events.c.event.in_(list(page_events)), *days.hold(session_events.c.timestamp)
    seen = select(path, *of_session, number().label("views")).where(*is_view).group_by(path, *of_session).cte("pages_of_sessions")
    same = and_(*(sessions.c[name] == seen.c[name] for name in OF_SESSION))
    last = number(sessions.c.exit_page_path == seen.c.page_path)
    counted = select(seen.c.page_path, total(seen.c.views), number(), last, *[NOTHING] * 4)
    return counted.select_from(seen.join(sessions, same)).group_by(seen.c.page_path)
