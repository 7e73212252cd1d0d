"""What the documents show as run was run so: examples, and the output of commands."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from command import run
from demos import demo
from oracle import MINUTE, Raw
from pages import PAGES, ROOT, code
from tables import EPOCH, write_tracks

import sessionmodels
from sessionmodels import Settings, build_all
from sessionmodels.display.blocks import Grid
from sessionmodels.display.terminal import as_text
from sessionmodels.explanation.result import Outcome

pytestmark = pytest.mark.slow

NOON = 29_460_240
"""2026-01-05T12:00Z, in minutes since 1970."""


def test_the_python_example_of_analyses(duckdb) -> None:
    """It runs as it stands."""
    write_tracks(duckdb, [Raw("e", "d", None, "x", NOON * MINUTE)])
    build_all(duckdb)
    names: dict = {"engine": duckdb}
    exec(code("python", "docs/analyses.md")[0], names)
    assert names["rows"][0]["channel"] == "Direct"


def test_the_recipes(engine, monkeypatch, tmp_path) -> None:
    """The segment is a query of ours, and the settings of those who move over are settings."""
    hours = [Raw(f"e{n}", "d", "ann", "x", (NOON + n * 60) * MINUTE) for n in range(3)]
    write_tracks(engine, [*hours, Raw("f", "e", "ben", "x", NOON * MINUTE)])
    build_all(engine)
    with engine.connect() as connection:
        (found,) = connection.exec_driver_sql(code("sql", "docs/recipes.md")[0]).all()
    assert found[:2] == ("ann", 3)
    (tmp_path / "sessionmodels.toml").write_text(code("toml", "docs/recipes.md")[0])
    monkeypatch.chdir(tmp_path)
    assert (Settings().identity, list(Settings().sources)) == ("device", ["pages"])


def test_the_answer_of_the_recipes() -> None:
    """It begins as the same answer on the page of analyses, so that the two pages agree."""
    assert code("text", "docs/analyses.md")[0].startswith(code("text", "docs/recipes.md")[0].removesuffix("…\n"))


def test_the_python_example_of_comparisons(duckdb) -> None:
    """It runs as it stands."""
    write_tracks(duckdb, [Raw("e", "d", None, "x", NOON * MINUTE)])
    build_all(duckdb)
    build_all(duckdb, Settings(target_schema="dbt_prod"))
    names: dict = {"engine": duckdb}
    exec(code("python", "docs/compare.md")[0], names)
    assert names["comparison"].equal


def test_checks_are_shown_as_they_are(duckdb) -> None:
    """The page of the checks shows a report, and a check that failed, to the letter, but for the seconds."""
    write_tracks(duckdb, [Raw(f"e{n}", "d", None, "x", (NOON + n * 20) * MINUTE) for n in range(3)])
    build_all(duckdb)
    passed, failed = (text.rstrip("\n") for text in code("text", "docs/checks.md"))
    assert re.sub(r"\d\.\d s", "- s", str(sessionmodels.check_all(duckdb))) == re.sub(r"\d\.\d s", "- s", passed)
    with duckdb.begin() as connection:
        connection.exec_driver_sql("UPDATE dbt_session_events SET idle_time_minutes = 40 WHERE event_id = 'e2'")
    found = {one.name: one for one in sessionmodels.check_all(duckdb).failed}
    assert as_text(found["session_events.pauses"].blocks()) == failed


@pytest.mark.parametrize("page", ["docs/checks.md", "docs/doctor.md"])
def test_the_python_example_of(page, tmp_path) -> None:
    """It runs as it stands."""
    import sqlalchemy as sa  # noqa: PLC0415 - beside its only use

    engine = sa.create_engine(f"duckdb:///{tmp_path / 'events.duckdb'}")
    write_tracks(engine, [Raw("e", "d", None, "x", 0)])
    build_all(engine)
    engine.dispose()
    names: dict = {}
    exec(code("python", page)[0], names)
    assert getattr(names["report"], "passed", True)
    names["engine"].dispose()


def phone_of_ada() -> list[Raw]:
    """Return the events of the page of `explain`: a phone, whose user logs in at the third."""
    names = {"e1": ("opened", 0), "e2": ("viewed_product", 723), "e3": ("logged_in", 3600), "e4": ("ordered", 3900)}
    at = {name: NOON * MINUTE + seconds * 1_000_000 for name, (_, seconds) in names.items()}
    raws = [
        Raw(name, "phone", "ada" if name == "e3" else None, event, at[name], at[name] + 60 * MINUTE)
        for name, (event, _) in names.items()
    ]
    return [*raws, replace(raws[-1], loaded_at=at["e4"] + 120 * MINUTE)]


def test_an_explained_event_is_shown_as_it_is(duckdb) -> None:
    """The page of `explain` shows one to the letter, but for the last build; and its outcomes are those that there are."""
    write_tracks(duckdb, [*phone_of_ada(), Raw("e5", None, None, "opened", NOON * MINUTE)])
    build_all(duckdb)
    shown = as_text(sessionmodels.explain(duckdb, "e4", around=2).blocks()).partition("\nThe last build is")[0]
    whole, rejected, visitor = code("text", "docs/explain.md")
    assert shown.rstrip("\n") == whole.rstrip("\n")
    assert as_text(sessionmodels.explain(duckdb, "e5").blocks()).startswith(rejected)
    assert as_text(sessionmodels.explain_visitor(duckdb, "ada").blocks()).startswith(visitor)
    listed = set(re.findall(r"^\| `(\w+)` \|", PAGES["docs/explain.md"], re.MULTILINE))
    assert listed == set(get_args(Outcome)) - {"in_a_session"}


def test_the_python_example_of_explain(tmp_path) -> None:
    """It runs as it stands."""
    import sqlalchemy as sa  # noqa: PLC0415 - beside its only use

    engine = sa.create_engine(f"duckdb:///{tmp_path / 'events.duckdb'}")
    write_tracks(engine, phone_of_ada())
    build_all(engine)
    engine.dispose()
    names: dict = {}
    exec(code("python", "docs/explain.md")[0], names)
    assert (names["found"].outcome, names["visitor"].visitor) == ("in_a_session", "ada")
    names["engine"].dispose()


def examined() -> list[Raw]:
    """Return the rows of which the page of the doctor shows what is odd."""
    raws = [Raw(f"e{n}", f"d{n % 30}", None if n % 8 else "undefined", "page", NOON + n * 60 + n % 3 * 40) for n in range(240)]
    raws = [replace(raw, loaded_at=NOON + (n // 12 + 2) * 720) for n, raw in enumerate(raws)]
    raws += [Raw(f"k{n}", "kiosk", f"guest-{n}", "page", NOON + n * 50, NOON + n // 14 * 720 + 1440) for n in range(120)]
    raws += [*raws[:9], Raw("ahead", "d1", None, "page", 120_968_640, NOON + 1440)]
    return [replace(raw, timestamp=(raw.timestamp or 0) * MINUTE, loaded_at=(raw.loaded_at or 0) * MINUTE) for raw in raws]


def test_what_the_doctor_shows(duckdb) -> None:
    """The page shows it to the letter: what is odd, and the settings."""
    write_tracks(duckdb, examined())
    report = sessionmodels.examine_source(duckdb)
    first, load_times = code("text", "docs/doctor.md")
    assert str(report).startswith(first)
    assert load_times in str(report)
    assert report.toml == code("toml", "docs/doctor.md")[0].rstrip("\n")


@pytest.mark.parametrize(("page", "file"), [("README.md", "from_python.py"), ("docs/python.md", "python_page.py")])
def test_the_python_examples(page, file, tmp_path) -> None:
    """They run as they stand."""
    import sqlalchemy as sa  # noqa: PLC0415 - beside its only use

    engine = sa.create_engine(f"duckdb:///{tmp_path / 'events.duckdb'}")
    write_tracks(engine, [Raw(f"e{n}", "d", None, "x", n * 20 * MINUTE) for n in range(5)])
    engine.dispose()
    names: dict = {}
    example = (ROOT / "tests" / "example" / file).read_text(encoding="utf-8")
    assert code("python", page)[0] == example, "it is also a file, which type checkers read; copy it there"
    exec(example, names)
    assert names["longest"] == [("d", 80.0)]
    names["engine"].dispose()


def test_a_column_with_nearly_the_right_name() -> None:
    """The page of the sources shows the error to the letter."""
    Path("events.csv").write_text("id,anonymous_id,userId,event,timestamp\na,d,u,x,2026-01-05 10:00:00\n", encoding="utf-8")
    told = run("build", "--tracks", "events.csv").stderr.splitlines()[-1]
    assert told.startswith("Error: ")
    assert f"  {told}\n" in PAGES["docs/sources.md"]


def test_one_stream_of_several_sources(duckdb) -> None:
    """The page of the sources shows its events to the letter."""
    at = {name: f"2026-01-05 10:0{minute}:00" for minute, name in enumerate(("p1", "p2", "t1", "p3", "t2"))}
    pages = "".join(f"{name},d,{at[name]},{path}\n" for name, path in (("p1", "/"), ("p2", "/shoes"), ("p3", "/cart")))
    Path("pages.csv").write_text(f"id,anonymous_id,timestamp,path\n{pages}", encoding="utf-8")
    order = f"t2,d,{at['t2']},order_completed"
    added = f"t1,d,{at['t1']},product_added"
    Path("tracks.csv").write_text(f"id,anonymous_id,timestamp,event\n{added}\n{order}\n", encoding="utf-8")
    Path("orders.csv").write_text(f"id,anonymous_id,timestamp,event,revenue\n{order},59.90\n", encoding="utf-8")
    files = {"tracks": "tracks.csv", "pages": "pages.csv", "order_completed": "orders.csv"}
    context = {"page_path": ["path"], "revenue": ["revenue"]}
    sources: Any = {name: {"files": file} for name, file in files.items()}
    build_all(duckdb, Settings(sources=sources, context=context), select="+session_events")
    columns = "event_id", "source", "event", "page_path", "revenue"
    with duckdb.connect() as connection:
        rows = connection.exec_driver_sql(f"SELECT {', '.join(columns)} FROM dbt_session_events ORDER BY track_sequence_number")
        shown = as_text([Grid(columns, tuple(map(tuple, rows)))])
    assert shown == code("text", "docs/sources.md")[0].rstrip("\n")


def test_the_settings_that_are_set(monkeypatch) -> None:
    """The page of the settings shows them to the letter."""
    monkeypatch.setenv("SESSIONMODELS_IDLE_MINUTES", "45")
    shown = run("settings", "--only-set", "--preset", "rudderstack-web").stdout
    assert shown == code("text", "docs/settings.md")[0]


def test_the_join_to_raw_events(engine) -> None:
    """It finds every session's first event, whatever the time zone of the session is."""
    recent = datetime.now(UTC) - timedelta(minutes=5)
    write_tracks(engine, [Raw("e", "d", None, "x", (recent - EPOCH) // timedelta(microseconds=1))])
    build_all(engine)
    join = next(one for one in code("sql", "docs/relations.md") if "JOIN tracks" in one)
    for zone in ("UTC", "America/New_York", "Asia/Kolkata"):
        with engine.connect() as connection:
            connection.exec_driver_sql(f"SET TIME ZONE '{zone}'")
            assert connection.exec_driver_sql(join).all() == [("1 - d", "x")]


def test_the_demos_figures() -> None:
    """The output that the README, the command's page and the relations' page show is the demo's, but for the seconds."""
    found = demo().shown

    def without_seconds(text: str) -> list[str]:
        return [re.sub(r"\d\.\d\d", "-", line) for line in text.splitlines()]

    campaigns, landing_pages = code("text")
    assert campaigns.startswith("came_from  ")
    assert landing_pages.startswith("landing_page_path  ")
    for shown in (campaigns, landing_pages, code("text", "docs/command.md")[0], code("text", "docs/relations.md")[0]):
        assert "\n".join(without_seconds(shown)) in "\n".join(without_seconds(found))


@pytest.mark.parametrize("name", ["retention", "sessions_by"])
def test_the_demos_answers(name) -> None:
    """An answer that the page of analyses shows is that of the demo. These two take the least time."""
    section = PAGES["docs/analyses.md"].partition(f"\n## {name}\n")[2].partition("\n## ")[0]
    shown = re.search(r"^sessionmodels (ask [^\n]*)\n```\n\n```text\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    assert shown
    found = run(*shown[1].split(), "--url", f"duckdb:///{demo().file}").stdout
    assert [line.rstrip() for line in found.splitlines()] == shown[2].splitlines()
