"""How many sessions get from step to step of a funnel."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select, union_all

from sessionmodels.analyses.figures import number
from sessionmodels.analyses.funnel import steps_reached
from sessionmodels.reporting.cubes.cube import Cube, cube
from sessionmodels.reporting.relations import Relations, whole


def funnel(relations: Relations, names: Sequence[str]) -> Cube:
    """Count the sessions that reached each of these events, from 0, as the analysis `funnel` does."""
    rows = relations.in_range("session_id")
    reached = steps_reached(relations.session_events, names, days=replace(relations.scope.days, until=None))
    counted = (
        select(rows.c.step, rows.c.value, whole(place).label("stage"), number().label("sessions"))
        .select_from(rows.join(one, one.c.entity == rows.c.session_id))
        .group_by(rows.c.step, rows.c.value)
        for place, one in enumerate(reached)
    )
    return cube(select(union_all(*counted).subquery("counted")), "sessions")
