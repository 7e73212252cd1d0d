"""How a build is carried out: in full, a part, going on from the last one, or not at all; and why."""

from dataclasses import dataclass

from sqlalchemy import Connection

from sessionmodels.carry_out import overlap_of
from sessionmodels.incremental.base import standing_build, why_altered, why_impossible, why_not_from
from sessionmodels.prepare import Asked, place_of, prepare
from sessionmodels.state.builds import Build, Builds, Mode
from sessionmodels.state.watermark import before, window
from sessionmodels.warehouses.warehouse import Job, Warehouse


@dataclass(frozen=True)
class Decision:
    """How a build is carried out, and what it goes on from."""

    job: Job
    mode: Mode
    reason: str = ""
    base: Build | None = None
    unfinished: bool = False
    """Whether a build stands there as running: it is at work, or it was killed."""


def decide(connection: Connection, warehouse: Warehouse, asked: Asked, *, thorough: bool) -> Decision:
    """Return how to build. A `thorough` look also compares views, and counts the rows of what would be gone on from."""
    job = prepare(connection, warehouse, asked, comparing=thorough)
    if asked.is_part:
        return Decision(job, "part")
    if not asked.incremental:
        return Decision(job, "full")
    if impossible := why_impossible(job.graph, warehouse):
        return Decision(job, "full", impossible)
    if asked.full_refresh:
        return Decision(job, "full", "a full refresh was asked for")
    builds = Builds(place_of(job))
    base = standing_build(connection, warehouse.catalogue(connection), builds)
    if reason := why_not_from(base, job) or why_altered(connection, job, base, counting=thorough):
        return Decision(job, "full", reason)
    if _nothing_came(connection, job, base):
        return Decision(job, "nothing", base=base, unfinished=bool(builds.unfinished(connection)))
    return Decision(job, "incremental", base=base)


def _nothing_came(connection: Connection, job: Job, base: Build | None) -> bool:
    if base is None or base.watermark is None:
        return False
    since = before(base.watermark, overlap_of(job))
    seen = base.window_rows, base.window_sum
    return since == base.reads_since and window(connection, job.graph.source, since) == seen
