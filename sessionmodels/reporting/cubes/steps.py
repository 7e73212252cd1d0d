"""What people do first: the first five events of a session, and which follows which."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, case, func, select, union_all

from sessionmodels.analyses.figures import number
from sessionmodels.reporting.cubes.cube import Cube, cube
from sessionmodels.reporting.relations import Relations, place_of, whole

DEPTH = 5


def steps(relations: Relations, names: Sequence[str]) -> Cube:
    """Count sessions by the place of an event, its name, and the name of the event that follows, or that the session ends.

    A name is its place among these; then come other names, then events without a name, and then the end.
    """
    rows, events = relations.in_range("session_id"), relations.events
    named = place_of(events.c.event, names).label("name")
    early = (
        select(rows.c.step, rows.c.value, events.c.session_id, events.c.track_sequence_number, named)
        .select_from(events.join(rows, rows.c.session_id == events.c.session_id))
        .where(events.c.track_sequence_number <= whole(DEPTH))
        .cte("early_events")
    )
    whose = early.c.step, early.c.value, early.c.session_id
    nth = (
        func.max(case((early.c.track_sequence_number == whole(n), early.c.name)), type_=BigInteger) for n in range(1, DEPTH + 1)
    )
    wide = select(*whose, *(one.label(f"event_{n}") for n, one in enumerate(nth, start=1))).group_by(*whose).cte("wide")
    links = union_all(*(_links(wide, place, len(names) + 2) for place in range(1, DEPTH))).subquery("links")
    return cube(select(links), "sessions")


def _links(wide: Any, place: int, end: int) -> Any:
    source, target = wide.c[f"event_{place}"], func.coalesce(wide.c[f"event_{place + 1}"], whole(end), type_=BigInteger)
    each = (
        select(wide.c.step, wide.c.value, source.label("source"), target.label("target"))
        .where(source.is_not(None))
        .cte(f"links_{place}")
    )
    keys = each.c.step, each.c.value, whole(place).label("place"), each.c.source, each.c.target
    return select(*keys, number().label("sessions")).group_by(each.c.step, each.c.value, each.c.source, each.c.target)
