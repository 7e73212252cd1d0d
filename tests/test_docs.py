"""The documents say what the code says."""

import inspect
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest
from command import run
from oracle import MINUTE, Raw
from tables import EPOCH, write_tracks

import sessionmodels
from sessionmodels import Settings, build_all, errors
from sessionmodels.analyses import ANALYSES
from sessionmodels.analyses.channel_rules import CHANNEL_RULES
from sessionmodels.checks import RULES
from sessionmodels.cli import main
from sessionmodels.comparison.sessions import CAUSES, SESSIONS, THEIR_SESSIONS
from sessionmodels.display.terminal import as_text
from sessionmodels.doctor.finding import RULES as RULES_OF_SOURCES
from sessionmodels.explanation.result import Outcome
from sessionmodels.exports.run import FORMATS
from sessionmodels.models import MODELS
from sessionmodels.semantics.measures import figures_of
from sessionmodels.state.builds import Mode

ROOT = Path(__file__).parent.parent
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"))
}
README = PAGES["README.md"]
NOON = 29_460_240
"""2026-01-05T12:00Z, in minutes since 1970."""


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


def test_the_table_of_columns() -> None:
    """Every relation, each with every column, in the words of the model's own docstring."""
    shown = re.search(r"\| relation \| column \| \|\n\|---\|---\|---\|\n(.*?)\n\n", PAGES["docs/relations.md"], re.DOTALL)
    assert shown
    expected = []
    for name in re.findall(r"^\| `(\w+)` \| \|", shown.group(1), re.MULTILINE):
        doc = inspect.getdoc(MODELS[name].select) or ""
        expected.append(f"| `{name}` | | {MODELS[name].row} |")
        columns = re.findall(r"^    (\w+): (.*)$", doc.partition("Columns:")[2].partition("\n\n")[0], re.MULTILINE)
        expected += [f"| | `{column}` | {meaning} |" for column, meaning in columns]
    assert shown.group(1).splitlines() == expected
    assert {line.split("`")[1] for line in expected if not line.startswith("| |")} == set(MODELS)


def test_the_table_of_settings() -> None:
    """Every setting, in the words of its own description."""
    table = PAGES["docs/settings.md"].partition("| setting | default | |")[2]
    shown = re.findall(r"^\| `(\w+)` \| ([^|]*) \| (.+) \|$", table, re.MULTILINE)
    assert {name: meaning for name, _, meaning in shown} == {
        name: field.description for name, field in Settings.model_fields.items()
    }
    for name, default, _ in shown:
        value = Settings.model_fields[name].default
        if re.fullmatch(r"`[^`]+`", default) and isinstance(value, str | int):
            assert default == f"`{json.dumps(value).strip(chr(34))}`"


def test_the_table_of_commands() -> None:
    """Every command, in the first words of its own help."""
    shown = dict(re.findall(r"^\| `sessionmodels (\w+)` \| (.*) \|$", PAGES["docs/command.md"], re.MULTILINE))
    assert shown == {name: (command.help or "").partition("\n")[0] for name, command in main.commands.items()}


@pytest.mark.parametrize("name", ANALYSES)
def test_the_page_of_analyses(name) -> None:
    """Every analysis has its section: question, columns and rules in the words of its own docstring, and commands that work."""
    shown = re.search(rf"^## {name}\n(.*?)^## ", PAGES["docs/analyses.md"], re.MULTILINE | re.DOTALL)
    assert shown
    _, _, rules = (inspect.getdoc(ANALYSES[name].select) or "").partition("Columns:")[2].partition("\n\n")
    assert ANALYSES[name].question in shown.group(1)
    assert dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", shown.group(1), re.MULTILINE)) == ANALYSES[name].columns
    assert " ".join(rules.split()) in " ".join(shown.group(1).split())
    for line in re.findall(rf"^sessionmodels ask {name} (.*)$", shown.group(1), re.MULTILINE):
        asked = run("ask", name, *line.split(), "--sql")
        assert asked.exit_code == 0, asked.stderr


