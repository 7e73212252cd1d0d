"""Exported files in place of a table: read by DuckDB where they lie, ids as they were written."""

import gzip
import json

import pytest
import sqlalchemy as sa
from oracle import Raw, sessionize
from tables import assert_same, read, read_all, write_tracks

from sessionmodels import BuildError, Settings, SettingsError, SourceError, build_all
from sessionmodels.models import MODELS

HEADER = "id,anonymous_id,user_id,event,timestamp\n"
RAWS = [
    Raw("007", "2024-01-01", None, "x", 0),
    Raw("550E8400-E29B-41D4-A716-446655440000", "1e5", "0.10", 'it\'s, "quoted"', 31 * 60_000_000 + 1),
]


def as_csv() -> str:
    first = "007,2024-01-01,,x,1970-01-01T00:00:00Z\n"
    second = '550E8400-E29B-41D4-A716-446655440000,1e5,0.10,"it\'s, ""quoted""",1970-01-01T00:31:00.000001Z\n'
    return HEADER + first + second


def as_json() -> str:
    rows = [
        {"id": "007", "anonymous_id": "2024-01-01", "event": "x", "timestamp": "1970-01-01T00:00:00Z", "context": {"page": [1]}},
        {
            "id": "550E8400-E29B-41D4-A716-446655440000",
            "anonymous_id": "1e5",
            "user_id": "0.10",
            "event": 'it\'s, "quoted"',
            "timestamp": "1970-01-01T01:31:00.000001+01:00",
        },
    ]
    return "\n".join(json.dumps(row) for row in rows)


@pytest.mark.parametrize(
    ("name", "text"), [("e.csv", as_csv()), ("e.jsonl", as_json()), ("E.JSON", as_json()), ("e.ndjson", as_json())]
)
@pytest.mark.slow
def test_ids_stay_as_they_are_written(duckdb, tmp_path, name, text) -> None:
    """`007` is not 7, `1e5` not 100000, and an upper-case UUID keeps its case."""
    (tmp_path / name).write_text(text)
    build_all(duckdb, Settings(tracks=str(tmp_path / name)))
    assert_same(read_all(duckdb), sessionize(RAWS)[0])


@pytest.mark.slow
def test_parquet_with_unequal_columns(duckdb, tmp_path) -> None:
    """Files of different days may have different columns; they are brought together by name."""
    write_tracks(duckdb, RAWS)
    with duckdb.begin() as connection:
        for n, columns in enumerate(["id, anonymous_id, event, timestamp", "event, user_id, id, timestamp, anonymous_id"]):
            name = tmp_path / f"day {n}.parquet"
            connection.exec_driver_sql(f"COPY (SELECT {columns} FROM tracks ORDER BY timestamp LIMIT 1 OFFSET {n}) TO '{name}'")
        connection.exec_driver_sql("DROP TABLE tracks")
    result = build_all(duckdb, Settings(tracks=str(tmp_path / "*.parquet")))
    assert_same(read_all(duckdb), sessionize(RAWS)[0])
    assert result.source
    assert result.source.events_read == 2


@pytest.mark.slow
def test_views_on_files(duckdb, tmp_path) -> None:
    """Kept as views, the relations read the files whenever they are asked."""
    (tmp_path / "e.csv").write_text(as_csv())
    build_all(duckdb, Settings(tracks=str(tmp_path / "*.csv"), kinds=dict.fromkeys(MODELS, "view")))
    assert_same(read_all(duckdb), sessionize(RAWS)[0])
    (tmp_path / "f.csv").write_text(HEADER + "8,z,,y,1970-01-01T00:00:00Z\n")
    assert len(read(duckdb, "mapped_tracks")) == 3


TIMES = {
    "2026-03-29T03:30:00+02:00": 1_774_747_800_000_000,
    "2026-03-29 01:30:00": 1_774_747_800_000_000,
    "2026-03-29T01:30": 1_774_747_800_000_000,
    "2026-03-29 01:30:00 UTC": 1_774_747_800_000_000,
    "2026-03-28 22:00:00-0330": 1_774_747_800_000_000,
    "2026-03-29T01:30:00.1234567Z": 1_774_747_800_123_456,
    "2026-03-29": 1_774_742_400_000_000,
}


