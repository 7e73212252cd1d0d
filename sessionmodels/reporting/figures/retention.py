"""Who comes back."""

from typing import Any

from sessionmodels.reporting.facts import Facts
from sessionmodels.reporting.figures.figure import Column, Figure, Part
from sessionmodels.reporting.figures.look import INK, ONE, lite, tip, word

SECTION = "Who comes back"


def retention(facts: Facts) -> Figure:
    """Which share of new visitors comes back, by week or month."""
    unit = facts.scope.cohort_period
    return Figure(
        "retention",
        f"Retention by {unit}",
        f"Visitors by the {unit} of their first session ever, and which share of them has a session in each {unit} after that."
        f" The last {unit} may not be over.",
        SECTION,
        (Part("cohorts", ("cohort", "later"), {"n": "visitors"}, fill=("cohort", "later")),),
        _triangle(unit),
        (Column(f"First {unit}", "cohort_label"), Column(f"{unit}s later".capitalize(), "later"), Column("Visitors", "n")),
        "full",
        least_width=560,
        nothing={"later": 0},
        empty=f"Nobody was first seen on the chosen dates, or nobody long enough ago to have come back: that takes a {unit}.",
    )


def _triangle(unit: str) -> dict[str, Any]:
    """Return a rectangle for each period of first sessions and later period, the darker the more visitors come back."""
    return lite(
        {"step": 26},
        transform=[
            {"joinaggregate": [{"op": "max", "field": "n", "as": "all"}], "groupby": ["cohort"]},
            {"filter": "datum.later > 0"},
            {"calculate": "datum.all ? datum.n / datum.all : 0", "as": "share"},
            {"calculate": "utcFormat(toDate(datum.cohort_label), '%-d %b %Y') + '  ·  ' + format(datum.all, ',')", "as": "who"},
            {"calculate": "datum.share > 0 && datum.share < 0.005 ? '<1%' : format(datum.share, '.0%')", "as": "percent"},
        ],
        encoding={"x": _periods_later(unit), "y": _cohorts()},
        layer=[
            {
                "mark": {"type": "rect", "cornerRadius": 2, "fill": ONE},
                "encoding": {"fillOpacity": _opacity(), "tooltip": _tips(unit)},
            },
            {
                "mark": {"type": "text", "fontSize": 10.5},
                "encoding": {"text": {"field": "percent"}, "color": {"value": INK}},
            },
        ],
        config={"scale": {"bandPaddingInner": 0.07, "bandPaddingOuter": 0}},
    )


def _periods_later(unit: str) -> dict[str, Any]:
    axis = {"title": f"{unit}s later", "labelAngle": 0, "orient": "top"}
    return {"field": "later", "type": "ordinal", "scale": {"paddingInner": 0.015, "paddingOuter": 0}, "axis": axis}


def _cohorts() -> dict[str, Any]:
    axis = {"title": None, "labelColor": INK}
    return {"field": "who", "type": "nominal", "sort": {"field": "cohort", "op": "max"}, "axis": axis}


def _opacity() -> dict[str, Any]:
    scale = {"domain": [0, 0.5], "range": [0.05, 0.55], "clamp": True}
    return {"field": "share", "type": "quantitative", "scale": scale, "legend": None}


def _tips(unit: str) -> list[dict[str, Any]]:
    return [
        word("cohort_label", f"First seen in the {unit} of"),
        word("later", f"{unit}s later".capitalize()),
        tip("n", "Came back"),
        tip("share", "Share", format=".1%"),
    ]
