"""Sums cubes into the rows of a figure. `browser/sums.js` does the same in a browser; a test holds both to one result."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from sessionmodels.reporting.cubes.visitors import EVERYONE
from sessionmodels.reporting.facts import Counted, Facts
from sessionmodels.reporting.figures.figure import Figure, Part


@dataclass(frozen=True)
class Chosen:
    """What a report is filtered by: steps, from the first to the last, and a value's place; None is every value."""

    first: int
    last: int
    value: int | None = None


def everything(facts: Facts) -> Chosen:
    """Return the whole range, and every value."""
    return Chosen(0, facts.scope.steps - 1)


def rows_of(figure: Figure, facts: Facts, chosen: Chosen) -> list[dict[str, Any]]:
    """Return the rows of a figure; none if nothing was counted."""
    parts = [(part, sums_of(part, facts.cubes[part.cube], chosen)) for part in figure.parts]
    if not any(sums for _, sums in parts):
        return []
    rows = [row for part, sums in parts for row in _rows(part, facts, sums, chosen)]
    shows_something = not figure.nothing or any(row[key] != number for row in rows for key, number in figure.nothing.items())
    return rows if shows_something else []


def sums_of(part: Part, cube: Counted, chosen: Chosen) -> dict[tuple[int, ...], list[int]]:
    """Return the sums of a part by the values of its keys."""
    shift = chosen.last - chosen.first + 1 if part.before else 0
    first, last = chosen.first - shift, chosen.last - shift
    places = [cube.keys.index(name) for name in part.by]
    sums = [len(cube.keys) + cube.sums.index(name) for name in part.sums.values()]
    gap = cube.keys.index("gap") if "gap" in cube.keys else None
    value = EVERYONE if gap is not None and chosen.value is None else chosen.value
    found: dict[tuple[int, ...], list[int]] = {}
    for row in cube.rows:
        if not first <= row[0] <= last or (value is not None and row[1] != value):
            continue
        if gap is not None and "step" not in part.by and row[gap] and row[0] - row[gap] >= first:
            continue  # this visitor was counted on an earlier step of the range
        key = tuple(row[place] + (shift if place == 0 else 0) for place in places)
        totals = found.setdefault(key, [0] * len(sums))
        for n, place in enumerate(sums):
            totals[n] += row[place]
    return found


def _rows(part: Part, facts: Facts, sums: dict[tuple[int, ...], list[int]], chosen: Chosen) -> Iterator[dict[str, Any]]:
    cube = facts.cubes[part.cube]
    nothing = [0] * len(part.sums)
    keys = product(*(_domain(key, cube, chosen) for key in part.fill)) if part.fill else sorted(sums)
    cohorts = {key[0] for key in sums} if cube.last_later else set[int]()
    earlier = chosen.last - chosen.first + 1 if part.before else 0
    for key in keys:
        if earlier and part.by[0] == "step" and key[0] - earlier < facts.known_from:
            continue  # no event is so old: that is no day without sessions
        if cube.last_later and (key[0] not in cohorts or key[1] > cube.last_later[key[0]]):
            continue
        words = (_words(name, number, cube, facts) for name, number in zip(part.by, key, strict=True))
        row: dict[str, Any] = {name: found for one in words for name, found in one.items()}
        yield {**row, **dict(zip(part.sums, sums.get(key, nothing), strict=True)), **part.constant}


def _domain(key: str, cube: Counted, chosen: Chosen) -> range:
    return range(chosen.first, chosen.last + 1) if key == "step" else range(len(cube.labels[key]))


def _words(name: str, number: int, cube: Counted, facts: Facts) -> dict[str, Any]:
    if name == "step":
        return {"step": number, "date": facts.scope.starts[number].isoformat()}
    return {name: number, f"{name}_label": cube.labels[name][number]}