@pytest.mark.slow
def test_times_as_text(duckdb, tmp_path) -> None:
    """With an offset it counts, without one it is UTC, whatever the session's time zone."""
    (tmp_path / "e.csv").write_text(HEADER + "".join(f"{text},d,,x,{text}\n" for text in TIMES))
    with duckdb.begin() as connection:
        connection.exec_driver_sql("SET GLOBAL TimeZone = 'America/New_York'")
    build_all(duckdb, Settings(tracks=str(tmp_path / "e.csv")))
    assert {row["event_id"]: row["timestamp"] for row in read(duckdb, "track_facts")} == TIMES


@pytest.mark.slow
@pytest.mark.usefixtures("unguarded")
def test_text_that_is_no_time_is_counted(duckdb, tmp_path) -> None:
    """What cannot be read as a time is told from what is not there."""
    (tmp_path / "e.csv").write_text(HEADER + "1,d,,x,yesterday\n2,d,,x,\n3,d,,x,2026-01-01T00:00:00Z\n4,d,,x,31/12/2026\n")
    result = build_all(duckdb, Settings(tracks=str(tmp_path / "e.csv")))
    assert result.source
    assert (result.source.left_out["no_time"], result.source.left_out["unreadable_time"]) == (1, 2)
    assert result["track_facts"].rows == 1
    assert "Skipped 2 events: a time that cannot be read" in str(result)


@pytest.mark.slow
def test_a_source_of_no_readable_time_is_refused(duckdb, tmp_path) -> None:
    """Before anything is touched, with an example of what was found: it is the form that is wrong, not the events."""
    (tmp_path / "e.csv").write_text(HEADER + "1,d,,x,2026-01-01T00:00:00Z\n")
    build_all(duckdb, Settings(tracks=str(tmp_path / "e.csv")))
    (tmp_path / "e.csv").write_text(HEADER + "1,d,,x,31/12/2026 10:00\n2,d,,x,\n")
    with pytest.raises(SourceError, match="no time in the source can be read, such as '31/12/2026 10:00'; write '2026-01-31"):
        build_all(duckdb, Settings(tracks=str(tmp_path / "e.csv")))
    assert len(read(duckdb, "track_facts")) == 1


@pytest.mark.slow
def test_views_on_files_can_be_asked_from_anywhere(duckdb, tmp_path, monkeypatch) -> None:
    """A pattern from the working directory is kept from the root."""
    (tmp_path / "e.csv").write_text(as_csv())
    build_all(duckdb, Settings(tracks="e.csv", kinds={"mapped_tracks": "view"}))
    monkeypatch.chdir("/")
    assert len(read(duckdb, "mapped_tracks")) == 2


@pytest.mark.parametrize(
    ("pattern", "error", "words"),
    [
        ("none/*.parquet", SourceError, "no file matches; check that the files exist"),
        (".", SettingsError, "is a folder; write a pattern"),
        ("events.xlsx", SettingsError, "unsupported file extension; supported: .parquet"),
        ("broken.parquet", SourceError, "cannot be read"),
        ("ids.csv", SourceError, "ids.csv has no column 'timestamp'"),
        ("it's';DROP.csv", SourceError, "no file matches"),
    ],
)
def test_files_that_cannot_be_used(duckdb, tmp_path, pattern, error, words) -> None:
    """The error names the pattern, and what to do."""
    (tmp_path / "broken.parquet").write_text("this is no parquet")
    (tmp_path / "ids.csv").write_text("id,user_id,event\n1,2,3\n")
    with pytest.raises(error, match=words):
        build_all(duckdb, Settings(tracks=pattern))
    assert sa.inspect(duckdb).get_table_names() == []


def test_only_duckdb_reads_files(postgresql) -> None:
    """Elsewhere the setting is refused."""
    with pytest.raises(SettingsError, match="only DuckDB reads files"):
        build_all(postgresql, Settings(tracks="events/*.parquet"))


@pytest.mark.slow
def test_nothing_is_guessed_from_the_first_rows(duckdb, tmp_path) -> None:
    """A quote, a comma in quotes or a `#` further down is read as it is written."""
    plain = "".join(f"e{n},d,,x,2026-01-01T00:00:00Z\n" for n in range(25_000))
    late = 'q,d,,"signup",2026-01-01T00:00:00Z\n#c,d,,"a,""b",2026-01-01T00:00:00Z\n'
    (tmp_path / "e.csv").write_text(HEADER + plain + late)
    result = build_all(duckdb, Settings(tracks=str(tmp_path / "e.csv")))
    assert result.source
    assert result.source.events_kept == 25_002
    events = {row["event_id"]: row["event"] for row in read(duckdb, "track_facts")}
    assert (events["q"], events["#c"]) == ("signup", 'a,"b')


