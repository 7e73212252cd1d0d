"""The project's own documentation, rendered from Markdown. Links between pages become links within the page."""

import base64
import mimetypes
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from sessionmodels.handbook.markup import Html

DEEPER: Final = 2
"""How many levels lower headings are than on their own page: the whole page has one title, and parts."""


@dataclass(frozen=True)
class Page:
    """One page: what links lead to it by, its title, and its text as HTML."""

    anchor: str
    title: str
    html: Html


def folder_of_pages() -> Path:
    """Return the folder of the documentation: in the installed package, or next to it in a checkout."""
    package = Path(__file__).parent.parent
    installed = package / "docs"
    return installed if installed.is_dir() else package.parent / "docs"


def pages(folder: Path | None = None) -> Iterator[Page]:
    """Yield every page, in the order of their names. There is none where the documentation is not installed."""
    folder = folder or folder_of_pages()
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.md"))
    for name in names:
        text = (folder / name).read_text(encoding="utf-8")
        title = next((line.lstrip("# ") for line in text.splitlines() if line.startswith("# ")), name)
        yield Page(anchor_of(name), title, _rendered(folder, name, text, frozenset(names)))


def anchor_of(name: str, heading: str = "") -> str:
    """Return the anchor of a page, or of a heading in it, in the whole page."""
    page = "page-" + re.sub(r"\W+", "-", name.removesuffix(".md"))
    return f"{page}--{heading}" if heading else page


def _rendered(folder: Path, name: str, text: str, names: frozenset[str]) -> Html:
    from markdown_it import MarkdownIt  # noqa: PLC0415 - only for this command

    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(text)
    for place, token in enumerate(tokens):
        if token.type in {"heading_open", "heading_close"}:
            _lower(token, name, tokens[place + 1].content if token.type == "heading_open" else None)
        _lead(token.children or (), partial(_within, folder, name, names))
    return Html(parser.renderer.render(tokens, parser.options, {}))


def _lower(token: Any, page: str, text: str | None) -> None:
    """Put a heading that many levels lower, and give it what links lead to, as GitHub does."""
    level = int(token.tag[1:])
    token.tag = f"h{min(level + DEEPER, 6)}"
    if text is not None:
        heading = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
        token.attrSet("id", anchor_of(page, heading) if level > 1 else anchor_of(page))


def _lead(tokens: Iterable[Any], within: Callable[[str], str | None]) -> None:
    """Make links lead to their targets within the page, and embed pictures. A link to a missing file becomes plain text."""
    tag = "a"
    for token in tokens:
        if token.type == "image":
            found = within(token.attrs["src"])
            token.type, token.attrs["src"] = ("image" if found else "text"), found or ""  # its text says what it would show
        elif token.type == "link_open":
            found = within(token.attrs["href"])
            tag, token.attrs = ("a", {"href": found}) if found else ("span", {})
            token.tag = tag
        elif token.type == "link_close":  # links never lie within links
            token.tag = tag


def _within(folder: Path, page: str, names: frozenset[str], target: str) -> str | None:
    if "://" in target:
        return target
    path, _, heading = target.partition("#")
    if not path:
        return f"#{anchor_of(page, heading)}"
    file = ((folder / page).parent / path).resolve()
    name = file.relative_to(folder.resolve()).as_posix() if file.is_relative_to(folder.resolve()) else ""
    if name in names:
        return f"#{anchor_of(name, heading)}"
    kind = mimetypes.guess_type(name)[0] or ""
    if name and kind.startswith("image/") and file.is_file():
        return f"data:{kind};base64,{base64.b64encode(file.read_bytes()).decode('ascii')}"
    return None
