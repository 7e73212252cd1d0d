"""How many rows of a relation are equal on both sides."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Boolean, ColumnElement, Double, FromClause, case, cast, func, literal_column, select, union_all
from sqlalchemy.types import Float, Integer, Numeric, String

from sessionmodels.model import AnySelect
from sessionmodels.sql.text import as_text
from sessionmodels.sql.to_utc import can_be_instant, utc

NUMBERS = Integer, Numeric, Float
ONE, NONE = literal_column("1", BigInteger), literal_column("0", BigInteger)


def equal_rows(theirs: FromClause, ours: FromClause) -> AnySelect:
    """One row: how many rows each side has, `theirs` and `ours`, and how many are `equal` in all columns that both have.

    Rows are compared as a bag: one that is there twice on both sides is equal twice. Times are compared as instants, numbers as
    numbers, and everything else as text.
    """
    names = [column.name for column in ours.c if column.name in theirs.c]
    both = union_all(
        select(*_comparable(theirs, ours, names), ONE.label("theirs"), NONE.label("ours")),
        select(*_comparable(ours, theirs, names), NONE.label("theirs"), ONE.label("ours")),
    ).cte("both")
    sums = {name: cast(func.sum(both.c[name]), BigInteger).label(name) for name in ("theirs", "ours")}
    rows = select(*sums.values()).group_by(*(both.c[name] for name in names)).cte("different_rows")
    equal = case((rows.c.theirs < rows.c.ours, rows.c.theirs), else_=rows.c.ours)
    figures = {"theirs": rows.c.theirs, "ours": rows.c.ours, "equal": equal}
    return select(*(func.coalesce(cast(func.sum(one), BigInteger), NONE).label(name) for name, one in figures.items()))


def _comparable(rows: FromClause, others: FromClause, names: Sequence[str]) -> list[ColumnElement[Any]]:
    return [_value(rows.c[name], others.c[name]).label(name) for name in names]


def _value(column: ColumnElement[Any], other: ColumnElement[Any]) -> ColumnElement[Any]:
    if all(isinstance(one.type, NUMBERS) for one in (column, other)):
        return cast(column, Double)
    if all(can_be_instant(one) and not isinstance(one.type, String) for one in (column, other)):
        return utc(column)
    return column if all(isinstance(one.type, Boolean) for one in (column, other)) else as_text(column)
