"""Percentiles that are exact and the same on every engine: no engine's own function, of which some estimate."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, FromClause, case, cast, func, select

from sessionmodels.model import AnySelect
from sessionmodels.sql.order import RUNNING


def percentiles(values: FromClause, percents: Sequence[int]) -> AnySelect:
    """One row: the `number` of values, the `longest`, and for each percent the smallest value that this share does not exceed.

    Source: whole numbers as `value`; nulls do not count. Equal values are counted first, so that only different ones are sorted.
    """
    times = func.count(type_=BigInteger).label("times")
    counted = select(values.c.value, times).where(values.c.value.is_not(None)).group_by(values.c.value).cte("counted_values")
    ranked = select(
        counted.c.value,
        cast(func.sum(counted.c.times).over(order_by=counted.c.value, rows=RUNNING), BigInteger).label("up_to"),
        cast(func.sum(counted.c.times).over(), BigInteger).label("number"),
    ).cte("ranked_values")
    return select(
        func.coalesce(func.max(ranked.c.number), 0, type_=BigInteger).label("number"),
        func.max(ranked.c.value).label("longest"),
        *(
            func.min(case((ranked.c.up_to * 100 >= ranked.c.number * percent, ranked.c.value))).label(f"p{percent}")
            for percent in percents
        ),
    )
