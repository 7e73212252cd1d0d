"""One build: look, lock, decide how, carry it out, and write down what was done."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from sessionmodels import signals
from sessionmodels.connection.retry import retried, waited_for
from sessionmodels.connection.transaction import NOTHING_CHANGED, UNKNOWN, connected, named
from sessionmodels.errors import AuditError, BuildError, LockedError
from sessionmodels.errors.redaction import logger
from sessionmodels.execution.audit import audited, steps_of_audit
from sessionmodels.execution.build_log import BuildLog, record_killed
from sessionmodels.execution.execute import Outcome, build_in_full, build_increment
from sessionmodels.execution.executor import Executor, Watcher
from sessionmodels.execution.inspect import Request, checked, is_incremental, place_of, refuse_contradictions
from sessionmodels.execution.mode import Continued, Decision, Full, choose_mode
from sessionmodels.execution.result import AuditResult, BuildResult
from sessionmodels.incremental.increment import Increment
from sessionmodels.selection import choose
from sessionmodels.settings import Settings
from sessionmodels.settings.duration import Duration, seconds_in
from sessionmodels.settings.share import Share, share_in
from sessionmodels.state.builds import Builds
from sessionmodels.warehouses import warehouse_of
from sessionmodels.warehouses.locks.lock import Check
from sessionmodels.warehouses.strategies.steps import make_schema
from sessionmodels.warehouses.warehouse import Job, Plan, Warehouse

LOG = logger("sessionmodels")


def build_all(  # noqa: PLR0913 - what may be asked of a build, each by its name
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
) -> BuildResult:
    """Build all relations, or those selected; or continue from the last build.

    On DuckDB, PostgreSQL and Redshift a build is one transaction: readers see the old rows until the end, then the new ones,
    and whatever fails leaves every relation as it was. On BigQuery and Snowflake everything is built beside the real names and
    swapped in at the end, one atomic statement a relation, one right after the other; what fails before that changes nothing.

    With `incremental`, every relation equals, row for row, what a full build of the same source would give, at a cost that grows
    with what is new since the last build. Where there is nothing to continue from, it is a full build, and the result says why.

    Args:
        engine: where the source is and the results go.
        settings: what to read, write and count; from the environment and the settings file where None.
        select: `"session_tracks"`, `"+session_tracks"` (and what it needs), `"session_tracks+"` (and what needs it).
        incremental: continue from the last incremental build, and retain the events that this takes; the setting where None.
        full_refresh: with `incremental`, make a full build this time, for the next to continue from.
        audit: compare this share of the visitors (0.005 or `"0.5%"`) with a fresh computation from the source, which is read
            whole for it.
        wait: how long to wait for another build of the same tables to end: seconds, `"10m"`, or a `timedelta`.
        watch: told before each step, for progress.
        replace_existing: replace tables and views that bear a result's name and that neither a build nor a migration of
            sessionmodels made, such as those of the dbt project; without it they are refused by name.

    Raises:
        SettingsError: a setting or the selection is wrong.
        SourceError: the source is missing, or lacks a column.
        TargetError: the selection reads a relation that was never built, or what stands in the target is in the way, such as
            a table that somebody else made.
        ConnectError: the warehouse cannot be reached.
        LockedError: another build of the same tables is running.
        AuditError: the audit found a difference; what was built stands.
        BuildError: a statement failed; it names the relation, and says whether anything was changed.
    """
    settings, names = checked(engine, settings), choose(select)
    continues, share = is_incremental(settings, names, incremental), share_in(audit, "audit")
    request = Request(settings, names, continues, full_refresh, share, replace_existing)
    refuse_contradictions(request)
    seconds = seconds_in(wait)
    attempt = _Attempt(engine, warehouse_of(engine.dialect.name), request, seconds, watch or (lambda *_: None))
    result = retried(attempt.once, request.settings.retries)
    if result.audit and result.audit.differences:
        raise AuditError(str(result.audit), result)
    return result


class _Attempt:
    """One attempt at a build; begun again, it looks at everything again."""

    def __init__(self, engine: Engine, warehouse: Warehouse, request: Request, wait: float, watch: Watcher) -> None:
        self.engine, self.warehouse, self.request = engine, warehouse, request
        self.wait, self.watch = wait, watch

    def once(self) -> BuildResult:
        """Look, and where there is something to do, do it under the lock."""
        self.started_at = datetime.now(UTC)
        with (
            self._connected() as connection,
            named("the build", "read the catalog", self.warehouse),
            self.warehouse.transactions.session(connection),
        ):
            seen = self._decide(connection, thorough=False)
            if isinstance(seen, Continued) and seen.mode == "nothing" and not self.request.audit:
                self._record_killed(connection, seen)
                return self._nothing(seen)
            self._make_schema(connection, seen.job)
            with self.warehouse.transactions.lock(self.engine, connection, place_of(seen.job), self.wait) as check:
                # While this one waited, another one may have built.
                decided = self._decide(connection, thorough=True, seen=seen)
                return self._build(connection, decided, check)

    def _decide(self, connection: Connection, *, thorough: bool, seen: Decision | None = None) -> Decision:
        with connection.begin() as looking:
            self.warehouse.transactions.tag(connection, self.request.settings, "the build")
            decided = choose_mode(connection, self.warehouse, self.request, thorough=thorough, seen=seen)
            looking.rollback()
        return decided

    def _build(self, connection: Connection, decided: Decision, check: Check) -> BuildResult:
        if isinstance(decided, Continued) and decided.mode == "nothing":
            return self._only_audit(connection, decided, check)
        self._warn_of_a_full_build_to_come(decided)
        build_log = self._begin(connection, decided)
        executor = Executor(connection, decided.job, self.watch, check=check, placing=build_log.placing)
        try:
            with (
                named("the build", "begin or commit", self.warehouse, changed=UNKNOWN),
                connection.begin() as transaction,
                decided.job.graph.source.explained(),
            ):
                outcome = self._carry_out(executor, decided, build_log)
                with signals.committing():
                    transaction.commit()
        except BaseException as error:
            with suppress(DBAPIError):
                connection.rollback()  # a commit that is refused leaves its transaction to be ended
            build_log.failed(error, executor.changed)
            raise
        return self._result(outcome, build_log)

    def _begin(self, connection: Connection, decided: Decision) -> BuildLog:
        with named("the build", "write to the table of builds", self.warehouse):
            return BuildLog(connection, decided, self.started_at)

    def _warn_of_a_full_build_to_come(self, decided: Decision) -> None:
        """Say, before it starts, that this build ends a chain of incremental ones."""
        if decided.job.retained and not self.request.incremental:
            LOG.warning(
                "this %s is not incremental, so the next incremental build will be a full one; to keep builds incremental, set"
                " incremental = true (or pass --incremental; incremental=True in Python)",
                "build of some relations" if self.request.is_part else "build",
            )

    def _carry_out(self, executor: Executor, decided: Decision, build_log: BuildLog) -> Outcome:
        if isinstance(decided, Full):
            executor.total = self._steps(decided.plan, build_log)
            with executor.cleaning_up(lambda: decided.plan.clean_up):
                return self._written(executor, build_in_full(executor, decided.plan), build_log)
        increment = Increment(decided.job, decided.since, decided.pending.views)
        with executor.cleaning_up(increment.clean_up):
            return self._written(executor, build_increment(executor, increment, decided.base, decided.watermark), build_log)

    def _steps(self, plan: Plan, build_log: BuildLog) -> int:
        """Return how many steps a full build takes, for progress."""
        audit = steps_of_audit(build_log.job) if self.request.audit else 0
        return len(plan.steps) + len(plan.clean_up) + audit + sum(1 for _ in build_log.grants())

    def _written(self, executor: Executor, outcome: Outcome, build_log: BuildLog) -> Outcome:
        """Audit what was built, and write down that it is done."""
        if self.request.audit:
            outcome = replace(outcome, audit=audited(executor, self.request.audit))
        executor.execute(build_log.grants())
        executor.check_lock("the build", "check that it still holds the lock")
        with nullcontext() if self.warehouse.transactions.rolls_back else signals.committing():
            executor.run_statement("the build", "record what was done", build_log.done(outcome))
        return outcome

    def _only_audit(self, connection: Connection, decided: Continued, check: Check) -> BuildResult:
        """Audit what stands, unless something came since the last look: then there is a build to do after all."""
        if not self.request.audit:
            if decided.unfinished:
                with connection.begin():
                    record_killed(connection, Builds(place_of(decided.job)))
            return self._nothing(decided)
        build_log = self._begin(connection, replace(decided, mode="audit"))
        try:
            with connection.begin():
                again = choose_mode(connection, self.warehouse, self.request, thorough=True)
                executor = Executor(connection, again.job, self.watch, check=check, placing=lambda: None)
                found = audited(executor, self.request.audit) if again.mode == "nothing" else None
                executor.run_statement("the audit", "record what was found", build_log.audited(found or AuditResult(0, ())))
        except BaseException as error:
            build_log.failed(error, NOTHING_CHANGED)
            raise
        if found and isinstance(again, Continued):
            return self._nothing(again, found, build_log.seconds)
        return self._build(connection, again, check)

    def _record_killed(self, connection: Connection, seen: Continued) -> None:
        """Where a build stands there as running, find out whether it is, and else record it as killed."""
        if not seen.unfinished:
            return
        place = place_of(seen.job)
        with suppress(LockedError), self.warehouse.transactions.lock(self.engine, connection, place, 0), connection.begin():
            record_killed(connection, Builds(place))

    def _result(self, outcome: Outcome, build_log: BuildLog) -> BuildResult:
        build, took = build_log.build, build_log.seconds
        LOG.info("build %d is done", build.number, extra={"build": build.number, "seconds": round(took, 3)})
        mark = outcome.watermark.at if outcome.watermark else None
        told: Any = {"number": build.number, "increment": outcome.increment, "watermark": mark, "audit": outcome.audit}
        return BuildResult(outcome.relations, outcome.source, took, build.mode, build.reason, **told)

    def _nothing(self, seen: Continued, audit: AuditResult | None = None, took: float | None = None) -> BuildResult:
        base = seen.base
        LOG.info("no new events since build %d", base.number, extra={"build": base.number})
        told: Any = {"number": base.number, "watermark": base.watermark, "audit": audit}
        seconds = (datetime.now(UTC) - self.started_at).total_seconds() if took is None else took
        return BuildResult((), None, seconds, "nothing", **told)

    def _make_schema(self, connection: Connection, job: Job) -> None:
        """Make the target schema, where it is missing; another build may make it at the same time."""
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
