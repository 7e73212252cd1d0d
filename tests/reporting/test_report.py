"""The report as a file: what is refused, what is replaced, how large it may become, and its pictures."""

import builtins
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import product
from pathlib import Path
from random import Random
from string import ascii_letters

import pytest
from command import run, url_of
from documented import whole_graph
from engines import duckdb_engine
from hypothesis import given
from hypothesis import strategies as st
from kept import kept
from oracle import MINUTE, Raw
from tables import write_tracks

from sessionmodels import Report, Settings, build_all, report
from sessionmodels.analyses.within import Days
from sessionmodels.cli.report import report as command
from sessionmodels.errors import SettingsError, TargetError
from sessionmodels.reporting import labels
from sessionmodels.reporting.cohorts import with_cohorts
from sessionmodels.reporting.cubes.visitors import EVERYONE
from sessionmodels.reporting.facts import Counted, Facts
from sessionmodels.reporting.figures import NAMES, figures_of
from sessionmodels.reporting.page import page_of
from sessionmodels.reporting.plan import BREAKDOWNS, Frequent, planned
from sessionmodels.reporting.read import MOST_ITEMS, MOST_VALUES, Wanted, facts_of
from sessionmodels.reporting.relations import Relations
from sessionmodels.reporting.scope import MOST_STEPS, Scope, scopes_of
from sessionmodels.reporting.sums import everything, rows_of
from sessionmodels.warehouses import WAREHOUSES, warehouse_of
from sessionmodels.warehouses.render import dialect_of, plain_text_of

NOON = 29_460_240 * MINUTE
"""2026-01-05T12:00Z."""

RAWS = [Raw(str(n), f"d{n % 4}", None, "page", NOON + n * 600 * MINUTE) for n in range(40)]
DAYS = Days(date(2026, 1, 1), date(2026, 2, 1), "Europe/Berlin")


def relations_in(dialect: str, by: str, *, settings: Settings | None = None) -> Relations:
    """Return what a report reads, without a connection."""
    graph = whole_graph(settings or Settings(), dialect)
    values = {"is_engaged": (True, False), "num_pvs": (1, 2)}.get(by, ("a", "it's"))
    return Relations(graph["sessions"].table, graph["session_events"].table, Scope(DAYS, "week", by, values))


def every_cube(relations: Relations) -> list:
    """Return the selects of a report."""
    frequent = Frequent(dict.fromkeys(BREAKDOWNS, ("a", "it's")), ("page", "it's"), ("page", "signup"))
    return [one.cube.query for one in planned(relations, Settings(), frequent)]


def fill(engine) -> None:
    write_tracks(engine, RAWS)
    build_all(engine)


built = kept(fill)


@pytest.mark.slow
def test_the_command(built, tmp_path) -> None:
    """One file, and pictures; anything that is no report is left alone."""
    url = url_of(built)
    words = ("report", "--url", url, "--funnel", "page,page", "--png", "slides", "--by", "is_engaged")
    done = run(*words)
    assert done.exit_code == 0, done.output
    assert "Wrote sessionmodels_report.html: sessions from 2026-01-05 to 2026-01-21, by day and is_engaged." in done.stdout
    pictures = sorted(Path("slides").iterdir())
    assert {"trend.png", "steps.png", "funnel.png", "retention.png"} <= {one.name for one in pictures}
    assert all(one.read_bytes().startswith(b"\x89PNG") for one in pictures)
    (tmp_path / "mine.html").write_text("<p>mine")
    refused = run("report", "--url", url, "--output", "mine.html")
    assert refused.exit_code == 2
    assert "'mine.html' is there already, and sessionmodels did not write it" in refused.stderr
    assert (tmp_path / "mine.html").read_text() == "<p>mine"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"by": "chanel"}, "sessions has no column 'chanel'; did you mean 'channel'"),
        ({"by": "ended_at"}, "a report cannot be filtered by 'ended_at', a time"),
        ({"by": "user_id"}, "a report cannot be filtered by 'user_id', an id"),
        ({"funnel": [""]}, "expected the names of at most 10 events"),
        ({"last": 0}, "last=0: expected a whole number of days from 1"),
        ({"last": 3, "since": "2026-01-01"}, "a report takes since or last, not both"),
        ({"since": "soon"}, "since='soon' is not a date"),
        ({"since": "1990-01-01"}, "a report covers at most 5 years, not 1990-01-01 to 2026-01-21"),
        ({"funnel": ["x"] * 11}, "expected the names of at most 10 events"),
        ({"time_zone": "Berlin"}, "there is no time zone 'Berlin'"),
    ],
)
def test_what_cannot_be_asked(built, asked, words) -> None:
    """It is refused by what is wrong with it."""
    with pytest.raises(SettingsError) as refused:
        report(built, **asked)
    assert words in str(refused.value)


def test_before_anything_is_built(duckdb) -> None:
    """The relation is named, and what says where it is."""
    with pytest.raises(TargetError, match="there is no 'dbt_sessions' in the default schema; build it first"):
        report(duckdb)


