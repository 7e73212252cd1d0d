"""How results are shown: as text, as HTML, and what never is."""

import tomllib
import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import MINUTE, Raw
from tables import write_tracks

from sessionmodels import build_all, plan_all, status
from sessionmodels.display.blocks import Code, Grid
from sessionmodels.display.escape import visible, visible_lines
from sessionmodels.display.format import age, count, exact_moment, moment, quoted, short, span, value
from sessionmodels.display.notebook import as_html
from sessionmodels.display.terminal import as_text
from sessionmodels.display.toml import setting_in_toml, settings_in_toml

PEOPLE = Grid(("name", "events"), (("Ada", 1234), ("日本", 5)))
EVIL = "\x1b]0;owned\x07 <b>&\x9b2J\u202e\x7f"


def test_narrow_is_a_table_and_wide_is_a_list() -> None:
    """What fits the terminal is a table, numbers at the right; what does not is one record a block."""
    table = "name  events\n------------\nAda    1,234\n日本       5"
    record = "name: Ada\nevents: 1,234\n\nname: 日本\nevents: 5"
    assert as_text([PEOPLE]) == as_text([PEOPLE], width=12) == table
    assert as_text([PEOPLE], width=11) == record.replace("events: 1,234", "events:\n1,234")
    assert as_text([Grid(("a", "b"), (("x" * 9, "y" * 9),))], width=13) == f"a: {'x' * 9}\nb: {'y' * 9}"


@pytest.mark.parametrize(
    ("microseconds", "rough", "exact"),
    [
        (0, "0 s", "0 s"),
        (1, "0.000001 s", "0.000001 s"),
        (1_500, "0.001 s", "0.0015 s"),
        (33_250_912, "33.25 s", "33.250912 s"),
        (723_000_000, "12 min 3 s", "12 min 3 s"),
        (30 * MINUTE + 1, "30 min", "30 min 0.000001 s"),
        ((1001 * 24 + 1) * 60 * MINUTE, "1,001 d 1 h", "1,001 d 1 h"),
    ],
)
def test_lengths_of_time(microseconds, rough, exact) -> None:
    """As people say them, cut off to what they read, unless every microsecond matters."""
    assert (span(microseconds), span(microseconds, exact=True)) == (rough, exact)


def test_values_in_a_sentence() -> None:
    """Between quotes, a long one without its end; a moment with the microseconds that it has."""
    assert (quoted("it's"), quoted(None), quoted("x" * 61)) == ("'it's'", "none", f"'{'x' * 57}...'")
    assert (short(7), short("x" * 60)) == (7, "x" * 60)
    moments = datetime(2026, 1, 5, 12, tzinfo=UTC), datetime(2026, 1, 5, 12, 0, 0, 5, tzinfo=UTC)
    assert [exact_moment(one) for one in moments] == ["2026-01-05 12:00:00 UTC", "2026-01-05 12:00:00.000005 UTC"]


def test_a_sentence_is_broken_between_words_alone() -> None:
    """And not at all where the output is kept; a word that is longer than the terminal stays whole."""
    sentence = "visitor 0123456789abcdef has 3 events"
    assert as_text([sentence], width=12) == "visitor\n0123456789abcdef\nhas 3 events"
    assert as_text(["  reads a, b"], width=10) == "  reads a,\n  b"
    assert as_text([sentence * 20]) == sentence * 20


def test_an_empty_line_around_tables_and_code() -> None:
    """So that they can be told from the sentences beside them."""
    assert as_text(["a", "b", Code("SELECT 1"), "", "c"]) == "a\nb\n\nSELECT 1\n\nc"


@pytest.mark.parametrize(
    "code", [*range(32), *range(127, 160), 0x061C, 0x200E, *range(0x2028, 0x202F), *range(0x2066, 0x206A), 0xD800]
)
def test_no_control_character_is_raw(code) -> None:
    """Each is written as its escape, in a cell, a column's name, a sentence and code, as text and as HTML."""
    letter = chr(code)
    kept = as_text([f"a{letter}", Code(f"b{letter}"), Grid((f"c{letter}",), ((f"d{letter}",),))])
    page = as_html([f"a{letter}", Code(f"b{letter}"), Grid((f"c{letter}",), ((f"d{letter}",),))])
    for text in (kept, page):
        left = text.replace("\n", "").replace("\t", "")
        assert not any(unicodedata.category(one) in {"Cc", "Cs", "Zl", "Zp"} or one in "\u061c\u200e\u202e\u2067" for one in left)
    assert visible(letter).startswith("\\")
    assert visible_lines("a\n\tb") == "a\n\tb"


