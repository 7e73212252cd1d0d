"""`sessionmodels settings`: what is in force, and from where."""

import json
from pathlib import Path

from command import run

from sessionmodels.settings import Settings


def test_where_each_value_came_from(monkeypatch) -> None:
    """A flag, a variable, a file, a preset, or the default; a flag wins, and nothing is lost."""
    Path("sessionmodels.toml").write_text('idle_minutes = 10\nflow_depth = 3\npreset = "rudderstack-mobile"\n', encoding="utf-8")
    monkeypatch.setenv("SESSIONMODELS_FLOW_DEPTH", "4")
    result = run("settings", "--table-prefix", "s_", "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found.keys() == Settings.model_fields.keys()
    file = str(Path("sessionmodels.toml").absolute())
    expected = {
        "table_prefix": ("s_", "an argument"),
        "flow_depth": (4, "SESSIONMODELS_FLOW_DEPTH in the environment"),
        "idle_minutes": (10, file),
        "sdk_sessions": (True, "the preset 'rudderstack-mobile'"),
        "preset": ("rudderstack-mobile", file),
        "retries": (4, "default"),
    }
    assert {name: (found[name]["value"], found[name]["from"]) for name in expected} == expected
    only = run("settings", "--only-set")
    assert "flow_depth" in only.stdout
    assert "retries" not in only.stdout


def test_nothing_is_set() -> None:
    """It says so, instead of nothing; for machines it is an empty object."""
    assert run("settings", "--only-set").stdout == "Nothing is set: every setting has its default.\n"
    assert json.loads(run("settings", "--only-set", "--json").stdout) == {}


def test_it_can_be_read(monkeypatch) -> None:
    """No line is wider than 80 columns, and what came from one place stands together, the most decisive first."""
    Path("sessionmodels.toml").write_text("idle_minutes = 10\n", encoding="utf-8")
    monkeypatch.setenv("SESSIONMODELS_FLOW_DEPTH", "4")
    rules = ["--channel-rule", "Podcast=source = pod", "--channel-rule", "Podcast=medium in a,b"]
    shown = run("settings", *rules, "--preset", "rudderstack-web").stdout
    file = f"From {Path('sessionmodels.toml').absolute()}:"
    headings = ["From an argument:", "From the environment:", file, "From the preset 'rudderstack-web':", "Defaults:"]
    assert [line for line in shown.splitlines() if line.endswith(":")] == headings
    assert max(len(line) for line in shown.splitlines() if line != file) <= 80
    words = " ".join(shown.split())
    assert "channel_rules channel: Podcast, where: source = pod and medium in a, b" in words
    assert "event_counters cnt_viewed_product: view_product, viewed_product cnt_signup: signup" in words
    assert "where none" in words


def test_rules_of_channels() -> None:
    """Those of flags are shown in their order, as they would be written."""
    words = [
        "--channel-rule",
        "Podcast=source = pod",
        "--channel-rule",
        "Podcast=medium in a,b",
        "--channel-site",
        "search=x.y,z",
    ]
    found = json.loads(run("settings", *words, "--own-domain", "pay.example", "--no-default-channels", "--json").stdout)
    conditions = [
        {"column": "source", "operator": "=", "value": "pod"},
        {"column": "medium", "operator": "in", "value": ["a", "b"]},
    ]
    assert found["channel_rules"]["value"] == [{"channel": "Podcast", "where": conditions}]
    assert found["channel_sites"]["value"] == {"search": ["x.y", "z"]}
    assert (found["own_domains"]["value"], found["default_channels"]["value"]) == (["pay.example"], False)
    assert "is no rule; write it like --channel-rule 'Podcast=source = podcast'" in run("settings", "--channel-rule", "x").stderr


def test_no_password_is_shown(monkeypatch) -> None:
    """Neither of the connection nor of files, in any form."""
    monkeypatch.setenv("SESSIONMODELS_URL", "postgresql://me:hunter9XQZ@host/db")
    files = '{"tracks": {"files": ["https://host/a.parquet?token=tailQX9"]}}'
    monkeypatch.setenv("SESSIONMODELS_SOURCES", files)
    for words in (("settings",), ("settings", "--json")):
        result = run(*words)
        assert result.exit_code == 0, result.output
        assert "me:***@host" in result.stdout
        assert "hunter9XQZ" not in result.output
        assert "tailQX9" not in result.output


def test_a_wrong_value() -> None:
    """Is the same clear error as anywhere."""
    result = run("settings", "--idle-minutes", "0")
    assert result.exit_code == 2
    assert "idle_minutes" in result.stderr
