"""What people do."""

from collections.abc import Iterator
from typing import Any

from sessionmodels.reporting.facts import Facts
from sessionmodels.reporting.figures.figure import Column, Figure, Part
from sessionmodels.reporting.figures.flow import flow
from sessionmodels.reporting.figures.look import A_DATE, DATE, INK, ONE, PALE, SERIES, SOFT, lite, number, tip, word

SECTION = "What they do"


def steps(facts: Facts) -> Figure:
    """The first five events of sessions."""
    return Figure(
        "steps",
        "First five steps",
        "The first five events of each session, from left to right. The most frequent names are shown, all others together. A session "
        "that has no further event ends.",
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
    """How many sessions get from step to step."""
    if "funnel" not in facts.cubes:
        return None
    transform = [
        {"joinaggregate": [{"op": "max", "field": "n", "as": "first"}]},
        {"window": [{"op": "lag", "field": "n", "as": "previous"}], "sort": [{"field": "stage"}]},
        {"calculate": "datum.first ? datum.n / datum.first : 0", "as": "share"},
        {"calculate": "datum.previous ? datum.n / datum.previous : null", "as": "of_previous"},
        {
            "calculate": "format(datum.n, ',') + '  ·  ' + format(datum.share, '.0%') + "
            "(isValid(datum.of_previous) && datum.stage > 1 ? '  ·  ' + format(datum.of_previous, '.0%') + ' of the step before' : '')",
            "as": "says",
        },
    ]
    y = {"field": "stage", "type": "ordinal", "axis": None}
    x = {"field": "n", "type": "quantitative", "axis": None, "stack": None}
    tips = [word("stage_label", "Step"), tip("n", "Sessions"), tip("share", "Of the first", format=".1%")]
    beside = {"type": "text", "align": "left", "baseline": "bottom", "dy": -11}
    spec = lite(
        {"step": 46},
        transform=transform,
        encoding={"y": y},
        layer=[
            {"mark": {"type": "bar", "height": 16, "yOffset": 8, "color": PALE, "opacity": 0.35}, "encoding": {"x": {**x, "field": "first"}}},
            {
                "mark": {"type": "bar", "height": 16, "yOffset": 8, "cornerRadiusEnd": 2, "color": ONE},
                "encoding": {"x": x, "tooltip": tips},
            },
            {"mark": {**beside, "x": 0, "dy": 0, "yOffset": -2, "fontWeight": 600, "color": INK}, "encoding": {"text": {"field": "stage_label"}}},
            {"mark": {**beside, "align": "right", "dy": 0, "yOffset": -2, "x": {"expr": "width"}, "color": SOFT}, "encoding": {"text": {"field": "says"}}},
        ],
    )
    return Figure(
        "funnel",
        "Funnel",
        "Sessions that reach each event after the one before; events in between do not matter.",
        SECTION,
        (Part("funnel", ("stage",), {"n": "sessions"}, fill=("stage",)),),
        spec,
        (Column("Step", "stage_label"), Column("Sessions", "n")),
        empty="No session of the chosen dates has the first event.",
    )


def counters(facts: Facts) -> Figure:
    """What is counted in sessions, over time."""
    names = [name for name, _ in _counted(facts)]
    scale: dict[str, Any] = {"domain": names, "range": SERIES[: len(names)]}
    spec = lite(
        230,
        mark={"type": "line", "interpolate": "monotone", "strokeWidth": 2, "point": {"size": 14}},
        encoding={
            "x": DATE,
            "y": number("n"),
            "color": {"field": "what", "type": "nominal", "scale": scale, "legend": {"columns": 3}},
            "tooltip": [A_DATE, word("what", "Counter"), tip("n", "Events")],
        },
    )
    parts = (Part("sessions", ("step",), {"n": column}, {"what": name}, ("step",)) for name, column in _counted(facts))
    return Figure(
        "counters",
        f"Counters per {facts.scope.period}",
        "How many events each counter of the settings has found in the sessions that started then.",
        SECTION,
        tuple(parts),
        spec,
        (Column("Date", "date"), Column("Counter", "what"), Column("Events", "n")),
    )


def _counted(facts: Facts) -> Iterator[tuple[str, str]]:
    yield from ((name, f"counter_{n}") for n, name in enumerate(facts.counters[: len(SERIES) - 1]))
    if facts.has_conversions:
        yield "conversions", "conversions"
    elif not facts.counters:
        yield "page views", "page_views"
