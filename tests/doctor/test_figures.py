"""Every figure of an examination is that of plain Python, of a source with every fault; also on every warehouse."""

from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from typing import Any

import oracle_doctor as oracle
import pytest
from oracle import MINUTE, Raw, Rules
from tables import EPOCH, instant, microseconds, write_sources, write_tracks

from sessionmodels import Settings, examine_source
from sessionmodels.doctor.run import plan_examination
from sessionmodels.doctor.visitors import PAUSES

HOUR, DAY = 60 * MINUTE, 24 * 60 * MINUTE
LATEST = 1_780_300_800_000_000  # 2026-06-01T08:00Z
FUTURE = (datetime(2200, 1, 1, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)
BLANKS: tuple[Any, ...] = (None, "", "  ")
WORDS = "null", "NULL", "Unknown", "undefined", "00000000-0000-0000-0000-000000000000", "[object Object]", "0", "0-0"


def usual(dice: Random, number: int) -> Raw:
    """Return a row as it should be, loaded at some hour of the last days, late by minutes or days."""
    loaded = LATEST - dice.randrange(20 * 24) * HOUR - dice.randrange(MINUTE)
    late = dice.choice([dice.randrange(20) * MINUTE, dice.randrange(30 * HOUR), dice.randrange(1_000_000), 31 * MINUTE])
    device, user = f"d{dice.randrange(30)}", dice.choice([None, None, f"u{dice.randrange(15)}"])
    return Raw(f"e{number}", device, user, dice.choice(["page", "click"]), loaded - late, loaded)


def broken(dice: Random, raw: Raw) -> Raw:
    """Return the row with a fault, or as it is."""
    faults = [
        {"id": dice.choice(BLANKS)},
        {"anonymous_id": dice.choice(BLANKS)},
        {"anonymous_id": dice.choice(BLANKS), "user_id": dice.choice(BLANKS)},
        {"user_id": dice.choice(WORDS)},
        {"anonymous_id": dice.choice(WORDS), "user_id": dice.choice([None, "u1", "u2"])},
        {"event": dice.choice(BLANKS)},
        {"timestamp": None},
        {"loaded_at": None},
        {"timestamp": dice.choice([FUTURE, 0, LATEST - 400 * DAY, (raw.loaded_at or 0) + dice.choice([4, 6]) * MINUTE])},
        {"id": f"e{dice.randrange(20)}"},
        {"id": f"e{dice.randrange(5)}", "timestamp": raw.timestamp},
    ]
    return replace(raw, **dice.choice(faults)) if dice.random() < 0.4 else raw


@cache
def faulty(rows: int = 300) -> tuple[Raw, ...]:
    """Return rows with every fault, and a device of a hundred users, a user of a thousand devices, an early and a late load."""
    dice = Random(7)
    some = [broken(dice, usual(dice, number)) for number in range(rows)]
    kiosk = [Raw(f"k{n}", "kiosk", f"person{n}", "page", LATEST - n * MINUTE, LATEST) for n in range(100)]
    almost = [Raw(f"l{n}", "lobby", f"guest{n}", "page", LATEST - n * MINUTE, LATEST) for n in range(99)]
    service = [Raw(f"s{n}", f"pc{n}", "service", "page", LATEST - n * HOUR, LATEST) for n in range(1000)]
    wrong_load = Raw("loaded in the future", "d1", None, "page", LATEST, FUTURE)
    return (*some, *kiosk, *almost, *service, wrong_load, replace(some[0], id="x", user_id="u" * 65_536))


OLD = [Raw(f"old{n}", f"old{n}", None, "page", LATEST - 31 * DAY - n * MINUTE, LATEST - 31 * DAY) for n in range(20)]
"""Rows before the window."""


def plain(found: Any) -> dict[str, Any]:
    return {name: microseconds(value) for name, value in asdict(found).items()}


def now_of(report) -> int:
    found = microseconds(report.figures.examined_at)
    assert isinstance(found, int)
    return found


def assert_as_in_python(report, raws: list[Raw], rules: Rules, settings: Settings) -> None:
    """Hold the figures of one source against plain Python's."""
    (source,) = report.figures.sources
    assert plain(source.profile) == oracle.profile(raws, now_of(report), rules.ignored_ids)
    assert plain(source.lateness) == oracle.lateness(raws)
    assert plain(source.loads) == oracle.loads(raws)
    assert plain(report.figures.duplicates) == oracle.duplicates(raws, rules)
    assert {(one.column, one.id, one.events, one.others, one.is_placeholder) for one in report.figures.ids} == (
        oracle.suspicious_ids(raws)
    )
    assert_visitors(report, raws, rules, settings)


def assert_visitors(report, raws: list[Raw], rules: Rules, settings: Settings) -> None:
    """Hold the visitors, their pauses and the numbers of sessions against plain Python's."""
    listed, pauses = oracle.visitors(raws, rules)
    found = report.figures.visitors
    assert (found.number, found.events) == (len(listed), len(listed) + len(pauses))
    heaviest = [(one.visitor, one.events, microseconds(one.first), microseconds(one.last)) for one in found.heaviest]
    assert heaviest == listed[:10]
    assert {length: number for length, number in found.longer.items() if length in PAUSES.values()} == {
        length: sum(pause > length for pause in pauses) for length in PAUSES.values()
    }
    assert sum(found.pauses.values()) == len(pauses)
    minutes = sorted({5, 15, 30, 60, 120, settings.idle_minutes})
    assert report.sessions == {one: oracle.sessions(raws, one, rules) for one in minutes}


VARIANTS: dict[str, tuple[dict[str, Any], Rules]] = {
    "default": ({}, Rules()),
    "ignored": ({"ignored_ids": ["null", "Unknown"]}, Rules(ignored_ids=("null", "Unknown"))),
    "dbt": ({"compatibility": "dbt", "idle_minutes": 31}, Rules(dbt=True, deduplicate=False)),
    "point in time": ({"identity": "point_in_time"}, Rules(identity="point_in_time")),
}


@pytest.mark.slow
@pytest.mark.parametrize("variant", ["default", "dbt"])
def test_every_figure(duckdb, variant) -> None:
    """Of the last thirty days up to the latest load that is not in the future."""
    chosen, rules = VARIANTS[variant]
    raws = list(faulty())
    write_tracks(duckdb, [*OLD, *raws])
    report = examine_source(duckdb, Settings(**chosen))
    assert report.figures.sources[0].since == instant(LATEST - 30 * DAY)
    assert_as_in_python(report, raws, rules, Settings(**chosen))
    lacking = {name for name, value in asdict(report.figures.sources[0].profile).items() if value == 0}
    assert lacking == {"filtered", "event_id_long", "anonymous_id_long", "unreadable_time", "time_out_of_range"}


@pytest.mark.slow
@pytest.mark.parametrize("variant", ["ignored", "point in time"])
def test_under_other_settings(duckdb, variant) -> None:
    """Those that decide which ids count, and whose an event is."""
    chosen, rules = VARIANTS[variant]
    raws = list(faulty(60))[:200]
    write_tracks(duckdb, raws)
    assert_as_in_python(examine_source(duckdb, Settings(**chosen)), raws, rules, Settings(**chosen))


@pytest.mark.slow
def test_every_warehouse(warehouse) -> None:
    """Every query runs on every warehouse, the dialect and the emulators, and gives the same figures."""
    raws = [one for one in faulty(60)[:120] if len(one.user_id or "") < 100]
    write_tracks(warehouse, [*OLD, *raws])
    told: list[str] = []
    report = examine_source(warehouse, tell=told.append)
    in_window = raws if any(one.loaded_at == LATEST for one in raws) else [*OLD, *raws]
    assert_as_in_python(report, in_window, Rules(), Settings())
    is_bigquery = warehouse.dialect.name == "bigquery"
    assert (report.figures.bytes_read is not None) == bool(told) == is_bigquery
    if is_bigquery:
        assert all(one.startswith("BigQuery reads ") for one in told)
    planned = plan_examination(warehouse, Settings())
    assert {one.bytes_read is not None for one in planned} == {is_bigquery}


@pytest.mark.slow
def test_a_given_window(duckdb) -> None:
    """Rows loaded before it are not counted, whatever `loaded_since` says."""
    raws = [Raw(f"e{n}", "d", None, "x", LATEST - n * DAY, LATEST - n * DAY) for n in range(90)]
    write_tracks(duckdb, raws)
    for given, setting, days in ((None, None, 31), (50, None, 51), (50, 10, 11), (None, 40, 31)):
        since = instant(LATEST - given * DAY) if given else None
        settings = Settings(loaded_since=instant(LATEST - setting * DAY) if setting else None)
        (source,) = examine_source(duckdb, settings, since=since).figures.sources
        assert source.profile.rows == days


def test_without_load_times(engine) -> None:
    """The window is one of events, and rows without a time are in it. Events of long ago are counted outside of it, too."""
    raws = [Raw(f"e{n}", "d", None, "x", LATEST - n * DAY) for n in range(90)]
    raws += [Raw("none", "d", None, "x", None), Raw("ahead", "d", None, "x", FUTURE), Raw("early", "d", None, "x", 0)]
    write_tracks(engine, raws, without={"uuid_ts"})
    report = examine_source(engine)
    (source,) = report.figures.sources
    assert (source.by, source.since, source.lateness, source.loads) == ("timestamp", instant(LATEST - 30 * DAY), None, None)
    assert source.profile.rows == 31 + 2
    assert (source.profile.no_time, source.profile.in_future, source.profile.long_ago) == (1, 1, 1)
    assert "missing_column" in {one.rule for one in report.findings}


@pytest.mark.slow
def test_several_sources(duckdb) -> None:
    """Each has its own window and figures; visitors and duplicates are those of all of them together."""
    dice, names = Random(3), ("tracks", "pages", "order_completed")
    raws = [replace(usual(dice, number % 200), source=dice.choice(names)) for number in range(300)]
    raws = [
        replace(one, event=None if one.source == "pages" else one.event, user_id=None if one.source == "pages" else one.user_id)
        for one in raws
    ]
    raws = [replace(one, loaded_at=None) if one.source == "order_completed" else one for one in raws]
    write_sources(duckdb, raws, {"tracks": (), "pages": ("event", "user_id"), "order_completed": ("event", "uuid_ts")})
    report = examine_source(duckdb, Settings(sources=list(names)))
    rules = Rules(sources=(("tracks", None), ("pages", "page"), ("order_completed", "order_completed")))
    assert [one.name for one in report.figures.sources] == list(names)
    assert [one.profile.rows for one in report.figures.sources] == [sum(raw.source == name for raw in raws) for name in names]
    assert plain(report.figures.duplicates) == oracle.duplicates(raws, rules)
    assert report.figures.duplicates.in_several_sources
    assert_visitors(report, raws, rules, Settings())
    tracks, pages, _ = report.figures.sources
    assert plain(tracks.lateness) == oracle.lateness([raw for raw in raws if raw.source == "tracks"])
    assert pages.profile.user_id_null == pages.profile.rows
    assert pages.profile.no_event == 0


def test_no_rows_at_all(engine) -> None:
    """Nothing is odd about an empty source but that."""
    write_tracks(engine, [])
    report = examine_source(engine)
    assert report.figures.sources[0].profile.rows == report.figures.visitors.number == report.figures.duplicates.rows == 0
    assert report.figures.sources[0].since is None
    assert str(report)


@pytest.mark.parametrize(
    "numbers", [[], [5], [1, 1, 1, 9], list(range(-50, 51)), [7] * 99 + [1000], [Random(1).randrange(50) for _ in range(997)]]
)
def test_percentiles(duckdb, numbers) -> None:
    """They are values that are there, at ranks that are exact."""
    import sqlalchemy as sa  # noqa: PLC0415 - beside its only use

    from sessionmodels.doctor.percentiles import percentiles  # noqa: PLC0415

    of = (1, 5, 50, 95, 99, 100)
    values = sa.select(sa.func.unnest(sa.literal([None, *numbers], sa.ARRAY(sa.BigInteger))).label("value")).cte("numbers")
    values = sa.select(sa.cast(values.c.value, sa.BigInteger).label("value")).cte("typed_numbers")
    with duckdb.connect() as connection:
        (row,) = connection.execute(percentiles(values, of)).mappings()
    assert (row["number"], row["longest"]) == (len(numbers), max(numbers, default=None))
    assert [row[f"p{one}"] for one in of] == [oracle.percentile(numbers, one) for one in of]
