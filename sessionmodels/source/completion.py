"""One event of several rows: what its row lacks of the context is completed from the others, in the order of their ranks."""

from sqlalchemy import BigInteger, FromClause, case, func, select, union_all

from sessionmodels.model import AnySelect
from sessionmodels.rules.event import RANK, context_of, of_event


def with_completed_events(ranked: FromClause) -> AnySelect:
    """Return the ranked rows with 1 added to each rank, and the event of each id as rank 1: its first row, completed.

    The rows themselves stay as they were read, because a later build compares them with what it reads.
    """
    behind = (ranked.c[RANK] + 1).label(RANK)
    both = union_all(_completed(ranked), select(*of_event(ranked), behind)).cte("rows_and_events")
    return select(*of_event(both), both.c[RANK])


def _completed(ranked: FromClause) -> AnySelect:
    """Return each id's row of rank 1, each column of its context from the first row that has one."""
    rank = ranked.c[RANK]
    context = context_of(ranked)
    if not context:
        return select(*of_event(ranked), rank).where(rank == 1)
    known = (func.min(case((one.is_not(None), rank)), type_=BigInteger).label(one.name) for one in context)
    first = select(ranked.c.event_id, *known).group_by(ranked.c.event_id).cte("first_with_context")
    found = (
        select(first.c.event_id, *(func.max(case((rank == first.c[one.name], one))).label(one.name) for one in context))
        .select_from(ranked.join(first, first.c.event_id == ranked.c.event_id))
        .group_by(first.c.event_id)
        .cte("completed_context")
    )
    own = [found.c[one.name] if one.name in found.c and one.name != "event_id" else one for one in of_event(ranked)]
    return select(*own, rank).select_from(ranked.join(found, found.c.event_id == ranked.c.event_id)).where(rank == 1)
