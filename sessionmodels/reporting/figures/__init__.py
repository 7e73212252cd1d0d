"""The figures of a report: which cubes each sums up, by which keys, and how it is drawn."""

from collections.abc import Callable, Iterator
from typing import Final

from sessionmodels.reporting.facts import Facts
from sessionmodels.reporting.figures.behaviour import counters, funnel, steps
from sessionmodels.reporting.figures.engagement import depths, lengths, pauses
from sessionmodels.reporting.figures.figure import Figure as Figure
from sessionmodels.reporting.figures.origins import channels, devices, landing_pages
from sessionmodels.reporting.figures.retention import retention
from sessionmodels.reporting.figures.traffic import hours, new_and_returning, trend

DRAWN: tuple[Callable[[Facts], Figure | None], ...] = (
    *(trend, new_and_returning, hours),
    *(channels, landing_pages, devices),
    *(lengths, depths, pauses),
    *(steps, funnel),
)

NAMES: Final = frozenset({*(draw.__name__ for draw in DRAWN), "retention"})
"""The names of all figures but those of counters, which settings name."""


def figures_of(facts: Facts) -> Iterator[Figure]:
    """Yield the figures in the order in which they are shown."""
    yield from (found for draw in DRAWN if (found := draw(facts)) is not None)
    yield from counters(facts)
    yield retention(facts)
