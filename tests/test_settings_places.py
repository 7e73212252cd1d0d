"""Where settings come from: arguments, the environment, and files, which may be broken or not to be read."""

import subprocess
import sys
from pathlib import Path

import pytest

from sessionmodels import Settings, SettingsError
from sessionmodels.settings import defaults


def test_where_a_wrong_value_came_from(monkeypatch, tmp_path) -> None:
    """The argument, the variable by its name, the file by its path: the one that decides, relation by relation for kinds."""

    def told(**given) -> str:
        with pytest.raises(SettingsError) as caught:
            Settings(**given)
        return str(caught.value)

    pyproject, ours = tmp_path / "pyproject.toml", tmp_path / "sessionmodels.toml"
    pyproject.write_text("[tool.sessionmodels]\nidle_minutes = 0\n[tool.sessionmodels.kinds]\ntracks_flow = 'x'\n")
    assert f"idle_minutes: expected an integer of at least 1, got 0 (from [tool.sessionmodels] of {pyproject})" in told()
    ours.write_text("idle_minutes = 'x'\n[kinds]\ntrack_facts = 'y'\n")
    assert f"idle_minutes: expected an integer, got 'x' (from {ours})" in told()
    monkeypatch.setenv("SESSIONMODELS_IDLE_MINUTES", "z")
    assert "got 'z' (from SESSIONMODELS_IDLE_MINUTES in the environment)" in told()
    assert "got 'a' (from an argument)" in told(idle_minutes="a")
    kinds = told(idle_minutes=3, kinds={"tracks_flow": "view"}).splitlines()
    assert kinds == [f"kinds.track_facts: expected 'table', 'view' or 'materialized_view', got 'y' (from {ours})"]
    pyproject.unlink()
    ours.write_text("idle_minute = 3\n")
    assert told(idle_minutes=3) == f"there is no setting 'idle_minute'; did you mean 'idle_minutes'? (from {ours})"
    ours.write_text("tracks = '*.csv'\nsource_table = 'raw'\n")
    assert told(idle_minutes=3).endswith(f"keep one of them (from {ours})")


def test_the_order_of_places(monkeypatch, tmp_path) -> None:
    """Argument, then environment, then sessionmodels.toml, then pyproject.toml, then the default."""
    (tmp_path / "pyproject.toml").write_text(
        "[tool.sessionmodels]\nidle_minutes = 11\nflow_depth = 11\nsource_table = 'a'\ntable_prefix = 'a'\n"
    )
    (tmp_path / "sessionmodels.toml").write_text(
        "idle_minutes = 12\nflow_depth = 12\nsource_table = 'b'\n[kinds]\ntracks_flow = 'table'\n"
    )
    monkeypatch.setenv("SESSIONMODELS_IDLE_MINUTES", "13")
    monkeypatch.setenv("SESSIONMODELS_FLOW_DEPTH", "13")
    settings = Settings(idle_minutes=14)
    assert (settings.idle_minutes, settings.flow_depth, settings.source_table, settings.table_prefix) == (14, 13, "b", "a")
    assert [settings.kinds[name] for name in ("tracks_flow", "track_facts", "sessions")] == ["table", "view", "table"]


def test_a_mistyped_variable(monkeypatch) -> None:
    """A variable that would do nothing is refused."""
    monkeypatch.setenv("SESSIONMODELS_IDLE_MINUTE", "13")
    with pytest.raises(
        SettingsError, match="SESSIONMODELS_IDLE_MINUTE names no setting; did you mean 'SESSIONMODELS_IDLE_MINUTES'"
    ):
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
    with pytest.raises(SettingsError, match=r"SESSIONMODELS_KINDS in the environment is not JSON; write it like"):
        Settings()


def test_counters_are_one_value(tmp_path) -> None:
    """Those of an argument take the place of a file's; kinds are one setting for each relation."""
    (tmp_path / "sessionmodels.toml").write_text("[event_counters]\na = ['x']\n[kinds]\ntracks_flow = 'table'\n")
    settings = Settings(event_counters={"b": ["y"]}, kinds={"track_facts": "table"})
    assert settings.event_counters == {"b": ["y"]}
    assert (settings.kinds["tracks_flow"], settings.kinds["track_facts"]) == ("table", "table")


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


@pytest.mark.parametrize("file", ["sessionmodels.toml", "pyproject.toml"])
def test_a_file_that_is_a_folder(tmp_path, file) -> None:
    """Is not passed over in silence."""
    (tmp_path / file).mkdir()
    with pytest.raises(SettingsError, match=rf"{file} cannot be read: Is a directory; make it a file"):
        Settings()


UNREADABLE = """
import os, sys
from sessionmodels import Settings, SettingsError
Settings()
os.chmod(sys.argv[1], 0)
if not os.geteuid():
    os.setuid(65534)
try:
    Settings()
except SettingsError as error:
    print(error)
"""


@pytest.mark.parametrize("place", ["sessionmodels.toml", "."])
@pytest.mark.slow
def test_a_file_that_may_not_be_read(tmp_path, place) -> None:
    """Neither it, nor the folder that it is in: an error of ours, which names it."""
    (tmp_path / "sessionmodels.toml").write_text("idle_minutes = 3\n")
    tmp_path.chmod(0o755)
    done = subprocess.run([sys.executable, "-c", UNREADABLE, place], capture_output=True, text=True, check=True, cwd=tmp_path)
    tmp_path.chmod(0o755)
    assert "sessionmodels.toml cannot be read: Permission denied; make it a file that this user may read" in done.stdout


def test_a_folder_whose_path_is_too_long(monkeypatch) -> None:
    """Longer than the system takes one: an error of ours."""
    for _ in range(20):
        Path("x" * 250).mkdir()
        monkeypatch.chdir("x" * 250)
    with pytest.raises(
        SettingsError, match=r"pyproject\.toml cannot be read: File name too long|working directory cannot be read"
    ):
        Settings()


def test_defaults_read_nothing(tmp_path, monkeypatch) -> None:
    """For the demo, whatever stands around it."""
    (tmp_path / "pyproject.toml").write_text("[tool\n")
    monkeypatch.setenv("SESSIONMODELS_IDLE_MINUTES", "z")
    assert defaults(flow_depth=3).idle_minutes == 30


def test_a_value_where_a_table_belongs(tmp_path) -> None:
    """A heading of our name that is a value."""
    (tmp_path / "pyproject.toml").write_text("[tool]\nsessionmodels = 3\n")
    with pytest.raises(SettingsError, match="a value where a table belongs"):
        Settings()
