"""Raw exports of RudderStack and Segment: read by one flag, lines of other types counted, fields named with dots."""

import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from command import run
from oracle import MINUTE, Raw, sessionize
from tables import assert_same, instant, read, read_all

from sessionmodels import Settings, SettingsError, SourceError, build_all

PAGE = (("context_page_url", "https://shop/?a=b"),)
RAWS = [
    Raw("m1", "d1", None, "viewed_product", 0, loaded_at=5, context=PAGE),
    Raw("m2", "d1", "u1", "signup", 45 * MINUTE, loaded_at=46 * MINUTE, context=PAGE),
    Raw("m3", "d2", None, "x", 50 * MINUTE, loaded_at=51 * MINUTE, context=PAGE),
    Raw("m3", "d2", None, "x", 51 * MINUTE, loaded_at=52 * MINUTE, context=PAGE),
]


def written(microseconds: int | None) -> str | None:
    moment = instant(microseconds)
    return moment and moment.isoformat().replace("+00:00", "Z")


def line(raw: Raw, kind: str = "track", **more: Any) -> dict[str, Any]:
    """Return a line as both write it, of the event or of another type."""
    context = {"page": {"url": "https://shop/?a=b"}, "traits": {"id": raw.user_id}, "anonymousId": raw.anonymous_id}
    common = {"messageId": raw.id, "anonymousId": raw.anonymous_id, "type": kind, "context": context, "channel": "web"}
    times = {"timestamp": written(raw.timestamp), "originalTimestamp": written(raw.timestamp), "sentAt": written(raw.timestamp)}
    named = {"event": raw.event, "properties": {"price": 9.5, "id": 7}} if kind == "track" else {}
    return common | times | {"receivedAt": written(raw.loaded_at), "userId": raw.user_id} | named | more


OTHERS = [line(Raw(f"o{n}", "d1", "u1", None, n), kind) for n, kind in enumerate(["identify"] * 3 + ["page"] * 2 + ["group"])]
LINES = [*OTHERS, *map(line, RAWS)]


def write(name: str, lines: list[dict[str, Any]], *, array: bool = False) -> str:
    text = json.dumps(lines) if array else "\n".join(map(json.dumps, lines))
    Path(name).write_bytes(gzip.compress(text.encode()) if name.endswith("gz") else text.encode())
    return name


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "name", "array"),
    [
        ("rudderstack", "e.jsonl", False),
        ("segment", "e.json.gz", False),
        ("rudderstack", "1767.log.gz", False),
        ("segment", "e.json", True),
    ],
)
def test_a_raw_export(duckdb, source, name, array) -> None:
    """One setting names the columns, whatever the file; only tracks are events; the rest is counted, by type."""
    write(name, LINES, array=array)
    result = build_all(duckdb, Settings(tracks=name, format=source))
    assert_same(read_all(duckdb), sessionize(RAWS)[0])
    assert result.source
    assert (result.source.events_read, result.source.duplicates_removed) == (4, 1)
    assert result.source.skipped == {"identify": 3, "page": 2, "group": 1}
    assert "Skipped 6 lines that are not track events: identify (3), page (2), group (1)" in str(result)
    assert "To read them, too, name the same files: --source pages=FILES" in str(result)


@pytest.mark.slow
def test_by_the_flag() -> None:
    """As somebody types it."""
    write("e.jsonl", LINES)
    result = run("build", "--tracks", "e.jsonl", "--format", "rudderstack")
    assert result.exit_code == 0, result.output
    assert "4 events read, 3 kept" in result.stdout
    assert (
        json.loads(run("build", "--tracks", "e.jsonl", "--format", "segment", "--json").stdout)["source"]["skipped"]["page"] == 2
    )


@pytest.mark.slow
def test_gzipped_under_another_ending() -> None:
    """As a collector writes them: how the file begins tells."""
    write("e.jsonl", LINES)
    Path("e.log").write_bytes(gzip.compress(Path("e.jsonl").read_bytes()))
    result = run("build", "--tracks", "e.log", "--format", "rudderstack")
    assert result.exit_code == 0, result.output
    assert "4 events read, 3 kept" in result.stdout


@pytest.mark.slow
def test_incrementally(duckdb) -> None:
    """`receivedAt` is the load time; a build of another format, or unit, is a full one."""
    name = write("e.jsonl", LINES[:8])
    settings = Settings(tracks=name, format="rudderstack", overlap_hours=0)
    build_all(duckdb, settings, incremental=True)
    write("e.jsonl", [*LINES, line(Raw("o9", "d1", None, None, 60 * MINUTE, loaded_at=60 * MINUTE), "screen")])
    result = build_all(duckdb, settings, incremental=True)
    assert result.mode == "incremental"
    assert result.source
    assert result.source.skipped == {"identify": 3, "page": 2, "group": 1, "screen": 1}
    assert_same(read_all(duckdb), sessionize(RAWS)[0])
    others: list[dict[str, Any]] = [{"epoch_unit": "ms"}, {"hive_partitioning": True}]
    for other in others:
        again = build_all(duckdb, Settings(tracks=name, format="rudderstack", overlap_hours=0, **other), incremental=True)
        assert again.mode == "full"
        assert "settings" in again.reason


