"""Which files are read: several, each once, from folders of any name; folders are never columns unless asked for."""

import os
from pathlib import Path

import pytest
from command import run
from tables import read

from sessionmodels import Settings, SettingsError, SourceError, build_all
from sessionmodels.source.patterns import refuse_missing

HEADER = "id,anonymous_id,event,timestamp"
WHEN = "2026-01-01T00:00:00Z"


def write(path: str, *ids: str) -> str:
    """Write events of these ids, in the format of the file's ending."""
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.suffix == ".jsonl":
        lines = [f'{{"id": "{one}", "anonymous_id": "d", "event": "x", "timestamp": "{WHEN}"}}' for one in ids]
    else:
        lines = [HEADER, *(f"{one},d,x,{WHEN}" for one in ids)]
    file.write_text("\n".join(lines) + "\n")
    return path


def as_parquet(engine, csv: str) -> str:
    with engine.begin() as connection:
        connection.exec_driver_sql(f"COPY (SELECT * FROM read_csv('{csv}', hive_partitioning = false)) TO '{csv}.parquet'")
    return f"{csv}.parquet"


def ids(engine, settings: Settings) -> list[str]:
    """Build what is needed to see which events are read, and return their ids."""
    build_all(engine, settings, select="+track_facts")
    return sorted(row["event_id"] for row in read(engine, "track_facts"))


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
@pytest.mark.slow
def test_a_folder_is_no_column(duckdb, monkeypatch, ending) -> None:
    """A folder `id=7` above a file, in the pattern or above the working directory, leaves the file's own ids alone."""
    name = write(f"id=7/timestamp=2020-01-01/e.{'jsonl' if ending == 'jsonl' else 'csv'}", "1", "2")
    name = as_parquet(duckdb, name) if ending == "parquet" else name
    assert ids(duckdb, Settings(tracks=name)) == ["1", "2"]
    monkeypatch.chdir(Path(name).parent)
    assert ids(duckdb, Settings(tracks=Path(name).name)) == ["1", "2"]
    assert {row["timestamp"] for row in read(duckdb, "track_facts")} == {1_767_225_600_000_000}


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_folders_are_columns_where_asked_for(duckdb, ending) -> None:
    """With `hive_partitioning`, `user_id=007` is the user of every event in it, as it is written."""
    name = write(f"user_id=007/e.{'jsonl' if ending == 'jsonl' else 'csv'}", "1")
    name = as_parquet(duckdb, name) if ending == "parquet" else name
    build_all(duckdb, Settings(tracks=name, hive_partitioning=True))
    assert [row["dbt_visitor_id"] for row in read(duckdb, "user_session_facts")] == ["007"]


@pytest.mark.parametrize("folder", ["w*", "w?", "w[a]", "w{a,b}", "w[!a]"])
@pytest.mark.slow
def test_the_working_directorys_name_is_no_pattern(duckdb, monkeypatch, folder) -> None:
    """Whatever stands in the folder's own name, it is that folder and no other."""
    for n, name in enumerate(("wa", "wb", "ww", folder)):
        write(f"{name}/e.csv", str(n))
    monkeypatch.chdir(folder)
    for pattern in ("e.csv", "*.csv"):
        assert ids(duckdb, Settings(tracks=pattern)) == ["3"]


def test_a_file_whose_name_looks_like_a_pattern(duckdb) -> None:
    """As shells hand it over, expanded: an existing file is itself."""
    write("e[1].csv", "1")
    write("e1.csv", "2")
    assert ids(duckdb, Settings(tracks="e[1].csv")) == ["1"]


@pytest.mark.slow
def test_several_files(duckdb, monkeypatch, tmp_path) -> None:
    """A list in Python, TOML or JSON; one string stays a pattern; the same file twice is read once."""
    write("a, b.csv", "1")
    write("c.csv", "2")
    write("d[0].csv", "3")
    names = ["a, b.csv", "c.csv"]
    built = build_all(duckdb, Settings(tracks=[*names, Path("c.csv")], deduplicate=False))
    assert built.source
    assert built.source.events_read == 2
    (tmp_path / "sessionmodels.toml").write_text(f"tracks = {names}")
    assert Settings().files == tuple(names)
    monkeypatch.setenv("SESSIONMODELS_TRACKS", '["c.csv", "d[0].csv"]')
    assert Settings().files == ("c.csv", "d[0].csv")
    monkeypatch.setenv("SESSIONMODELS_TRACKS", "[cd]*.csv")
    assert Settings().files == ("[cd]*.csv",)
    assert ids(duckdb, Settings()) == ["2", "3"]


@pytest.mark.parametrize(
    ("tracks", "error", "words"),
    [
        (["a.csv", "*.csv"], SettingsError, r"tracks names '.*/a\.csv' more than once \(by 'a\.csv', '\*\.csv'\)"),
        (["a.csv", "b.jsonl"], SettingsError, r"tracks mixes CSV \('a\.csv'\) and JSON Lines \('b\.jsonl'\)"),
        (["a.csv", "none.csv"], SourceError, r"tracks='none\.csv': no file matches"),
        ([], SettingsError, r"tracks: expected a file or a pattern such as .*, or a list of them, got \[\]"),
        (3, SettingsError, r"tracks: expected a file or a pattern such as .*, or a list of them, got 3"),
        (["a.csv", ""], SettingsError, r"or a list of them, got \['a\.csv', ''\]"),
        ("x" * 300 + "/*.csv", SourceError, "no file matches"),
    ],
)
def test_files_that_do_not_go_together(duckdb, tracks, error, words) -> None:
    """The error names the files, and what to do."""
    write("a.csv", "1")
    write("b.jsonl", "2")
    with pytest.raises(error, match=words):
        build_all(duckdb, Settings(tracks=tracks))


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ["--tracks", "a.csv", "b.csv", "--idle-minutes", "3"],
        ["--tracks", "a.csv", "--tracks", "b.csv"],
        ["--tracks=a.csv", "b.csv"],
        ["--tracks", "~/[ab].csv"],
    ],
)
def test_patterns_that_the_shell_expanded(monkeypatch, tmp_path, words) -> None:
    """Each file that follows `--tracks` is one of its files, quoted or not."""
    monkeypatch.setenv("HOME", str(tmp_path))
    write("a.csv", "1")
    write("b.csv", "2")
    assert "2 events read" in run("build", *words).stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--tracks", "a.csv", "incremental"], "neither an existing file nor a flag; did you mean '--incremental'?"),
        (["--tracks", "a.csv", "b.cvs"], "'b.cvs' after --tracks is neither an existing file nor a flag"),
        (["--quiet", "a.csv"], "Got unexpected extra argument (a.csv)"),
    ],
)
def test_a_stray_word(words, message) -> None:
    """What is no file, or stands elsewhere, is refused as before."""
    write("a.csv", "1")
    result = run("build", *words)
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_folder_that_may_not_be_entered(tmp_path, monkeypatch) -> None:
    """The error says so, and names the folder: its files may well exist."""
    (tmp_path / "closed").mkdir()
    may = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).name != "closed" and may(path, mode))
    with pytest.raises(SourceError, match=r"permission denied: the folder '.*closed' cannot be read"):
        refuse_missing([str(tmp_path / "closed" / "events.csv")])


def test_two_patterns_in_one(tmp_path) -> None:
    """The error says how to give several."""
    (tmp_path / "a.csv").touch()
    with pytest.raises(SourceError, match="no file matches; check that the files exist; give --tracks once for each pattern"):
        refuse_missing([f"{tmp_path}/a.csv,{tmp_path}/b.csv"])
