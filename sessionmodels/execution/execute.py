"""Executes a full or an incremental build, and returns what there is to report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, FromClause, String, func, literal_column, select

from sessionmodels.connection.transaction import named
from sessionmodels.execution.executor import Executor
from sessionmodels.execution.guards import refuse_emptying, refuse_most_excluded, refuse_to_publish
from sessionmodels.execution.identity_graph import graph_has_changed
from sessionmodels.execution.rejected import count_ignored_ids, count_rejections, count_skipped
from sessionmodels.execution.result import AuditResult, IncrementResult, RelationResult, SourceResult
from sessionmodels.incremental.increment import Increment
from sessionmodels.relations.naming import TRACKS
from sessionmodels.source.clean import REASONS, raw_rows
from sessionmodels.source.junk import NAMES, by_column, events_without_junk, junk_aliases, junk_events
from sessionmodels.sql.elapsed import MICROSECONDS_A_MINUTE
from sessionmodels.state.builds import Build
from sessionmodels.state.watermark import Watermark, read_watermark, watermark_in
from sessionmodels.warehouses.warehouse import Job, Plan


@dataclass(frozen=True)
class Outcome:
    """What a build did, for its record and its result."""

    relations: tuple[RelationResult, ...]
    source: SourceResult | None
    watermark: Watermark | None = None
    kept_rows: int | None = None
    """The number of removed duplicates that are kept for the next build."""

    increment: IncrementResult | None = None
    audit: AuditResult | None = None


def overlap_of(job: Job) -> timedelta:
    """Return how far before the watermark the source is read again."""
    return timedelta(hours=job.settings.overlap_hours)


def build_in_full(executor: Executor, plan: Plan) -> Outcome:
    """Execute a plan and count its results. The caller drops the working tables."""
    job, connection = executor.job, executor.connection
    source = job.graph.source
    reads = job.graph.reads_source(job.chosen)
    # The watermark is read before the source, so that rows that arrive meanwhile do not count as read.
    mark = read_watermark(connection, source, overlap_of(job)) if job.graph.continues else None
    found = count_rejections(connection, job.warehouse, source) if reads and not _counts_by_difference(job, plan) else None
    skipped = count_skipped(connection, job.warehouse, source) if reads else {}
    ignored = count_ignored_ids(connection, job.warehouse, source) if reads else {}
    if found is not None:
        refuse_most_excluded(job.settings, _left_out(found), sum(found.values()))
    emptied = _first_with_rows(executor) if reads else None
    read = None
    executor.execute(plan.steps[: plan.ready])
    if reads:
        ids = _junk_ids(executor, plan.events, aliases=plan.aliases)
        if found is None:
            found = _rejected_by_difference(executor, plan, _events_of(ids))
        read = _source_result(executor, found, ids, skipped, ignored)
        refuse_to_publish(job.settings, read)
        if emptied and not read.events_kept:
            refuse_emptying(job.settings, f"the source has {_usable_of(read.events_read)}", emptied)
    executor.execute(plan.steps[plan.ready :])
    kept = executor.count(TRACKS, job.graph.duplicates.table) if job.graph.continues else None
    return Outcome(executor.results(job.chosen, lambda relation: plan.counted[relation.name]), read, mark, kept)


def _counts_by_difference(job: Job, plan: Plan) -> bool:
    """Whether rejected rows can be counted as the difference of all and usable ones, without another scan of the source.

    A source with times as text is scanned first: an example of its times may explain what is wrong with all of them.
    """
    is_text = isinstance(job.graph.source.columns["timestamp"].type, String)
    return job.graph.source.is_table and not is_text and plan.removed is not None


def _rejected_by_difference(executor: Executor, plan: Plan, kept: int) -> Mapping[str | None, int]:
    """Count the raw rows by reason of rejection, given the number of deduplicated events.

    The source is scanned for reasons only if a row was rejected.
    """
    job = executor.job
    rows = executor.count(TRACKS, raw_rows(job.graph.source))
    usable = kept + (executor.count(TRACKS, plan.removed) if plan.removed is not None else 0)
    if rows == usable:
        return {None: usable}
    return count_rejections(executor.connection, job.warehouse, job.graph.source)


def build_increment(executor: Executor, increment: Increment, base: Build, watermark: datetime) -> Outcome:
    """Execute an incremental build. The caller drops the working tables.

    The source is read once, into the window. Rejections and the watermark are computed from the window.
    """
    job = executor.job
    window = job.graph.source.windowed(increment.low)
    skipped = count_skipped(executor.connection, job.warehouse, window)
    ignored = count_ignored_ids(executor.connection, job.warehouse, window)
    executor.execute(increment.read())
    found = _rejected(executor, increment)
    if not found and base.window_rows:
        since = f"{increment.low:%Y-%m-%d %H:%M:%S}"
        _refuse_emptying(executor, f"the source has no event loaded since {since}, but the last build found {base.window_rows:,}")
    with named(TRACKS, "read the watermark", job.warehouse):
        mark = watermark_in(executor.connection, increment.window, overlap_of(job), at_least=watermark)
    changes = executor.fetch_one(TRACKS, "count the new rows", increment.count_changes())
    visitors = renumbered = 0
    has_changed = bool(changes.differing) or graph_has_changed(executor.connection, job)
    if has_changed:
        executor.execute(increment.trace())
    ids = _junk_ids(executor, increment.events_of_window(changed=has_changed))
    read = _source_result(executor, found, ids, skipped, ignored)
    refuse_to_publish(job.settings, read)
    if has_changed:
        if not read.events_kept and not executor.count(TRACKS, increment.all_events()):
            _refuse_emptying(executor, f"the source has {_usable_of(read.events_read)}")
        affected = executor.fetch_one(increment.sessions.name, "count the affected visitors", increment.count_affected())
        visitors = affected.visitors
        if visitors:
            executor.execute(increment.apply(affected.floor))
            query = increment.count_renumbered()
            renumbered = executor.fetch_one(increment.sessions.name, "count the renumbered sessions", query)[0]
        elif job.graph.identity.graph is not None:
            executor.execute(increment.map())
    executor.execute(increment.put_in_place(changed=has_changed))
    late_by = None if changes.late_by is None else changes.late_by / MICROSECONDS_A_MINUTE
    return Outcome(
        executor.results(job.chosen, lambda relation: relation.table),
        read,
        mark,
        executor.count(TRACKS, job.graph.duplicates.table),
        IncrementResult(changes.inserted or 0, changes.late or 0, late_by, visitors, renumbered),
    )


def _rejected(executor: Executor, increment: Increment) -> Mapping[str | None, int]:
    """Count the raw rows of the window by reason of rejection; null counts the usable ones."""
    reason = increment.window.c.reason
    counted = select(reason, func.count(type_=BigInteger).label("events")).group_by(reason)
    return {row.reason: row.events for row in executor.fetch_all(TRACKS, "count the events", counted)}


def _junk_ids(executor: Executor, events: FromClause, *, aliases: FromClause | None = None) -> Sequence[Any]:
    """Count the deduplicated events by their junk ids. If no alias is junk, no event has to be looked at."""
    has_none = aliases is not None and not executor.fetch_all(TRACKS, "look for junk ids", junk_aliases(aliases))
    query = events_without_junk(events) if has_none else junk_events(events)
    return executor.fetch_all(TRACKS, "count the deduplicated events", query)


def _events_of(ids: Sequence[Any]) -> int:
    """Return the number of deduplicated events: each has one pair of junk ids, or of nulls."""
    return sum(row.events for row in ids)


def _source_result(
    executor: Executor,
    found: Mapping[str | None, int],
    ids: Sequence[Any],
    skipped: Mapping[str, int],
    ignored: Mapping[str, Mapping[str, int]],
) -> SourceResult:
    return SourceResult(
        events_read=sum(found.values()),
        left_out=_left_out(found),
        # Without a snapshot, rows may arrive between the two counts.
        duplicates_removed=max(0, found.get(None, 0) - _events_of(ids)),
        taken_as_null=executor.job.graph.source.taken_as_null,
        skipped=skipped,
        junk_ids=by_column(ids, NAMES),
        ignored_ids=ignored,
    )


def _left_out(found: Mapping[str | None, int]) -> dict[str, int]:
    return {reason: found.get(reason, 0) for reason in REASONS}


def _usable_of(events: int) -> str:
    return f"{events:,} events, none of which can be used" if events else "no events"


def _refuse_emptying(executor: Executor, found: str) -> None:
    if emptied := _first_with_rows(executor):
        refuse_emptying(executor.job.settings, found, emptied)


def _first_with_rows(executor: Executor) -> str | None:
    """Return a result that has rows, if a build must not delete them all. Of one, because all have rows or none has."""
    stored = [one for one in executor.job.chosen if (old := executor.job.existing.get(one.name)) and old.kind != "view"]
    # A table without a time requires no filter.
    first = next(iter(sorted(stored, key=lambda one: one.time_column is not None)), None)
    if first is None or executor.job.settings.allow_empty:
        return None
    rows = executor.whole(first, first.table)
    few = select(literal_column("1").label("one")).select_from(rows).limit(literal_column("1")).subquery("few")
    return first.table.fullname if executor.count(first.name, few) else None
