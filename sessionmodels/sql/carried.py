"""Whether a row brings other values than the last row before it that brought any."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Boolean, ColumnElement, and_, func, literal, literal_column, or_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from sessionmodels.sql.text import as_text

BEFORE: Final[Any] = (None, -1)
"""From the first row to the one before this one, by rows."""


class brings_others(FunctionElement[bool]):  # noqa: N801 - a word of SQL, read as a function
    """Whether a row has any of these texts, none of which is blank, and they differ from those of the last row before with any.

    Why DuckDB's spelling differs: for a window with another partition, it would sort all columns once more. In a window that is
    there anyway, the last row before is the largest, if the keys of the order are compared first. `IGNORE NULLS` would find it,
    too, but takes quadratic time for a visitor with many events. PostgreSQL lacks it, and sorts rows of one partition quickly.
    """

    name = "brings_others"
    type = Boolean()
    inherit_cache = False

    def __init__(self, values: Sequence[ColumnElement[Any]], partition: ColumnElement[Any], order: Sequence[Any]) -> None:
        """Accept the values, and the window: its partition, and the keys of its order."""
        super().__init__(partition, *values, *order)
        self.width = len(values)


def _parts(element: brings_others) -> tuple[ColumnElement[Any], list[ColumnElement[Any]], list[ColumnElement[Any]]]:
    partition, *others = element.clauses
    return partition, others[: element.width], others[element.width :]


def has_any(values: Sequence[ColumnElement[Any]]) -> ColumnElement[bool]:
    """Return whether one of the values is not null."""
    return or_(*(value.is_not(None) for value in values))


@compiles(brings_others, "duckdb")
def _by_largest(element: brings_others, compiler: Any, **kw: Any) -> str:
    partition, values, order = _parts(element)
    together = func.row(*values)
    largest = func.max(func.row(*order, together)).filter(has_any(values))
    last = func.struct_extract(largest.over(partition_by=partition, order_by=order, rows=BEFORE), _index(len(order) + 1))
    return compiler.process(and_(has_any(values), together.is_distinct_from(last)).self_group(), **kw)


def _index(place: int) -> ColumnElement[Any]:
    return literal_column(str(place))


@compiles(brings_others, "postgresql")
@compiles(brings_others, "bigquery")
@compiles(brings_others, "snowflake")
@compiles(brings_others, "redshift")
def _among_those_with_any(element: brings_others, compiler: Any, **kw: Any) -> str:
    partition, values, order = _parts(element)
    window: Any = {"partition_by": [partition, has_any(values)], "order_by": order}
    before = (func.lag(value, type_=value.type).over(**window) for value in values)
    differs = (_or_blank(one) != _or_blank(value) for one, value in zip(before, values, strict=True))
    return compiler.process(and_(has_any(values), or_(*differs)).self_group(), **kw)


def _or_blank(value: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.coalesce(value, as_text(literal("")), type_=value.type)
