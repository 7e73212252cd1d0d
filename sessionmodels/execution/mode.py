"""How a build is carried out: in full, a part, continuing from the last one, or not at all; and why."""

from dataclasses import dataclass, field

from sqlalchemy import Connection

from sessionmodels.execution.execute import overlap_of
from sessionmodels.execution.inspect import Request, inspect_target, place_of
from sessionmodels.incremental.base import standing_build, why_altered, why_impossible, why_not_from
from sessionmodels.incremental.invariants import Pending, find_pending
from sessionmodels.state.builds import Build, Builds, Mode
from sessionmodels.state.watermark import before, window
from sessionmodels.warehouses.warehouse import Job, Warehouse


@dataclass(frozen=True)
class Decision:
    """How a build is carried out, and what it continues from."""

    job: Job
    mode: Mode
    reason: str = ""
    base: Build | None = None
    pending: Pending = field(default_factory=Pending)
    """What must be done besides, whatever came."""

    unfinished: bool = False
    """Whether a build stands there as running: it is at work, or it was killed."""


def choose_mode(
    connection: Connection, warehouse: Warehouse, request: Request, *, thorough: bool, seen: Decision | None = None
) -> Decision:
    """Return how to build. A `thorough` look also compares views, and counts the rows of what would be continued from.

    Where an earlier look has `seen` changes since the same build, the source is not asked for them again.
    """
    job = inspect_target(connection, warehouse, request, comparing=thorough)
    if not request.incremental:
        return Decision(job, "part" if request.is_part else "full")
    catalogue, builds = warehouse.catalogue(connection), Builds(place_of(job))
    base = standing_build(connection, catalogue, builds)
    if reason := _why_full(connection, job, request, base, thorough=thorough):
        return Decision(job, "full", reason)
    pending = find_pending(catalogue, job, base) if base else Pending()
    is_known = seen is not None and seen.mode == "incremental" and seen.base == base
    if pending or is_known or not _nothing_came(connection, job, base):
        return Decision(job, "incremental", base=base, pending=pending)
    return Decision(job, "nothing", base=base, unfinished=bool(builds.unfinished(connection)))


def _why_full(connection: Connection, job: Job, request: Request, base: Build | None, *, thorough: bool) -> str | None:
    """Return why the build is a full one; None where it can continue from the last one."""
    if impossible := why_impossible(job.graph, job.warehouse):
        return impossible
    if request.full_refresh:
        return "a full refresh was requested"
    return why_not_from(base, job) or why_altered(connection, job, base, thorough=thorough)


def _nothing_came(connection: Connection, job: Job, base: Build | None) -> bool:
    if base is None or base.watermark is None:
        return False
    since = before(base.watermark, overlap_of(job))
    seen = base.window_rows, base.window_sum
    return since == base.reads_since and window(connection, job.graph.source, since) == seen
