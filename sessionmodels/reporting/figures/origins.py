"""Where people come from, where they land, and on what."""

from typing import Any

from sessionmodels.reporting.facts import Facts
from sessionmodels.reporting.figures.figure import Column, Figure, Part
from sessionmodels.reporting.figures.look import INK, ONE, SOFT, lite, tip, word

SECTION = "Where they come from"
ROOM = 160
"""The number of pixels to the right of the bars that are left for figures."""

NAME = "slice(datum.value, 1)"
"""Names follow a mark on the axis: without it, a scale would take `constructor` for a property of its own, and draw nothing."""

COLUMNS = (104, "n", ",", "sessions"), (58, "share", ".0%", "share"), (0, "rate", ".1%", "")
"""The figures beside a bar: how far from the right edge, of which field, in which form, and under which word."""


def channels(facts: Facts) -> Figure:
    """Sessions by channel."""
    return _breakdown(
        facts, "channels", "Channels", "Channel", "The channel of a session, by its campaign, click id or referrer."
    )


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
    return Figure(
        name,
        title,
        counts,
        SECTION,
        (Part(name, ("item",), sums),),
        _bars(none, rate[0], what),
        (Column(what, "item_label"), Column("Sessions", "n"), Column("Share", "n", "*"), rated),
        nothing={"item": none},
        empty=f"No session of the chosen dates has a {what.lower()}.",
    )


def _bars(none: int, rate: str, what: str) -> dict[str, Any]:
    """Return the bars with figures beside them."""
    tips = [
        word("item_label", what),
        tip("n", "Sessions"),
        tip("share", "Share", format=".1%"),
        tip("rate", rate.capitalize(), format=".1%"),
    ]
    return lite(
        {"step": 25},
        transform=_with_shares(none, rate),
        encoding={"y": _names()},
        layer=[
            {"mark": {"type": "bar", "cornerRadiusEnd": 2, "color": ONE}, "encoding": {"x": _sessions(), "tooltip": tips}},
            *(_figure(at, {"field": field, "format": how, "type": "quantitative"}) for at, field, how, _ in COLUMNS),
            *(_head(at, rate if field == "rate" else title) for at, field, _, title in COLUMNS),
        ],
    )


def _with_shares(none: int, rate: str) -> list[dict[str, Any]]:
    """Return what is computed of each row. The last two rows are all less frequent values together, and sessions without any."""
    return [
        {"joinaggregate": [{"op": "sum", "field": "n", "as": "all"}]},
        {"calculate": "datum.n / datum.all", "as": "share"},
        {"calculate": f"datum.n ? datum.{rate} / datum.n : 0", "as": "rate"},
        {"calculate": f"datum.item >= {none - 1} ? -datum.item : datum.n", "as": "order"},
        {"calculate": "'=' + datum.item_label", "as": "marked"},
    ]


def _names() -> dict[str, Any]:
    """Return the axis of names, the most frequent one on top."""
    return {
        "field": "marked",
        "type": "nominal",
        "sort": {"field": "order", "op": "max", "order": "descending"},
        "axis": {"title": None, "labelExpr": NAME, "labelLimit": 150, "labelColor": INK},
    }


def _sessions() -> dict[str, Any]:
    """Return the axis of sessions, which leaves room for the figures."""
    scale = {"range": [0, {"expr": f"max(20, width - {ROOM})"}]}
    return {"field": "n", "type": "quantitative", "axis": None, "scale": scale}


def _figure(at: int, text: dict[str, Any]) -> dict[str, Any]:
    """Return the figures that many pixels from the right edge."""
    return {"mark": {"type": "text", "align": "right", "x": {"expr": f"width - {at}"}}, "encoding": {"text": text}}


def _head(at: int, title: str) -> dict[str, Any]:
    """Return the words above them."""
    place = {"x": {"expr": f"width - {at}"}, "y": -8}
    mark = {"type": "text", "align": "right", "fontSize": 10, "color": SOFT, **place}
    return {"data": {"values": [{"title": title}]}, "mark": mark, "encoding": {"y": None, "text": {"field": "title"}}}
