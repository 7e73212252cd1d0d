"""The documents, and what is found in them."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"))
}
README = PAGES["README.md"]


def code(language: str, page: str = "README.md") -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGES[page], re.MULTILINE | re.DOTALL)


def prose(page: str) -> str:
    """Return a page without its blocks of code."""
    return re.sub(r"^```.*?^```$", "", PAGES[page], flags=re.MULTILINE | re.DOTALL)


def anchors(page: str) -> set[str]:
    """Return what a link may lead to within a page, as GitHub makes it of headings."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(page: str) -> list[tuple[str, str]]:
    """Return the file and the anchor to which each link within the project leads, the file from the project's root."""
    found = (link for link in re.findall(r"\]\(([^)]+)\)", prose(page)) if "://" not in link)
    parts = (link.partition("#") for link in found)
    folder = (ROOT / page).parent
    return [
        ((folder / path).resolve().relative_to(ROOT.resolve()).as_posix() if path else page, anchor) for path, _, anchor in parts
    ]
