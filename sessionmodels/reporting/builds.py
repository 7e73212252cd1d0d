"""What a report says of the builds: what the last one left out and why, the last ones, and how fresh each relation is."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Engine

from sessionmodels.display.blocks import Grid
from sessionmodels.display.format import Figure, value
from sessionmodels.errors import SessionmodelsError
from sessionmodels.execution.source_result import WORDS
from sessionmodels.reading.status import status
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
        return replace(facts, about_builds=("No table of builds can be read, so it is unknown what was left out, and when.",))
    grids = [block for block in found.blocks() if isinstance(block, Grid)]
    lines = tuple(block for block in found.blocks() if isinstance(block, str))
    by_first = {grid.columns[0]: grid for grid in grids}
    read = next((one for one in found.builds if one.mode in READ_BY and one.events_read), None)
    return replace(
        facts,
        excluded=read and _excluded(read),
        builds=_in_words(by_first.get("build")),
        freshness=_in_words(by_first.get("relation")),
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
    yield from ((f"skipped: {WORDS.get(reason, reason)}", count) for reason, count in build.left_out.items() if count)
    for name, words in (("filtered", "filtered by the setting where"), ("forgotten", "of forgotten people")):
        found = sum(source.get(name) or 0 for source in build.sources.values())
        if found:
            yield words, found


def _in_words(grid: Grid | None) -> Grid | None:
    if grid is None:
        return None
    return Grid(grid.columns, tuple(tuple(_word(one) for one in row) for row in grid.rows))


def _word(found: Any) -> str:
    return str(found) if isinstance(found, Figure) else value(found)
