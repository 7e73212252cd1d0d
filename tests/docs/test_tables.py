"""The tables and settings that the documents show are those of the code."""

import inspect
import json
import re
from dataclasses import fields

import pytest
from command import run
from oracle import Raw
from pages import PAGES, code
from tables import write_tracks

from sessionmodels import Settings, build_all
from sessionmodels.analyses import ANALYSES
from sessionmodels.analyses.channel_rules import CHANNEL_RULES
from sessionmodels.checks import RULES
from sessionmodels.cli import main
from sessionmodels.comparison.sessions import CAUSES, SESSIONS, THEIR_SESSIONS
from sessionmodels.doctor.finding import RULES as RULES_OF_SOURCES
from sessionmodels.exports.run import FORMATS
from sessionmodels.models import MODELS
from sessionmodels.semantics.measures import figures_of
from sessionmodels.state.builds import Build


def test_the_table_of_builds() -> None:
    """Every column of the table of builds, once."""
    table = PAGES["docs/incremental.md"].partition("## The table of builds")[2].partition("\n\nA build that has nothing")[0]
    shown = [name for columns in re.findall(r"^\| (`.*?`) \| ", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", columns)]
    assert sorted(shown) == sorted(one.name for one in fields(Build))


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


@pytest.mark.slow
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


def test_the_tables_of_comparisons() -> None:
    """Every kind of session and every cause, in the words of the result."""
    shown = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", PAGES["docs/compare.md"], re.MULTILINE))
    assert shown == {**SESSIONS, **THEIR_SESSIONS, **CAUSES}


def test_the_table_of_checks() -> None:
    """Every check that no model declares, in the words of its own rule."""
    shown = dict(re.findall(r"^\| `(\w+\.\w+)` \| (.*) \|$", PAGES["docs/checks.md"], re.MULTILINE))
    assert shown == {one.name: one.says for one in RULES}


def test_the_table_of_findings() -> None:
    """Everything that can be odd, in the words of its own rule."""
    table = PAGES["docs/doctor.md"].partition("| finding | |")[2]
    assert dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", table, re.MULTILINE)) == RULES_OF_SOURCES


@pytest.mark.slow
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


def test_the_settings_file(tmp_path) -> None:
    """It is read as it stands."""
    (tmp_path / "sessionmodels.toml").write_text(code("toml", "docs/settings.md")[0])
    settings = Settings()
    assert settings.event_counters == {"cnt_orders": ["ordered", "order_completed"]}
    assert settings.kinds["tracks_flow"] == "table"
