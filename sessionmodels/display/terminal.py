"""Renders blocks as plain text. A table wider than the terminal becomes a list, so that no word is broken."""

import shutil
import sys
from collections.abc import Iterable, Iterator
from io import StringIO
from itertools import pairwise
from typing import Final, TextIO

from rich.box import Box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sessionmodels.display.blocks import Block, Code, Grid
from sessionmodels.display.escape import visible, visible_lines
from sessionmodels.display.format import value

RULED: Final = Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)
"""A rule under the header and no other lines: readable for `awk` and on ASCII-only terminals."""

ENDLESS: Final = 1_000_000
"""A width that no line reaches."""


def terminal_width(stream: TextIO | None = None) -> int | None:
    """Return the width of the terminal that a stream writes to, or None if it writes to a file or a pipe."""
    stream = stream or sys.stdout
    return shutil.get_terminal_size().columns if stream and stream.isatty() else None  # a GUI program has no stream


def as_text(blocks: Iterable[Block], width: int | None = None) -> str:
    """Return blocks as text, with an empty line around tables and code."""
    shown = list(blocks)
    gaps = (*(_gap(one, other) for one, other in pairwise(shown)), "")
    return "".join(_text(block, width) + gap for block, gap in zip(shown, gaps, strict=False))


def wrapped(text: str, width: int | None) -> str:
    """Return text with lines that are wider than the terminal broken between words, never within a word."""
    if width is None:
        return text
    return "\n".join(part for line in text.split("\n") for part in _broken(line, width))


def _broken(line: str, width: int) -> Iterator[str]:
    indent = " " * (len(line) - len(line.lstrip(" ")))
    current, *words = line.split(" ")
    for word in words:
        if current.strip() and cell_len(f"{current} {word}") > width:
            yield current
            current = indent + word
        else:
            current = f"{current} {word}"
    yield current


def _gap(one: Block, other: Block) -> str:
    are_lines = isinstance(one, str) and isinstance(other, str)
    return "\n" if are_lines or "" in {one, other} else "\n\n"


def _text(block: Block, width: int | None) -> str:
    if isinstance(block, Code):
        return visible_lines(block.text)
    if isinstance(block, Grid):
        return _grid(block, width)
    return wrapped(visible_lines(block), width)


def _grid(grid: Grid, width: int | None) -> str:
    table = _table(grid)
    if width is None or all(cell_len(line) <= width for line in table.splitlines()):
        return table
    return "\n\n".join("\n".join(_record(grid, row, width)) for row in grid.rows)


def _table(grid: Grid) -> str:
    table = Table(box=RULED, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for place, name in enumerate(grid.columns):
        table.add_column(Text(visible(name)), justify="right" if grid.is_numeric(place) else "left", no_wrap=True)
    for row in grid.rows:
        table.add_row(*(Text(value(one)) for one in row))
    written = StringIO()
    Console(file=written, width=ENDLESS, color_system=None).print(table)
    return "\n".join(line.rstrip() for line in written.getvalue().splitlines())


def _record(grid: Grid, row: tuple[object, ...], width: int) -> Iterator[str]:
    for name, one in zip(grid.columns, row, strict=True):
        yield wrapped(f"{visible(name)}: {value(one)}".rstrip(), width)
