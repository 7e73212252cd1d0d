"""A full build, or one that continues from the last one: what is done, and what there is to report of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import BigInteger, Connection, func, select

from sessionmodels.graph import TRACKS
from sessionmodels.incremental.increment import Increment
from sessionmodels.incremental.novelty import in_window
from sessionmodels.prepare import count_left_out, count_skipped
from sessionmodels.result import AuditResult, IncrementResult, RelationResult, SourceResult
from sessionmodels.run import Run
from sessionmodels.source.clean import REASONS
from sessionmodels.sql.elapsed import MICROSECONDS_A_MINUTE
from sessionmodels.state.builds import Build
from sessionmodels.state.watermark import Watermark, look
from sessionmodels.warehouses.warehouse import Job, Plan


@dataclass(frozen=True)
class Outcome:
    """What a build did."""

    relations: tuple[RelationResult, ...]
    source: SourceResult | None
    watermark: Watermark | None = None
    kept_rows: int | None = None
    """How many raw rows are retained for the next build to continue from."""

    increment: IncrementResult | None = None
    audit: AuditResult | None = None


def overlap_of(job: Job) -> timedelta:
    """Return how long before the watermark the source is read again."""
    return timedelta(hours=job.settings.overlap_hours)


def build_in_full(run: Run, plan: Plan) -> Outcome:
    """Carry out a plan, and count; the caller takes away what only the build needed."""
    job, connection = run.job, run.connection
    source = job.graph.source
    reads = job.graph.reads_source(job.chosen)
    # How far the source is loaded is asked before it is read: what comes meanwhile must not be taken for read.
    mark = look(connection, source, overlap_of(job)) if job.graph.keeps else None
    found = count_left_out(connection, job.warehouse, source) if reads else None
    skipped = count_skipped(connection, job.warehouse, source) if reads else {}
    run.take(plan.steps)
    kept = run.count(TRACKS, job.graph.staged.table) if job.graph.keeps else None
    return Outcome(
        run.results(job.chosen, lambda relation: plan.counted[relation.name]),
        None if found is None else _source_result(job, found, run.count(TRACKS, plan.events), skipped),
        mark,
        kept,
    )


def build_increment(run: Run, increment: Increment, base: Build) -> Outcome:
    """Carry out what came since the last build; the caller takes away what only the build needed."""
    job, connection = run.job, run.connection
    source = job.graph.source.windowed(increment.low)
    mark = _further(connection, job, increment, base)
    found = count_left_out(connection, job.warehouse, source)
    skipped = count_skipped(connection, job.warehouse, source)
    run.take(increment.read())
    news = run.ask(TRACKS, "count the new rows", increment.news())
    visitors = renumbered = 0
    if news.differing:
        run.take(increment.trace())
        reach = run.ask("session_tracks", "count the affected visitors", increment.reach())
        visitors = reach.visitors
        if visitors:
            run.take(increment.apply(reach.floor))
            renumbered = run.ask("session_tracks", "count the renumbered sessions", increment.renumbered())[0]
    run.take(increment.put_in_place(changed=bool(news.differing)))
    late_by = None if news.late_by is None else news.late_by / MICROSECONDS_A_MINUTE
    return Outcome(
        run.results(job.chosen, lambda relation: relation.table),
        _source_result(job, found, _standing_in_window(connection, job, increment), skipped),
        mark,
        run.count(TRACKS, job.graph.staged.table),
        IncrementResult(news.came or 0, news.late or 0, late_by, visitors, renumbered),
    )


def _further(connection: Connection, job: Job, increment: Increment, base: Build) -> Watermark | None:
    """Return how far the source is loaded now; a watermark never goes back."""
    return look(connection, job.graph.source.windowed(increment.low), overlap_of(job), at_least=base.watermark)


def _standing_in_window(connection: Connection, job: Job, increment: Increment) -> int:
    kept = job.graph.staged.table
    again = in_window(kept, increment.low)
    standing = select(func.count(type_=BigInteger)).select_from(kept).where(kept.c.standing == 1, again)
    return connection.execute(standing).scalar_one()


def _source_result(job: Job, found: Mapping[str | None, int], kept: int, skipped: Mapping[str, int]) -> SourceResult:
    return SourceResult(
        events_read=sum(found.values()),
        left_out={reason: found.get(reason, 0) for reason in REASONS},
        duplicates_removed=max(0, found.get(None, 0) - kept),  # where no snapshot holds, rows may land in between
        taken_as_null=job.graph.source.taken_as_null,
        skipped=skipped,
    )
