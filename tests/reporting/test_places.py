"""Where a report is written: what is refused before anything is read, and what is never written over."""

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from command import run

from sessionmodels import Report
from sessionmodels.analyses.within import Days
from sessionmodels.display.files import MARK
from sessionmodels.errors import SettingsError
from sessionmodels.reporting.facts import Facts
from sessionmodels.reporting.scope import Scope

NOWHERE = ("report", "--url", "duckdb:///nowhere.duckdb")
FACTS = Facts(
    Scope(Days(date(2026, 1, 1), date(2026, 1, 2)), "day", "channel"), (), {}, "duckdb", datetime.now(UTC), date.max, 30
)


@pytest.mark.parametrize(
    ("option", "place", "words"),
    [
        ("--output", "nodir/x.html", "'nodir/x.html' cannot be written: there is no folder 'nodir'"),
        ("--output", "folder", "'folder' is a folder; name a file in it"),
        ("--output", "x" * 300, "cannot be written: File name too long"),
        ("--output", "a\0b", "cannot be written: "),
        ("--output", "mine.txt", "'mine.txt' is there already, and sessionmodels did not write it"),
        ("--png", "mine.txt", "'mine.txt' cannot be a folder for pictures: 'mine.txt' is a file"),
        ("--png", "mine.txt/slides", "is a file"),
        ("--png", "x" * 300, "cannot be written: File name too long"),
    ],
)
def test_a_place_that_cannot_be(option, place, words) -> None:
    """It is refused before the warehouse is asked anything: there is none."""
    Path("folder").mkdir()
    Path("mine.txt").write_text("mine")
    refused = run(*NOWHERE, option, place)
    assert refused.exit_code == 2
    assert words in " ".join(refused.stderr.split())
    assert Path("mine.txt").read_text() == "mine"


@pytest.mark.parametrize("place", ["x" * 300, "a\0b", "nodir/x", "mine.txt/x"])
def test_in_python(place) -> None:
    """The same is refused of what is written from Python, by one kind of error."""
    Path("mine.txt").write_text("mine")
    with pytest.raises(SettingsError, match="cannot be written"):
        Report("", FACTS).write(place)


def test_only_what_sessionmodels_wrote_is_overwritten() -> None:
    """Whichever command wrote it; anything else stays, also a link that leads nowhere, unless it may be replaced."""
    Path("page.html").write_text(f"<!-- {MARK} -->")
    Report("new", FACTS).write("page.html")
    Path("link.html").symlink_to("nowhere.html")
    Path("notes.html").write_text(f"{'mine ' * 1000} {MARK}")  # somebody's own page that only speaks of us
    for place in ("page.html", "link.html", "notes.html"):  # the page has no mark now
        with pytest.raises(SettingsError, match="is there already, and sessionmodels did not write it"):
            Report("newer", FACTS).write(place)
    assert Path("page.html").read_text() == "new"
    assert not Path("nowhere.html").exists()
    assert Path("notes.html").read_text().startswith("mine")
    Report("newer", FACTS).write("page.html", replace=True)
    assert Path("page.html").read_text() == "newer"


def test_pictures_that_are_there(monkeypatch) -> None:
    """They are replaced only if that is asked for; none is written before."""
    monkeypatch.setattr(
        sys.modules[Report.__module__],
        "figures_of",
        lambda _facts: [SimpleNamespace(name="trend"), SimpleNamespace(name="hours")],
    )
    monkeypatch.setattr(sys.modules[Report.__module__], "pictures_of", lambda _facts: [("trend", b"new"), ("hours", b"new")])
    Path("slides").mkdir()
    Path("slides/hours.png").write_bytes(b"mine")
    with pytest.raises(SettingsError, match=r"'slides' has hours.png already; choose another folder, or replace them"):
        Report("", FACTS).write_pngs("slides")
    assert [one.name for one in Path("slides").iterdir()] == ["hours.png"]
    assert Path("slides/hours.png").read_bytes() == b"mine"
    refused = run(*NOWHERE, "--png", "slides")
    assert refused.exit_code == 2
    assert "'slides' has hours.png already" in refused.stderr
    assert len(Report("", FACTS).write_pngs("slides", replace=True)) == 2
    assert Path("slides/hours.png").read_bytes() == b"new"
