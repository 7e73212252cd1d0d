"""Who comes back."""

from sqlalchemy import and_, select

from sessionmodels.analyses.figures import number
from sessionmodels.reporting.cubes.cube import Cube, cube
from sessionmodels.reporting.relations import Relations, whole
from sessionmodels.sql.day import period_number

LATER = 12
"""How many weeks or months later people are looked for at most."""


def cohorts(relations: Relations) -> Cube:
    """Count the visitors whose first session started in the range by how many weeks or months later they had a session.

    Under 0 are all of them. Step and value are those of the first session.
    """
    scope, days = relations.scope, relations.scope.days
    rows = relations.in_range("dbt_visitor_id", "session_sequence_number", "session_start_at")
    seen_in = period_number(days.date_of(rows.c.session_start_at), scope.cohort_period).label("seen_in")
    seen = (
        select(rows.c.step, rows.c.value, rows.c.dbt_visitor_id, seen_in)
        .where(rows.c.session_sequence_number == whole(1))
        .cte("first_seen")
    )
    sessions = relations.sessions
    since = type(days)(days.since, None, days.time_zone)
    came_in = period_number(days.date_of(sessions.c.session_start_at), scope.cohort_period).label("came_in")
    came = select(sessions.c.dbt_visitor_id, came_in).where(*since.hold(sessions.c.session_start_at)).distinct().cte("came")
    later = (came.c.came_in - seen.c.seen_in).label("later")
    is_shown = came.c.came_in.between(seen.c.seen_in, seen.c.seen_in + whole(LATER))
    both = seen.join(came, and_(came.c.dbt_visitor_id == seen.c.dbt_visitor_id, is_shown))
    each = select(seen.c.step, seen.c.value, later).select_from(both).cte("each")
    return cube(select(*each.c, number().label("visitors")).group_by(*each.c), "visitors")
