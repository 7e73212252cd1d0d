"""How many sessions there were by the most frequent values of a column, and how good they were."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from sessionmodels.analyses.figures import number
from sessionmodels.reporting.cubes.cube import Cube, cube
from sessionmodels.reporting.relations import Relations, place_of


def breakdown(relations: Relations, column: str, items: Sequence[Any]) -> Cube:
    """Count sessions by the place of a column's value among these; then come other values, and then null."""
    rows = relations.in_range(column, "is_engaged", "conversions")
    columns = rows.c.step, rows.c.value, rows.c.is_engaged, rows.c.conversions
    each = select(*columns, place_of(rows.c[column], items).label("item")).cte("each")
    keys = each.c.step, each.c.value, each.c.item
    sums = (
        number().label("sessions"),
        number(each.c.is_engaged).label("engaged"),
        number(each.c.conversions > 0).label("converted"),
    )
    return cube(select(*keys, *sums).group_by(*keys), "sessions", "engaged", "converted")
