"""How many come, and when."""

from typing import Any

from sessionmodels.reporting.facts import Facts
from sessionmodels.reporting.figures.figure import Column, Figure, Part
from sessionmodels.reporting.figures.look import A_DATE, FORMATS, ONE, PALE, SURFACE, TWO, dates, lite, number, tip, word

SECTION = "How many come"
BEFORE = "Sessions, period before"
STEPS = {"day": "day", "week": "week (from Monday)", "month": "month"}


def trend(facts: Facts) -> Figure:
    """Sessions and visitors over time, and the sessions of the period before."""
    step = facts.scope.period
    parts = (
        Part("sessions", ("step",), {"n": "sessions"}, {"what": "Sessions"}, ("step",)),
        Part("visitors", ("step",), {"n": "visitors"}, {"what": "Visitors"}, ("step",)),
        Part("sessions", ("step",), {"n": "sessions"}, {"what": BEFORE}, ("step",), before=True),
    )
    layers = [_area(), *_lines(facts.scope.steps - 1 if facts.is_unfinished else -1), _rule()]
    return Figure(
        "trend",
        f"Sessions and visitors per {step}",
        f"Sessions by the {STEPS[step]} on which they start, and the different visitors who have them."
        + (f" The last {step} is not whole." if facts.is_unfinished else ""),
        SECTION,
        parts,
        lite(230, encoding={"x": dates(step)}, layer=layers),
        (Column("Date", "date"), Column("Counted", "what"), Column("Number", "n")),
        "full",
    )


def _area() -> dict[str, Any]:
    """Return a pale area below the line of sessions."""
    return {
        "transform": [{"filter": "datum.what === 'Sessions'"}],
        "mark": {"type": "area", "color": ONE, "opacity": 0.08},
        "encoding": {"y": number("n")},
    }


def _lines(unfinished: int) -> list[dict[str, Any]]:
    """Return the lines with a point for each step, hollow if it is unfinished. The period before is dashed, without points."""
    scale = {"domain": ["Sessions", "Visitors", BEFORE], "range": [ONE, TWO, PALE]}
    colour = {"field": "what", "type": "nominal", "scale": scale}
    dash = {"condition": {"test": f"datum.what === '{BEFORE}'", "value": [3, 3]}, "value": [1, 0]}
    hollow = {"condition": {"test": f"datum.step === {unfinished}", "value": 1}, "value": 0}
    not_before = [{"filter": f"datum.what !== '{BEFORE}'"}]
    return [
        {
            "mark": {"type": "line", "strokeWidth": 2},
            "encoding": {"y": number("n"), "color": colour, "strokeDash": dash},
        },
        {
            "transform": not_before,
            "mark": {"type": "point", "filled": True, "size": 16, "opacity": 1},
            "encoding": {"y": number("n"), "color": colour},
        },
        {
            "transform": not_before,
            "mark": {"type": "point", "fill": SURFACE, "size": 16},
            "encoding": {"y": number("n"), "color": colour, "opacity": hollow},
        },
    ]


def _rule() -> dict[str, Any]:
    """Return a vertical line at the date nearest to the pointer, with a tooltip of all numbers of that date."""
    hover = {"type": "point", "fields": ["date"], "nearest": True, "on": "pointerover", "clear": "pointerout"}
    shown = {"condition": {"param": "hover", "empty": False, "value": 0.5}, "value": 0}
    tips = [A_DATE, tip("Sessions", "Sessions"), tip("Visitors", "Visitors"), word("earlier", BEFORE)]
    earlier = f"isValid(datum['{BEFORE}']) ? format(datum['{BEFORE}'], ',') : 'no data'"
    return {
        "transform": [{"pivot": "what", "value": "n", "groupby": ["date"]}, {"calculate": earlier, "as": "earlier"}],
        "params": [{"name": "hover", "select": hover}],
        "mark": {"type": "rule", "color": PALE},
        "encoding": {"opacity": shown, "tooltip": tips},
    }


def new_and_returning(facts: Facts) -> Figure:
    """Sessions of new visitors and of returning ones."""
    days = {
        "labelExpr": "utcFormat(toDate(datum.value), '" + FORMATS[facts.scope.period] + "')",
        "labelAngle": 0,
        "labelOverlap": "greedy",
        "labelSeparation": 24,
        "title": None,
    }
    who = {"domain": ["New visitors", "Returning visitors"], "range": [TWO, ONE]}
    spec = lite(
        200,
        transform=[{"calculate": "datum.is_first === 1 ? 'New visitors' : 'Returning visitors'", "as": "who"}],
        mark={"type": "bar"},
        encoding={
            "x": {"field": "date", "type": "ordinal", "scale": {"paddingOuter": 0.1}, "axis": days},
            "y": number("n", stack="zero"),
            "color": {"field": "who", "type": "nominal", "scale": who},
            "tooltip": [A_DATE, word("who", "Who"), tip("n", "Sessions")],
        },
    )
    return Figure(
        "new_and_returning",
        "New and returning",
        "The first session of a visitor ever is one of a new visitor, every later one of a returning visitor.",
        SECTION,
        (Part("sessions", ("step", "is_first"), {"n": "sessions"}, fill=("step", "is_first")),),
        spec,
        (Column("Date", "date"), Column("Who", "is_first_label"), Column("Sessions", "n"), Column("Share", "n", "*", "date")),
    )


def hours(facts: Facts) -> Figure:
    """When in the week sessions start."""
    zone = facts.scope.days.time_zone
    spec = lite(
        {"step": 24},
        mark={"type": "rect", "cornerRadius": 2},
        encoding={
            "x": {
                "field": "hour",
                "type": "ordinal",
                "axis": {"title": None, "labelAngle": 0, "values": [0, 3, 6, 9, 12, 15, 18, 21]},
            },
            "y": {"field": "weekday_label", "type": "nominal", "sort": {"field": "weekday"}, "axis": {"title": None}},
            "fill": {"value": ONE},
            "fillOpacity": {"field": "n", "type": "quantitative", "scale": {"range": [0.04, 1], "zero": True}, "legend": None},
            "tooltip": [word("weekday_label", "Day"), word("hour_label", "Hour"), tip("n", "Sessions")],
        },
        config={"scale": {"bandPaddingInner": 0.08, "bandPaddingOuter": 0}},
    )
    return Figure(
        "hours",
        "Hours of the week",
        f"Sessions by the weekday and the hour at which they start, by the clocks of {zone}.",
        SECTION,
        (Part("hours", ("weekday", "hour"), {"n": "sessions"}, fill=("weekday", "hour")),),
        spec,
        (Column("Day", "weekday_label"), Column("Hour", "hour_label"), Column("Sessions", "n"), Column("Share", "n", "*")),
    )
