"""Settings: where they come from, and what is refused with which words."""

import pytest

from sessionmodels import SessionmodelsError, Settings, SettingsError


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"idle_minutes": "x"}, ["idle_minutes: found 'x'", "valid integer"]),
        ({"idle_minutes": 0}, ["found 0", "greater than or equal to 1"]),
        ({"idle_minutes": 30.5}, ["found 30.5"]),
        ({"idle_minutes": True}, ["found True", "whole number"]),
        ({"idle_minute": 3}, ["no setting 'idle_minute'", "did you mean 'idle_minutes'"]),
        ({"flow_depth": 0}, ["flow_depth: found 0"]),
        ({"compatibility": "dtb"}, ["compatibility: found 'dtb'", "'exact' or 'dbt'"]),
        ({"event_counters": {"a b": ["x"]}}, ["'a b' is no column name", "cnt_signup"]),
        ({"event_counters": {"a;--": ["x"]}}, ["is no column name"]),
        ({"event_counters": {"cnt": ["x"], "CNT": ["y"]}}, ["'CNT' stands twice"]),
        ({"event_counters": {"num_pvs": ["x"]}}, ["'num_pvs' stands twice"]),
        ({"event_counters": {"cnt": []}}, ["'cnt' counts no event"]),
        ({"event_counters": {"cnt": "signup"}}, ["event_counters.cnt: found 'signup'", "valid list", "['signup']"]),
        ({"kinds": {"track_flow": "view"}}, ["no relation 'track_flow'", "did you mean 'tracks_flow'"]),
        ({"kinds": {"tracks_flow": "vew"}}, ["kinds.tracks_flow: found 'vew'", "'table', 'view' or 'materialized_view'"]),
        ({"table_prefix": 'x"; DROP'}, ["a prefix is"]),
        ({"source_table": ""}, ["source_table: found ''"]),
        ({"source_table": "a\0b"}, ["found 'a\\x00b'", "leave it out"]),
        ({"event_counters": {"cnt": ["\udcff"]}}, ["no database keeps"]),
        ({"tracks": "*.csv", "source_table": "tracks"}, ["keep one of them"]),
    ],
)
def test_a_wrong_value(given, words) -> None:
    """The error names the setting, what was found, and what to write instead, and says nothing of other settings."""
    with pytest.raises(SettingsError) as caught:
        Settings(**given)
    for word in words:
        assert word in str(caught.value)
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, SessionmodelsError)
    assert isinstance(caught.value, ValueError)


def test_defaults_are_the_contracts() -> None:
    """What a user gets without a word."""
    settings = Settings()
    assert (settings.table_prefix, settings.source_table, settings.idle_minutes, settings.flow_depth) == ("dbt_", "tracks", 30, 5)
    assert settings.deduplicate is True
    assert settings.event_counters == {"cnt_viewed_product": ["view_product", "viewed_product"], "cnt_signup": ["signup"]}
    assert [name for name, kind in settings.kinds.items() if kind == "view"] == ["session_duration"]


def test_dbt_has_defaults_of_its_own() -> None:
    """Duplicates stay in and one name is counted, unless somebody says otherwise."""
    settings = Settings(compatibility="dbt")
    assert settings.deduplicate is False
    assert settings.event_counters["cnt_viewed_product"] == ["viewed_product"]
    assert Settings(compatibility="dbt", deduplicate=True).deduplicate is True


def test_the_order_of_places(monkeypatch, tmp_path) -> None:
    """Argument, then environment, then sessionmodels.toml, then pyproject.toml, then the default."""
    (tmp_path / "pyproject.toml").write_text(
        "[tool.sessionmodels]\nidle_minutes = 11\nflow_depth = 11\nsource_table = 'a'\ntable_prefix = 'a'\n"
    )
    (tmp_path / "sessionmodels.toml").write_text(
        "idle_minutes = 12\nflow_depth = 12\nsource_table = 'b'\n[kinds]\ntracks_flow = 'view'\n"
    )
    monkeypatch.setenv("SESSIONMODELS_IDLE_MINUTES", "13")
    monkeypatch.setenv("SESSIONMODELS_FLOW_DEPTH", "13")
    settings = Settings(idle_minutes=14)
    assert (settings.idle_minutes, settings.flow_depth, settings.source_table, settings.table_prefix) == (14, 13, "b", "a")
    assert (settings.kinds["tracks_flow"], settings.kinds["session_duration"], settings.kinds["track_facts"]) == (
        "view",
        "view",
        "table",
    )


