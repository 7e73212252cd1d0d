"""What people do."""

import re
from collections.abc import Iterator
from typing import Any

from sessionmodels.reporting.facts import Facts
from sessionmodels.reporting.figures.figure import Column, Figure, Part
from sessionmodels.reporting.figures.flow import flow
from sessionmodels.reporting.figures.look import A_DATE, INK, ONE, PALE, SOFT, dates, lite, number, tip, word

SECTION = "What they do"
COUNTED = {
    "page_views": "Events that are page views, by the setting page_events.",
    "conversions": "Events that are conversions, by the setting conversion_events.",
}


def steps(facts: Facts) -> Figure:
    """Show the first five events of sessions."""
    return Figure(
        "steps",
        "First five steps",
        "The first five events of each session, from left to right. The most frequent names are shown, all others together."
        " A session that has no further event ends.",
        SECTION,
        (Part("steps", ("place", "source", "target"), {"n": "sessions"}),),
        flow(facts.cubes["steps"].labels["source"]),
        (
            *(Column("Step", "place_label"), Column("Event", "source_label"), Column("Next event", "target_label")),
            *(Column("Sessions", "n"), Column("Share", "n", "*", "place")),
        ),
        "full",
        least_width=720,
    )


def funnel(facts: Facts) -> Figure | None:
    """Show how many sessions get from step to step."""
    if "funnel" not in facts.cubes:
        return None
    encoding = {"y": {"field": "stage", "type": "ordinal", "axis": None}}
    spec = lite({"step": 46}, transform=_with_shares(), encoding=encoding, layer=[*_bars(), *_words()])
    return Figure(
        "funnel",
        "Funnel",
        "Sessions that reach each event after the one before; events in between do not matter.",
        SECTION,
        (Part("funnel", ("stage",), {"n": "sessions"}, fill=("stage",)),),
        spec,
        (Column("Step", "stage_label"), Column("Sessions", "n")),
        "full",
        empty="No session of the chosen dates has the first event.",
    )


def _with_shares() -> list[dict[str, Any]]:
    """Return what is computed of each step: its share of the first one and of the one before, and both in words."""
    return [
        {"joinaggregate": [{"op": "max", "field": "n", "as": "first"}]},
        {"window": [{"op": "lag", "field": "n", "as": "previous"}], "sort": [{"field": "stage"}]},
        {"calculate": "datum.first ? datum.n / datum.first : 0", "as": "share"},
        {"calculate": "datum.previous ? datum.n / datum.previous : null", "as": "of_previous"},
        {
            "calculate": "format(datum.n, ',') + '  ·  ' + format(datum.share, '.0%') + "
            "(datum.stage > 1 && datum.of_previous ? '  ·  ' + format(datum.of_previous, '.0%') + ' of the step before' : '')",
            "as": "says",
        },
    ]


def _bars() -> list[dict[str, Any]]:
    """Return a bar for each step, on a pale one as long as the first."""
    x = {"field": "n", "type": "quantitative", "axis": None, "stack": None, "scale": {"nice": False}}
    tips = [word("stage_label", "Step"), tip("n", "Sessions"), tip("share", "Of the first", format=".1%")]
    return [
        {
            "mark": {"type": "bar", "height": 16, "yOffset": 8, "color": PALE, "opacity": 0.35},
            "encoding": {"x": {**x, "field": "first"}},
        },
        {
            "mark": {"type": "bar", "height": 16, "yOffset": 8, "cornerRadiusEnd": 2, "color": ONE},
            "encoding": {"x": x, "tooltip": tips},
        },
    ]


def _words() -> list[dict[str, Any]]:
    """Return the words above each bar: the step on the left, its numbers on the right."""
    above = {"type": "text", "baseline": "bottom", "dy": 0, "yOffset": -2}
    return [
        {
            "mark": {**above, "align": "left", "x": 0, "fontWeight": 600, "color": INK},
            "encoding": {"text": {"field": "stage_label"}},
        },
        {
            "mark": {**above, "align": "right", "x": {"expr": "width"}, "color": SOFT},
            "encoding": {"text": {"field": "says"}},
        },
    ]


def counters(facts: Facts) -> Iterator[Figure]:
    """Yield what is counted in sessions over time, a figure for each: their sizes differ too much for one."""
    for name, column in _counted(facts):
        line = {"type": "line", "strokeWidth": 1.75, "color": ONE, "point": {"size": 12, "color": ONE}}
        encoding = {"x": dates(facts.scope.period), "y": number("n"), "tooltip": [A_DATE, tip("n", name)]}
        yield Figure(
            f"counter_{re.sub(r'[^a-zA-Z0-9]', '_', name)}",
            f"{name} per {facts.scope.period}",
            COUNTED.get(name, "Events that this counter of the settings counts."),
            SECTION,
            (Part("sessions", ("step",), {"n": column}, fill=("step",)),),
            lite(110, mark=line, encoding=encoding),
            (Column("Date", "date"), Column("Events", "n")),
            "third",
        )


def _counted(facts: Facts) -> Iterator[tuple[str, str]]:
    yield from ((name, f"counter_{n}") for n, name in enumerate(facts.counters))
    if facts.has_conversions:
        yield "conversions", "conversions"
    if not facts.counters:
        yield "page_views", "page_views"