def test_without_the_library(monkeypatch) -> None:
    """It is named how to install it, before anything is looked for; nothing is written."""
    found = builtins.__import__

    def without(name, *more, **words):
        if name == "vl_convert":
            raise ImportError(name)
        return found(name, *more, **words)

    monkeypatch.setattr(builtins, "__import__", without)
    refused = run("report", "--url", "duckdb:///nowhere.duckdb")
    assert refused.exit_code == 2
    assert "pip install '.[report]' in the checkout" in refused.stderr
    assert list(Path().iterdir()) == []


@pytest.mark.slow
def test_a_source_without_a_context(duckdb) -> None:
    """No page, no device, no campaign: figures say so, and the rest is there."""
    columns = "id TEXT, anonymous_id TEXT, user_id TEXT, event TEXT, timestamp TIMESTAMPTZ"
    with duckdb.begin() as connection:
        connection.exec_driver_sql(f"CREATE TABLE tracks ({columns})")
        connection.exec_driver_sql("INSERT INTO tracks VALUES ('1', 'd', NULL, NULL, '2026-01-05 12:00:00+00')")
    build_all(duckdb)
    found = facts_of(duckdb, Settings(), Wanted())
    assert found.cubes["landing_pages"].items == ()
    drawn = {one.name for one in figures_of(found) if rows_of(one, found, everything(found))}
    assert {"landing_pages", "devices", "retention"} & drawn == set()
    assert {"trend", "channels", "lengths", "steps"} <= drawn
    assert {one.name for one in figures_of(found)} >= NAMES - {"funnel"}
    assert "funnel" not in found.cubes
    assert sum(row[-1] for row in found.cubes["lengths"].rows) == 1


@pytest.mark.slow
def test_an_empty_range(built) -> None:
    """A report of days without a session says so, and when there are some, has no rows, and can be written.

    Of a funnel of names that no event has, it says which name is like it; it does not hand on the names of all events.
    """
    found = report(built, since="2030-01-01", funnel=["pages", "nope"])
    assert found.facts.notes == (
        "No event is named 'pages'; did you mean 'page'?",
        "No event is named 'nope'.",
        "Sessions start from 2026-01-05 to 2026-01-21, and none of them in the range of days.",
    )
    assert all(not cube.rows for cube in found.facts.cubes.values())
    assert found.write("empty.html").stat().st_size > 500_000


SIZES = {"bucket": 16, "weekday": 7, "hour": 24, "item": 12, "place": 4, "source": 7, "target": 8, "stage": 10, "later": 13}
WORDS = {key: [f"{key} {place:30}" for place in range(size)] for key, size in SIZES.items()} | {"is_first": ["a", "b"]}


@pytest.mark.parametrize(("period", "days", "most"), [("day", 92, 2_000), ("month", 1800, 200_000)])
@pytest.mark.slow
def test_size_at_any_size_of_data(period, days, most) -> None:
    """Every cell of every cube is filled by chance, for the longest range, with long names: the page stays below 3 MB."""
    dice, until = Random(1), date(2026, 6, 28)
    found = Days(date.fromordinal(until.toordinal() - days + 1), until)
    scope = scopes_of(found, (until, until), None, "channel", today=until)[0]
    assert scope.period == period
    assert scope.steps >= MOST_STEPS[period] - 1
    scope = replace(scope, values=tuple(f"value {one}" for one in range(8)))
    long = tuple(f"it's a rather long value that is there {one}" for one in range(10))
    frequent = Frequent(dict.fromkeys(BREAKDOWNS, long), long[:5], long)
    plan = planned(relations_in("bigquery", "channel"), Settings(), frequent)
    cubes = {one.name: filled(one.cube, scope, dice, most) for one in plan}
    facts = Facts(scope, [*scope.values, "(other)", "(none)"], cubes, "bigquery", datetime.now(UTC), until, 30)
    assert len(page_of(with_cohorts(replace(facts, pauses=tuple(range(1, 16))))).encode()) < 3_000_000


def filled(cube, scope, dice, most) -> Counted:
    """Return a cube of which each cell is filled that can be."""
    values = range(len(scope.values) + 2)
    steps = range(-scope.steps if {"is_first", "gap"} & {*cube.keys} else 0, scope.steps)
    keys = product(steps, values, *(range(SIZES.get(key, 2)) for key in cube.keys[2:] if key != "gap"))
    if "gap" in cube.keys:
        keys = ((step, value, gap) for step in steps for value in (EVERYONE, *values) for gap in range(step + scope.steps + 1))
    if "weekday" in cube.keys and scope.period == "day":
        keys = (key for key in keys if key[2] == key[0] % 7)
    rows = [(*key, *(int(dice.random() * most) for _ in cube.sums)) for key in keys]
    return Counted(cube.keys, cube.sums, rows, cube.query, {key: WORDS[key] for key in cube.keys if key in WORDS})


