"""Conditions on times: which are usable, and which are not before a moment."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    String,
    case,
    cast,
    literal,
    literal_column,
    or_,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from sessionmodels.sql.epoch import EpochNumber
from sessionmodels.sql.instant import EARLIEST, LATEST, as_utc, instant, written_utc
from sessionmodels.sql.to_utc import is_zoned, utc


class in_range(FunctionElement[Any]):  # noqa: N801 - a word of SQL, read as a function
    """The instant, or null outside the years 1 to 9999. On BigQuery, all instants are inside."""

    name = "in_range"
    inherit_cache = True

    def __init__(self, moment: ColumnElement[Any]) -> None:
        """Keep the moment's type."""
        super().__init__(moment)
        self.type = moment.type


@compiles(in_range, "duckdb")
@compiles(in_range, "postgresql")
@compiles(in_range, "snowflake")
@compiles(in_range, "redshift")
def _guarded(element: in_range, compiler: Any, **kw: Any) -> str:
    (moment,) = element.clauses
    return compiler.process(case((moment.between(instant(EARLIEST, moment), instant(LATEST, moment)), moment)), **kw)


@compiles(in_range, "bigquery")
def _always_in_range(element: in_range, compiler: Any, **kw: Any) -> str:
    return compiler.process(element.clauses, **kw)


def not_before(column: ColumnElement[Any], moment: datetime) -> ColumnElement[bool]:
    """Whether a raw time is that moment or later. The moment is cast to the bare column's type, so that partitions can be pruned.

    The moment is written as a cast text, because four of the dialects render a time literal as plain text.
    """
    if isinstance(column.type, EpochNumber) and column.type.kind == "whole":
        return column >= literal_column(str(_counted(moment, column.type)))
    if isinstance(column.type, String | EpochNumber):
        return utc(column) >= instant(moment)
    return column >= _as_raw(moment, column)


def _as_raw(moment: datetime, column: ColumnElement[Any]) -> ColumnElement[Any]:
    offset = "+00:00" if is_zoned(column) else ""
    return cast(literal(written_utc(moment) + offset), column.type)


def _counted(moment: datetime, kind: EpochNumber) -> int:
    """Return the smallest whole number of units that is not before the moment."""
    microseconds = (as_utc(moment) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    return -(-microseconds // kind.microseconds)


def is_unknown(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a raw time is missing, out of range, or a text that is not a time. The column stays bare where possible."""
    if isinstance(column.type, String | EpochNumber):
        return in_range(utc(column)).is_(None)
    return or_(column.is_(None), column < _as_raw(EARLIEST, column), column > _as_raw(LATEST, column))
