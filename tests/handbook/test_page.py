"""`sessionmodels docs`: one page that needs nothing else, and says what the relations say of themselves."""

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from command import run
from everything import EVERYTHING
from oracle import MINUTE, Raw
from tables import write_tracks

from sessionmodels import Settings, build_all
from sessionmodels.exports.run import described
from sessionmodels.handbook.page import page
from sessionmodels.handbook.pages import folder_of_pages, pages
from sessionmodels.settings.in_force import in_force

EMPTY = {"meta", "img", "br", "hr"}


class Reader(HTMLParser):
    """Reads a page: its elements, its text, and whether every element that is opened is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)
        assert not self.open

    def handle_starttag(self, tag, attrs) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag) -> None:
        assert self.open.pop() == tag, tag

    def handle_data(self, data) -> None:
        self.text += data

    def values(self, attribute: str) -> list[str]:
        """Return every value of an attribute."""
        return [str(found[attribute]) for _, found in self.elements if attribute in found]


@pytest.fixture(scope="module")
def html() -> str:
    """The page of settings that leave nothing off, with names that could be read as markup."""
    chosen: dict[str, Any] = {**EVERYTHING, "conversion_events": ["<script>alert(1)</script>", "\"&'`"]}
    settings = Settings(target_schema="s", **chosen)
    return page(described(settings, "postgresql"), in_force(settings, chosen))


@pytest.mark.slow
def test_it_stands_by_itself(html) -> None:
    """Nothing is loaded and no script runs; every id is there once, and every link within the page leads to one."""
    read = Reader(html)
    assert not {"script", "link", "iframe", "object"} & {name for name, _ in read.elements}
    assert all(one.startswith("data:image/") for one in read.values("src"))
    ids = read.values("id")
    assert len(set(ids)) == len(ids)
    targets = read.values("href")
    assert {one[1:] for one in targets if one.startswith("#")} <= set(ids)
    assert all(one.startswith(("#", "https://")) for one in targets)
    assert "url(" not in html.partition("</style>")[0]
    assert "default-src 'none'" in html


def test_what_it_shows(html) -> None:
    """Every relation with its row, every column with its meaning and type, every figure, and every setting with its place."""
    text = " ".join(Reader(html).text.split())
    found = described(Settings(target_schema="s", **EVERYTHING), "postgresql")
    for relation in found.relations:
        assert f'id="relation-{relation.name}"' in html
        assert relation.row.replace("`", "") in text
        for column in relation.columns:
            assert f"<code>{column.name}</code></td><td><code>{column.sql_type}</code>" in html
        assert all(one.says.replace("`", "") in text for one in relation.figures)
    assert "alert(1)" in text
    assert "Its session, '<session_sequence_number> - <dbt_visitor_id>'. Refers to sessions.session_id." in text
    assert "<code>identity</code></td><td><code>point_in_time</code></td><td>an argument</td>" in html
    assert all(f"<code>{name}</code>" in html for name in Settings.model_fields)


def test_the_lineage(html) -> None:
    """Each relation is a box that leads to its section, and there is a line for each reading."""
    read = Reader(html)
    found = described(Settings())
    edges = [attributes for name, attributes in read.elements if name == "path" and attributes.get("class") == "edge"]
    assert len(edges) == sum(len(one.reads) for one in found.relations)
    boxes = [(attributes["x"], attributes["y"]) for name, attributes in read.elements if name == "rect"]
    assert len(set(boxes)) == len(boxes) == len(found.relations) + 1


def test_the_documentation(html) -> None:
    """Every page of `docs` is in it, with its title."""
    names = [path.relative_to(folder_of_pages()) for path in folder_of_pages().rglob("*.md")]
    assert len([*pages()]) == len(names) > 15
    for one in pages():
        assert f'id="{one.anchor}"' in html
        assert one.title in html


def test_what_pages_may_contain(tmp_path) -> None:
    """Links lead to pages and headings of the whole; what is not part of it is no link, and markup is text."""
    (tmp_path / "more").mkdir()
    (tmp_path / "a.md").write_text(
        "# A\n\n## Part\n\n[b](more/b.md#the-end) [part](#part) [file](../x.py) [out](https://x.example) ![no](no.png)"
    )
    (tmp_path / "more" / "b.md").write_text(
        "# B\n\n## The end\n\n[a](../a.md) <b>bold</b> ![dot](dot.png)\n\n| x |\n|---|\n| 1 |"
    )
    (tmp_path / "more" / "dot.png").write_bytes(b"png")
    first, second = (Reader(one.html) for one in pages(tmp_path))
    assert first.values("href") == ["#page-more-b--the-end", "#page-a--part", "https://x.example"]
    assert not first.values("src")
    assert "no" in first.text
    assert second.values("id") == ["page-more-b", "page-more-b--the-end"]
    assert second.values("href") == ["#page-a"]
    assert second.values("src") == ["data:image/png;base64,cG5n"]
    assert "<b>bold</b>" in second.text
    assert "td" in {name for name, _ in second.elements}


@pytest.mark.slow
def test_the_command(duckdb, monkeypatch, tmp_path) -> None:
    """It writes a file, masks passwords, and overwrites its own file only; with --freshness it says when each was built."""
    write_tracks(duckdb, [Raw("e", "d", None, "x", MINUTE)])
    build_all(duckdb)
    duckdb.dispose()
    made = run("docs", "--url", str(duckdb.url), "--freshness")
    assert made.exit_code == 0, made.output
    text = Path(made.stdout.strip()).read_text(encoding="utf-8")
    assert "When each relation was built" in text
    assert "1 row<" in text
    monkeypatch.setenv("SESSIONMODELS_URL", "postgresql://me:hunter9XQZ@host/db")
    assert run("docs").exit_code == 0
    again = Path(made.stdout.strip()).read_text(encoding="utf-8")
    assert "hunter9XQZ" not in again
    assert "me:***@host" in again
    assert "When each relation was built" not in again
    (tmp_path / "mine.html").write_text("mine")
    refused = run("docs", "--output", str(tmp_path / "mine.html"))
    assert (refused.exit_code, (tmp_path / "mine.html").read_text()) == (2, "mine")
    assert run("docs", "--output", str(tmp_path / "mine.html"), "--replace").exit_code == 0
