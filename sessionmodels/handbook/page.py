"""The whole page: one file that needs no network, and no script."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from typing import Final

from sessionmodels.display.files import MARK
from sessionmodels.display.format import count, moment
from sessionmodels.handbook.lineage import drawn
from sessionmodels.handbook.markup import Child, Html, code, element, joined, lines, link, table
from sessionmodels.handbook.pages import Page, pages
from sessionmodels.handbook.relations import section
from sessionmodels.reading.status import Freshness
from sessionmodels.semantics.describe import Description
from sessionmodels.settings.in_force import InForce, by_place
from sessionmodels.warehouses import warehouse_of

TITLE: Final = "Sessions: the relations and what they mean"


@dataclass(frozen=True)
class Part:
    """A part of the page, with what the navigation shows of it."""

    anchor: str
    title: str
    body: Html
    entries: Sequence[tuple[str, str]] = ()
    """The anchor and the title of each section in it."""


def page(described: Description, in_force: Iterable[InForce], freshness: Sequence[Freshness] | None = None) -> str:
    """Return the page as HTML.

    Args:
        described: the relations.
        in_force: the settings, with the place that each value came from.
        freshness: when each relation was built; None if nobody looked.
    """
    parts = [*_parts(described, in_force, freshness)]
    body = element(
        "body",
        element("a", "Skip to the text", href="#text", class_="skip"),
        element("div", element("nav", map(_entries, parts), aria_label="Contents"), _main(described, parts), class_="layout"),
    )
    style = element("style", Html(files("sessionmodels.handbook").joinpath("page.css").read_text(encoding="utf-8")))
    policy = Html(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">"
    )
    meta = Html('<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">')
    head = element("head", meta, policy, element("title", TITLE), style)
    return f"<!doctype html>\n<!-- {MARK} -->\n{element('html', head, body, lang='en')}\n"


def _parts(described: Description, in_force: Iterable[InForce], freshness: Sequence[Freshness] | None) -> Iterator[Part]:
    sections = [section(one, described) for one in described.relations]
    named = [(f"relation-{one.name}", one.name) for one in described.relations]
    yield Part("lineage", "Lineage", drawn(described))
    yield Part("relations", "Relations", joined(sections), named)
    yield Part("settings", "Settings in force", _settings([*in_force]))
    if freshness is not None:
        yield Part("freshness", "Freshness", _freshness(freshness))
    if found := [*pages()]:
        yield Part("documentation", "Documentation", joined(map(_page, found)), [(one.anchor, one.title) for one in found])


def _main(described: Description, parts: Iterable[Part]) -> Html:
    title = warehouse_of(described.dialect.name).title
    place = joined("The relations in ", code(".".join(described.place)), f", with the types of {title}.")
    written = f"Written by `sessionmodels docs` {version('sessionmodels')}."
    shown = (element("section", element("h2", one.title, id=one.anchor), one.body) for one in parts)
    return element("main", element("h1", TITLE), element("p", place), shown, element("footer", written), id="text", tabindex="-1")


def _entries(part: Part) -> Html:
    sections = element("ul", (element("li", link(anchor, title)) for anchor, title in part.entries)) if part.entries else None
    return joined(element("h2", link(part.anchor, part.title)), sections)


def _page(one: Page) -> Html:
    return element("article", one.html)


def _settings(in_force: Sequence[InForce]) -> Html:
    set_first = (one for _, group in by_place(in_force) for one in group)
    rows = ((code(one.name), lines(code(each) for each in one.lines), one.place) for one in set_first)
    return table(("setting", "value", "from"), rows, caption="Every setting, and where its value came from")


def _freshness(freshness: Sequence[Freshness]) -> Html:
    rows: Iterable[Iterable[Child]] = (
        (link(f"relation-{one.relation}", code(one.table)), _when(one), str(one.build), count(one.rows, "row"))
        for one in freshness
    )
    return table(("relation", "built", "build", "rows"), rows, caption="When each relation was built")


def _when(one: Freshness) -> str:
    return moment(one.finished_at) if one.finished_at else ""
