"""Figures that several analyses show, each computed in one way."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import CTE, BigInteger, ColumnElement, Double, FromClause, and_, case, cast, func, literal_column, union_all

from sessionmodels.model import AnySelect
from sessionmodels.sql.elapsed import MICROSECONDS_A_SECOND, divide
from sessionmodels.sql.order import nulls_last


def share(part: ColumnElement[Any], whole: ColumnElement[Any]) -> ColumnElement[float]:
    """Return the part as a fraction of the whole, from 0 to 1; null if there is nothing."""
    return divide(cast(part, Double), func.nullif(whole, 0, type_=BigInteger))


def number(condition: ColumnElement[bool] | None = None) -> ColumnElement[int]:
    """Return how many rows there are, or how many meet a condition, as an aggregate."""
    counted = () if condition is None else (case((condition, 1)),)
    return func.count(*counted, type_=BigInteger)


def distinct(column: ColumnElement[Any]) -> ColumnElement[int]:
    """Return how many different values there are, as an aggregate."""
    return func.count(column.distinct(), type_=BigInteger)


def total(column: ColumnElement[Any]) -> ColumnElement[int]:
    """Return a sum as a whole number, 0 of no rows, as an aggregate."""
    return func.coalesce(cast(func.sum(column), BigInteger), literal_column("0", BigInteger), type_=BigInteger)


def most_first(figure: ColumnElement[Any], values: Sequence[ColumnElement[Any]]) -> tuple[ColumnElement[Any], ...]:
    """Order by a figure, the largest first. Equal ones are ordered by their values, nulls last, so that no order is chance."""
    return figure.desc(), *(key for value in values for key in nulls_last(value))


def ranks(of: ColumnElement[int], by: list[ColumnElement[Any]]) -> tuple[ColumnElement[int], ColumnElement[int]]:
    """Return each value's place in its group, and how many values the group has, for `median`. Nulls are no values."""
    partition: Any = {"partition_by": by} if by else {}
    place = func.row_number(type_=BigInteger).over(**partition, order_by=nulls_last(of)).label(f"place_of_{of.name}")
    return place, func.count(of, type_=BigInteger).over(**partition).label(f"number_of_{of.name}")


def median(rows: FromClause, name: str) -> ColumnElement[float]:
    """Return the median of whole microseconds in seconds, as an aggregate of rows with `ranks`; null if there are no values.

    Of an even number of values, it is the middle between the two in the middle. No engine's own function is used: some are
    estimates, and some are missing.
    """
    place, values = rows.c[f"place_of_{name}"], rows.c[f"number_of_{name}"]
    middle = case((and_(rows.c[name].is_not(None), (place * 2).between(values, values + 2)), rows.c[name]))
    both = func.nullif(func.count(middle, type_=BigInteger) * literal_column(str(MICROSECONDS_A_SECOND), BigInteger), 0)
    return divide(cast(total(middle), Double), both)


def stacked(names: Sequence[str], *parts: AnySelect, name: str) -> CTE:
    """Return the rows of several selects, one below the other, with columns of these names."""

    def named(part: AnySelect) -> AnySelect:
        return part.with_only_columns(*(one.label(column) for one, column in zip(part.selected_columns, names, strict=True)))

    return union_all(*map(named, parts)).cte(name)