def test_text_stays_as_it_is() -> None:
    """Accents, emoji with their joiners, and a backslash are no control characters."""
    assert visible("naïve 👩\u200d💻 C:\\dir") == "naïve 👩\u200d💻 C:\\dir"


class Page(HTMLParser):
    """Collects the tags and the text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs) -> None:
        self.tags.append(tag)
        assert {name for name, _ in attrs} <= {"style"}

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_a_notebook_takes_nothing_for_markup() -> None:
    """A table is a table, and what stands in a cell is text."""
    page = Page(as_html([Grid((EVIL,), ((EVIL,), (Code(EVIL),)))]))
    assert [tag for tag in page.tags if tag != "pre"] == ["table", "thead", "tr", "th", "tbody", "tr", "td", "tr", "td"]
    assert [text for text in page.texts if text.strip()] == [r"\x1b]0;owned\x07 <b>&\x9b2J\u202e\x7f"] * 3


@pytest.mark.slow
def test_what_python_shows(duckdb) -> None:
    """A build, the status and a plan print as tables and sentences, are HTML tables in a notebook, and plain data."""
    write_tracks(duckdb, [Raw(f"e{n}", "d", None, "x", n * MINUTE, 0) for n in range(3)])
    planned = plan_all(duckdb)
    built = build_all(duckdb, incremental=True)
    found = status(duckdb)
    for one in (planned, built, found):
        assert "<table>" in one._repr_html_()
        assert "dbt_session_tracks" in str(one)
        assert "(" not in str(one).splitlines()[0], "that is a repr"
        assert one.to_dict()
        assert one.to_json().startswith("{\n")
    assert planned[0].to_dict()["relation"] == "tracks"
    assert str(planned[0]).startswith("-- tracks: ")
    assert "CREATE TEMPORARY TABLE" in planned[0].to_json() or "CREATE TABLE" in planned[0].to_json()
    assert "3 events read, 3 kept, 0 duplicates removed" in str(built)


def test_counts_agree_with_their_noun() -> None:
    """One is one, and thousands are separated."""
    assert [count(n, "row") for n in (0, 1, 2, 1234)] == ["0 rows", "1 row", "2 rows", "1,234 rows"]


def test_moments_have_a_year_and_a_zone() -> None:
    """UTC, whatever zone they came in; without one they are UTC, as in our tables. Also at the ends of what Python knows."""
    there = datetime(2026, 3, 31, 23, 30, tzinfo=timezone(timedelta(hours=-5)))
    assert moment(there) == "2026-04-01 04:30:00 UTC"
    assert moment(datetime(7, 1, 2, 3, 4, 5)) == "0007-01-02 03:04:05 UTC"  # noqa: DTZ001 - that is the case
    assert moment(datetime.min.replace(tzinfo=timezone(timedelta(hours=5)))) == "0001-01-01 00:00:00+05:00"


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (0, "just now"),
        (59, "just now"),
        (60, "1 minute ago"),
        (7199, "119 minutes ago"),
        (7200, "2 hours ago"),
        (200_000, "2 days ago"),
    ],
)
def test_ages(ago, said) -> None:
    """In the largest unit of which there are two."""
    assert age(datetime.now(UTC) - timedelta(seconds=ago, milliseconds=1)) == said


@pytest.mark.parametrize(
    ("found", "said"), [(None, ""), (1234, "1,234"), (45.308, "45.31"), (2.0, "2"), (1e6, "1,000,000"), (True, "true")]
)
def test_values(found, said) -> None:
    """Numbers have separators of thousands and two decimals at most; null is empty."""
    assert value(found) == said


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)  # a lone surrogate is no text of a settings file
VALUES = st.one_of(st.booleans(), st.integers(0, 9), TEXTS, st.lists(TEXTS, max_size=2), st.dictionaries(TEXTS, st.lists(TEXTS)))


@given(VALUES)
def test_a_setting_can_be_copied(setting) -> None:
    """What a message shows of a setting is a line of a settings file with that value, and no terminal changes it."""
    line = setting_in_toml("a_setting", setting)
    assert tomllib.loads(line) == {"a_setting": setting}
    assert visible(line) == line


def test_settings_in_a_sentence() -> None:
    """One after the other, also what TOML cannot say: that a setting is not set."""
    found = settings_in_toml({"deduplicate": False, "max_session_minutes": None, "start_events": ("a", 'b"c')})
    assert found == 'deduplicate = false, max_session_minutes unset, start_events = ["a", "b\\"c"]'
