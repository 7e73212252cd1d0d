"""Which cubes a report is made of, and the words for their numbers. Nothing is read here."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sessionmodels.analyses.channel import CHANNEL
from sessionmodels.reporting import cubes, labels
from sessionmodels.reporting.cubes import Cube
from sessionmodels.reporting.cubes.cohorts import LATER
from sessionmodels.reporting.cubes.lengths import DEPTHS, LENGTHS
from sessionmodels.reporting.cubes.pauses import bounds_of
from sessionmodels.reporting.relations import Relations
from sessionmodels.settings import Settings

MOST_COUNTERS: Final = 8
BREAKDOWNS: Final = {"channels": CHANNEL, "landing_pages": "landing_page_path", "devices": "device_type"}
"""By figure, the column of sessions whose most frequent values it shows."""


@dataclass(frozen=True)
class Frequent:
    """What is most frequent in the range."""

    items: Mapping[str, tuple[Any, ...]]
    """By figure, the most frequent values of its column."""

    names: Sequence[str]
    """The most frequent names among the first events of sessions."""

    stages: Sequence[str]
    """The events of the funnel."""


@dataclass(frozen=True)
class Planned:
    """A cube to read."""

    name: str
    cube: Cube
    labels: Mapping[str, Sequence[str]]
    """By key, the words for its numbers."""

    items: Sequence[Any] = field(default=())
    """The values that it counts by their place."""


def counters_of(settings: Settings) -> tuple[str, ...]:
    """Return the columns of sessions that are shown over time."""
    return tuple(settings.event_counters)[:MOST_COUNTERS]


def planned(relations: Relations, settings: Settings, frequent: Frequent) -> Iterator[Planned]:
    """Yield each cube."""
    bounds = bounds_of(settings.idle_minutes)
    numbers = [f"{n:02}" for n in range(24)]
    yield Planned("sessions", cubes.sessions(relations, counters_of(settings)), {"is_first": labels.LATER})
    yield Planned("visitors", cubes.visitors(relations), {})
    yield Planned("lengths", cubes.lengths(relations), {"bucket": labels.of_lengths(LENGTHS)})
    yield Planned("depths", cubes.depths(relations), {"bucket": labels.of_counts(DEPTHS)})
    yield Planned("pauses", cubes.pauses(relations, bounds), {"bucket": labels.of_lengths(bounds)})
    yield Planned("hours", cubes.hours(relations), {"weekday": labels.WEEKDAYS, "hour": numbers})
    for name, column in BREAKDOWNS.items():
        items = frequent.items[name]
        yield Planned(name, cubes.breakdown(relations, column, items), {"item": labels.of_values(items)}, items)
    words = labels.of_events(frequent.names)
    places = [str(n) for n in range(cubes.DEPTH)]
    by_name = {"place": places, "source": words, "target": words}
    yield Planned("steps", cubes.steps(relations, frequent.names), by_name, frequent.names)
    if frequent.stages:
        stages = labels.made_distinct(map(labels.shown, frequent.stages))
        yield Planned("funnel", cubes.funnel(relations, frequent.stages), {"stage": stages})
    yield Planned("cohorts", cubes.cohorts(relations), {"later": [str(n) for n in range(LATER + 1)]})
