"""How long sessions are, in time and in events."""

from typing import Any

from sqlalchemy import select

from sessionmodels.analyses.figures import number
from sessionmodels.reporting.cubes.cube import Cube, cube
from sessionmodels.reporting.relations import Relations, bucket_of
from sessionmodels.sql.elapsed import MICROSECONDS_A_MINUTE, MICROSECONDS_A_SECOND, elapsed

LENGTHS = (
    *(n * MICROSECONDS_A_SECOND for n in (0, 10, 30)),
    *(n * MICROSECONDS_A_MINUTE for n in (1, 3, 10, 30, 60, 120)),
)
"""The longest session of each class, in microseconds; the last class has the longer ones."""

DEPTHS = 1, 2, 3, 4, 5, 10, 20, 50
"""The most events of each class; the last class has those with more."""


def lengths(relations: Relations) -> Cube:
    """Count sessions by the class of their length, from the first event to the last."""
    rows = relations.in_range("session_start_at", "ended_at")
    length = elapsed(rows.c.session_start_at, rows.c.ended_at).label("length")
    measured = select(rows.c.step, rows.c.value, length).cte("measured")
    return _by_class(measured, bucket_of(measured.c.length, LENGTHS))


def depths(relations: Relations) -> Cube:
    """Count sessions by the class of their number of events."""
    rows = relations.in_range("num_pvs")
    return _by_class(rows, bucket_of(rows.c.num_pvs, DEPTHS))


def _by_class(rows: Any, place: Any) -> Cube:
    each = select(rows.c.step, rows.c.value, place.label("bucket")).cte("each")
    return cube(select(*each.c, number().label("sessions")).group_by(*each.c), "sessions")
