"""The exact number of different visitors in any part of the range."""

from sqlalchemy import BigInteger, case, func, select, union_all

from sessionmodels.analyses.figures import number
from sessionmodels.model import AnySelect
from sessionmodels.reporting.cubes.cube import Cube, cube
from sessionmodels.reporting.relations import Relations, whole

EVERYONE = -1
"""The value under which visitors are counted whatever their sessions' values are: one may come by several channels."""


def visitors(relations: Relations) -> Cube:
    """Count the visitors of a step by how many steps ago they were last seen: 0 if they were not seen before.

    To count a visitor once in a range, count only its first step there: the step whose previous one lies outside of the range.
    """
    rows = relations.in_range("dbt_visitor_id", with_before=True)
    by_value = select(rows.c.dbt_visitor_id, rows.c.step, rows.c.value).distinct()
    by_none = select(rows.c.dbt_visitor_id, rows.c.step, whole(EVERYONE).label("value")).distinct()
    active = union_all(by_value, by_none).cte("active")
    whose = active.c.dbt_visitor_id, active.c.value
    before = func.lag(active.c.step, type_=BigInteger).over(partition_by=whose, order_by=active.c.step)
    each = select(active.c.step, active.c.value, before.label("step_before")).cte("each")
    gap = case((each.c.step_before.is_(None), whole(0)), else_=each.c.step - each.c.step_before).label("gap")
    return cube(_counted(select(each.c.step, each.c.value, gap)), "visitors")


def _counted(rows: AnySelect) -> AnySelect:
    gaps = rows.cte("gaps")
    return select(*gaps.c, number().label("visitors")).group_by(*gaps.c)
