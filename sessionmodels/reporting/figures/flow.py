"""A flow of sessions from event to event, drawn by Vega: Vega-Lite has no such figure."""

from collections.abc import Sequence
from typing import Any

from sessionmodels.reporting.figures.look import GRID, INK, PALE, SERIES, SOFT

ENDS = "sourceX", "sourceY", "targetX", "targetY"
COLUMNS = 5
GAP = 7
"""The number of pixels between two events of a column."""

NODE = 9
"""The width of an event in pixels."""

NODES = "beginnings", "nodes"
"""The data with the events of the first column, and with those of all others."""

SESSIONS = "format(datum.n, ',') + ' sessions (' + format(datum.n / all, '.1%') + ')'"
"""How a tooltip writes a number of sessions."""


def flow(names: Sequence[str]) -> dict[str, Any]:
    """Return the figure. Its rows say how many sessions go from `source` at a place, from 1, to `target` at the next."""
    end, last = len(names) - 1, len(names)
    colours = [*SERIES[: last - 3], SOFT, PALE, GRID]
    return {
        "$schema": "https://vega.github.io/schema/vega/v6.json",
        "height": 330,
        "padding": {"left": 0, "right": 0, "top": 18, "bottom": 4},
        "autosize": {"type": "none"},
        "signals": _sizes(last),
        "data": [
            {"name": "rows"},
            {"name": "heads", "values": list(range(COLUMNS))},
            {
                "name": "everyone",
                "source": "rows",
                "transform": [
                    {"type": "filter", "expr": "datum.place === 1"},
                    {"type": "aggregate", "fields": ["n"], "ops": ["sum"], "as": ["n"]},
                ],
            },
            *_nodes(),
            _links(end),
        ],
        "scales": [{"name": "colour", "type": "ordinal", "domain": list(range(last)), "range": colours}],
        "marks": [_bands(), *map(_events, NODES), *(_labels(one, end) for one in NODES), _heads()],
    }


def _sizes(events: int) -> list[dict[str, Any]]:
    """Return what depends on the width of the page and on the number of sessions."""
    return [
        {
            "name": "width",
            "init": "isFinite(containerSize()[0]) ? containerSize()[0] : 900",
            "on": [{"events": "window:resize", "update": "isFinite(containerSize()[0]) ? containerSize()[0] : width"}],
        },
        {"name": "all", "update": "length(data('everyone')) ? max(1, data('everyone')[0].n) : 1"},
        {"name": "room", "update": f"height - {GAP} * {events - 1} - 4"},
        {"name": "column", "update": f"(width - 96) / {COLUMNS - 1}"},
    ]


def _nodes() -> list[dict[str, Any]]:
    """Return the events of each column, one below the other. Those of the first are where sessions begin."""

    def column(name: str, which: str, at: str, only: str) -> dict[str, Any]:
        return {
            "name": name,
            "source": "rows",
            "transform": [
                {"type": "filter", "expr": only},
                {"type": "formula", "as": "at", "expr": at},
                {"type": "aggregate", "groupby": ["at", which, f"{which}_label"], "fields": ["n"], "ops": ["sum"], "as": ["n"]},
                {"type": "formula", "as": "name", "expr": f"datum.{which}"},
                {"type": "formula", "as": "label", "expr": f"datum.{which}_label"},
                {"type": "stack", "groupby": ["at"], "sort": {"field": "name"}, "field": "n", "as": ["top", "bottom"]},
            ],
        }

    return [
        column("beginnings", "source", "0", "datum.place === 1"),
        column("nodes", "target", "datum.place", "true"),
    ]


def _links(end: int) -> dict[str, Any]:
    """Return the bands between events of neighbouring columns: where each begins and ends, and how thick it is."""

    def at(side: str, which: str) -> str:
        return f"(datum.{side}_top + datum.{side}_bottom) / 2 / all * room + datum.{which} * {GAP}"

    def stack(side: str, *order: str) -> dict[str, Any]:
        placed = [f"{side}_top", f"{side}_bottom"]
        return {"type": "stack", "groupby": ["place"], "sort": {"field": [*order]}, "field": "n", "as": placed}

    return {
        "name": "links",
        "source": "rows",
        "transform": [
            stack("from", "source", "target"),
            stack("to", "target", "source"),
            {"type": "formula", "as": "sourceX", "expr": f"(datum.place - 1) * column + {NODE}"},
            {"type": "formula", "as": "targetX", "expr": "datum.place * column"},
            {"type": "formula", "as": "sourceY", "expr": at("from", "source")},
            {"type": "formula", "as": "targetY", "expr": at("to", "target")},
            {"type": "formula", "as": "thickness", "expr": "max(0.5, datum.n / all * room)"},
            {"type": "formula", "as": "ends", "expr": f"datum.target === {end}"},
            {"type": "linkpath", "orient": "horizontal", "shape": "diagonal", **{one: one for one in ENDS}},
        ],
    }


def _bands() -> dict[str, Any]:
    """Return the bands as they are drawn."""
    return {
        "type": "path",
        "from": {"data": "links"},
        "encode": {
            "update": {
                "path": {"field": "path"},
                "stroke": {"scale": "colour", "field": "source"},
                "strokeWidth": {"field": "thickness"},
                "strokeOpacity": [{"test": "datum.ends", "value": 0.13}, {"value": 0.3}],
                "tooltip": {"signal": f"{{title: datum.source_label + ' → ' + datum.target_label, Sessions: {SESSIONS}}}"},
            },
            "hover": {"strokeOpacity": {"value": 0.6}},
        },
    }


def _events(data: str) -> dict[str, Any]:
    """Return the events of a column or several as they are drawn."""
    return {
        "type": "rect",
        "from": {"data": data},
        "encode": {
            "update": {
                "x": {"signal": "datum.at * column"},
                "width": {"value": NODE},
                "y": {"signal": f"datum.top / all * room + datum.name * {GAP}"},
                "height": {"signal": "max(1, datum.n / all * room)"},
                "fill": {"scale": "colour", "field": "name"},
                "cornerRadius": {"value": 1.5},
                "tooltip": {"signal": f"{{title: datum.label, Sessions: {SESSIONS}}}"},
            }
        },
    }


def _labels(data: str, end: int) -> dict[str, Any]:
    """Return the names of events, each on the right of its event, if that is high enough."""
    return {
        "type": "text",
        "from": {"data": data},
        "encode": {
            "update": {
                "x": {"signal": f"datum.at * column + {NODE + 4}"},
                "y": {"signal": f"(datum.top + datum.bottom) / 2 / all * room + datum.name * {GAP}"},
                "baseline": {"value": "middle"},
                "fontSize": {"value": 10.5},
                "limit": {"signal": "min(92, column - 20)"},
                "fill": [{"test": f"datum.name === {end}", "value": SOFT}, {"value": INK}],
                "text": {"signal": "datum.n / all * room < 9 ? '' : datum.label"},
            }
        },
    }


def _heads() -> dict[str, Any]:
    """Return the words above each column."""
    return {
        "type": "text",
        "from": {"data": "heads"},
        "encode": {
            "update": {
                "x": {"signal": "datum.data * column"},
                "y": {"value": -8},
                "fill": {"value": SOFT},
                "fontSize": {"value": 10.5},
                "text": {"signal": "'step ' + (datum.data + 1)"},
            }
        },
    }
