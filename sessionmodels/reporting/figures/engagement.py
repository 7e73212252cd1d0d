"""How long people stay, and how they pause."""

from collections.abc import Sequence
from typing import Any

from sessionmodels.display.format import span
from sessionmodels.reporting.facts import Facts
from sessionmodels.reporting.figures.figure import Column, Figure, Part
from sessionmodels.reporting.figures.look import INK, ONE, PALE, SURFACE, lite, number, tip, word
from sessionmodels.sql.elapsed import MICROSECONDS_A_MINUTE, MICROSECONDS_A_SECOND

SECTION = "How long they stay"


def lengths(_facts: Facts) -> Figure:
    """How long sessions last."""
    return _distribution(
        "lengths",
        "Session length",
        "The time from a session's first event to its last. A session of one event lasts 0 s.",
        "Length",
    )


def depths(_facts: Facts) -> Figure:
    """How many events sessions have."""
    return _distribution("depths", "Events per session", "How many events a session has, each event id counted once.", "Events")


def _distribution(name: str, title: str, counts: str, what: str) -> Figure:
    return Figure(
        name,
        title,
        counts,
        SECTION,
        (Part(name, ("bucket",), {"n": "sessions"}, fill=("bucket",)),),
        _bars(what),
        (Column(what, "bucket_label"), Column("Sessions", "n"), Column("Share", "n", "*")),
        least_width=440,
    )


def _bars(what: str) -> dict[str, Any]:
    """Return a bar for each class, with its share above."""
    label: dict[str, Any] = {"field": "bucket_label", "type": "ordinal", "sort": {"field": "bucket", "op": "max"}}
    tips = [word("bucket_label", what), tip("n", "Sessions"), tip("share", "Share", format=".1%")]
    return lite(
        200,
        transform=[
            {"joinaggregate": [{"op": "sum", "field": "n", "as": "all"}]},
            {"calculate": "datum.all ? datum.n / datum.all : 0", "as": "share"},
            {"calculate": "datum.share === 0 ? '' : datum.share < 0.01 ? '<1%' : format(datum.share, '.0%')", "as": "percent"},
        ],
        encoding={
            "x": {**label, "axis": {"title": None, "labelAngle": 0, "labelOverlap": False, "labelFontSize": 10}},
            "y": {**number("n"), "axis": None},
        },
        layer=[
            {"mark": {"type": "bar", "cornerRadiusEnd": 2, "color": ONE}, "encoding": {"tooltip": tips}},
            {"mark": {"type": "text", "dy": -7, "fontSize": 10}, "encoding": {"text": {"field": "percent"}}},
        ],
    )


def pauses(facts: Facts) -> Figure:
    """How long visitors pause, with the timeout drawn in."""
    timeout = facts.timeout_minutes * MICROSECONDS_A_MINUTE
    seconds = [one / MICROSECONDS_A_SECOND for one in facts.pauses]
    return Figure(
        "pauses",
        "Pauses between events",
        "How long visitors pause between two events, each counted with the session of the later one. A pause longer than the"
        f" timeout of {span(timeout)} starts a new session. If the bars are still high there, the timeout cuts visits in two.",
        SECTION,
        (Part("pauses", ("bucket",), {"n": "pauses"}, fill=("bucket",)),),
        lite(210, layer=[_classes(seconds, timeout), *_timeout(timeout)]),
        (Column("Pause", "bucket_label"), Column("Pauses", "n"), Column("Share", "n", "*")),
        "full",
    )


def _classes(seconds: Sequence[float], timeout: int) -> dict[str, Any]:
    """Return a bar per class of pauses with these bounds, pale from the timeout (microseconds) on. Its axis is logarithmic."""
    edges = [seconds[0] / 3, *seconds, seconds[-1] * 3]
    words = " : ".join(f"datum.value === {one} ? '{span(round(one * MICROSECONDS_A_SECOND))}'" for one in seconds)
    x = {
        "field": "from",
        "type": "quantitative",
        "scale": {"type": "log", "domain": [edges[0], edges[-1]], "nice": False},
        "axis": {"values": seconds, "labelExpr": f"{words} : ''", "grid": False, "title": None, "labelOverlap": "greedy"},
    }
    cut = {"condition": {"test": f"datum.from >= {timeout / MICROSECONDS_A_SECOND}", "value": PALE}, "value": ONE}
    tips = [word("bucket_label", "Pause"), tip("n", "Pauses")]
    return {
        "transform": [
            {"calculate": f"{edges!r}[datum.bucket]", "as": "from"},
            {"calculate": f"{edges!r}[datum.bucket + 1]", "as": "to"},
        ],
        "mark": {"type": "rect", "stroke": SURFACE, "strokeWidth": 1.5},
        "encoding": {"x": x, "x2": {"field": "to"}, "y": number("n"), "y2": {"datum": 0}, "color": cut, "tooltip": tips},
    }


def _timeout(timeout: int) -> list[dict[str, Any]]:
    """Return a dashed line at the timeout, which is given in microseconds, and what it is."""
    data = {"values": [{"at": timeout / MICROSECONDS_A_SECOND, "says": f"timeout: {span(timeout)}"}]}
    at = {"field": "at", "type": "quantitative"}
    return [
        {
            "data": data,
            "mark": {"type": "rule", "color": INK, "strokeDash": [4, 3]},
            "encoding": {"x": at},
        },
        {
            "data": data,
            "mark": {"type": "text", "align": "left", "dx": 6, "dy": 4, "baseline": "top", "fontWeight": 600},
            "encoding": {"x": at, "y": {"value": 0}, "text": {"field": "says"}},
        },
    ]