def test_the_tables_of_exports() -> None:
    """Every format and every figure, in the words of its own description; and the Python example runs."""
    page = PAGES["docs/export.md"]
    formats, _, rest = page.partition("## Figures")
    assert re.findall(r"^\| `(\w+)` \|", formats, re.MULTILINE) == list(FORMATS)
    table = rest.partition("\n\nThe table shows")[0]
    shown = re.findall(r"^\| `(\w+)` \| `(\w+)` \| (.*) \|$", table, re.MULTILINE)
    assert shown == [(one.name, one.relation, one.description) for one in figures_of(Settings())]
    assert all(f"\n## {name}\n" in page for name in FORMATS)
    exec(code("python", "docs/export.md")[0], {})


def test_the_table_of_channels() -> None:
    """Every rule, in order."""
    shown = re.search(r"\| channel \| if \|\n\|---\|---\|\n(.*?)\n\n", PAGES["docs/analyses.md"], re.DOTALL)
    assert shown
    rules = [" and ".join(f"the {name} matches `{one}`" for name, one in rule.matches.items()) for rule in CHANNEL_RULES]
    expected = [f"| {rule.channel} | {matches} |" for rule, matches in zip(CHANNEL_RULES, rules, strict=True)]
    assert shown.group(1).replace("\\|", "|").splitlines() == expected


def test_the_channels_of_the_settings_file(tmp_path) -> None:
    """They are read as they stand."""
    (tmp_path / "sessionmodels.toml").write_text(code("toml", "docs/analyses.md")[0])
    settings = Settings()
    assert [one.channel for one in settings.own_channels] == ["Podcast", "Partners"]
    assert settings.own_domains == ["shop.example", "pay.example"]


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


def test_the_tables_of_comparisons() -> None:
    """Every kind of session and every cause, in the words of the result."""
    shown = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", PAGES["docs/compare.md"], re.MULTILINE))
    assert shown == {**SESSIONS, **THEIR_SESSIONS, **CAUSES}


def test_the_python_example_of_comparisons(duckdb) -> None:
    """It runs as it stands."""
    write_tracks(duckdb, [Raw("e", "d", None, "x", NOON * MINUTE)])
    build_all(duckdb)
    build_all(duckdb, Settings(target_schema="dbt_prod"))
    names: dict = {"engine": duckdb}
    exec(code("python", "docs/compare.md")[0], names)
    assert names["comparison"].equal


def test_the_table_of_checks() -> None:
    """Every check that no model declares, in the words of its own rule."""
    shown = dict(re.findall(r"^\| `(\w+\.\w+)` \| (.*) \|$", PAGES["docs/checks.md"], re.MULTILINE))
    assert shown == {one.name: one.says for one in RULES}


def test_a_failed_check_is_shown_as_it_is(duckdb) -> None:
    """The page of the checks shows one to the letter."""
    write_tracks(duckdb, [Raw(f"e{n}", "d", None, "x", (NOON + n * 20) * MINUTE) for n in range(3)])
    build_all(duckdb)
    with duckdb.begin() as connection:
        connection.exec_driver_sql("UPDATE dbt_session_events SET idle_time_minutes = 40 WHERE event_id = 'e2'")
    failed = {one.name: one for one in sessionmodels.check_all(duckdb).failed}
    assert as_text(failed["session_events.pauses"].blocks()) == code("text", "docs/checks.md")[0].rstrip("\n")


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
    write_tracks(duckdb, phone_of_ada())
    build_all(duckdb)
    shown = as_text(sessionmodels.explain(duckdb, "e4", around=2).blocks()).partition("\nThe last build is")[0]
    assert shown.rstrip("\n") == code("text", "docs/explain.md")[0].rstrip("\n")
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
    assert str(report).startswith(code("text", "docs/doctor.md")[0])
    assert report.toml == code("toml", "docs/doctor.md")[0].rstrip("\n")


def test_the_table_of_findings() -> None:
    """Everything that can be odd, in the words of its own rule."""
    table = PAGES["docs/doctor.md"].partition("| finding | |")[2]
    assert dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", table, re.MULTILINE)) == RULES_OF_SOURCES


