"""Each fault is found, and nothing is odd about a source without one; the settings that are proposed can be pasted."""

import json
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from oracle import MINUTE, Raw
from sqlalchemy import event
from tables import write_sources, write_tracks

from sessionmodels import Settings, SourceError, examine_source
from sessionmodels.doctor.finding import RULES
from sessionmodels.doctor.report import SourceReport

NOON = 1_767_614_400_000_000  # 2026-01-05T12:00Z
HOUR, DAY = 60 * MINUTE, 24 * 60 * MINUTE
FUTURE = 7_258_118_400_000_000  # 2200
CLEAN = [Raw(f"e{n}", f"d{n % 30}", f"u{n % 20}", "page", NOON + n * HOUR, NOON + n * HOUR + MINUTE) for n in range(60)]


def one(**faults: Any) -> list[Raw]:
    """Return the clean rows, of which one has a fault."""
    return [*CLEAN[:-1], replace(CLEAN[-1], **faults)]


def shifted(by: int) -> list[Raw]:
    """Return the clean rows, with clocks that are ahead by so much."""
    return [replace(raw, timestamp=(raw.timestamp or 0) + by) for raw in CLEAN]


LONG_AGO = "before 2011 or more than a year before the load time"

FAULTS: dict[str, tuple[list[Raw], str]] = {
    "no_event_id": (one(id=" "), "1 row (1.7%): no event id; excluded from all relations."),
    "no_visitor": (
        one(anonymous_id=None, user_id=""),
        "1 row (1.7%): neither a device id nor a user id; excluded from all relations.",
    ),
    "blank_id": (one(user_id=" "), "1 row (1.7%): a blank user id, which is read as null."),
    "long_id": (one(id="x" * 65_536), "1 row (1.7%): an id of more than 65,535 characters; excluded from all relations."),
    "no_event": (one(event=None), "1 row (1.7%): no event name."),
    "no_time": (one(timestamp=None), "1 row (1.7%): no time; excluded from all relations."),
    "in_future": (
        one(timestamp=FUTURE),
        "1 row (1.7%): a time more than five minutes in the future, probably from a wrong clock.",
    ),
    "after_load": (
        one(timestamp=NOON + 66 * HOUR),
        "1 row (1.7%): a time more than five minutes after the load time, probably from a wrong clock.",
    ),
    "long_ago": (
        one(timestamp=0),
        f"1 row (1.7%): a time {LONG_AGO}, probably from a wrong clock or an import of old events.",
    ),
    "only_dates": (
        [replace(raw, timestamp=NOON - DAY // 2) if n % 3 else raw for n, raw in enumerate(CLEAN)],
        "42 rows (70.0%): a time at midnight in UTC, as if times were only dates.",
    ),
    "no_load_time": (one(loaded_at=None), "1 row (1.7%): no load time, so every incremental build reads them again."),
    "placeholder_id": (
        one(user_id="Undefined"),
        "1 row (1.7%): a placeholder as user_id, so many people would be one visitor.",
    ),
    "many_users": (
        [*CLEAN, *(Raw(f"k{n}", "kiosk", f"p{n}", "page", NOON + n * MINUTE, NOON + n * MINUTE) for n in range(100))],
        "1 device with 100 users or more, where anonymous_id probably does not identify one device.",
    ),
    "many_devices": (
        [*CLEAN, *(Raw(f"s{n}", f"pc{n}", "service", "page", NOON + n * MINUTE, NOON + n * MINUTE) for n in range(1000))],
        "1 user with 1,000 devices or more, where user_id probably does not identify one user.",
    ),
    "duplicates": ([*CLEAN, CLEAN[-1]], "1 row (1.6%): the id of another row of the same source; up to 2 rows share one id."),
    "duplicates_with_other_times": (
        [*CLEAN, replace(CLEAN[-1], timestamp=NOON)],
        "1 id with different times in several rows; the event has the earliest.",
    ),
    "times_not_utc": (
        shifted(2 * HOUR),
        "Half of the events happened 2 hours or more after they were loaded: times are probably local, not UTC.",
    ),
    "slow_loads": (
        [replace(raw, loaded_at=NOON + (n // 10 + 1) * DAY // 2) for n, raw in enumerate(CLEAN)],
        "Loads are hours apart. If one fails, builds with overlap_hours = 6 can miss its rows; 24 is enough.",
    ),
    "heavy_visitors": (
        [*CLEAN, *(Raw(f"h{n}", "heavy", None, "page", NOON + n * HOUR, NOON + n * HOUR) for n in range(20))],
        "1 visitor with more than a tenth of all events (25.0%): a robot, or a test?",
    ),
    "fast_visitors": (
        [*CLEAN, *(Raw(f"f{n}", "fast", None, "page", NOON + n * MINUTE // 30, NOON + n * MINUTE // 30) for n in range(100))],
        "1 visitor with more than 20 events a minute on average: a robot?",
    ),
}


ELSEWHERE = {
    *("unreadable_source", "missing_column", "unexpected_type", "no_time_zone", "unreadable_time", "time_out_of_range"),
    *("received_at", "session_zone"),
}
"""Rules of which other tests below provoke the finding."""


def test_every_rule_is_provoked() -> None:
    """A rule that is never seen to find something proves nothing."""
    assert FAULTS.keys() | ELSEWHERE == RULES.keys()


def found(report: SourceReport) -> dict[str, str]:
    return {one.rule: one.says for one in report.findings}


def test_a_source_without_faults(engine) -> None:
    """Nothing is odd about it, and the settings in force fit it."""
    write_tracks(engine, CLEAN)
    with engine.connect() as connection:
        zone = connection.exec_driver_sql("SELECT current_setting('TimeZone')").scalar()
    report = examine_source(engine)
    assert found(report).keys() <= {"session_zone"}
    assert ("session_zone" in found(report)) == (zone not in {"UTC", "Etc/UTC"})
    assert not [one for one in report.settings if one.is_new]
    assert Settings(**tomllib.loads(report.toml)) == Settings()
    assert report.can_read


@pytest.mark.slow
@pytest.mark.parametrize("rule", FAULTS)
def test_each_fault_is_found(duckdb, rule) -> None:
    """By its rule, with the number of rows that it is about."""
    raws, says = FAULTS[rule]
    write_tracks(duckdb, raws)
    assert found(examine_source(duckdb))[rule] == says


def test_slow_clocks_or_slow_loads(duckdb) -> None:
    """If nothing is loaded within an hour, times may be local ones."""
    write_tracks(duckdb, shifted(-5 * HOUR))
    says = "95 % of the events were loaded 5 hours or more after they happened: times are local, or loads are slow."
    assert found(examine_source(duckdb))["times_not_utc"] == says


TYPES = "CREATE VIEW {name} AS SELECT id, anonymous_id, {user} AS user_id, event, {time} AS timestamp, {load} FROM tracks"


@pytest.mark.slow
def test_columns(engine) -> None:
    """Missing ones, numbers for ids, times without a zone, and a receipt that is no load."""
    write_tracks(engine, CLEAN)
    plain = "CAST(timestamp AS TIMESTAMP)"
    views = {
        "numbers": {"user": "7", "time": "timestamp", "load": "uuid_ts"},
        "zoneless": {"user": "user_id", "time": plain, "load": "uuid_ts"},
        "received": {"user": "user_id", "time": "timestamp", "load": "uuid_ts AS received_at"},
        "synced": {"user": "user_id", "time": "timestamp", "load": "uuid_ts AS _fivetran_synced"},
    }
    reports = {}
    with engine.begin() as connection:
        for name, parts in views.items():
            connection.exec_driver_sql(TYPES.format(name=name, **parts))
    for name in views:
        reports[name] = examine_source(engine, Settings(source_table=name))
    assert found(reports["numbers"])["unexpected_type"] == "user_id is INTEGER: numbers, read as text."
    assert found(reports["zoneless"])["no_time_zone"].startswith("timestamp has times without a zone, which are read as UTC.")
    assert "set overlap_hours to more than your loader takes" in found(reports["received"])["received_at"]
    assert "overlap_hours" not in tomllib.loads(reports["received"].toml)
    assert "overlap_hours" in reports["zoneless"].toml
    assert found(reports["synced"])["missing_column"] == "There is no column for loaded_at: missing; incremental builds need it."
    assert tomllib.loads(reports["synced"].toml)["loaded_at_column"] == "_fivetran_synced"
    columns = {one.role: (one.column, one.is_odd) for one in reports["synced"].figures.sources[0].columns}
    assert columns["loaded_at"] == (None, True)
    assert columns["user_id"] == ("user_id", False)


@pytest.mark.slow
def test_the_sessions_time_zone(engine) -> None:
    """If it is not UTC, that is said, and no figure changes."""
    write_tracks(engine, CLEAN)
    before = examine_source(engine)

    @event.listens_for(engine, "connect")
    def far_away(connection: Any, _record: Any) -> None:
        connection.cursor().execute("SET TIME ZONE 'Asia/Kolkata'")
        if engine.dialect.name == "postgresql":
            connection.commit()

    engine.dispose()
    after = examine_source(engine)
    assert found(after)["session_zone"].startswith("The session's time zone is Asia/Kolkata, not UTC.")
    now = {"examined_at": before.figures.examined_at, "session_zone": ""}
    assert replace(after.figures, **now) == replace(before.figures, **now)


def test_a_source_without_optional_columns(engine) -> None:
    """A source that never identified anyone, and whose rows have no load time."""
    write_tracks(engine, CLEAN, without={"user_id", "uuid_ts"})
    report = examine_source(engine)
    assert [one.says for one in report.findings if one.rule == "missing_column"] == [
        "There is no column for user_id: missing; read as null.",
        "There is no column for loaded_at: missing; incremental builds need it.",
    ]
    assert report.figures.visitors.number == 30


@pytest.mark.slow
def test_files(duckdb) -> None:
    """Texts that are no times, and numbers out of range."""
    rows = "id,anonymous_id,event,timestamp\na,d,x,2026-01-31 12:00:00\nb,d,x,yesterday\nc,d,x,2026-01-31T13:00:00Z\n"
    Path("events.csv").write_text(rows, encoding="utf-8")
    found_there = found(examine_source(duckdb, Settings(tracks="events.csv")))
    assert found_there["unreadable_time"] == "1 row (33.3%): text that is not a time; excluded from all relations."
    assert found_there["unexpected_type"] == "timestamp is TEXT: text, read as a time; UTC unless it has an offset."
    with duckdb.begin() as connection:
        numbers = "SELECT 'e' || n AS id, 'd' AS anonymous_id, 'x' AS event, 1e15 * n AS timestamp FROM range(3) AS r(n)"
        connection.exec_driver_sql(f"CREATE TABLE tracks AS {numbers}")
    found_there = found(examine_source(duckdb, Settings(epoch_unit="ms")))
    assert found_there["time_out_of_range"].startswith("2 rows (66.7%): a time outside of the years 1 to 9999")


def test_a_source_that_cannot_be_read(duckdb) -> None:
    """It is said, and the others are examined; if none can be read, that is an error that names what is missing."""
    write_sources(duckdb, CLEAN, {"tracks": ()})
    write_tracks(duckdb, CLEAN, name="pages", without={"timestamp"})
    report = examine_source(duckdb, Settings(sources=["tracks", "pages"]))
    assert not report.can_read
    assert found(report)["unreadable_source"].startswith("It cannot be read: pages has no column 'timestamp'")
    assert report.figures.visitors.events == len(CLEAN)
    with pytest.raises(SourceError, match="pages has no column 'timestamp'"):
        examine_source(duckdb, Settings(source_table="pages"))


def test_a_filter(duckdb) -> None:
    """What it leaves out is counted, and is in no other figure."""
    bot = replace(CLEAN[-1], id=None, event="bot", user_id="null")
    write_tracks(duckdb, [*CLEAN[:-1], bot])
    report = examine_source(duckdb, Settings(where=[{"column": "event", "operator": "!=", "value": "bot"}]))
    (source,) = report.figures.sources
    assert (source.profile.rows, source.profile.filtered, source.profile.event_id_null) == (60, 1, 0)
    assert source.lateness
    assert source.loads
    assert (source.lateness.number, source.loads.number, report.figures.visitors.events) == (59, 58, 59)
    assert (report.figures.duplicates.rows, report.figures.ids) == (59, ())


@pytest.mark.slow
def test_ids_are_shown_as_they_were_sent(duckdb) -> None:
    """Also if results hold hashes, and without the key: a hash of a placeholder cannot be recognized, nor ignored."""
    write_tracks(duckdb, one(user_id="null"))
    report = examine_source(duckdb, Settings(hash_ids=True))
    assert tomllib.loads(report.toml)["ignored_ids"] == ["null"]
    assert report.figures == replace(examine_source(duckdb).figures, examined_at=report.figures.examined_at)


NASTY = 'it\'s "x" \\ \n\t\x7f\x1b[31m \u202e 😀'


@pytest.mark.slow
def test_the_settings_can_be_pasted(engine) -> None:
    """The settings reader reads back what was proposed, with every id as it is; those in force are kept."""
    raws = [replace(raw, user_id="NULL" if n < 5 else raw.user_id) for n, raw in enumerate(CLEAN)]
    raws += [Raw(f"k{n}", NASTY, f"p{n}", "page", NOON + n * MINUTE, NOON + n % 50 * DAY // 2) for n in range(100)]
    write_tracks(engine, raws)
    in_force = Settings(ignored_ids=["kept"], deduplicate=False, idle_minutes=45)
    write_tracks(engine, [*raws, raws[-1]])
    report = examine_source(engine, in_force)
    assert all(one.is_new for one in report.settings if one.setting in {"ignored_ids", "overlap_hours", "deduplicate"})
    Path("sessionmodels.toml").write_text(report.toml, encoding="utf-8")
    settings = Settings()
    assert settings.ignored_ids == ["kept", NASTY, "NULL"]
    assert (settings.overlap_hours, settings.deduplicate, settings.idle_minutes) == (24, True, 45)
    assert "\x1b" not in report.toml
    assert "\x7f" not in report.toml
    after = examine_source(engine)
    assert not {"placeholder_id", "many_users", "slow_loads"} & found(after).keys()
    assert {one.setting for one in after.settings} == {"overlap_hours", "idle_minutes"}
    assert all("# " in line for line in report.toml.splitlines() if line.startswith(" "))


def test_text_and_plain_data(duckdb) -> None:
    """People see what is odd, every figure and the settings; machines get the same, and nothing controls a terminal."""
    raws = [*CLEAN, *(Raw(f"k{n}", "\x1b[31m<b>" + "y" * 99, f"p{n}", "page", NOON, NOON) for n in range(100))]
    write_tracks(duckdb, raws)
    report = examine_source(duckdb)
    text = str(report)
    assert text.startswith("Examined 160 rows of tracks, loaded since 2025-12-08 23:01:00 UTC; --since reads older ones.\n")
    for shown in ("1 device with 100 users", "loaded after the event", "idle_minutes  sessions", "up to 30 minutes", report.toml):
        assert shown in text
    assert "\x1b" not in text + report.to_json()
    assert "<b>" not in report._repr_html_()
    assert "y" * 60 not in text.partition("Settings that fit")[0]
    plain = json.loads(report.to_json())
    assert plain == report.to_dict()
    assert plain["toml"] == report.toml
    assert plain["sessions"]["30"] == report.sessions[30]
    assert plain["figures"]["sources"][0]["profile"]["rows"] == 160
    assert plain["figures"]["visitors"]["pauses"]["longer"] == report.figures.visitors.pauses["longer"]