@pytest.mark.slow
def test_a_column_that_comes_late(duckdb, tmp_path) -> None:
    """A login after many anonymous lines, or in the last of many files, is found."""
    row = {"anonymous_id": "d", "event": "x", "timestamp": "2026-01-01T00:00:00Z"}
    lines = [json.dumps({"id": str(n), **row}) for n in range(25_000)]
    (tmp_path / "a.jsonl").write_text("\n".join([*lines, json.dumps({"id": "z", **row, "user_id": "u"})]))
    build_all(duckdb, Settings(tracks=str(tmp_path / "a.jsonl")))
    assert {row["dbt_visitor_id"] for row in read(duckdb, "user_session_facts")} == {"u"}
    for n in range(60):
        more = {"user_id": "v"} if n == 59 else {}
        (tmp_path / f"day{n:02}.json").write_text(json.dumps({"id": str(n), **row, **more}))
    build_all(duckdb, Settings(tracks=str(tmp_path / "day*.json")))
    assert {row["dbt_visitor_id"] for row in read(duckdb, "user_session_facts")} == {"v"}


@pytest.mark.slow
def test_tabs(duckdb, tmp_path) -> None:
    """A .tsv file is parted by tabs."""
    (tmp_path / "e.tsv").write_text(as_csv().replace(",", "\t").replace("it's\t", "it's,"))
    build_all(duckdb, Settings(tracks=str(tmp_path / "e.tsv")))
    assert_same(read_all(duckdb), sessionize(RAWS)[0])


def test_no_row_is_skipped(duckdb, tmp_path) -> None:
    """A file that changes its columns half way is refused; the rows before are not passed over in silence."""
    rows = "".join(f"e{n},d,,x,2026-01-01T00:00:00Z\n" for n in range(200))
    wider = "".join(f"f{n},d,,x,2026-01-01T00:00:00Z,more\n" for n in range(100))
    (tmp_path / "e.csv").write_text(HEADER + rows + HEADER.replace("\n", ",extra\n") + wider)
    with pytest.raises((SourceError, BuildError)):
        build_all(duckdb, Settings(tracks=str(tmp_path / "e.csv")))


@pytest.mark.slow
def test_events_with_very_many_properties(duckdb, tmp_path) -> None:
    """Hundreds of keys, each in few events, are still columns by name."""
    row = {"anonymous_id": "d", "event": "x", "timestamp": "2026-01-01T00:00:00Z"}
    (tmp_path / "e.json").write_text("\n".join(json.dumps({"id": str(n), **row, f"key{n}": n}) for n in range(500)))
    assert build_all(duckdb, Settings(tracks=str(tmp_path / "e.json")))["track_facts"].rows == 500


@pytest.mark.slow
def test_the_working_directory_is_no_pattern(duckdb, tmp_path, monkeypatch) -> None:
    """Brackets in the folder's own name match that folder and no other."""
    for folder, count in (("d[1]", 1), ("d1", 3)):
        (tmp_path / folder).mkdir()
        rows = "".join(f"{n},d,,x,2026-01-01T00:00:00Z\n" for n in range(count))
        (tmp_path / folder / "x.csv").write_text(HEADER + rows)
    monkeypatch.chdir(tmp_path / "d[1]")
    monkeypatch.setenv("HOME", str(tmp_path / "d1"))
    assert build_all(duckdb, Settings(tracks="*.csv"))["track_facts"].rows == 1
    assert build_all(duckdb, Settings(tracks="~/x.csv"))["track_facts"].rows == 3


@pytest.mark.slow
def test_packed_files(duckdb, tmp_path) -> None:
    """Gzipped ones are unpacked, whatever the case of their ending."""
    for name in ("e.csv.gz", "E.CSV.GZ", "e.json.gz"):
        text = as_json() if "json" in name else as_csv()
        (tmp_path / name).write_bytes(gzip.compress(text.encode()))
        build_all(duckdb, Settings(tracks=str(tmp_path / name)))
        assert_same(read_all(duckdb), sessionize(RAWS)[0])
