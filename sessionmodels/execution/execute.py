"""Executes a full or an incremental build, and returns what to report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import BigInteger, FromClause, String, func, literal_column, select

from sessionmodels.checks.result import CheckReport
from sessionmodels.connection.transaction import named
from sessionmodels.execution.counts import (
    Counts,
    count_ignored_ids,
    count_rejections,
    count_skipped,
    counts_of,
    events_by_source,
    rejected_by_difference,
    repeats,
)
from sessionmodels.execution.executor import Executor
from sessionmodels.execution.guards import refuse_emptying, refuse_lost_source, refuse_most_excluded, refuse_to_publish
from sessionmodels.execution.identity_graph import graph_has_changed
from sessionmodels.execution.publish import publish
from sessionmodels.execution.result import AuditResult, IncrementResult, RelationResult
from sessionmodels.execution.source_result import EachSource, SourceResult
from sessionmodels.incremental.increment import Increment
from sessionmodels.relations.naming import TRACKS
from sessionmodels.source.clean import usable_rows
from sessionmodels.source.columns import Source
from sessionmodels.source.junk import NAMES, by_column, events_without_junk, junk_aliases, junk_events
from sessionmodels.source.reasons import FILTERED, FORGOTTEN
from sessionmodels.sql.elapsed import MICROSECONDS_A_MINUTE
from sessionmodels.state.builds import Build
from sessionmodels.state.watermark import Watermark, read_watermarks, watermark_in
from sessionmodels.warehouses.warehouse import Job, Plan


@dataclass(frozen=True)
class Outcome:
    """What a build did, for its record and its result."""

    relations: tuple[RelationResult, ...]
    source: SourceResult | None
    watermarks: Mapping[str, Watermark] = field(default_factory=dict)
    """By source; without those in which no row has a load time."""

    kept_rows: int | None = None
    """The number of removed duplicates that are kept for the next build."""

    increment: IncrementResult | None = None
    audit: AuditResult | None = None
    forgotten: int | None = None
    """The number of entries of the list of forgotten people, if this build added some."""
    checks: CheckReport | None = None


def overlap_of(job: Job) -> timedelta:
    """Return how far before the watermark the source is read again."""
    return timedelta(hours=job.settings.overlap_hours)


def build_in_full(executor: Executor, plan: Plan, *, checks: bool = False) -> Outcome:
    """Execute a plan and count its results, and publish only what passes if it `checks`. The caller drops the working tables."""
    job, connection = executor.job, executor.connection
    stream = job.graph.stream
    reads = job.graph.reads_source(job.chosen)
    # The watermarks are read before the source, so that rows that arrive meanwhile do not count as read.
    marks = read_watermarks(connection, stream, overlap_of(job)) if job.graph.continues else {}
    found = count_rejections(connection, job.warehouse, stream) if reads and not _counts_by_difference(job, plan) else None
    skipped = count_skipped(connection, job.warehouse, stream) if reads else {}
    ignored = count_ignored_ids(connection, job.warehouse, stream) if reads else {}
    if found is not None:
        events = found.rows - found.filtered - found.forgotten
        refuse_most_excluded(job.settings, found.left_out, events, lacks=stream.taken_as_null)
    emptied = _first_with_rows(executor) if reads else None
    read = None
    executor.execute(plan.steps[: plan.ready])
    if reads:
        ids = _junk_ids(executor, plan.events, aliases=plan.aliases)
        kept = events_by_source(executor, plan.events, _events_of(ids))
        if found is None:
            found = rejected_by_difference(executor, plan, kept)
        read = _source_result(executor, _Counted(found, ids, kept, skipped, ignored, marks))
        refuse_to_publish(job.settings, read, _repeats(executor, read, plan.kept))
        refuse_lost_source(job.settings, read)
        if emptied and not read.events_kept and not read.forgotten:
            refuse_emptying(job.settings, f"the source has {_usable_of(read)}", emptied)
    report = publish(executor, plan.steps[plan.ready :], plan.graph, plan.events, checks=checks)
    kept_rows = executor.count(TRACKS, job.graph.duplicates.table) if job.graph.continues else None
    results = executor.results(job.chosen, lambda relation: plan.counted[relation.name])
    return Outcome(results, read, marks, kept_rows, checks=report)


def _counts_by_difference(job: Job, plan: Plan) -> bool:
    """Whether rejected rows can be counted as the difference of all and usable ones, without another scan of the source.

    A source with times as text is scanned first: an example of its times may explain what is wrong with all of them.
    """
    is_text = any(isinstance(source.columns["timestamp"].type, String) for source in job.graph.stream.sources)
    return job.graph.stream.is_table and not is_text and plan.removed is not None


def _repeats(executor: Executor, read: SourceResult, kept: FromClause | None) -> int:
    """Return how many rows repeat an id of their source. An id in two sources is no sign of a wrong setting."""
    if not executor.job.graph.stream.several:
        return read.duplicates_removed
    return repeats(executor, kept) if kept is not None and executor.job.settings.deduplicate else 0


def build_increment(executor: Executor, increment: Increment, base: Build, *, checks: bool = False) -> Outcome:
    """Execute an incremental build. The caller drops the working tables.

    The source is read once, into the window. Rejections and the watermarks are computed from the window.
    """
    job, stream = executor.job, executor.job.graph.stream
    window = stream.windowed(increment.window.lows)
    skipped = count_skipped(executor.connection, job.warehouse, window)
    ignored = count_ignored_ids(executor.connection, job.warehouse, window)
    executor.execute(increment.read())
    found = _rejected(executor, increment)
    _refuse_emptied_sources(executor, increment, found, base)
    with named(TRACKS, "read the watermark", job.warehouse):
        marks = _marks_in(executor, increment, base)
    changes = executor.fetch_one(TRACKS, "count the new rows", increment.count_changes())
    has_changed = bool(changes.differing) or graph_has_changed(executor.connection, job)
    if has_changed:
        executor.execute(increment.trace())
    events = increment.events_of_window(changed=has_changed)
    ids = _junk_ids(executor, events)
    kept = events_by_source(executor, events, _events_of(ids))
    read = _source_result(executor, _Counted(found, ids, kept, skipped, ignored, marks))
    refuse_to_publish(job.settings, read, _repeats(executor, read, usable_rows(increment.read_rows).subquery("usable_rows")))
    if has_changed and not read.events_kept and not executor.count(TRACKS, increment.all_events()):
        _refuse_emptying(executor, f"the source has {_usable_of(read)}")
    visitors, renumbered = _apply(executor, increment) if has_changed else (0, 0)
    last, computed = tuple(increment.put_in_place(changed=has_changed)), increment.workspace.graph
    report = publish(executor, last, computed, computed.events, checks=checks and has_changed)
    results = executor.results(job.chosen, lambda relation: relation.table)
    kept_rows = executor.count(TRACKS, job.graph.duplicates.table)
    return Outcome(results, read, marks, kept_rows, _increment_result(changes, visitors, renumbered), checks=report)


def _increment_result(changes: Any, visitors: int, renumbered: int) -> IncrementResult:
    late_by = None if changes.late_by is None else changes.late_by / MICROSECONDS_A_MINUTE
    return IncrementResult(changes.inserted or 0, changes.late or 0, late_by, visitors, renumbered)


def remove_rows(executor: Executor, increment: Increment, base: Build) -> tuple[Outcome, int]:
    """Remove forgotten people from the results. Return what to record, and the number of distinct raw rows removed.

    The source is not read, so its watermarks stay those of the last build.
    """
    job = executor.job
    executor.execute(increment.read())
    (rows,) = executor.fetch_one(TRACKS, "count the rows to remove", increment.count_changes())
    has_changed = bool(rows) or graph_has_changed(executor.connection, job)
    if has_changed:
        executor.execute(increment.trace())
    visitors, renumbered = _apply(executor, increment) if has_changed else (0, 0)
    executor.execute(increment.put_in_place(changed=has_changed))
    results = executor.results(job.chosen, lambda relation: relation.table)
    kept = executor.count(TRACKS, job.graph.duplicates.table)
    return Outcome(results, None, base.marks, kept, IncrementResult(0, 0, None, visitors, renumbered)), rows


def _apply(executor: Executor, increment: Increment) -> tuple[int, int]:
    """Replace what the changes affect. Return the numbers of affected visitors and renumbered sessions."""
    affected = executor.fetch_one(increment.sessions.name, "count the affected visitors", increment.count_affected())
    if affected.visitors:
        executor.execute(increment.apply(affected.floor))
        query = increment.count_renumbered()
        return affected.visitors, executor.fetch_one(increment.sessions.name, "count the renumbered sessions", query)[0]
    if executor.job.graph.identity.graph is not None:
        executor.execute(increment.update_mapping())
    return 0, 0


def _refuse_emptied_sources(executor: Executor, increment: Increment, found: Counts, base: Build) -> None:
    for source in executor.job.graph.stream.sources:
        mark = base.marks.get(source.name)
        if mark and mark.window_rows and not found.rows_of(source.name):
            called, low = executor.job.graph.stream.called(source), increment.window.lows.get(source.name)
            since = "" if low is None else f" loaded since {low:%Y-%m-%d %H:%M:%S}"
            _refuse_emptying(
                executor,
                f"{called} has no event{since}, where the last build found {mark.window_rows:,}",
            )


def _marks_in(executor: Executor, increment: Increment, base: Build) -> dict[str, Watermark]:
    """Return each source's watermark from the rows that were read."""
    known, overlap = base.marks, overlap_of(executor.job)
    at_least = {name: known[name].at if name in known else None for name in executor.job.graph.stream.names}
    return {
        name: watermark_in(executor.connection, increment.rows_of(name), overlap, at_least=moment)
        for name, moment in at_least.items()
    }