def test_the_checks_in_the_settings_file(duckdb, tmp_path) -> None:
    """They are read and run as they stand."""
    write_tracks(duckdb, [Raw("e", "d", None, "x", 0)])
    (tmp_path / "sessionmodels.toml").write_text(code("toml", "docs/checks.md")[0])
    checks = build_all(duckdb, check=True).checks
    assert checks
    assert {"sessions.too_long", "session_events.test_pages"} <= {one.name for one in checks.having("passed")}


def test_the_table_of_operations() -> None:
    """Every operation on views, in the first words of its own docstring."""
    from alembic.operations import Operations  # noqa: PLC0415 - beside its only use

    from sessionmodels.views import operations, refresh  # noqa: PLC0415

    shown = dict(re.findall(r"^\| `op\.(\w+)\(.*?\)` \| (.*) \|$", PAGES["docs/migrations.md"], re.MULTILINE))
    assert shown.keys() == {name for name in dir(Operations) if "session" in name}
    source = inspect.getsource(operations) + inspect.getsource(refresh)
    for name, meaning in shown.items():
        doc = source.partition(f"def {name}(")[2].partition('"""')[2].partition("\n")[0]
        assert meaning == doc.removesuffix('"""')


def test_the_flowchart() -> None:
    """What `sessionmodels graph --mermaid` prints."""
    drawn = run("graph", "--mermaid").stdout
    assert sorted(code("mermaid", "docs/relations.md")[0].splitlines()) == sorted(drawn.splitlines())


@pytest.mark.parametrize(("page", "file"), [("README.md", "from_python.py"), ("docs/python.md", "python_page.py")])
@pytest.mark.slow
def test_the_python_examples(page, file, tmp_path) -> None:
    """They run as they stand."""
    import sqlalchemy as sa  # noqa: PLC0415 - beside its only use

    engine = sa.create_engine(f"duckdb:///{tmp_path / 'events.duckdb'}")
    write_tracks(engine, [Raw(f"e{n}", "d", None, "x", n * 20 * MINUTE) for n in range(5)])
    engine.dispose()
    names: dict = {}
    example = (Path(__file__).parent / "example" / file).read_text(encoding="utf-8")
    assert code("python", page)[0] == example, "it is also a file, which type checkers read; copy it there"
    exec(example, names)
    assert names["longest"] == [("d", 80.0)]
    names["engine"].dispose()


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


def test_the_settings_file(tmp_path) -> None:
    """It is read as it stands."""
    (tmp_path / "sessionmodels.toml").write_text(code("toml", "docs/settings.md")[0])
    settings = Settings()
    assert settings.event_counters == {"cnt_orders": ["ordered", "order_completed"]}
    assert settings.kinds["tracks_flow"] == "table"


@pytest.mark.slow
def test_the_demos_figures() -> None:
    """The output that the README and the page of the command show is that of the demo, but for the seconds."""
    found = run("demo").stdout

    def without_seconds(text: str) -> list[str]:
        return [re.sub(r"\d\.\d\d", "-", line) for line in text.splitlines()]

    campaigns, landing_pages = code("text")
    assert campaigns.startswith("came_from  ")
    assert landing_pages.startswith("landing_page_path  ")
    for shown in (campaigns, landing_pages, code("text", "docs/command.md")[0]):
        assert "\n".join(without_seconds(shown)) in "\n".join(without_seconds(found))


@pytest.mark.parametrize("path", sorted(Path(__file__).parent.rglob("test_*.py")), ids=lambda path: path.name)
def test_every_test_states_its_rule(path) -> None:
    """In a docstring, so that a failure says what no longer holds."""
    for name, body in re.findall(r"^def (test_\w+)\(.*?\).*?:\n(.*?)$", path.read_text(), re.MULTILINE | re.DOTALL):
        assert body.strip().startswith('"""'), name


def test_the_folder_listing() -> None:
    """CONTRIBUTING names every room of the package, and no other."""
    listed = set(re.findall(r"^[├└]── (\S+)", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.MULTILINE))
    rooms = {f"{p.name}/" if p.is_dir() else p.name for p in (ROOT / "sessionmodels").iterdir() if p.name != "__pycache__"}
    assert listed == rooms - {"__init__.py", "py.typed"}
