"""The end of a build: its rows are checked before readers see them, and then published."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Dialect, FromClause

from sessionmodels.checks.plan import Planned, Subject, plan_checks
from sessionmodels.checks.result import CheckReport, CheckResult
from sessionmodels.checks.run import Levels, Runner, run_checks
from sessionmodels.display.format import count
from sessionmodels.errors import CheckError
from sessionmodels.execution.executor import Executor
from sessionmodels.model import Kind
from sessionmodels.relations.graph import Graph
from sessionmodels.relations.naming import TRACKS
from sessionmodels.warehouses.render import text_of
from sessionmodels.warehouses.step import Step
from sessionmodels.warehouses.warehouse import Job

CHECK = Step("the build", "check the new rows", ())


def publish(
    executor: Executor, steps: Sequence[Step], computed: Graph, events: FromClause, *, checks: bool
) -> CheckReport | None:
    """Execute the last steps of a build. If it `checks`, do so before the first step that readers see at once.

    Where a build is one transaction, there is no such step: the checks come last, and the commit shows the rows.

    Args:
        executor: the executor of the build.
        steps: the steps that are left.
        computed: the graph of the tables with the new rows: the real ones, or shadow tables.
        events: the clean events, for views that read them.
        checks: whether the rows are checked.

    Raises:
        CheckError: a check failed. Readers see the old rows, once the caller has rolled back or dropped the working tables.
    """
    steps = tuple(steps)
    first = next((number for number, step in enumerate(steps) if step.in_place), len(steps))
    executor.execute(steps[:first])
    report = executor.perform(CHECK, lambda: _check(executor, computed, events)) if checks else None
    if report and report.failed:
        raise CheckError(*_messages(report), report)
    executor.execute(steps[first:])
    return report


def planned(job: Job, rows: Mapping[str, FromClause] | None = None) -> Planned:
    """Return the checks of what a build computes.

    Raises:
        SettingsError: a check in the settings is wrong.
    """
    found: dict[str, Kind] = {one.name: one.kind for one in job.chosen}
    settings, warehouse = job.settings, job.warehouse
    rows_expire = bool(settings.bigquery_partition_expiration_days and warehouse.tables.loses_rows(settings))
    return plan_checks(Subject(job.graph, found, rows or {}, rows_expire=rows_expire, absent="not part of this build"))


def refuse_wrong_checks(job: Job) -> None:
    """Refuse a build whose checks could not be run.

    Raises:
        SettingsError: a check in the settings is wrong.
    """
    planned(job)


def _check(executor: Executor, computed: Graph, events: FromClause) -> CheckReport:
    job = executor.job
    levels = Levels.of(job.settings)
    runner = Runner(executor.connection, job.warehouse, job.graph, levels, others={})
    if computed is job.graph:
        return run_checks(runner, planned(job), {})
    report = run_checks(runner, planned(job, unpublished(computed, job, events)), {})
    return replace(report, checks=tuple(_as_published(report.checks, planned(job), job.dialect)))


def unpublished(computed: Graph, job: Job, events: FromClause) -> dict[str, FromClause]:
    """Return where the new rows can be read while only shadow tables have them: views are computed from those."""
    chosen = {one.name for one in job.chosen}
    rows: dict[str, FromClause] = {TRACKS: events}
    for relation in computed.relations:
        model = relation.model
        if relation.kind == "table" or relation.name not in chosen:
            rows[relation.name] = relation.table
        else:
            query = model(*(rows[name] for name in model.reads), **computed.chosen_by(model))
            rows[relation.name] = query.cte(f"new_{relation.name}")
    return rows


def _as_published(checks: Iterable[CheckResult], published: Planned, dialect: Dialect) -> Iterator[CheckResult]:
    """Yield the results with queries of the relations' own names: the shadow tables will be gone."""
    find = {one.name: one.find for scan in published.scans for one in scan.checks}
    for one in checks:
        yield replace(one, query=text_of(find[one.name](), dialect)) if one.query else one


def _messages(report: CheckReport) -> tuple[str, str]:
    """Return the error's message twice: with the rows that failed and their queries, and in brief."""
    from sessionmodels.display.terminal import as_text  # noqa: PLC0415 - heavy, and only for a failure

    failed = report.failed
    each = ", ".join(f"{one.name} ({count(one.rows, 'row')} of {one.relation})" for one in failed)
    brief = (
        f"{count(len(failed), 'check')} failed, so nothing was published, and all relations are as they were before: {each}."
        " To run the queries on the rows that failed, build without check (--check) under another table_prefix"
    )
    return f"{brief}\n\n{as_text(block for one in failed for block in one.blocks())}", brief
