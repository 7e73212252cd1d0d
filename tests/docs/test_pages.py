"""The documents lead to what is there, and name all that there is."""

import re
from typing import get_args

import pytest
from oracle import Raw
from pages import PAGES, README, ROOT, anchors, code, links
from tables import write_tracks

import sessionmodels
from sessionmodels import build_all, errors
from sessionmodels.state.builds import Mode


def test_the_two_commands() -> None:
    """Each alone on a fresh machine; `.ci/run` runs them as they stand there."""
    assert "pip install . && sessionmodels demo\n" in code("console")
    assert "pip install -e '.[test]' && pytest\n" in code("console")


def test_the_readme_is_short() -> None:
    """It is read in five minutes; what is longer has a page in `docs`."""
    assert len(README.splitlines()) <= 155


def test_every_page_is_linked_from_the_readme() -> None:
    """None has to be found by looking into the folder."""
    assert {path for path, _ in links("README.md")} >= {page for page in PAGES if page != "README.md"}


@pytest.mark.parametrize("page", PAGES)
def test_no_link_is_dead(page) -> None:
    """Each leads to a file of the project, and to a heading where it names one."""
    for path, anchor in links(page):
        assert (ROOT / path).is_file(), path
        assert not anchor or anchor in anchors(path), f"{path}#{anchor}"


def test_links_are_found() -> None:
    """Of the kinds that pages have: to another page, to a heading of one, and to a heading of the same page."""
    assert ("docs/incremental.md", "what-it-cannot-see") in links("README.md")
    assert ("docs/relations.md", "rules") in links("docs/sources.md")
    assert ("docs/relations.md", "joining-results-to-raw-events") in links("docs/relations.md")
    assert "what-it-cannot-see" in anchors("docs/incremental.md")


def test_messages_name_pages_that_are_there() -> None:
    """What the package says of a page in `docs`, it says of one that exists, and of a heading in it."""
    sources = (path.read_text(encoding="utf-8") for path in (ROOT / "sessionmodels").rglob("*.py"))
    named = {found for text in sources for found in re.findall(r"\b(docs/[\w/]+\.md)(?:#([\w-]+))?", text)}
    assert {page for page, _ in named} >= {"docs/migrations.md", "docs/warehouses.md"}
    for page, anchor in named:
        assert page in PAGES
        assert not anchor or anchor in anchors(page)


def test_errors_are_listed() -> None:
    """Every error that is public, once."""
    listed = re.findall(r"^\| `(\w+Error)` \|", PAGES["docs/python.md"], re.MULTILINE)
    public = {name for name in sessionmodels.__all__ if name.endswith("Error")}
    assert sorted([*listed, "SessionmodelsError"]) == sorted(public)
    assert "Every error is a `SessionmodelsError`" in PAGES["docs/python.md"]
    classes = {name: thing for name, thing in vars(errors).items() if isinstance(thing, type)}
    assert public == {name for name, thing in classes.items() if thing.__module__ == errors.__name__}


def test_public_names_are_listed() -> None:
    """Every public name that is no error, once."""
    table = PAGES["docs/python.md"].partition("## Public names")[2].partition("## Errors")[0]
    listed = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    assert sorted(listed) == sorted(name for name in sessionmodels.__all__ if not name.endswith("Error"))


@pytest.mark.slow
def test_attributes_of_log_records(duckdb, caplog) -> None:
    """A build's records have those that the page names."""
    write_tracks(duckdb, [Raw("e", "d", None, "x", 0)])
    with caplog.at_level("INFO", logger="sessionmodels"):
        build_all(duckdb)
    named = PAGES["docs/python.md"].partition("figures as attributes")[2].partition(", so")[0]
    attributes = re.findall(r"`(\w+)`", named)
    assert attributes
    for attribute in attributes:
        assert any(hasattr(record, attribute) for record in caplog.records), attribute


def test_modes_are_listed() -> None:
    """Every mode that a build's result can have."""
    shown = re.search(r"^result\.mode, result\.reason  # (.*), and why", PAGES["docs/python.md"], re.MULTILINE)
    assert shown
    assert set(re.findall(r"'(\w+)'", shown.group(1))) == set(get_args(Mode))


@pytest.mark.parametrize("path", sorted((ROOT / "tests").rglob("test_*.py")), ids=lambda path: path.name)
def test_every_test_states_its_rule(path) -> None:
    """In a docstring, so that a failure says what no longer holds."""
    for name, body in re.findall(r"^def (test_\w+)\(.*?\).*?:\n(.*?)$", path.read_text(), re.MULTILINE | re.DOTALL):
        assert body.strip().startswith('"""'), name


def test_the_folder_listing() -> None:
    """CONTRIBUTING names every room of the package, and no other."""
    listed = set(re.findall(r"^[├└]── (\S+)", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.MULTILINE))
    rooms = {f"{p.name}/" if p.is_dir() else p.name for p in (ROOT / "sessionmodels").iterdir() if p.name != "__pycache__"}
    assert listed == rooms - {"__init__.py", "py.typed"}
