"""Presets: nothing but settings, from any place; a setting beside one wins."""

import re
from pathlib import Path

import pytest

from sessionmodels import Settings, SettingsError
from sessionmodels.settings.presets import PRESETS

DOCS = Path(__file__).parents[1] / "docs" / "settings.md"


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_its_settings(name) -> None:
    """It gives what its settings give one by one."""
    given, written_out = Settings(preset=name), Settings(**PRESETS[name])
    assert given.model_copy(update={"preset": None}) == written_out


def test_a_setting_beside_it_wins(monkeypatch, tmp_path) -> None:
    """Wherever the preset is named, and wherever the setting is given."""
    assert Settings(preset="rudderstack-mobile", idle_minutes=7).idle_minutes == 7
    monkeypatch.setenv("SESSIONMODELS_PRESET", "rudderstack-mobile")
    assert (Settings().idle_minutes, Settings().sdk_sessions) == (5, True)
    (tmp_path / "sessionmodels.toml").write_text("idle_minutes = 9\n")
    assert (Settings().idle_minutes, Settings().sdk_sessions) == (9, True)
    assert Settings(preset="ga4").sdk_sessions is False


def test_what_depends_on_another_setting_depends_on_the_preset() -> None:
    """The compatibility keeps duplicates and counts one event less."""
    settings = Settings(preset="dbt")
    assert (settings.deduplicate, settings.event_counters["cnt_viewed_product"]) == (False, ["viewed_product"])


def test_no_such_preset() -> None:
    """The names that there are."""
    with pytest.raises(SettingsError, match=r"preset: .*'ga4', 'universal-analytics'"):
        Settings(preset="ga3")  # pyright: ignore[reportArgumentType] - refused when it is read


def test_the_page_lists_each_with_its_settings() -> None:
    """Every preset stands on the page of settings, with all that it stands for."""
    rows = dict(re.findall(r"^\| `([\w-]+)` \| (.*?) \| \[", DOCS.read_text(encoding="utf-8"), re.MULTILINE))
    assert rows.keys() == PRESETS.keys()
    for name, chosen in PRESETS.items():
        assert {setting for setting in chosen if f"`{setting} = " in rows[name]} == set(chosen)
        values = ["true" if value is True else str(value).replace("'", '"') for value in chosen.values()]
        assert all(f" = {value}`" in rows[name] or f' = "{value}"`' in rows[name] for value in values)