@pytest.mark.slow
def test_long_values(duckdb) -> None:
    """They are counted with the other ones, as each would stand in the SQL of every cube: the page stays below 3 MB."""
    dice = Random(1)

    def named(length: int) -> str:
        return "".join(dice.choices(ascii_letters, k=length))

    names = [named(500), *(named(60_000) for _ in range(8))]
    sent = [
        [(name, value) for name in ("context_campaign_source", "context_page_path", "context_device_type")] for value in names
    ]
    write_tracks(duckdb, [replace(raw, event=names[n % 9], context=tuple(sent[n % 9])) for n, raw in enumerate(RAWS)])
    build_all(duckdb)
    found = report(duckdb, by="utm_source")
    assert found.size < 3_000_000
    assert found.facts.scope.period == "day"
    assert found.facts.scope.values == tuple(names[:1])
    assert {found.facts.cubes[name].items for name in ("landing_pages", "devices", "steps")} == {tuple(names[:1])}
    rows = found.facts.cubes["sessions"].rows
    assert {place: sum(row[3] for row in rows if row[1] == place) for place in (0, 1)} == {0: 5, 1: 35}


@pytest.mark.slow
def test_a_page_that_is_too_large_has_longer_steps(built, monkeypatch) -> None:
    """As long as that makes it smaller. If it is too large even so, it says it."""
    monkeypatch.setattr(sys.modules[report.__module__], "MOST_BYTES", 1_000)
    found = report(built, last=93)
    assert found.facts.scope.period == "month"
    assert "MB, and longer steps would not make it smaller" in found.facts.notes[-1]
    assert f"The page has {found.size / 1e6:.1f} MB" in found.facts.notes[-1]


def test_values_that_look_alike() -> None:
    """Long values that begin alike, and one that is named like all others, are shown as different ones."""
    found = labels.of_values(["x" * 80 + "1", "x" * 80 + "2", "(other)", "", True, None])
    assert found[0] != found[1]
    assert len(set(found)) == len(found) == 8


@pytest.mark.slow
@given(st.lists(st.sampled_from(["a", "a #2", "a #3", "(other)", "(other) #2", "(none)", "(end)", "(no name)", "", "x" * 99])))
def test_no_two_words_are_alike(values) -> None:
    """Whatever values there are; and the words of our own are never given to a value."""
    for words, ours in ((labels.of_values(values), ["(other)", "(none)"]), (labels.of_events(values), [labels.END])):
        assert len(set(words)) == len(words)
        assert words[-len(ours) :] == ours


@pytest.mark.slow
@pytest.mark.parametrize("dialect", WAREHOUSES)
def test_every_cube_in_every_dialect(dialect) -> None:
    """Each can be rendered, by a dimension of any type."""
    for by in ("channel", "is_engaged", "num_pvs"):
        for query in every_cube(relations_in(dialect, by)):
            assert "in_range" in plain_text_of(query, dialect_of(warehouse_of(dialect)))


def test_the_page_of_the_docs() -> None:
    """It has every option of the command, and the numbers that limit a report."""
    page = (Path(__file__).parent.parent.parent / "docs" / "report.md").read_text(encoding="utf-8")
    options = [one.opts[0] for one in command.params if one.name not in Settings.model_fields]
    for option in (*options, "up to 92 days", "up to 60 weeks", "up to 60 months", "eight most frequent", "ten most frequent"):
        assert option in page, option
    assert (MOST_STEPS, MOST_VALUES, MOST_ITEMS) == ({"day": 92, "week": 60, "month": 60}, 8, 10)


def test_the_public_function() -> None:
    """It is named as the command is, and what it returns has a name, too."""
    assert report.__module__ == "sessionmodels.reporting.report"
    assert {"html", "facts", "write", "write_pngs", "_repr_html_"} <= {*Report.__annotations__, *vars(Report)}


def count(engine) -> Facts:
    """Build in another time zone than UTC, and count every cube."""
    settings = Settings(conversion_events=["signup"], time_zone="Europe/Berlin")
    sent = (("context_device_type", "mobile"), ("context_page_path", "/"), ("context_campaign_source", "news"))
    raws = [replace(raw, event=("page", "signup", "it's")[n % 3], context=sent[: n % 4]) for n, raw in enumerate(RAWS)]
    write_tracks(engine, raws)
    build_all(engine, settings, select="+sessions")
    return facts_of(engine, settings, Wanted(by="device_type", funnel=("page", "signup")))


@pytest.fixture(scope="module")
def counted(tmp_path_factory) -> Iterator[Facts]:
    """What DuckDB counts."""
    engine = duckdb_engine(tmp_path_factory.mktemp("counted"))
    yield count(engine)
    engine.dispose()


@pytest.mark.slow
def test_the_same_on_every_warehouse(counted, committing) -> None:
    """The emulators of BigQuery and Snowflake give DuckDB's rows of every cube."""
    other = count(committing)
    for cube, found in counted.cubes.items():
        assert found.rows
        assert found.rows == other.cubes[cube].rows, cube
        assert found.labels == other.cubes[cube].labels, cube
