"""How names and expressions are written in the files of other tools: as the warehouse's dialect quotes them."""

from sqlalchemy import ColumnElement, Dialect, column, table
from sqlalchemy.sql.elements import quoted_name

from sessionmodels.semantics.describe import DescribedRelation, Description
from sessionmodels.semantics.measures import Measure
from sessionmodels.warehouses.render import plain_text_of

FUNCTIONS = {"count": "COUNT({})", "count_distinct": "COUNT(DISTINCT {})", "sum": "SUM({})", "min": "MIN({})", "max": "MAX({})"}


def table_of(described: Description, relation: DescribedRelation) -> str:
    """Return the relation's full name, quoted where the dialect must."""
    return ".".join(column_of(part, described.dialect) for part in (*described.place, relation.table))


def column_of(name: str, dialect: Dialect, of: str = "") -> str:
    """Return a column's name, after what a tool calls its table."""
    return plain_text_of(_columns([name], of)[name], dialect)


def row_value(measure: Measure, relation: DescribedRelation, dialect: Dialect, of: str = "") -> str:
    """Return what a measure aggregates, of one row."""
    return plain_text_of(measure.value(_columns([one.name for one in relation.columns], of)), dialect)


def aggregate_of(measure: Measure, relation: DescribedRelation, dialect: Dialect, of: str = "") -> str:
    """Return a measure as an aggregate."""
    return FUNCTIONS[measure.aggregate].format(row_value(measure, relation, dialect, of))


def _columns(names: list[str], of: str) -> dict[str, ColumnElement]:
    if not of:
        return {name: column(name) for name in names}
    found = table(quoted_name(of, quote=False), *map(column, names))  # a placeholder, such as {CUBE}, which is no name to quote
    return {name: found.c[name] for name in names}
