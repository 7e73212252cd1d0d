"""Where conversions come from."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, FromClause, and_, case, cast, func, literal_column, null, or_, select, union_all

from sessionmodels.analyses.analysis import analysis
from sessionmodels.analyses.channel import CHANNEL
from sessionmodels.analyses.channel_rules import DIRECT
from sessionmodels.analyses.figures import most_first, stacked, total
from sessionmodels.analyses.within import EVERY_DAY, Days
from sessionmodels.model import AnySelect
from sessionmodels.sql.elapsed import MICROSECONDS_A_HOUR, elapsed
from sessionmodels.sql.instant import instant
from sessionmodels.sql.order import RUNNING

FIGURES = "first", "last", "last_non_direct"
KEYS = "dbt_visitor_id", "session_sequence_number", "track_sequence_number"
"""What names a conversion."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
A_DAY = 24 * MICROSECONDS_A_HOUR


@analysis
def conversions(  # noqa: PLR0913 - all that may be asked
    session_events: FromClause,
    sessions: FromClause,
    *,
    events: Sequence[str],
    by: Sequence[str] = (CHANNEL,),
    window_days: int = 30,
    days: Days = EVERY_DAY,
) -> AnySelect:
    """Which channels, campaigns or landing pages conversions come from, by first-touch and last-touch attribution.

    Columns:
        first: the conversions for which the visitor's first session in the window has this value (first touch).
        last: the conversions whose own session has this value (last touch).
        last_non_direct: the conversions for which the last session in the window that is not `Direct` has this value.

    There is one row for each value of the column of `sessions` that `by` names (by default, `channel`), or for each combination
    of several. Each event that `events` names (by default, the setting `conversion_events`) is one conversion, even if a session
    has several. The window of a conversion is its own session and the visitor's earlier sessions that started at most
    `window_days` (by default, 30) days before the conversion. If all of these sessions are `Direct`, `last_non_direct` takes the
    session of the conversion, as `last` does. The range of days applies to the conversions, not to the sessions in the window.
    Without a limit, each of the three columns adds up to the number of conversions.
    """
    is_one = session_events.c.event.in_(list(events)), *days.hold(session_events.c.timestamp)
    names = "dbt_visitor_id", "session_sequence_number", "timestamp", "track_sequence_number"
    converted = select(*(session_events.c[name] for name in names)).where(*is_one).cte("conversions")
    credited = _credited(sessions, converted, window_days * A_DAY)
    counted = union_all(*(_counted(sessions, credited, name, by) for name in FIGURES)).cte("credits")
    values = [counted.c[name] for name in by]
    sums = {name: total(counted.c[name]) for name in FIGURES}
    return (
        select(*values, *(sums[name].label(name) for name in FIGURES))
        .group_by(*values)
        .order_by(*most_first(sums["last"], values))
    )


def _credited(sessions: FromClause, converted: FromClause, window: int) -> FromClause:
    """Return for each conversion the numbers of the sessions that it is credited to.

    Sessions and conversions of a visitor are put into one order, so that no conversion is joined to every session before it.
    """
    visitor, number = sessions.c.dbt_visitor_id, sessions.c.session_sequence_number
    last_one = func.max(case((sessions.c[CHANNEL] != DIRECT, number)), type_=BigInteger)
    last_one = last_one.over(partition_by=visitor, order_by=number, rows=RUNNING).label("last_non_direct")
    numbered = select(visitor, number, sessions.c.session_start_at, last_one).cte("numbered_sessions")
    same = and_(*(converted.c[name] == numbered.c[name] for name in ("dbt_visitor_id", "session_sequence_number")))
    own = select(converted, numbered.c.last_non_direct).select_from(converted.join(numbered, same)).cte("conversions_in_sessions")
    earlier = numbered.alias("earlier")
    is_earlier = and_(
        earlier.c.dbt_visitor_id == own.c.dbt_visitor_id, earlier.c.session_sequence_number == own.c.last_non_direct
    )
    is_in_window = elapsed(earlier.c.session_start_at, own.c.timestamp) <= literal_column(str(window), BigInteger)
    first = _first_in_window(numbered, own, window)
    last = own.c.session_sequence_number
    found = case((or_(is_in_window, own.c.last_non_direct == last), own.c.last_non_direct), else_=last)
    joined = own.join(first, and_(*(own.c[name] == first.c[name] for name in KEYS))).outerjoin(earlier, is_earlier)
    return (
        select(
            own.c.dbt_visitor_id,
            first.c.first,
            last.label("last"),
            found.label("last_non_direct"),
        )
        .select_from(joined)
        .cte("credited")
    )


def _first_in_window(numbered: FromClause, own: FromClause, window: int) -> FromClause:
    """Return for each conversion the number of the first session that started in its window.

    The start of each window is put among the sessions of its visitor: the first one that follows it is the one.
    """
    nothing = cast(null(), BigInteger)
    keys = [own.c[name] for name in KEYS]
    marks = select(
        *keys, _since_1970(own.c.timestamp) - literal_column(str(window), BigInteger), literal_column("0", BigInteger), nothing
    )
    visitor, number = numbered.c.dbt_visitor_id, numbered.c.session_sequence_number
    starts = select(visitor, nothing, nothing, _since_1970(numbered.c.session_start_at), literal_column("1", BigInteger), number)
    line = stacked((*KEYS, "moment", "is_session", "number"), marks, starts, name="line")
    order: Any = {"partition_by": line.c.dbt_visitor_id, "order_by": (line.c.moment, line.c.is_session, line.c.number)}
    following = func.min(line.c.number, type_=BigInteger).over(**order, rows=(0, None)).label("following")
    found = select(*(line.c[name] for name in (*KEYS, "is_session")), following).cte("line_with_the_following")
    last = found.c.session_sequence_number
    first = case((found.c.following < last, found.c.following), else_=last).label("first")
    return select(*(found.c[name] for name in KEYS), first).where(found.c.is_session == 0).cte("first_in_window")


def _since_1970(moment: ColumnElement[Any]) -> ColumnElement[int]:
    return elapsed(instant(EPOCH, moment), moment)


def _counted(sessions: FromClause, credited: FromClause, figure: str, by: Sequence[str]) -> AnySelect:
    same = and_(sessions.c.dbt_visitor_id == credited.c.dbt_visitor_id, sessions.c.session_sequence_number == credited.c[figure])
    ones: list[ColumnElement[Any]] = [literal_column(str(int(name == figure)), BigInteger).label(name) for name in FIGURES]
    return select(*(sessions.c[name] for name in by), *ones).select_from(credited.join(sessions, same))
