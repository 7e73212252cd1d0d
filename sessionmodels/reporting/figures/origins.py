"""Where people come from, where they land, and on what."""

from typing import Any

from sessionmodels.reporting.facts import Facts
from sessionmodels.reporting.figures.figure import Column, Figure, Part
from sessionmodels.reporting.figures.look import INK, ONE, SOFT, lite, tip, word

SECTION = "Where they come from"
ROOM_FOR_WORDS = 104
"""So many pixels to the right of the bars are left for figures."""


def channels(facts: Facts) -> Figure:
    """Sessions by channel."""
    return _breakdown(facts, "channels", "Channels", "Channel", "The channel of a session, by its campaign, click id or referrer.")


def landing_pages(facts: Facts) -> Figure:
    """Sessions by the page on which they began."""
    return _breakdown(facts, "landing_pages", "Landing pages", "Landing page", "The path of the first page of a session.")


def devices(facts: Facts) -> Figure:
    """Sessions by the kind of device."""
    return _breakdown(facts, "devices", "Devices", "Device", "The kind of device that a session came from.")


def _breakdown(facts: Facts, name: str, title: str, what: str, counts: str) -> Figure:
    rate = ("converted", "Converted") if facts.has_conversions else ("engaged", "Engaged")
    words = facts.cubes[name].labels["item"]
    none = len(words) - 1
    sums = {"n": "sessions", "engaged": "engaged", "converted": "converted"}
    rated = Column(rate[1], rate[0], "n")
    says = f"{counts} Beside the bars are its sessions, their share, and how many of them {rate[1].lower()}."
    return Figure(
        name,
        title,
        says.replace("engaged.", "were engaged."),
        SECTION,
        (Part(name, ("item",), sums),),
        _bars(none, rate[0], what),
        (Column(what, "item_label"), Column("Sessions", "n"), Column("Share", "n", "*"), rated),
        empty=f"No session of the chosen dates has a {what.lower()}.",
    )


def _bars(none: int, rate: str, what: str) -> dict[str, Any]:
    transform = [
        {"joinaggregate": [{"op": "sum", "field": "n", "as": "all"}]},
        {"calculate": "datum.n / datum.all", "as": "share"},
        {"calculate": f"datum.n ? datum.{rate} / datum.n : 0", "as": "rate"},
        {"calculate": f"datum.item >= {none - 1} ? -datum.item : datum.n", "as": "order"},
    ]
    tips = [word("item_label", what), tip("n", "Sessions"), tip("share", "Share", format=".1%"), tip("rate", rate.capitalize(), format=".1%")]
    y = {
        "field": "item_label",
        "type": "nominal",
        "sort": {"field": "order", "op": "max", "order": "descending"},
        "axis": {"title": None, "labelLimit": 150, "labelColor": INK},
    }
    x = {"field": "n", "type": "quantitative", "axis": None, "scale": {"range": [0, {"expr": f"max(20, width - {ROOM_FOR_WORDS})"}]}}
    right = {"type": "text", "align": "right", "fontSize": 11}

    def figure(at: int, text: dict[str, Any], **look: Any) -> dict[str, Any]:
        return {"mark": {**right, **look, "x": {"expr": f"width - {at}"}}, "encoding": {"text": text}}

    return lite(
        {"step": 25},
        transform=transform,
        encoding={"y": y},
        layer=[
            {"mark": {"type": "bar", "cornerRadiusEnd": 2, "color": ONE}, "encoding": {"x": x, "tooltip": tips}},
            figure(62, {"field": "n", "format": ",", "type": "quantitative"}),
            figure(31, {"field": "share", "format": ".0%", "type": "quantitative"}, color=SOFT),
            figure(0, {"field": "rate", "format": ".0%", "type": "quantitative"}, color=SOFT),
        ],
    )
