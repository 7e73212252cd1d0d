"""At which hours of the week sessions start."""

from sqlalchemy import select

from sessionmodels.analyses.figures import number
from sessionmodels.reporting.cubes.cube import Cube, cube
from sessionmodels.reporting.relations import Relations
from sessionmodels.sql.day import weekday_number


def hours(relations: Relations) -> Cube:
    """Count sessions by the day of the week, from Monday, and by the hour, where the clocks of the time zone are read."""
    rows, days = relations.in_range("session_start_at"), relations.scope.days
    start = rows.c.session_start_at
    weekday, hour = weekday_number(days.date_of(start)).label("weekday"), days.hour_of(start).label("hour")
    each = select(rows.c.step, rows.c.value, weekday, hour).cte("each")
    return cube(select(*each.c, number().label("sessions")).group_by(*each.c), "sessions")
