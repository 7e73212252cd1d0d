"""One figure: what it sums up, how it is drawn, and the table that says the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class Part:
    """Rows of a figure: the sums of a cube over the chosen dates and value, by some of its keys."""

    cube: str
    by: tuple[str, ...]
    sums: Mapping[str, str]
    """By field of a row, the sum of the cube that it has."""

    constant: Mapping[str, Any] = field(default_factory=dict)
    """Fields that are the same in each row."""

    fill: tuple[str, ...] = ()
    """Keys of which each value has a row, also if nothing was counted."""

    before: bool = False
    """Whether it is of the period before, drawn at the dates of the chosen one."""


@dataclass(frozen=True)
class Column:
    """A column of the table beside a figure."""

    title: str
    shows: str
    """The field of a row."""

    of: str | None = None
    """The field of which it is shown as a share; `*` is the total of all rows."""

    within: str | None = None
    """The field whose equal values share that total."""


@dataclass(frozen=True)
class Figure:
    """One figure of a report."""

    name: str
    title: str
    counts: str
    """What it counts, in a sentence or two."""

    section: str
    parts: Sequence[Part]
    spec: Mapping[str, Any]
    """How it is drawn: Vega-Lite or Vega, of the data named `rows`."""

    table: Sequence[Column]
    width: Literal["full", "half", "third"] = "half"
    least_width: int = 0
    """Below this width in pixels, it is scrolled."""

    nothing: Mapping[str, int] = field(default_factory=dict)
    """By key, a number that alone is not worth drawing: if every row has it, the figure is shown as if it had no rows."""

    empty: str = "No session of the chosen dates has any."
    """The message if there is no row."""
