"""What was read of each source: rows by reason of rejection, duplicates, and lines that are not events."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Connection, FromClause, func, select

from sessionmodels.connection.transaction import named
from sessionmodels.errors import SourceError
from sessionmodels.execution.executor import Executor
from sessionmodels.relations.naming import TRACKS
from sessionmodels.source.columns import Source
from sessionmodels.source.epoch import as_epoch
from sessionmodels.source.junk import by_column
from sessionmodels.source.raw import raw_rows
from sessionmodels.source.reasons import FILTERED, FORGOTTEN, REASONS, UNREADABLE_TIME, ignored_ids, rejections, skipped_lines
from sessionmodels.source.stream import Stream
from sessionmodels.sql.epoch import Epoch
from sessionmodels.warehouses.warehouse import Plan, Warehouse


@dataclass(frozen=True)
class Counts:
    """The numbers of raw rows, by source and by reason of rejection; under null the usable ones."""

    by_source: Mapping[str, Mapping[str | None, int]]

    @property
    def rows(self) -> int:
        """The number of rows that were read."""
        return sum(self.rows_of(source) for source in self.by_source)

    @property
    def filtered(self) -> int:
        """The number of rows that do not satisfy the filter."""
        return self._with(FILTERED)

    @property
    def forgotten(self) -> int:
        """The number of rows of forgotten people."""
        return self._with(FORGOTTEN)

    @property
    def usable(self) -> int:
        """The number of usable rows."""
        return sum(found.get(None, 0) for found in self.by_source.values())

    @property
    def left_out(self) -> dict[str, int]:
        """The number of excluded rows by reason."""
        return {reason: self._with(reason) for reason in REASONS}

    def rows_of(self, source: str) -> int:
        """Return the number of rows of a source."""
        return sum(self.by_source.get(source, {}).values())

    def left_out_of(self, source: str) -> dict[str, int]:
        """Return a source's number of excluded rows by reason."""
        return {reason: self.by_source.get(source, {}).get(reason, 0) for reason in REASONS}

    def _with(self, reason: str) -> int:
        return sum(found.get(reason, 0) for found in self.by_source.values())


def count_rejections(connection: Connection, warehouse: Warehouse, stream: Stream) -> Counts:
    """Count the raw rows by source and reason of rejection.

    Raises:
        SourceError: times of a source are text, and none of them can be read, or none has a time of day.
    """
    with named(TRACKS, "count the events", warehouse):
        counted = connection.execute(rejections(stream)).all()
    for source in stream.sources:
        _refuse_times(source, [row for row in counted if not stream.several or row.source == source.name], stream)
    return counts_of(counted, stream)


def counts_of(rows: Iterable[Any], stream: Stream) -> Counts:
    """Return the counts of rows with `reason` and `events`, and with `source` if there are several."""
    found: dict[str, dict[str | None, int]] = {name: {} for name in stream.names}
    for row in rows:
        found[row.source if stream.several else stream.first.name][row.reason] = row.events
    return Counts(found)


def _refuse_times(source: Source, counted: Collection[Any], stream: Stream) -> None:
    found = {row.reason for row in counted} - {FILTERED, FORGOTTEN}
    called = stream.called(source)
    if None not in found and UNREADABLE_TIME in found and source.window is None:
        example = next(row.example for row in counted if row.reason == UNREADABLE_TIME)
        instead = as_epoch(example) or "write '2026-01-31 12:00:00', in UTC or with an offset"
        msg = f"no time in {called} can be read, such as {example!r}; {instead}"
        raise SourceError(msg)
    if None in found and source.window is None:
        _refuse_dates(
            source, called, {row.example for row in counted if row.reason not in {UNREADABLE_TIME, FILTERED, FORGOTTEN}}
        )


def _refuse_dates(source: Source, called: str, examples: Collection[str | None]) -> None:
    """Refuse texts that are dates in every row, as a column of dates is refused."""
    kind, example = source.columns["timestamp"].type, next(filter(None, examples), None)
    if example is None or isinstance(kind, Epoch) or any(one and ":" in one for one in examples):
        return
    msg = (
        f"every time in {called} is a date, such as {example!r}, which has no time of day, so that all events of a day would"
        " happen at midnight; set timestamp_column to a column that has the time; or, if midnight is intended, write"
        f" '{example} 00:00:00'"
    )
    raise SourceError(msg)


def count_ignored_ids(connection: Connection, warehouse: Warehouse, stream: Stream) -> Mapping[str, Mapping[str, int]]:
    """Count the raw rows with each ignored id, by column. Rows that are excluded or duplicates count, too."""
    if not stream.ignored_ids:
        return {}
    with named(TRACKS, "count the ignored ids", warehouse):
        return by_column(connection.execute(ignored_ids(stream)).all())


def count_skipped(connection: Connection, warehouse: Warehouse, stream: Stream) -> Mapping[str, int]:
    """Count the lines of raw exports that are not events, by type, but not types that another source reads in the same files."""
    found: Counter[str] = Counter()
    for source in stream.sources:
        if source.skipped is not None:
            with named(TRACKS, "count the lines that are not events", warehouse):
                counted = connection.execute(skipped_lines(source.skipped)).all()
            found.update({row.type: row.lines for row in counted if row.type not in source.read_by_others})
    return dict(found.most_common())


def rejected_by_difference(executor: Executor, plan: Plan, kept: Mapping[str, int]) -> Counts:
    """Count the raw rows by reason of rejection, given each source's number of deduplicated events.

    The sources are scanned for reasons only if a row was rejected.
    """
    stream = executor.job.graph.stream
    rows = {one.name: executor.count(TRACKS, raw_rows(one)) for one in stream.sources}
    removed: Mapping[str, int] = {}
    if plan.removed is not None and (executor.job.settings.deduplicate or not stream.several):
        removed = _count_by_source(executor, plan.removed, stream, "count the removed duplicates")
    usable = {name: kept.get(name, 0) + removed.get(name, 0) for name in stream.names}
    if rows == usable:
        return Counts({name: {None: number} for name, number in usable.items()})
    return count_rejections(executor.connection, executor.job.warehouse, stream)


def events_by_source(executor: Executor, events: FromClause, total: int) -> Mapping[str, int]:
    """Return each source's number of deduplicated events, given the number of all."""
    stream = executor.job.graph.stream
    if not stream.several:
        return {stream.first.name: total}
    return _count_by_source(executor, events, stream, "count the events of each source")


def repeats(executor: Executor, rows: FromClause) -> int:
    """Return how many of these rows have the id of another row of the same source."""
    again = func.count(type_=BigInteger) - func.count(rows.c.event_id.distinct(), type_=BigInteger)
    query = select(rows.c.source, again.label("rows")).select_from(rows).group_by(rows.c.source)
    return sum(row.rows for row in executor.fetch_all(TRACKS, "count the rows with an id of their source", query))


def _count_by_source(executor: Executor, rows: FromClause, stream: Stream, action: str) -> dict[str, int]:
    if not stream.several:
        return {stream.first.name: executor.count(TRACKS, rows)}
    query = select(rows.c.source, func.count(type_=BigInteger).label("rows")).select_from(rows).group_by(rows.c.source)
    return {row.source: row.rows for row in executor.fetch_all(TRACKS, action, query)}
