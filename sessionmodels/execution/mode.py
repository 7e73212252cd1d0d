"""Chooses the mode of a build: full, a part, incremental, or nothing to do."""

from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from sessionmodels.execution.base import last_visible_build, why_altered, why_not_from
from sessionmodels.execution.execute import overlap_of
from sessionmodels.execution.inspect import Request, inspect_target, place_of
from sessionmodels.execution.invariants import Pending, find_pending
from sessionmodels.incremental.possible import why_impossible
from sessionmodels.rules.window import Window
from sessionmodels.source.columns import Source
from sessionmodels.state.builds import Build, Builds, Mode
from sessionmodels.state.watermark import before, window
from sessionmodels.warehouses.warehouse import Job, Plan, Warehouse


@dataclass(frozen=True)
class Full:
    """A build from the whole source, of all or some relations."""

    job: Job
    mode: Mode
    plan: Plan
    reason: str = ""
    """Why it is not incremental although that was requested."""


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

    reason: str = ""


Decision = Full | Continued


def choose_mode(
    connection: Connection, warehouse: Warehouse, request: Request, *, thorough: bool, seen: Decision | None = None
) -> Decision:
    """Return how to build. A `thorough` inspection also compares views, and counts rows before continuing from them.

    If an earlier inspection has `seen` changes since the same build, the source is not queried for them again.

    Raises:
        TargetError: what exists in the target cannot be replaced.
    """
    job = inspect_target(connection, warehouse, request, comparing=thorough)
    if not request.incremental:
        return _in_full(job, "part" if request.is_part else "full")
    catalogue, builds = warehouse.catalogue(connection), Builds(place_of(job))
    base = last_visible_build(connection, catalogue, builds)
    reason = _why_full(connection, job, request, base, thorough=thorough)
    if reason or base is None or base.watermark is None:
        return _in_full(job, "full", reason or "")
    lows = {name: before(mark.at, overlap_of(job)) for name, mark in base.marks.items() if mark.at is not None}
    pending = find_pending(catalogue, job, base)
    found = Continued(job, "incremental", base, Window(lows, job.graph.stream.names), pending)
    has_seen = isinstance(seen, Continued) and seen.mode == "incremental" and seen.base == base
    if pending or has_seen or _has_changed(connection, found):
        return found
    return replace(found, mode="nothing", unfinished=bool(builds.unfinished(connection)))


def _in_full(job: Job, mode: Mode, reason: str = "") -> Full:
    return Full(job, mode, job.warehouse.strategy.full(job), reason)


def _why_full(connection: Connection, job: Job, request: Request, base: Build | None, *, thorough: bool) -> str | None:
    """Return why the build is full, or None if it can continue from the last one."""
    if impossible := why_impossible(job.graph, job.warehouse):
        return impossible
    if request.full_refresh:
        return "a full refresh was requested"
    return why_not_from(base, job) or why_altered(connection, job, base, thorough=thorough)


def _has_changed(connection: Connection, found: Continued) -> bool:
    """Whether rows were inserted or deleted in the window since the last build, by one scan of each source's window."""
    return any(_has_source_changed(connection, found, source) for source in found.job.graph.stream.sources)


def _has_source_changed(connection: Connection, found: Continued, source: Source) -> bool:
    """Return the same of one source. The rows of one without load times can only be compared one by one."""
    known, low = found.base.marks.get(source.name), found.window.lows.get(source.name)
    if known is None or known.reads_since != low or not source.has_load_times:
        return True
    return window(connection, source, low) != (known.window_rows, known.window_sum)