def _rejected(executor: Executor, increment: Increment) -> Counts:
    """Count the raw rows of the window by source and reason of rejection; null counts the usable ones."""
    stream, window = executor.job.graph.stream, increment.read_rows
    grouped = [*([window.c.source] if stream.several else []), window.c.reason]
    counted = select(*grouped, func.count(type_=BigInteger).label("events")).group_by(*grouped)
    return counts_of(executor.fetch_all(TRACKS, "count the events", counted), stream)


def _junk_ids(executor: Executor, events: FromClause, *, aliases: FromClause | None = None) -> Sequence[Any]:
    """Count the deduplicated events by their junk ids. If no alias is junk, no event has to be looked at."""
    has_none = aliases is not None and not executor.fetch_all(TRACKS, "look for junk ids", junk_aliases(aliases))
    query = events_without_junk(events) if has_none else junk_events(events)
    return executor.fetch_all(TRACKS, "count the deduplicated events", query)


def _events_of(ids: Sequence[Any]) -> int:
    """Return the number of deduplicated events: each has one pair of junk ids, or of nulls."""
    return sum(row.events for row in ids)


@dataclass(frozen=True)
class _Counted:
    """All that was counted of the sources."""

    found: Counts
    ids: Sequence[Any]
    kept: Mapping[str, int]
    skipped: Mapping[str, int]
    ignored: Mapping[str, Mapping[str, int]]
    marks: Mapping[str, Watermark]