def test_a_mistyped_variable(monkeypatch) -> None:
    """A variable that would do nothing is refused."""
    monkeypatch.setenv("SESSIONMODELS_IDLE_MINUTE", "13")
    with pytest.raises(SettingsError, match="SESSIONMODELS_IDLE_MINUTE is no setting; did you mean 'SESSIONMODELS_IDLE_MINUTES'"):
        Settings()


@pytest.mark.parametrize("file", ["sessionmodels.toml", "pyproject.toml"])
@pytest.mark.parametrize(
    ("line", "words"), [("idle_minute = 3", "did you mean 'idle_minutes'"), ("idle_minutes = ", "toml cannot be read as TOML")]
)
def test_a_broken_file(tmp_path, file, line, words) -> None:
    """An unknown key in a file is refused, and so is a file that is no TOML."""
    (tmp_path / file).write_text(f"[tool.sessionmodels]\n{line}\n" if file == "pyproject.toml" else f"{line}\n")
    with pytest.raises(SettingsError, match=words):
        Settings()


def test_a_variable_that_is_no_json(monkeypatch) -> None:
    """A table of names in a variable is JSON, and the error says which variable is not."""
    monkeypatch.setenv("SESSIONMODELS_KINDS", "{tracks_flow")
    with pytest.raises(SettingsError, match=r"SESSIONMODELS_KINDS in the environment is no JSON; write it such as"):
        Settings()


def test_settings_hide_the_password_and_cannot_change() -> None:
    """A URL's password is in no text of the settings; settings are immutable."""
    settings = Settings(url="postgresql://me:s3cret@host/db")
    assert "s3cret" not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"
    with pytest.raises(Exception, match="frozen"):
        settings.idle_minutes = 3


def test_counters_are_one_value(tmp_path) -> None:
    """Those of an argument take the place of a file's; kinds are one setting for each relation."""
    (tmp_path / "sessionmodels.toml").write_text("[event_counters]\na = ['x']\n[kinds]\ntracks_flow = 'view'\n")
    settings = Settings(event_counters={"b": ["y"]}, kinds={"track_facts": "view"})
    assert settings.event_counters == {"b": ["y"]}
    assert (settings.kinds["tracks_flow"], settings.kinds["track_facts"]) == ("view", "view")


def test_counters_of_two_places_are_not_mixed(tmp_path, monkeypatch) -> None:
    """Those of the environment take the place of a file's, and those of our file that of pyproject.toml's."""
    (tmp_path / "pyproject.toml").write_text("[tool.sessionmodels.event_counters]\nc = ['z']\n")
    (tmp_path / "sessionmodels.toml").write_text("[event_counters]\nb = ['y']\n")
    assert Settings().event_counters == {"b": ["y"]}
    monkeypatch.setenv("SESSIONMODELS_EVENT_COUNTERS", '{"a": ["x"]}')
    assert Settings().event_counters == {"a": ["x"]}


def test_files_or_a_table(tmp_path, monkeypatch) -> None:
    """The strongest place that names either decides; both in one place are refused."""
    (tmp_path / "sessionmodels.toml").write_text("source_schema = 'rudder'\n")
    assert Settings(tracks="*.csv").tracks == "*.csv"
    assert Settings(tracks="*.csv").source_schema is None
    (tmp_path / "sessionmodels.toml").write_text("tracks = '*.csv'\n")
    assert Settings(source_table="raw").tracks is None
    monkeypatch.setenv("SESSIONMODELS_SOURCE_TABLE", "raw")
    assert (Settings().tracks, Settings().source_table) == (None, "raw")
    monkeypatch.delenv("SESSIONMODELS_SOURCE_TABLE")
    (tmp_path / "sessionmodels.toml").write_text("tracks = '*.csv'\nsource_table = 'raw'\n")
    with pytest.raises(SettingsError, match="both set in one place; keep one of them"):
        Settings()


def test_a_file_that_is_no_text(tmp_path) -> None:
    """The file is named."""
    (tmp_path / "sessionmodels.toml").write_bytes(b"source_table = '\xff'")
    with pytest.raises(SettingsError, match=r"sessionmodels\.toml cannot be read as TOML"):
        Settings()


def test_a_value_where_a_table_belongs(tmp_path) -> None:
    """A heading of our name that is a value."""
    (tmp_path / "pyproject.toml").write_text("[tool]\nsessionmodels = 3\n")
    with pytest.raises(SettingsError, match="a value where a table belongs"):
        Settings()
