"""The setting `loaded_since`: which rows it excludes.

They are those loaded before its moment, and those whose load time is unknown.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, FromClause, or_

from sessionmodels.source.columns import Source
from sessionmodels.sql.instant import instant
from sessionmodels.sql.time_range import not_before


def conditions(source: Source) -> list[ColumnElement[bool]]:
    """Return the conditions on raw rows: one if the setting is set, else none. The column stays bare, to prune partitions."""
    loaded_at = source.columns.get("loaded_at")
    return [] if loaded_at is None or source.since is None else [not_before(loaded_at, source.since)]


def is_excluded(rows: FromClause, since: datetime) -> ColumnElement[bool]:
    """Whether a row in clean types is excluded; never null."""
    return or_(rows.c.loaded_at.is_(None), rows.c.loaded_at < instant(since, rows.c.loaded_at))
