"""How figures look. Colours are variables of the page, so that light, dark and print are its style sheet's."""

import json
from collections.abc import Mapping
from typing import Any, Final

from sessionmodels.sql.day import Period

FONT: Final = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', 'DejaVu Sans', sans-serif"

ON_PAPER: Final = {
    "surface": "#ffffff",
    "ink": "#1b2430",
    "soft": "#5b6675",
    "grid": "#e4e8ee",
    "one": "#0f6cae",
    "two": "#d0650c",
    "three": "#128a6d",
    "four": "#a24a8b",
    "five": "#8a7a00",
    "six": "#3fa0d8",
    "pale": "#8090a0",
}
"""The colours of pictures, as the style sheet's light ones: after Okabe and Ito, distinct for all kinds of colour vision."""

ONE, TWO, THREE, SOFT, INK, PALE, SURFACE, GRID = (
    f"var(--{name})" for name in ("one", "two", "three", "soft", "ink", "pale", "surface", "grid")
)
SERIES: Final = [f"var(--{name})" for name in ("one", "two", "three", "four", "five", "six", "soft", "pale")]

CONFIG: Final[dict[str, Any]] = {
    "background": None,
    "font": FONT,
    "view": {"stroke": None},
    "axis": {
        "labelColor": SOFT,
        "titleColor": SOFT,
        "labelFontSize": 11,
        "titleFontSize": 11,
        "titleFontWeight": "normal",
        "gridColor": GRID,
        "domain": False,
        "ticks": False,
        "labelPadding": 6,
    },
    "axisY": {"tickCount": 4},
    "legend": {
        "labelColor": INK,
        "title": None,
        "orient": "top",
        "labelFontSize": 11,
        "symbolSize": 60,
        "symbolStrokeWidth": 2.5,
        "padding": 0,
        "offset": 8,
    },
    "text": {"color": INK, "fontSize": 11, "font": FONT},
    "bar": {"color": ONE},
    "scale": {"bandPaddingInner": 0.22},
}

FORMATS: Final[Mapping[Period, str]] = {"day": "%-d %b", "week": "%-d %b", "month": "%b %Y"}
"""How a date is written below a figure, by the step of time."""

A_DATE: Final[dict[str, Any]] = {"field": "date", "type": "temporal", "timeUnit": "utcyearmonthdate", "title": "Date"}


def dates(period: Period) -> dict[str, Any]:
    """Return an axis of time."""
    ticks = {"expr": "max(2, floor(width / 90))"}
    axis = {"format": FORMATS[period], "grid": False, "title": None, "tickCount": ticks}
    return {"field": "date", "type": "temporal", "scale": {"type": "utc"}, "axis": axis}


def number(field: str, title: str | None = None, **more: Any) -> dict[str, Any]:
    """Return an axis of whole numbers."""
    axis = {"title": None, "format": "~s", "tickMinStep": 1, "labelExpr": "datum.value ? datum.label : '0'"}
    return {"field": field, "type": "quantitative", "axis": axis, "title": title, **more}


def tip(field: str, title: str, **how: Any) -> dict[str, Any]:
    """Return a number in a tooltip."""
    return {"field": field, "type": "quantitative", "title": title, "format": ",", **how}


def word(field: str, title: str) -> dict[str, Any]:
    """Return a word in a tooltip."""
    return {"field": field, "type": "nominal", "title": title}


def lite(height: Any, **spec: Any) -> dict[str, Any]:
    """Return a Vega-Lite figure as wide as its place on the page."""
    frame = {"$schema": "https://vega.github.io/schema/vega-lite/v6.json", "data": {"name": "rows"}}
    return {**frame, "width": "container", "height": height, **spec}


def on_paper(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return a figure with the colours of pictures."""
    written = json.dumps(spec)
    for name, colour in ON_PAPER.items():
        written = written.replace(f"var(--{name})", colour)
    return json.loads(written)
