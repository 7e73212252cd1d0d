"""All rows of a relation, also where queries must filter by time."""

from sqlalchemy import FromClause, select

from sessionmodels.model import Model
from sessionmodels.settings import Settings
from sessionmodels.sql.instant import EARLIEST, instant


def all_rows(model: Model, table: FromClause, settings: Settings, name: str = "rows") -> FromClause:
    """Return all rows of a relation's table, with the filter by time that BigQuery may require."""
    if model.time_column is None or not settings.bigquery_require_partition_filter:
        return table
    time = table.c[model.time_column]
    return select(table).where(time >= instant(EARLIEST, time)).subquery(name)
