"""Renders blocks as HTML for notebooks. Values are escaped, so none is read as markup."""

from collections.abc import Iterable
from html import escape
from typing import Any

from sessionmodels.display.blocks import Block, Code, Grid
from sessionmodels.display.escape import visible_lines
from sessionmodels.display.format import value


def as_html(blocks: Iterable[Block]) -> str:
    """Return blocks as HTML."""
    return "\n".join(_html(block) for block in blocks)


def _html(block: Block) -> str:
    if isinstance(block, Grid):
        return _table(block)
    if isinstance(block, Code):
        return f"<pre>{escape(visible_lines(block.text))}</pre>"
    return f"<div>{escape(visible_lines(block))}</div>"


def _table(grid: Grid) -> str:
    sides = ["right" if grid.is_numeric(place) else "left" for place in range(len(grid.columns))]
    head = _row("th", grid.columns, sides)
    body = "\n".join(_row("td", row, sides) for row in grid.rows)
    return f"<table>\n<thead>\n{head}\n</thead>\n<tbody>\n{body}\n</tbody>\n</table>"


def _row(tag: str, values: Iterable[Any], sides: Iterable[str]) -> str:
    cells = (f'<{tag} style="text-align: {side}">{_cell(one)}</{tag}>' for one, side in zip(values, sides, strict=True))
    return f"<tr>{''.join(cells)}</tr>"


def _cell(found: Any) -> str:
    return _html(found) if isinstance(found, Code) else escape(value(found))
