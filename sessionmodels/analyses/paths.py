"""What people do one after the other."""

from typing import Any

from sqlalchemy import BigInteger, FromClause, and_, case, cast, func, literal_column, select

from sessionmodels.analyses.analysis import analysis
from sessionmodels.analyses.figures import number, share
from sessionmodels.analyses.within import EVERY_DAY, Days
from sessionmodels.model import AnySelect
from sessionmodels.sql.order import nulls_last


@analysis
def paths(
    session_events: FromClause,
    *,
    start_at: str | None = None,
    end_at: str | None = None,
    depth: int = 5,
    days: Days = EVERY_DAY,
) -> AnySelect:
    """Which events follow one another in a session, most frequent first.

    Columns:
        event_1: the name of the path's first event; null if that event has no name.
        event_2: the name of the second event, and so on up to `depth`; null after the path's end, or if that event has no name.
        events: the number of events in the path.
        sessions: the number of sessions with this path.
        share: `sessions` as a fraction of all sessions with a path, from 0 to 1.

    A path is up to `depth` events of a session in a row. It begins at the session's first event. With `start_at`, it begins at
    the session's first event of that name. With `end_at`, it ends at the session's first event of that name. A session without
    such an event has no path, and no session has more than one. If the same event happens twice in a row, it is in the path
    twice. A session counts if the event at which its path begins (with `end_at`: ends) happened in the range of days.
    """
    chosen = start_at if end_at is None else end_at
    place, session, moment = (session_events.c[name] for name in ("track_sequence_number", "session_id", "timestamp"))
    is_it = place == literal_column("1", BigInteger) if chosen is None else session_events.c.event == chosen
    found_at = func.min(place, type_=BigInteger).label("found_at")
    happened = func.min(moment, type_=moment.type).label("timestamp")
    first = select(session, found_at, happened).where(is_it).group_by(session).cte("first_found")
    in_range = days.hold(first.c.timestamp)
    anchors = select(first.c.session_id, first.c.found_at).where(*in_range).cte("anchors")
    begins = (
        anchors.c.found_at
        if end_at is None
        else case((anchors.c.found_at > depth - 1, anchors.c.found_at - (depth - 1)), else_=literal_column("1", BigInteger))
    )
    ends = anchors.c.found_at + (depth - 1) if end_at is None else anchors.c.found_at
    return _most_frequent(session_events, anchors, begins, ends, depth)


def _most_frequent(events: FromClause, anchors: FromClause, begins: Any, ends: Any, depth: int) -> AnySelect:
    place = events.c.track_sequence_number
    of_path = and_(anchors.c.session_id == events.c.session_id, place >= begins, place <= ends)
    nth = [
        func.max(case((place == begins + n, events.c.event)), type_=events.c.event.type).label(f"event_{n + 1}")
        for n in range(depth)
    ]
    each = select(events.c.session_id, *nth, number().label("events"))
    each = each.select_from(events.join(anchors, of_path)).group_by(events.c.session_id).cte("paths_of_sessions")
    columns = [each.c[f"event_{n + 1}"] for n in range(depth)]
    count = number()
    counted = select(*columns, each.c.events, count.label("sessions")).group_by(*columns, each.c.events).cte("paths")
    everything = cast(func.sum(counted.c.sessions).over(), BigInteger)
    keys = [key for one in counted.c if one.name.startswith("event_") for key in nulls_last(one)]
    return select(counted, share(counted.c.sessions, everything).label("share")).order_by(
        counted.c.sessions.desc(), *keys, counted.c.events
    )
