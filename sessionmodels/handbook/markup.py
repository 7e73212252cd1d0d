"""HTML, element by element. Text is escaped, so that nothing in a setting or a name is read as markup."""

from collections.abc import Iterable
from html import escape
from typing import TypeAlias


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


Child: TypeAlias = str | None


def element(name: str, *children: Child | Iterable[Child], **attributes: str | bool | None) -> Html:
    """Return an element. A trailing underscore in an attribute's name is dropped, and others are dashes."""
    given = "".join(_attribute(key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items())
    return Html(f"<{name}{given}>{joined(*children)}</{name}>")


def joined(*children: Child | Iterable[Child]) -> Html:
    """Return children one after the other, texts escaped."""
    flat = (one for child in children for one in ((child,) if child is None or isinstance(child, str) else child))
    return Html("".join(one if isinstance(one, Html) else escape(one or "") for one in flat))


def table(columns: Iterable[str], rows: Iterable[Iterable[Child]], *, caption: str) -> Html:
    """Return a table, in a box that scrolls by itself where it is wider than the page."""
    head = element("tr", (element("th", one, scope="col") for one in columns))
    body = (element("tr", (element("td", one) for one in row)) for row in rows)
    found = element("table", element("caption", caption), element("thead", head), element("tbody", body))
    return element("div", found, class_="wide", tabindex="0", role="region", aria_label=caption)


def lines(parts: Iterable[Html]) -> Html:
    """Return parts one below the other."""
    return Html("<br>".join(parts))


def link(to: str, *children: Child) -> Html:
    """Return a link within the page."""
    return element("a", *children, href=f"#{to}")


def code(text: str) -> Html:
    """Return code within a line."""
    return element("code", text)


def prose(text: str) -> Html:
    """Return a description: text between backticks is code."""
    return joined(*(code(part) if place % 2 else part for place, part in enumerate(text.split("`"))))


def _attribute(name: str, value: str | bool | None) -> str:
    if value is None or value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{escape(value)}"'
