"""What a report shows of the builds: what the last one excluded and why, the last ones, and how fresh each relation is."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy import Engine

from sessionmodels.display.blocks import Grid
from sessionmodels.display.format import moment, seconds, value
from sessionmodels.errors import SessionmodelsError
from sessionmodels.execution.source_result import REASON_TEXTS
from sessionmodels.reading.status import Freshness, status
from sessionmodels.reporting.facts import Facts
from sessionmodels.settings import Settings
from sessionmodels.state.builds import Build

LAST: Final = 5
READ_BY: Final = "full", "incremental"


def with_builds(facts: Facts, engine: Engine, settings: Settings) -> Facts:
    """Return the facts with what the table of builds says, if there is one."""
    try:
        found = status(engine, settings, last=LAST)
    except SessionmodelsError:  # there are only views, or the reader may not see the table
        return replace(facts, about_builds=("No table of builds can be read, so it is unknown what was excluded, and when.",))
    lines = tuple(block for block in found.blocks() if isinstance(block, str))
    read = next((one for one in found.builds if one.mode in READ_BY and one.events_read), None)
    return replace(
        facts,
        excluded=read and _excluded(read),
        builds=_builds(found.builds),
        freshness=_freshness(found.relations),
        about_builds=lines,
    )


def _excluded(build: Build) -> Grid:
    rows = tuple(_counts(build))
    of = build.events_read or 1
    title = f"events that build {build.number} read ({build.mode})"
    return Grid((title, "events", "share"), tuple((what, f"{count:,}", f"{count / of:.2%}") for what, count in rows))


def _counts(build: Build) -> Iterator[tuple[str, int]]:
    yield "kept", build.events_kept or 0
    yield "duplicates removed", build.duplicates_removed or 0
    yield from ((f"skipped: {REASON_TEXTS.get(reason, reason)}", count) for reason, count in build.left_out.items() if count)
    for name, words in (("filtered", "filtered by the setting where"), ("forgotten", "of forgotten people")):
        found = sum(source.get(name) or 0 for source in build.sources.values())
        if found:
            yield words, found


def _builds(builds: Sequence[Build]) -> Grid | None:
    rows = tuple(map(_build, builds))
    return Grid(("build", "mode", "outcome", "started", "took", "new rows", "late"), rows) if rows else None


def _build(build: Build) -> tuple[str, ...]:
    outcome = "running?" if build.outcome == "running" else build.outcome  # it may have died
    counts = value(build.events_new), value(build.late_events)
    return str(build.number), build.mode, outcome, moment(build.started_at), _took(build), *counts


def _took(build: Build) -> str:
    return "" if build.finished_at is None else str(seconds((build.finished_at - build.started_at).total_seconds()))


def _freshness(relations: Sequence[Freshness]) -> Grid | None:
    """Say when each relation was built, not how long ago: a file is read later."""
    rows = ((one.table, str(one.build), value(one.finished_at), value(one.rows)) for one in relations)
    return Grid(("relation", "build", "built", "rows"), tuple(rows)) if relations else None
