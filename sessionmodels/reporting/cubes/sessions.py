"""How many sessions there were, and how good they were; also in the period before."""

from collections.abc import Sequence

from sqlalchemy import case, select

from sessionmodels.analyses.figures import number, total
from sessionmodels.reporting.cubes.cube import Cube, cube
from sessionmodels.reporting.relations import Relations, whole
from sessionmodels.sql.elapsed import elapsed, truncated

SUMS = "sessions", "events", "page_views", "conversions", "converted", "engaged", "with_a_view", "bounces", "milliseconds"
READ = (
    "num_pvs",
    "page_views",
    "conversions",
    "is_engaged",
    "is_bounce",
    "session_sequence_number",
    "session_start_at",
    "ended_at",
)


def sessions(relations: Relations, counters: Sequence[str]) -> Cube:
    """Count sessions by whether it is the first of its visitor, with a sum for each counter."""
    rows = relations.in_range(*READ, *counters, with_before=True)
    is_first = case((rows.c.session_sequence_number == whole(1), whole(1)), else_=whole(0)).label("is_first")
    length = elapsed(rows.c.session_start_at, rows.c.ended_at).label("length")
    each = select(rows, is_first, length).cte("each")
    keys = each.c.step, each.c.value, each.c.is_first
    sums = (
        number(),
        total(each.c.num_pvs),
        total(each.c.page_views),
        total(each.c.conversions),
        number(each.c.conversions > 0),
        number(each.c.is_engaged),
        number(each.c.is_bounce.is_not(None)),
        number(each.c.is_bounce),
        truncated(total(each.c.length), whole(1000)),
        *(total(each.c[name]) for name in counters),
    )
    names = (*SUMS, *(f"counter_{n}" for n in range(len(counters))))
    query = select(*keys, *(one.label(name) for one, name in zip(sums, names, strict=True))).group_by(*keys)
    return cube(query, *names)
