"""How long the pauses between a visitor's events are."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, cast, func, select

from sessionmodels.analyses.figures import number
from sessionmodels.reporting.cubes.cube import Cube, cube
from sessionmodels.reporting.relations import Relations, bucket_of
from sessionmodels.sql.elapsed import MICROSECONDS_A_HOUR, MICROSECONDS_A_MINUTE, MICROSECONDS_A_SECOND, MINUTE

PAUSES = (
    *(n * MICROSECONDS_A_SECOND for n in (1, 3, 10, 30)),
    *(n * MICROSECONDS_A_MINUTE for n in (1, 3, 10, 30)),
    *(n * MICROSECONDS_A_HOUR for n in (1, 3, 12, 24, 3 * 24, 7 * 24, 30 * 24)),
)
"""The longest pause of each class, in microseconds; the last class has the longer ones."""


def bounds_of(timeout_minutes: int) -> tuple[int, ...]:
    """Return the bounds of the classes. The timeout is one of them, so that no class lies on both of its sides."""
    return tuple(sorted({*PAUSES, timeout_minutes * MICROSECONDS_A_MINUTE}))


def pauses(relations: Relations, bounds: Sequence[int]) -> Cube:
    """Count the pauses before events by the class of their length. A pause counts with the session of the event that ends it."""
    rows, events = relations.in_range("session_id"), relations.events
    pause = cast(func.round(events.c.idle_time_minutes * MINUTE), BigInteger).label("pause")
    found = (
        select(rows.c.step, rows.c.value, pause)
        .select_from(events.join(rows, rows.c.session_id == events.c.session_id))
        .where(events.c.idle_time_minutes.is_not(None))
        .cte("pauses")
    )
    each = select(found.c.step, found.c.value, bucket_of(found.c.pause, bounds).label("bucket")).cte("each")
    return cube(select(*each.c, number().label("pauses")).group_by(*each.c), "pauses")