@pytest.mark.slow
def test_settings_win(duckdb) -> None:
    """A column that somebody names is that one; the rest are the format's."""
    lines = [line(raw, timestamp="1999-01-01T00:00:00Z", myId=f"my-{raw.id}") for raw in RAWS]
    settings = Settings(tracks=write("e.jsonl", lines), format="segment", timestamp_column="originalTimestamp", id_column="myId")
    build_all(duckdb, settings)
    expected = [replace(raw, id=f"my-{raw.id}") for raw in RAWS]
    assert_same(read_all(duckdb), sessionize(expected)[0])


@pytest.mark.slow
def test_what_a_line_lacks(duckdb) -> None:
    """Without `timestamp` the original one counts; a line without type is no event; fields named as our columns are not read."""
    lines = [
        line(RAWS[0], timestamp=None, id="not this", anonymous_id="nor this", uuid_ts="2026-01-01"),
        {key: value for key, value in line(RAWS[1]).items() if key != "type"},
    ]
    result = build_all(duckdb, Settings(tracks=write("e.jsonl", lines), format="rudderstack"))
    assert result.source
    assert result.source.skipped == {"none": 1}
    assert [(row["event_id"], row["anonymous_id"], row["timestamp"]) for row in read(duckdb, "track_facts")] == [("m1", "d1", 0)]


def test_an_export_that_nobody_calls_one(duckdb) -> None:
    """The error says what it looks like, and which flag reads it."""
    write("e.jsonl", LINES)
    words = r"e\.jsonl looks like a raw export of RudderStack or Segment .*set format \(--format\) to rudderstack or segment"
    by_id: dict[str, Any] = {"id_column": "messageId"}
    for chosen in ({}, by_id):
        with pytest.raises(SourceError, match=words):
            build_all(duckdb, Settings(tracks="e.jsonl", **chosen))
    by_hand: dict[str, Any] = {"id_column": "messageId", "anonymous_id_column": "anonymousId", "user_id_column": "userId"}
    by_hand["loaded_at_column"] = "receivedAt"
    result = build_all(duckdb, Settings(tracks="e.jsonl", **by_hand))
    assert result.source
    assert result.source.events_read == 10


@pytest.mark.parametrize(
    ("chosen", "lines", "error", "words"),
    [
        ({"format": "segement"}, LINES, SettingsError, "format: expected 'rudderstack' or 'segment', got 'segement'"),
        (
            {},
            [{"id": "1", "anonymousId": "d", "type": "track"}],
            SourceError,
            "no field 'messageId'.*raw exports of RudderStack have",
        ),
        ({}, [{"messageId": "1", "anonymousId": "d"}], SourceError, "no field 'timestamp'.*or set timestamp_column"),
    ],
)
def test_what_is_no_raw_export(duckdb, chosen, lines, error, words) -> None:
    """Before anything is touched, with the setting to change."""
    write("e.jsonl", lines)
    with pytest.raises(error, match=words):
        build_all(duckdb, Settings(**{"tracks": "e.jsonl", "format": "rudderstack"} | chosen))


def test_a_format_without_files() -> None:
    """A table has columns of its own."""
    with pytest.raises(SettingsError, match=r"format is set but tracks is not: .*; set tracks"):
        Settings(format="segment")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_fields_named_with_dots(duckdb, kind) -> None:
    """Inside of JSON objects and Parquet's structs; a missing one is offered its neighbours."""
    write("e.jsonl", [line(raw) for raw in RAWS])
    if kind == "parquet":
        with duckdb.begin() as connection:
            connection.exec_driver_sql("COPY (FROM read_json('e.jsonl', sample_size = -1)) TO 'e.parquet'")
    chosen: Any = {"tracks": f"e.{kind}", "format": "rudderstack", "anonymous_id_column": "context.anonymousId"}
    build_all(duckdb, Settings(**chosen, user_id_column="Context.traits.id", event_column="properties.price"))
    priced = [replace(raw, event="9.5") for raw in RAWS]
    assert_same(read_all(duckdb), sessionize(priced)[0])
    for missing, words in {
        "context.traits.ids": r"no field 'context\.traits\.ids' \(did you mean 'context\.traits\.id'\?\); set user_id_column",
        "contxt.traits.id": "did you mean 'context'",
        "channel.id": "no field 'channel.id' .there is none",
    }.items():
        with pytest.raises(SourceError, match=words):
            build_all(duckdb, Settings(**chosen, user_id_column=missing))


@pytest.mark.slow
def test_a_column_whose_name_has_dots(duckdb) -> None:
    """Comes before what a field inside of another is."""
    rows = [{"id": "1", "a.b": "flat", "a": {"b": "deep"}, "event": "x", "timestamp": "2026-01-01T00:00:00Z"}]
    build_all(duckdb, Settings(tracks=write("e.jsonl", rows), user_id_column="a.b"))
    assert [row["dbt_visitor_id"] for row in read(duckdb, "user_session_facts")] == ["flat"]
