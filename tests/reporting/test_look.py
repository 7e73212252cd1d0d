"""The colours of a report can be seen, on paper, in the light and in the dark."""

import re
from datetime import UTC, date, datetime
from importlib.resources import files

from sessionmodels.analyses.within import Days
from sessionmodels.reporting.facts import Facts
from sessionmodels.reporting.figures.look import ON_PAPER
from sessionmodels.reporting.figures.retention import retention
from sessionmodels.reporting.scope import Scope


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, as WCAG defines it."""

    def light(colour: str) -> float:
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    darker, lighter = sorted((light(one), light(other)))
    return (lighter + 0.05) / (darker + 0.05)


def mixed(colour: str, ground: str, opacity: float) -> str:
    """Return a colour that lets the ground through."""
    parts = ((int(colour[n : n + 2], 16), int(ground[n : n + 2], 16)) for n in (1, 3, 5))
    return "#" + "".join(f"{round(one * opacity + other * (1 - opacity)):02x}" for one, other in parts)


def test_colours_can_be_seen() -> None:
    """Light, dark by the system and dark by choice: lines and borders have a contrast of 3, text of 4.5, also in cells."""
    style = files("sessionmodels.reporting").joinpath("browser", "style.css").read_text(encoding="utf-8")
    schemes = [dict(re.findall(r"--(\w+): (#\w{6})", block)) for block in re.findall(r"color-scheme: \w+;([^}]*)}", style)]
    assert len(schemes) == 3
    assert schemes[1] == schemes[2]
    assert schemes[0].items() >= ON_PAPER.items()
    facts = Facts(
        Scope(Days(date(2026, 1, 1), date(2026, 2, 1)), "week", "channel"),
        (),
        {},
        "duckdb",
        datetime.now(UTC),
        date(2026, 2, 1),
        30,
    )
    deepest = retention(facts).spec["layer"][0]["encoding"]["fillOpacity"]["scale"]["range"][1]
    for found in schemes:
        for ground in (found["surface"], found["page"]):
            assert all(contrast(found[name], ground) >= 3 for name in ("pale", "one", "two", "three"))
            assert all(contrast(found[name], ground) >= 4.5 for name in ("ink", "soft"))
        assert contrast(found["ink"], mixed(found["one"], found["surface"], deepest)) >= 4.5
