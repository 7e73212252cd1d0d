"""One build: inspect, lock, choose the mode, execute, and record the result."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from sessionmodels.connection import signals
from sessionmodels.connection.retry import retried, waited_for
from sessionmodels.connection.transaction import NOTHING_CHANGED, UNKNOWN, connected, named
from sessionmodels.connection.unlock import unlocked
from sessionmodels.errors import AuditError, BuildError, LockedError
from sessionmodels.errors.redaction import logger
from sessionmodels.execution.audit import count_audit_steps, run_audit
from sessionmodels.execution.build_log import BuildLog, record_killed
from sessionmodels.execution.execute import Outcome, build_in_full, build_increment
from sessionmodels.execution.executor import Executor, Watcher
from sessionmodels.execution.inspect import place_of
from sessionmodels.execution.mode import Continued, Decision, Full, choose_mode
from sessionmodels.execution.publish import refuse_wrong_checks
from sessionmodels.execution.request import Request, checked, is_incremental, refuse_contradictions
from sessionmodels.execution.result import AuditResult, BuildResult
from sessionmodels.relations.selection import choose
from sessionmodels.settings import Settings
from sessionmodels.settings.duration import Duration, seconds_in
from sessionmodels.settings.share import Share, share_in
from sessionmodels.state.builds import Builds
from sessionmodels.state.watermark import earliest
from sessionmodels.telemetry.observers import observing
from sessionmodels.warehouses import warehouse_of
from sessionmodels.warehouses.locks.lock import Check
from sessionmodels.warehouses.step import Step
from sessionmodels.warehouses.strategies.steps import make_schema
from sessionmodels.warehouses.warehouse import Job, Plan, Warehouse

LOG = logger("sessionmodels")


def build_all(  # noqa: PLR0913 - a build's options, each by its name
    engine: Engine,
    settings: Settings | None = None,
    *,
    select: str | Sequence[str] | None = None,
    incremental: bool | None = None,
    full_refresh: bool = False,
    audit: Share = 0.0,
    wait: Duration = 0,
    watch: Watcher | None = None,
    replace_existing: bool = False,
    check: bool = False,
) -> BuildResult:
    """Build all or the selected relations, from the whole source or incrementally.

    On DuckDB, PostgreSQL and Redshift a build is one transaction: readers see the old rows until the end, then the new ones,
    and a failure leaves every relation unchanged. On BigQuery and Snowflake everything is built in shadow tables and swapped in
    at the end by one atomic statement per relation, in quick succession; a failure before that changes nothing.

    With `incremental`, every relation equals, row for row, what a full build of the same source would give, at a cost that grows
    with the new rows since the last build. If there is nothing to continue from, the build is full, and the result says why.

    Args:
        engine: an engine for the database of the source and the results.
        settings: what to read, write and count; None reads the environment and the settings files.
        select: `"session_tracks"`, `"+session_tracks"` (and what it reads), `"session_tracks+"` (and what reads it).
        incremental: continue from the last incremental build, and keep what the next one needs; None uses the setting.
        full_refresh: with `incremental`, make a full build this time; the next one continues from it.
        audit: compare this share of the visitors (0.005 or `"0.5%"`) with a fresh computation, which reads the whole source.
        wait: how long to wait for another build of the same tables to end: seconds, `"10m"`, or a `timedelta`.
        watch: called before each step, to show progress.
        replace_existing: replace tables and views that have a result's name but were not created by a build or a migration of
            sessionmodels, such as those of the dbt project. Otherwise the build refuses and names them.
        check: run all checks of the relations that are built, and those of the setting `checks`, before readers see the new rows.
            If one fails, nothing is published. Those that only warn are in the result.

    Raises:
        SettingsError: a setting or the selection is wrong.
        SourceError: the source is missing, or lacks a column.
        TargetError: the selection reads a relation that was never built, or something in the target prevents the build, such as
            a table that is not ours.
        ConnectError: the warehouse cannot be reached.
        LockedError: another build of the same tables is running.
        CheckError: a check failed; the relations are as they were before, and the error's `report` has the rows.
        AuditError: the audit found a difference; the build stays committed.
        BuildError: a statement failed; the message names the relation and says whether anything was changed.
    """
    settings, names = checked(engine, settings), choose(select)
    continues, share = is_incremental(settings, names, incremental), share_in(audit, "audit")
    request = Request(settings, names, continues, full_refresh, share, replace_existing=replace_existing, check=check)
    refuse_contradictions(request)
    seconds = seconds_in(wait)
    attempt = Attempt(engine, warehouse_of(engine.dialect.name), request, seconds, watch or (lambda *_: None))
    result = retried(attempt.once, request.settings.retries)
    if result.audit and result.audit.differences:
        raise AuditError(str(result.audit), result)
    return result


class Attempt:
    """One attempt at a build. A retry inspects everything again."""

    def __init__(self, engine: Engine, warehouse: Warehouse, request: Request, wait: float, watch: Watcher) -> None:
        """Store what is to be built and where."""
        self.engine, self.warehouse, self.request = engine, warehouse, request
        self.wait, self.watch = wait, watch

    def once(self) -> BuildResult:
        """Inspect, and if there is something to do, do it under the lock."""
        self.started_at = datetime.now(UTC)
        with (
            observing(self.engine.url) as self.observers,
            self._connected() as connection,
            unlocked(connection),
            named("the build", "read the catalog", self.warehouse),
            self.warehouse.transactions.session(connection),
        ):
            seen = self._decide(connection, thorough=False)
            if isinstance(seen, Continued) and seen.mode == "nothing" and not self.request.audit:
                self._record_killed(connection, seen)
                return self._no_changes(seen)
            with self._dropping_window(connection, seen if seen.has_window else None):
                return self._under_lock(connection, seen)

    def _under_lock(self, connection: Connection, seen: Decision) -> BuildResult:
        if self.request.check:
            refuse_wrong_checks(seen.job)
        if isinstance(seen, Full):
            _ = seen.plan  # what the warehouse cannot do is refused here, before a schema or a lock is made
        self._make_schema(connection, seen.job)
        with self.warehouse.transactions.lock(self.engine, connection, place_of(seen.job), self.wait) as check:
            # Another build may have finished while this one waited.
            decided = self._decide(connection, thorough=True, seen=seen)
            with self._dropping_window(connection, None if seen.has_window else decided):
                return self._build(connection, decided, check)

    @contextmanager
    def _dropping_window(self, connection: Connection, decided: Decision | None) -> Iterator[None]:
        """Drop the window's rows in the end, if they were read and are still there: the connection goes back to a pool."""
        try:
            yield
        finally:
            if isinstance(decided, Continued) and decided.has_window:
                with suppress(DBAPIError), connection.begin():
                    for statement in decided.increment.drop_window().statements:
                        connection.execute(statement)

    def _decide(self, connection: Connection, *, thorough: bool, seen: Decision | None = None) -> Decision:
        """Choose the mode, in a transaction that is committed only to keep the window's rows, if some of them are new."""

        def execute(job: Job, step: Step) -> None:
            about: Any = {"check": lambda: None, "start_swapping": lambda: None, "observe": self.observers.step}
            with job.graph.stream.explained():
                Executor(connection, job, lambda *_: None, **about).execute([step])

        with connection.begin() as transaction:
            self.warehouse.transactions.tag(connection, self.request.settings, "the build")
            decided = choose_mode(connection, self.warehouse, self.request, thorough=thorough, seen=seen, execute=execute)
            if decided.mode == "incremental" and (decided.has_window or (seen and seen.has_window)):
                transaction.commit()
            else:
                transaction.rollback()
        return decided

    def _build(self, connection: Connection, decided: Decision, check: Check) -> BuildResult:
        if isinstance(decided, Continued) and decided.mode == "nothing":
            return self._only_audit(connection, decided, check)
        self._warn_that_next_build_is_full(decided)
        build_log = self._start_log(connection, decided)
        about: Any = {"check": check, "start_swapping": build_log.start_swapping, "observe": self.observers.step}
        executor = Executor(connection, decided.job, self.watch, **about)
        try:
            self.observers.started(decided.job, build_log.build)
            with (
                named("the build", "begin or commit", self.warehouse, changed=UNKNOWN),
                connection.begin() as transaction,
                decided.job.graph.stream.explained(),
            ):
                outcome = self._execute(executor, decided, build_log)
                with signals.committing():
                    transaction.commit()
        except BaseException as error:
            with signals.undisturbed():  # a scheduler may send a signal twice, and why the build ended is recorded all the same
                with suppress(DBAPIError):
                    connection.rollback()  # a commit that is refused leaves its transaction to be ended
                build_log.failed(error, executor.changed)
            self.observers.failed(error)
            raise
        self.observers.done({one.name: one.rows for one in outcome.relations})
        return self._result(outcome, build_log)

    def _start_log(self, connection: Connection, decided: Decision) -> BuildLog:
        with named("the build", "write to the table of builds", self.warehouse):
            return BuildLog(connection, decided, self.started_at)

    def _warn_that_next_build_is_full(self, decided: Decision) -> None:
        """Warn before the build that the next incremental build cannot continue from it."""
        if decided.job.duplicates and not self.request.incremental:
            LOG.warning(
                "this %s is not incremental, so the next incremental build will be a full one; to keep builds incremental, set"
                " incremental = true (or pass --incremental; incremental=True in Python)",
                "build of some relations" if self.request.is_part else "build",
            )

    def _execute(self, executor: Executor, decided: Decision, build_log: BuildLog) -> Outcome:
        if isinstance(decided, Full):
            executor.total = self._steps(decided.plan, build_log)
            with executor.cleaning_up(lambda: decided.plan.clean_up):
                return self._finish(executor, build_in_full(executor, decided.plan, checks=self.request.check), build_log)
        increment = decided.increment
        with executor.cleaning_up(increment.clean_up):
            outcome = build_increment(executor, increment, decided.base, checks=self.request.check)
            return self._finish(executor, outcome, build_log)

    def _steps(self, plan: Plan, build_log: BuildLog) -> int:
        """Return the number of a full build's steps, for progress."""
        audit = count_audit_steps(build_log.job) if self.request.audit else 0
        more = audit + int(self.request.check)
        return len(plan.steps) + len(plan.clean_up) + more + sum(1 for _ in build_log.grants())

    def _finish(self, executor: Executor, outcome: Outcome, build_log: BuildLog) -> Outcome:
        """Audit the results, and record the build as done."""
        if self.request.audit:
            outcome = replace(outcome, audit=run_audit(executor, self.request.audit))
        executor.execute(build_log.grants())
        executor.check_lock("the build", "check that it still holds the lock")
        with nullcontext() if self.warehouse.transactions.rolls_back else signals.committing():
            executor.run_statement("the build", "record what was done", build_log.done(outcome))
        return outcome

    def _only_audit(self, connection: Connection, decided: Continued, check: Check) -> BuildResult:
        """Audit the existing results. If rows were added since the last inspection, build instead."""
        if not self.request.audit:
            if decided.unfinished:
                with connection.begin():
                    record_killed(connection, Builds(place_of(decided.job)))
            return self._no_changes(decided)
        build_log = self._start_log(connection, replace(decided, mode="audit"))
        try:
            with connection.begin():
                again = choose_mode(connection, self.warehouse, self.request, thorough=True)
                about: Any = {"check": check, "start_swapping": lambda: None, "observe": self.observers.step}
                executor = Executor(connection, again.job, self.watch, **about)
                found = run_audit(executor, self.request.audit) if again.mode == "nothing" else None
                executor.run_statement("the audit", "record what was found", build_log.audited(found or AuditResult(0, ())))
        except BaseException as error:
            build_log.failed(error, NOTHING_CHANGED)
            raise
        if found and isinstance(again, Continued):
            return self._no_changes(again, found, build_log.seconds)
        return self._build(connection, again, check)

    def _record_killed(self, connection: Connection, seen: Continued) -> None:
        """If a build is recorded as running but does not hold the lock, record it as killed."""
        if not seen.unfinished:
            return
        place = place_of(seen.job)
        with suppress(LockedError), self.warehouse.transactions.lock(self.engine, connection, place, 0), connection.begin():
            record_killed(connection, Builds(place))

    def _result(self, outcome: Outcome, build_log: BuildLog) -> BuildResult:
        build, took = build_log.build, build_log.seconds
        LOG.info("build %d is done", build.number, extra={"build": build.number, "seconds": round(took, 3)})
        mark = earliest(outcome.watermarks)
        fields: Any = {"number": build.number, "increment": outcome.increment, "watermark": mark, "audit": outcome.audit}
        fields["checks"] = outcome.checks
        return BuildResult(outcome.relations, outcome.source, took, build.mode, build.reason, **fields)

    def _no_changes(self, seen: Continued, audit: AuditResult | None = None, took: float | None = None) -> BuildResult:
        base = seen.base
        LOG.info("no new events since build %d", base.number, extra={"build": base.number})
        fields: Any = {"number": base.number, "watermark": base.watermark, "audit": audit}
        seconds = (datetime.now(UTC) - self.started_at).total_seconds() if took is None else took
        return BuildResult((), None, seconds, "nothing", **fields)

    def _make_schema(self, connection: Connection, job: Job) -> None:
        """Create the target schema if it is missing. Another build may create it at the same time."""
        for step in make_schema(job):
            try:
                with named(step.relation_name, step.action, self.warehouse), connection.begin():
                    for statement in step.statements:
                        connection.execute(statement)
            except BuildError:
                with connection.begin():
                    if not self.warehouse.catalogue(connection).has_schema(job.settings.target_schema or ""):
                        raise

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        with ExitStack() as stack:
            yield waited_for(
                lambda: stack.enter_context(connected(self.engine, self.warehouse.transactions.isolation_level)), self.wait
            )
