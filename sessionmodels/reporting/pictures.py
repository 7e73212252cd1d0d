"""Figures as pictures, for slides. No browser is needed."""

from collections.abc import Iterator
from typing import Any, Final

from sessionmodels.reporting.facts import Facts
from sessionmodels.reporting.figures import figures_of
from sessionmodels.reporting.figures.figure import Figure
from sessionmodels.reporting.figures.look import CONFIG, ON_PAPER, on_paper
from sessionmodels.reporting.sums import everything, rows_of

WIDTHS: Final = {"full": 1000, "half": 640, "third": 480}
SCALE: Final = 2


def pictures_of(facts: Facts) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the PNG of each figure that has rows: of the whole range, with light colours."""
    import vl_convert  # noqa: PLC0415 - heavy, and an extra

    for figure in figures_of(facts):
        rows = rows_of(figure, facts, everything(facts))
        if rows:
            spec = spec_of(figure, rows)
            draw = vl_convert.vegalite_to_png if "vega-lite" in spec["$schema"] else vl_convert.vega_to_png
            yield figure.name, draw(spec, scale=SCALE)


def spec_of(figure: Figure, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a figure with its rows, its title and a width, as a picture has them."""
    spec = on_paper({**figure.spec, "background": "var(--surface)", "padding": 16})
    spec["title"] = on_paper({"text": figure.title, "anchor": "start", "fontSize": 15, "color": "var(--ink)", "offset": 14})
    spec["config"] = {**on_paper(CONFIG), **spec.get("config", {}), "background": spec["background"]}
    if "vega-lite" in spec["$schema"]:
        return {**spec, "width": WIDTHS[figure.width], "data": {"values": rows, "name": "rows"}}
    data = [{**one, "values": rows} if one["name"] == "rows" else one for one in spec["data"]]
    del spec["title"]  # which has no place where the figure lays itself out
    head = {"x": {"value": 0}, "y": {"value": -40}, "text": {"value": figure.title}, "fontSize": {"value": 15}}
    title = {"type": "text", "encode": {"enter": {**head, "fontWeight": {"value": "bold"}, "fill": {"value": ON_PAPER["ink"]}}}}
    padding = {"left": 16, "right": 16, "top": 68, "bottom": 16}
    return {**spec, "width": WIDTHS[figure.width], "data": data, "padding": padding, "marks": [*spec["marks"], title]}