def _source_result(executor: Executor, counted: _Counted) -> SourceResult:
    found = counted.found
    each = {one.name: _each(one, counted) for one in executor.job.graph.stream.sources}
    return SourceResult(
        events_read=found.rows,
        left_out=found.left_out,
        # Without a snapshot, rows may arrive between the two counts.
        duplicates_removed=max(0, found.usable - _events_of(counted.ids)),
        filtered=found.filtered,
        forgotten=found.forgotten,
        taken_as_null=executor.job.graph.stream.taken_as_null,
        context_as_null=tuple(name for name in executor.job.settings.context if name not in executor.job.graph.stream.context),
        skipped=counted.skipped,
        junk_ids=by_column(counted.ids, NAMES),
        ignored_ids=counted.ignored,
        sources=each,
    )


def _each(source: Source, counted: _Counted) -> EachSource:
    found, mark = counted.found, counted.marks.get(source.name)
    usable, events = found.by_source[source.name].get(None, 0), counted.kept.get(source.name, 0)
    return EachSource(
        events_read=found.rows_of(source.name),
        events_kept=events,
        left_out=found.left_out_of(source.name),
        filtered=found.by_source[source.name].get(FILTERED, 0),
        forgotten=found.by_source[source.name].get(FORGOTTEN, 0),
        duplicates_removed=max(0, usable - events),
        taken_as_null=source.taken_as_null,
        watermark=mark and mark.at,
    )


def _usable_of(read: SourceResult) -> str:
    if not read.events_read:
        return "no events"
    is_filtered = read.filtered == read.events_read
    return f"{read.events_read:,} events, {'none of which satisfies where' if is_filtered else 'none of which can be used'}"


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
