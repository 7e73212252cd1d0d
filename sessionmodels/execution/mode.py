"""Chooses the mode of a build: full, a part, incremental, or nothing to do."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import ClassVar

from sqlalchemy import Connection

from sessionmodels.execution.execute import overlap_of
from sessionmodels.execution.identity_graph import graph_has_changed, refuse_ambiguous_aliases
from sessionmodels.execution.inspect import inspect_target, place_of
from sessionmodels.execution.invariants import Pending, find_pending
from sessionmodels.execution.request import Request
from sessionmodels.execution.why_full import why_full
from sessionmodels.incremental.forgetting import Forgetting
from sessionmodels.incremental.increment import Increment
from sessionmodels.source.columns import Source
from sessionmodels.source.reload_window import Window
from sessionmodels.sql.instant import EARLIEST
from sessionmodels.state.builds import Build, Builds, Mode
from sessionmodels.state.watermark import before, window, window_in
from sessionmodels.warehouses.catalogue import Catalogue
from sessionmodels.warehouses.step import Step
from sessionmodels.warehouses.warehouse import Job, Plan, Warehouse


@dataclass(frozen=True)
class Full:
    """A build from the whole source, of all or some relations."""

    job: Job
    mode: Mode
    reason: str = ""
    """Why it is not incremental although that was requested."""

    has_window: ClassVar[bool] = False

    @cached_property
    def plan(self) -> Plan:
        """The statements of the build."""
        return self.job.warehouse.strategy.full(self.job)


@dataclass(frozen=True)
class Continued:
    """A build that continues from the last one, or has nothing to do."""

    job: Job
    mode: Mode
    base: Build
    window: Window
    """From which load time on each source is read again."""

    pending: Pending = field(default_factory=Pending)
    """What has to be restored, even without changes."""

    unfinished: bool = False
    """Whether a build is recorded as running. It is still running, or it was killed."""

    has_window: bool = False
    """Whether the window's rows were read into their working table, to find out whether there are new ones."""

    reason: str = ""

    @cached_property
    def increment(self) -> Increment:
        """The steps of the build."""
        steps = Forgetting if self.mode == "forget" else Increment
        return steps(self.job, self.window, self.pending.views, has_window=self.has_window)


Decision = Full | Continued


def choose_mode(  # noqa: PLR0913 - an inspection's options, each by its name
    connection: Connection,
    warehouse: Warehouse,
    request: Request,
    *,
    thorough: bool,
    seen: Decision | None = None,
    execute: Callable[[Job, Step], None] | None = None,
) -> Decision:
    """Return how to build. A `thorough` inspection also compares views, and counts rows before continuing from them.

    If an earlier inspection has `seen` changes since the same build, the source is not queried for them again. `execute` runs a
    step: if working tables are temporary, it reads the window into one, and changes are looked for there, so that the source is
    read only once. Without `execute`, or if working tables are not temporary, the source itself is queried for changes.

    Raises:
        TargetError: what exists in the target cannot be replaced.
    """
    catalogue = warehouse.catalogue(connection)
    job = inspect_target(catalogue, warehouse, request, comparing=thorough)
    if thorough:
        refuse_ambiguous_aliases(connection, job)
    if not request.incremental:
        return Full(job, "part" if request.is_part else "full")
    builds = Builds(place_of(job))
    base = builds.last_if_readable(connection, catalogue)
    reason = why_full(connection, job, request, base, thorough=thorough)
    if reason or base is None or base.watermark is None:
        return _full(catalogue, warehouse, request, job, reason or "", thorough=thorough)
    found = _continued(catalogue, request, job, base)
    if isinstance(seen, Continued) and seen.mode == "incremental" and seen.base == base:
        return replace(found, has_window=seen.has_window)
    if execute and isinstance(seen, Continued) and seen.has_window:
        execute(job, seen.increment.drop_window())  # another build has finished meanwhile
    if request.forgets or found.pending:
        return found
    found = _with_window(found, execute)
    if _has_changed(connection, found):
        return found
    return replace(found, mode="nothing", unfinished=bool(builds.unfinished(connection)))


def _continued(catalogue: Catalogue, request: Request, job: Job, base: Build) -> Continued:
    """Return the build that continues from the base, or that forgets people in its results."""
    lows = {name: before(mark.at, overlap_of(job)) for name, mark in base.marks.items() if mark.at is not None}
    mode: Mode = "forget" if request.forgets else "incremental"
    return Continued(job, mode, base, Window(lows, job.graph.stream.names), find_pending(catalogue, job, base))


def _with_window(found: Continued, execute: Callable[[Job, Step], None] | None) -> Continued:
    """Read the window into its working table if that is temporary, so that changes are looked for there."""
    if execute is None or not found.increment.workspace.is_temporary:
        return found
    execute(found.job, found.increment.read_window())
    return replace(found, has_window=True)


def _full(  # noqa: PLR0913 - what was found out, for one of two decisions
    catalogue: Catalogue, warehouse: Warehouse, request: Request, job: Job, reason: str, *, thorough: bool
) -> Full:
    """Return the full build. If it forgets people and `incremental` is not set, it keeps no state for incremental builds."""
    if request.forgets and not request.settings.incremental:
        job = inspect_target(catalogue, warehouse, replace(request, incremental=False), comparing=thorough)
    return Full(job, "full", reason)


def _has_changed(connection: Connection, found: Continued) -> bool:
    """Whether rows were inserted or deleted in the window since the last build, or the identity graph was changed."""
    if any(_has_source_changed(connection, found, source) for source in found.job.graph.stream.sources):
        return True
    refuse_ambiguous_aliases(connection, found.job)
    return graph_has_changed(connection, found.job)


def _has_source_changed(connection: Connection, found: Continued, source: Source) -> bool:
    """Whether one source may have changed, by its number of rows and their load times. Without load times, it always may."""
    known, low = found.base.marks.get(source.name), found.window.lows.get(source.name)
    if known is None or known.reads_since != low or not source.has_load_times:
        return True
    if low is None:  # it has no row with a load time, so most likely none
        return bool(known.window_rows) or _figures(connection, found, source, EARLIEST) != (0, 0)
    return _figures(connection, found, source, low) != (known.window_rows, known.window_sum)


def _figures(connection: Connection, found: Continued, source: Source, low: datetime) -> tuple[int, int]:
    if not found.has_window:
        return window(connection, source, low)
    return window_in(connection, found.increment.rows_of(source.name), low)
