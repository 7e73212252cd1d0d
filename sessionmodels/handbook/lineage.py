"""Which relation reads which, as a picture: one column for each step from the raw events on."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from sessionmodels.handbook.markup import Html, element, joined
from sessionmodels.relations.naming import TRACKS
from sessionmodels.semantics.describe import Description

WIDTH, HEIGHT, ACROSS, DOWN, EDGE = 190, 34, 70, 18, 8
TITLE: Final = "Which relation reads which"


class Box(NamedTuple):
    """The place of a relation in the picture."""

    left: int
    top: int

    @property
    def middle(self) -> int:
        """Half of its height."""
        return self.top + HEIGHT // 2


def drawn(described: Description) -> Html:
    """Return the picture. Each box leads to the relation's section."""
    reads = {TRACKS: (), **{one.name: one.reads for one in described.relations}}
    kinds = {one.name: one.kind for one in described.relations}
    boxes = _placed(reads)
    edges = [_edge(boxes[read], boxes[name]) for name, others in reads.items() for read in others if read in boxes]
    nodes = [_node(name, box, kinds.get(name, "source")) for name, box in boxes.items()]
    width = max(box.left for box in boxes.values()) + WIDTH + EDGE
    height = max(box.top for box in boxes.values()) + HEIGHT + EDGE
    listed = "; ".join(f"{name} reads {' and '.join(others)}" for name, others in reads.items() if others)
    picture = element(
        "svg",
        element("title", TITLE),
        element("desc", listed),
        joined(*edges, *nodes),
        viewBox=f"0 0 {width} {height}",
        width=str(width),
        role="group",
        aria_label=TITLE,
    )
    return element("div", picture, class_="wide lineage", tabindex="0", role="region", aria_label=TITLE)


def _placed(reads: Mapping[str, tuple[str, ...]]) -> dict[str, Box]:
    steps: dict[str, int] = {}

    def step(name: str) -> int:
        if name not in steps:
            steps[name] = max((step(one) + 1 for one in reads[name] if one in reads), default=0)
        return steps[name]

    boxes: dict[str, Box] = {}
    filled: dict[int, int] = {}
    for name in reads:
        place = step(name)
        row = filled.get(place, place % 2)  # every second column is lower, so that a line past one crosses no box of it
        boxes[name] = Box(EDGE + place * (WIDTH + ACROSS), EDGE + row * (HEIGHT + DOWN))
        filled[place] = row + 1
    return boxes


def _edge(start: Box, end: Box) -> Html:
    left, bend = start.left + WIDTH, ACROSS // 2
    path = f"M{left} {start.middle} C{left + bend} {start.middle} {end.left - bend} {end.middle} {end.left} {end.middle}"
    return element("path", d=path, class_="edge")


def _node(name: str, box: Box, kind: str) -> Html:
    shape = element(
        "rect", x=str(box.left), y=str(box.top), width=str(WIDTH), height=str(HEIGHT), rx="6", class_=kind.replace("_", "-")
    )
    text = element("text", name, x=str(box.left + WIDTH // 2), y=str(box.middle + 5), text_anchor="middle")
    return joined(shape, text) if kind == "source" else element("a", shape, text, href=f"#relation-{name}")
