"""One build: look, lock, decide how, carry it out, and write down what was done."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any

from sqlalchemy import Connection, Engine

from sessionmodels.audit import audited
from sessionmodels.carry_out import Outcome, build_in_full, build_increment, overlap_of
from sessionmodels.errors import AuditError, SettingsError
from sessionmodels.graph import choose
from sessionmodels.incremental.base import fingerprint, standing_build, why_altered, why_impossible, why_not_from
from sessionmodels.incremental.increment import Increment
from sessionmodels.prepare import Asked, checked, place_of, prepare, refuse_contradictions
from sessionmodels.redaction import without_secrets
from sessionmodels.result import AuditResult, BuildResult
from sessionmodels.retry import retried, waited_for
from sessionmodels.run import Run, Watcher
from sessionmodels.settings import Settings
from sessionmodels.state.builds import LONGEST_ERROR, Build, Builds, Mode
from sessionmodels.state.watermark import window
from sessionmodels.transaction import ALL_CHANGED, PARTLY_CHANGED, connected, named
from sessionmodels.warehouses import warehouse_of
from sessionmodels.warehouses.locks.lock import Check
from sessionmodels.warehouses.renewal.steps import make_schema
from sessionmodels.warehouses.tags import package_version
from sessionmodels.warehouses.warehouse import Job, Warehouse

LOG = logging.getLogger("sessionmodels")
SEEN = {ALL_CHANGED: "all", PARTLY_CHANGED: "some"}


def build_all(  # noqa: PLR0913 - what may be asked of a build, each by its name
    engine: Engine,
    settings: Settings | None = None,
    *,
    select: str | Sequence[str] | None = None,
    incremental: bool = False,
    full_refresh: bool = False,
    audit: float = 0.0,
    wait: float | timedelta = 0,
    watch: Watcher | None = None,
) -> BuildResult:
    """Build all relations, or those selected; or go on from the last build.

    On DuckDB, PostgreSQL and Redshift a build is one transaction: readers see the old rows until the end, and then the new ones,
    and whatever fails leaves the database as it was. On BigQuery and Snowflake everything is built beside the real names and put
    in place at the end, one atomic statement a relation, one right after the other; what fails before that changes nothing.

    With `incremental`, every relation equals, row for row, what a build in full of the same source would give, at a cost that
    grows with what came since the last build. Where there is nothing to go on from, it is built in full, and the result says why.

    Args:
        engine: where the source is and the results go.
        settings: what to read, write and count; from the environment and the settings file where None.
        select: `"session_tracks"`, `"+session_tracks"` (and what it needs), `"session_tracks+"` (and what needs it).
        incremental: go on from the last incremental build; keeps the events that this takes.
        full_refresh: with `incremental`, build in full this time, for the next to go on from.
        audit: compare such a share of the visitors (0.005) with a fresh computation from the source, which is read whole for it.
        wait: seconds to wait for another build of the same tables to end.
        watch: told before each step, for progress.

    Raises:
        SettingsError: a setting or the selection is wrong.
        SourceError: the source is missing, or lacks a column.
        TargetError: the selection reads a relation that was never built, or what stands in the target is in the way.
        ConnectError: the warehouse cannot be reached.
        LockedError: another build of the same tables is running.
        AuditError: the audit found a difference; what was built stands.
        BuildError: a statement failed; it names the relation, and says whether anything was changed.
    """
    asked = Asked(checked(engine, settings), choose(select), incremental, full_refresh, audit)
    refuse_contradictions(asked)
    seconds = wait.total_seconds() if isinstance(wait, timedelta) else wait
    if not isinstance(seconds, int | float) or seconds < 0:
        msg = f"wait={wait!r} is no number of seconds; write it such as wait=600"
        raise SettingsError(msg)
    attempt = _Attempt(engine, warehouse_of(engine.dialect.name), asked, seconds, watch or (lambda *_: None))
    result = retried(attempt.run, asked.settings.retries)
    if result.audit and result.audit.differences:
        raise AuditError(str(result.audit), result)
    return result


@dataclass(frozen=True)
class _Decision:
    """How a build is carried out, and what it goes on from."""

    job: Job
    base: Build | None
    mode: Mode
    reason: str = ""


class _Attempt:
    """One attempt at a build; begun again, it looks at everything again."""

    def __init__(self, engine: Engine, warehouse: Warehouse, asked: Asked, wait: float, watch: Watcher) -> None:
        self.engine, self.warehouse, self.asked = engine, warehouse, asked
        self.wait, self.watch = wait, watch

    def run(self) -> BuildResult:
        """Look, and where there is something to do, do it under the lock."""
        self.started, self.started_at = perf_counter(), datetime.now(UTC)
        with (
            self._connected() as connection,
            self._named("look around, begin or commit"),
            self.warehouse.session(connection),
        ):
            with self._only_looking(connection):
                seen = self._decide(connection, thorough=False)
            if seen.mode == "nothing" and not self.asked.audit:
                return self._nothing(seen)
            self.warehouse.renew(seen.job)  # what a plan refuses is refused before anything is touched
            self._make_schema(connection, seen.job)
            with self.warehouse.lock(self.engine, connection, place_of(seen.job), self.wait) as check:
                return self._build(connection, check)

    def _build(self, connection: Connection, check: Check) -> BuildResult:
        with self._only_looking(connection):
            decided = self._decide(connection, thorough=True)
        if decided.mode == "nothing":
            return self._nothing(decided, self._only_audit(connection, decided.job, check))
        builds = Builds(place_of(decided.job))
        build = self._begin(connection, builds, decided)
        run = Run(connection, decided.job, self.watch, check=check, placing=lambda: self._placing(connection, builds, build))
        try:
            with connection.begin():
                outcome = self._carry_out(run, decided, builds, build)
        except BaseException as error:
            self._failed(connection, builds, build, run, error)
            raise
        return self._result(outcome, build)

    def _decide(self, connection: Connection, *, thorough: bool) -> _Decision:
        """Return how to build. A `thorough` look also compares views, and counts the rows of what would be gone on from."""
        job = prepare(connection, self.warehouse, self.asked, comparing=thorough)
        if self.asked.is_part:
            return _Decision(job, None, "part")
        if not self.asked.incremental:
            return _Decision(job, None, "full")
        if impossible := why_impossible(job.graph):
            return _Decision(job, None, "full", impossible)
        if self.asked.full_refresh:
            return _Decision(job, None, "full", "a full refresh was asked for")
        base = standing_build(connection, self.warehouse.catalogue(connection), Builds(place_of(job)))
        if reason := why_not_from(base, job) or why_altered(connection, job, base, counting=thorough):
            return _Decision(job, None, "full", reason)
        return _Decision(job, base, "nothing" if self._nothing_came(connection, job, base) else "incremental")

    def _nothing_came(self, connection: Connection, job: Job, base: Any) -> bool:
        since = base.watermark - overlap_of(job)
        seen = base.window_rows, base.window_sum
        return since == base.reads_since and window(connection, job.graph.source, since) == seen

    def _carry_out(self, run: Run, decided: _Decision, builds: Builds, build: Build) -> Outcome:
        job, base = decided.job, decided.base
        if base is None or base.watermark is None:
            plan = self.warehouse.renew(job)
            with run.swept(lambda: plan.sweep):
                return self._written(run, build_in_full(run, plan), builds, build)
        increment = Increment(job, base.watermark - overlap_of(job))
        with run.swept(increment.sweep):
            return self._written(run, build_increment(run, increment, base), builds, build)

    def _written(self, run: Run, outcome: Outcome, builds: Builds, build: Build) -> Outcome:
        """Audit what was built, and write down that it is done."""
        if self.asked.audit:
            outcome = replace(outcome, audit=audited(run, self.asked.audit))
        run.write("the build", "write down what was done", builds.told(build.build, **self._told(outcome)))
        return outcome

    def _begin(self, connection: Connection, builds: Builds, decided: _Decision) -> Build:
        """Write down that a build begins, and that those which never ended were killed: whoever holds the lock knows."""
        with connection.begin():
            if not builds.is_there(self.warehouse.catalogue(connection)):
                connection.execute(builds.make())
            for killed in builds.unfinished(connection):
                connection.execute(builds.told(killed.build, outcome="failed", error="it was killed, or its connection was lost"))
            build = Build(
                build=decided.job.build,
                number=builds.next_number(connection),
                table_prefix=decided.job.settings.table_prefix,
                mode=decided.mode,
                reason=decided.reason,
                outcome="running",
                changed="nothing",
                started_at=self.started_at,
                package_version=package_version(),
                fingerprint=fingerprint(decided.job),
            )
            connection.execute(builds.begun(build))
        LOG.info("build %d begins: %s", build.number, build.mode, extra={"build": build.number, "mode": build.mode})
        return build

    def _placing(self, connection: Connection, builds: Builds, build: Build) -> None:
        connection.execute(builds.told(build.build, changed="some"))

    def _told(self, outcome: Outcome) -> dict[str, Any]:
        """Return what is written of a build that is done, in one transaction with its rows."""
        source, came, mark = outcome.source, outcome.increment, outcome.watermark
        told: dict[str, Any] = {
            "outcome": "done",
            "changed": "all",
            "finished_at": datetime.now(UTC),
            "row_counts": {one.name: one.rows for one in outcome.relations},
            "kept_rows": outcome.kept_rows,
        }
        if mark:
            told |= {"watermark": mark.at, "reads_since": mark.reads_since}
            told |= {"window_rows": mark.window_rows, "window_sum": mark.window_sum}
        if source:
            told |= {"events_read": source.events_read, "events_kept": source.events_kept, "left_out": source.left_out}
            told |= {"duplicates_removed": source.duplicates_removed}
        if outcome.audit:
            told["visitors_audited"] = outcome.audit.visitors
            told["rows_differing"] = sum(one.rows for one in outcome.audit.differences)
        return told | (vars(came) if came else {})

    def _failed(self, connection: Connection, builds: Builds, build: Build, run: Run, error: BaseException) -> None:
        """Write down why a build failed, as far as that goes: the error itself is what is told."""
        why = without_secrets(str(error) or type(error).__name__, self.engine.url)[:LONGEST_ERROR]
        changed = "nothing" if self.warehouse.rolls_back else SEEN.get(run.changed, "nothing")
        told = {"outcome": "failed", "changed": "some" if changed == "all" else changed, "error": why}
        with suppress(Exception), connection.begin():
            connection.execute(builds.told(build.build, finished_at=datetime.now(UTC), **told))
        LOG.error("build %d failed: %s", build.number, why, extra={"build": build.number, "error": why})

    def _result(self, outcome: Outcome, build: Build) -> BuildResult:
        mark = outcome.watermark.at if outcome.watermark else None
        took = perf_counter() - self.started
        LOG.info("build %d is done", build.number, extra={"build": build.number, "seconds": round(took, 3)})
        told: Any = {"number": build.number, "increment": outcome.increment, "watermark": mark, "audit": outcome.audit}
        return BuildResult(outcome.relations, outcome.source, took, build.mode, build.reason, **told)

    def _only_audit(self, connection: Connection, job: Job, check: Check) -> AuditResult | None:
        if not self.asked.audit:
            return None
        with connection.begin():
            return audited(Run(connection, job, self.watch, check=check, placing=lambda: None), self.asked.audit)

    def _nothing(self, seen: _Decision, audit: AuditResult | None = None) -> BuildResult:
        base: Any = seen.base
        LOG.info("nothing has come since build %d", base.number, extra={"build": base.number})
        told: Any = {"number": base.number, "watermark": base.watermark, "audit": audit}
        return BuildResult((), None, perf_counter() - self.started, "nothing", **told)

    def _make_schema(self, connection: Connection, job: Job) -> None:
        with connection.begin():
            for step in make_schema(job):
                for statement in step.statements:
                    connection.execute(statement)

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        with ExitStack() as stack:
            context = lambda: connected(self.engine, self.warehouse.isolation_level)  # noqa: E731
            yield waited_for(lambda: stack.enter_context(context()), self.wait)

    @contextmanager
    def _only_looking(self, connection: Connection) -> Iterator[None]:
        with connection.begin() as looking:
            self.warehouse.tag(connection, self.asked.settings, "the build")
            yield
            looking.rollback()

    def _named(self, does: str) -> Any:
        return named("the build", does, self.warehouse)
