"""Counts the raw rows of the source that cannot be used, and refuses a source whose times cannot be meant."""

from collections.abc import Collection, Mapping

from sqlalchemy import Connection

from sessionmodels.connection.transaction import named
from sessionmodels.errors import SourceError
from sessionmodels.relations.naming import TRACKS
from sessionmodels.source.clean import UNREADABLE_TIME, ignored_ids, rejections, skipped_lines
from sessionmodels.source.columns import Source
from sessionmodels.source.epoch import as_epoch
from sessionmodels.source.junk import by_column
from sessionmodels.sql.epoch import Epoch
from sessionmodels.warehouses.warehouse import Warehouse


def count_rejections(connection: Connection, warehouse: Warehouse, source: Source) -> Mapping[str | None, int]:
    """Count the raw events by reason of rejection; null counts the usable ones.

    Raises:
        SourceError: times are text, and none of them can be read, or none has a time of day.
    """
    with named(TRACKS, "count the events", warehouse):
        counted = connection.execute(rejections(source)).all()
    found: dict[str | None, int] = {row.reason: row.events for row in counted}
    if None not in found and UNREADABLE_TIME in found and source.window is None:
        example = next(row.example for row in counted if row.reason == UNREADABLE_TIME)
        instead = as_epoch(example) or "write '2026-01-31 12:00:00', in UTC or with an offset"
        msg = f"no time in the source can be read, such as {example!r}; {instead}"
        raise SourceError(msg)
    if None in found and source.window is None:
        _refuse_dates(source, {row.example for row in counted if row.reason != UNREADABLE_TIME})
    return found


def _refuse_dates(source: Source, examples: Collection[str | None]) -> None:
    """Refuse texts that are dates in every row, as a column of dates is refused."""
    kind, example = source.columns["timestamp"].type, next(filter(None, examples), None)
    if example is None or isinstance(kind, Epoch) or any(one and ":" in one for one in examples):
        return
    msg = (
        f"every time in the source is a date, such as {example!r}, which has no time of day, so that all events of a day would"
        " happen at midnight; set timestamp_column to a column that has the time; or, if midnight is intended, write"
        f" '{example} 00:00:00'"
    )
    raise SourceError(msg)


def count_ignored_ids(connection: Connection, warehouse: Warehouse, source: Source) -> Mapping[str, Mapping[str, int]]:
    """Count the raw rows with each ignored id, by column. Rows that are excluded or duplicates count, too."""
    if not source.ignored_ids:
        return {}
    with named(TRACKS, "count the ignored ids", warehouse):
        return by_column(connection.execute(ignored_ids(source)).all())


def count_skipped(connection: Connection, warehouse: Warehouse, source: Source) -> Mapping[str, int]:
    """Count the lines of a raw export that are not events, by type."""
    if source.skipped is None:
        return {}
    with named(TRACKS, "count the lines that are not events", warehouse):
        return {row.type: row.lines for row in connection.execute(skipped_lines(source.skipped))}
