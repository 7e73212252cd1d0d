"""What cannot be used is excluded and counted; it stops no build, on any warehouse."""

from typing import Any

import pytest
from oracle import Raw, sessionize
from tables import assert_same, read, read_all, write_tracks

from sessionmodels import Settings, build_all
from sessionmodels.execution.guards import SUSPECT_SETTINGS, WANTED
from sessionmodels.execution.source_result import REASON_TEXTS
from sessionmodels.explanation.source_rows import _rejected
from sessionmodels.models import MODELS
from sessionmodels.rules.event import FAILED_CONDITION, REASON, WRITTEN_TIME
from sessionmodels.source.reasons import FILTERED, FORGOTTEN, REASONS

pytestmark = pytest.mark.slow

FAR = {
    "duckdb": ("290000-01-01 (BC) 00:00:00", "4714-11-24 (BC) 00:00:00", "294000-12-31 00:00:00"),
    "postgresql": ("4713-11-24 00:00:00 BC", "4713-11-25 00:00:00 BC", "294275-12-31 00:00:00"),
}
"""The earliest and the latest that each engine knows, as it writes them; their distance is more microseconds than 2**63."""


@pytest.mark.parametrize("loaded", ["far", "now"])
def test_times_whose_distance_no_integer_holds(engine, loaded) -> None:
    """One visitor's events from before the year 1 to after the year 9999 stop no build: they are counted, and the rest stays."""
    edges = ("0001-01-01 00:00:00", "9999-12-31 23:59:59.999999")
    far = FAR[engine.dialect.name]
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE tracks (id text, user_id text, event text, timestamp timestamp, uuid_ts timestamp)"
        )
        for number, time in enumerate((*far, *edges, "2026-01-01 00:00:00")):
            at = time if loaded == "far" else "2026-01-02 00:00:00"
            connection.exec_driver_sql(f"INSERT INTO tracks VALUES ('e{number}', 'u', 'x', '{time}', '{at}')")
    result = build_all(engine, incremental=True)
    assert build_all(engine, incremental=True).mode == "nothing"
    assert result.mode == "full"
    assert result.source
    assert (result.source.left_out["time_out_of_range"], result.source.left_out["no_time"]) == (len(far), 0)
    assert sorted(row["event_id"] for row in read(engine, "track_facts")) == ["e3", "e4", "e5"]
    assert "3 events: a time before the year 1 or after the year 9999" in str(result)


def test_ids_that_are_too_long(engine) -> None:
    """One character more than 65,535, in any of the three, and the event counts as `id_too_long`; its fellows are built on."""
    longest, too_long = "😀" * 65_535, "😀" * 65_536
    raws = [
        *(Raw(longest, "d", None, "x", 0), Raw("1", longest, None, "x", 0), Raw("2", "d", longest, "x", 0)),
        *(Raw(too_long, "d", None, "x", 0), Raw("3", too_long, "u", "x", 0), Raw("4", "d", too_long, "x", None)),
    ]
    for views in (False, True):
        kinds: Any = dict.fromkeys(MODELS, "view") if views else {}
        write_tracks(engine, raws)
        result = build_all(engine, Settings(kinds=kinds))
        assert result.source
        assert result.source.left_out["id_too_long"] == 3
        assert_same(read_all(engine), sessionize(raws)[0])
    assert "3 events: an id of more than 65,535 characters" in str(result)


def test_every_reason_has_its_words() -> None:
    """In a build's result, in the guard against excluding most events, and in an explanation: a new reason must not go unsaid."""
    assert set(REASON_TEXTS) == set(REASONS)
    assert {*SUSPECT_SETTINGS, *WANTED} == set(REASONS)
    settings = Settings(where=[{"column": "event", "operator": "!=", "value": "x"}])
    for reason in (*REASONS, FILTERED, FORGOTTEN):
        row = {REASON: reason, FAILED_CONDITION: 0, "event": "e", WRITTEN_TIME: "t"}
        assert _rejected(row, settings)[1].startswith("It is no event: ")
