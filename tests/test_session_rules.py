"""Where a session starts, rule by rule and all together, against the plain-Python oracle and figures worked out by hand."""

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from graphs import GRAPHS, chosen_by, write_graph
from hypothesis import given
from laws import examples
from oracle import DBT, MINUTE, Raw, Rules, sessionize
from session_rules import CLOCK_CHANGES, RULES, busy_visitors, midnights
from streams import DICE, many_streams
from tables import assert_same, read, read_all, write_tracks

from sessionmodels import Settings, build_all
from sessionmodels.offline.script import write_statements
from sessionmodels.sql.instant import Instant, ZonedInstant
from sessionmodels.sql.local_date import date_in_zone
from sessionmodels.warehouses import WAREHOUSES
from sessionmodels.warehouses.render import dialect_of, text_of

pytestmark = pytest.mark.usefixtures("unguarded")

NOON = 1_767_614_400_000_000  # 2026-01-05T12:00Z
IDLE = 30 * MINUTE
SDK_COLUMN, CAMPAIGN_COLUMN = "context_session_id", "context_campaign_source"


IDENTITY_BESIDE = {"sdk": "first", "start events": "device", "campaign": "point_in_time", "midnight": "table"}
"""The identity with which a rule is held, where it is not the default one: whose an event is, no rule asks."""

KEPT_AND_AS_VIEWS = (False, False), (True, True), (True, False)
"""Whether duplicates are kept, and whether views find whose an event is."""


@pytest.mark.slow
@pytest.mark.parametrize("name", RULES)
def test_any_stream(kept_engine, name) -> None:
    """Each rule alone, and all together: on busy visitors, and on whatever arrives.

    Each identity is held beside one of them, also where duplicates are kept, and where views find whose an event is.
    """
    identity, ways = IDENTITY_BESIDE.get(name, "latest"), dict[str, tuple[bool, bool]]()

    @examples(kept_engine, 3)
    @given(dice=DICE, others=many_streams(8), graph=GRAPHS)
    def law(dice, others, graph) -> None:
        raws = [*busy_visitors(20, dice), *others]
        write_tracks(kept_engine, raws)
        write_graph(kept_engine, graph)
        # In turns, because few examples are drawn; one that is drawn again is held as before.
        keep, views = ways.setdefault(repr((raws, graph)), KEPT_AND_AS_VIEWS[len(ways) % len(KEPT_AND_AS_VIEWS)])
        kinds: Any = dict.fromkeys(("aliases_mapping", "session_events"), "view") if views else {}
        chosen = Settings(**RULES[name], **chosen_by(identity), deduplicate=not keep, kinds=kinds)
        build_all(kept_engine, chosen)
        rules = Rules(**RULES[name], identity=identity, graph=tuple(graph), deduplicate=not keep)
        assert_same(read_all(kept_engine, chosen), sessionize(raws, rules)[0])

    law()
    assert set(ways.values()) >= {*KEPT_AND_AS_VIEWS[:2]}


def visit(*events: tuple, device: str | None = "d", user: str | None = None) -> list[Raw]:
    """Return one visitor's events: when, and what of the name and the context matters."""
    return [
        Raw(
            f"{n:02}",
            more.pop("device", device),
            more.pop("user", user),
            more.pop("event", "x"),
            NOON + at,
            None,
            (*more.items(),),
        )
        for n, (at, more) in enumerate((at, dict(more)) for at, more in events)
    ]


def starts(engine, raws: list[Raw], **rules) -> list[tuple[int, str]]:
    """Return which events start a session, by their place, and why; hold all else against the oracle."""
    write_tracks(engine, raws)
    build_all(engine, Settings(**rules))
    base = DBT if rules.pop("compatibility", None) else Rules()
    assert_same(read_all(engine), sessionize(raws, replace(base, **rules))[0])
    rows = sorted(read(engine, "sessions"), key=lambda row: row["session_sequence_number"])
    return [(int(row["session_key"]), row["start_reason"]) for row in rows]


def sdk(text: str) -> dict:
    return {SDK_COLUMN: text}


def campaign(source: str, **more: str) -> dict:
    return {CAMPAIGN_COLUMN: source, **{f"context_campaign_{name}": text for name, text in more.items()}}


@pytest.mark.slow
def test_only_a_pause(duckdb) -> None:
    """By default: exactly half an hour stays inside, and one microsecond more does not."""
    raws = visit((0, {}), (IDLE, {}), (2 * IDLE + 1, {}), (2 * IDLE + 1, {}))
    assert starts(duckdb, raws) == [(0, "first"), (2, "idle")]


@pytest.mark.slow
def test_equal_sessions_of_the_sdk_join_across_any_pause(duckdb) -> None:
    """As long as both events say so: where one is silent, the pause decides, to the microsecond."""
    days = 3 * 24 * 60 * MINUTE
    raws = visit((0, sdk("1")), (days, sdk("1")), (days + IDLE, {}), (days + 2 * IDLE + 1, {}), (2 * days, sdk("1")))
    assert starts(duckdb, raws, sdk_sessions=True) == [(0, "first"), (3, "idle"), (4, "idle")]


@pytest.mark.slow
def test_another_session_of_the_sdk(duckdb) -> None:
    """Starts one without any pause, and so does the same number of another device; a pause is not asked about then."""
    raws = visit((0, sdk("1")), (0, sdk("2")), (1, sdk("2") | {"device": "D"}), (9 * IDLE, sdk("3") | {"device": "D"}), user="u")
    assert starts(duckdb, raws, sdk_sessions=True) == [(0, "first"), (1, "sdk"), (2, "sdk"), (3, "sdk")]


@pytest.mark.slow
def test_a_session_of_the_sdk_without_a_device(duckdb) -> None:
    """No device is one device, and another than any."""
    raws = visit((0, sdk("1")), (9 * IDLE, sdk("1")), (9 * IDLE, sdk("1") | {"device": "d"}), device=None, user="u")
    assert starts(duckdb, raws, sdk_sessions=True) == [(0, "first"), (2, "sdk")]


@pytest.mark.slow
def test_start_events(duckdb) -> None:
    """Each of them starts one, to the letter, also two at one moment."""
    raws = visit(*((0, {"event": name}) for name in ("x", "open", "open", "Open", None, "open ")))
    assert starts(duckdb, raws, start_events=("open",)) == [(0, "first"), (1, "start_event"), (2, "start_event")]


@pytest.mark.slow
def test_campaigns(duckdb) -> None:
    """The first one, one that differs in any of the five, and one that comes back; not the same again after others without."""
    carried = ({}, campaign("a"), {}, campaign("a"), campaign("a", term="t"), {}, campaign("a"), campaign("a"), campaign("A"))
    raws = visit(*((n * MINUTE, more) for n, more in enumerate(carried)))
    expected = [(0, "first"), *((place, "campaign") for place in (1, 4, 6, 8))]
    assert starts(duckdb, raws, cut_on_campaign=True) == expected


@pytest.mark.slow
def test_a_campaign_is_remembered_across_sessions(duckdb) -> None:
    """After a pause, the last campaign carried before is still the one to compare with."""
    raws = visit((0, campaign("a")), (9 * IDLE, {}), (9 * IDLE + 1, campaign("a")), (9 * IDLE + 2, campaign("b")))
    assert starts(duckdb, raws, cut_on_campaign=True) == [(0, "first"), (1, "idle"), (3, "campaign")]


@pytest.mark.slow
@pytest.mark.parametrize("zone", CLOCK_CHANGES)
def test_midnight_on_both_clock_changes(kept_engine, zone) -> None:
    """At the first microsecond of a day of 23 or 25 hours, and of the day after it; and sessions are dated so."""
    begins = sorted(moment for (where, _, _), moment in midnights().items() if where == zone)
    raws = visit(*((moment - NOON + at, {}) for moment in begins for at in (-10 * MINUTE, -1, 0, 1, 10 * MINUTE)))
    chosen = {"cut_at_midnight": True, "time_zone": zone}
    expected = [(5 * n + place, reason) for n in range(4) for place, reason in ((0, "idle"), (2, "midnight"))]
    assert starts(kept_engine, raws, **chosen) == [(0, "first"), *expected[1:]]
    dates = [row["session_date"] for row in sorted(read(kept_engine, "sessions"), key=lambda row: row["session_sequence_number"])]
    assert dates[1::2] == [
        day if after == 0 else f"{day[:-2]}{int(day[-2:]) + 1:02}" for day in CLOCK_CHANGES[zone] for after in (0, 1)
    ]
    assert {reason for _, reason in starts(kept_engine, raws, cut_at_midnight=True)} == {"first", "idle"}


@pytest.mark.slow
def test_dates_at_the_ends_of_time(kept_engine) -> None:
    """The first and the last day are dated at UTC, because the day beside them is in no year that every warehouse knows."""
    first, last, day = -62_135_596_800_000_000, 253_402_300_799_999_999, 24 * 60 * MINUTE
    moments = first, first + day - 1, first + day, last - day, last - day + 1, last
    for zone in ("America/New_York", "Pacific/Kiritimati"):
        starts(kept_engine, visit(*((at - NOON, {}) for at in moments)), cut_at_midnight=True, time_zone=zone)


@pytest.mark.slow
def test_exactly_so_many_minutes(duckdb) -> None:
    """A cut is where a span is whole, counted from the uncut start: the cuts between do not move the next one."""
    ten = 10 * MINUTE
    moments = 0, ten - 1, ten, 2 * ten - 1, 4 * ten + 5 * MINUTE, 5 * ten - 1, 5 * ten, 5 * ten
    raws = visit(*((at, {}) for at in moments))
    expected = [(0, "first"), (2, "too_long"), (4, "too_long"), (6, "too_long")]
    assert starts(duckdb, raws, max_session_minutes=10) == expected


@pytest.mark.slow
def test_another_rule_starts_the_spans_anew(duckdb) -> None:
    """A session that a start event starts is as long as any."""
    raws = visit((0, {}), (9 * MINUTE, {"event": "open"}), (11 * MINUTE, {}), (19 * MINUTE - 1, {}), (19 * MINUTE, {}))
    expected = [(0, "first"), (1, "start_event"), (4, "too_long")]
    assert starts(duckdb, raws, max_session_minutes=10, start_events=("open",)) == expected


@pytest.mark.slow
def test_the_first_reason_is_given(duckdb) -> None:
    """Of an event for which every rule holds, and then for one fewer each time, in the contract's order."""
    midnight = midnights()["Europe/Berlin", "2026-03-29", 0] - NOON
    all_of_them = campaign("a") | {"event": "open"}
    raws = visit(
        (midnight - 90 * MINUTE, sdk("1")),
        (midnight - 40 * MINUTE, sdk("2") | all_of_them),  # and after a pause
        (midnight - 9 * MINUTE, campaign("b") | {"event": "open"}),  # after a pause
        (midnight, campaign("a") | {"event": "open"}),
        (midnight + 24 * 60 * MINUTE - MINUTE - 60 * MINUTE, campaign("a")),  # after a pause, to the end of the short day
        (midnight + 23 * 60 * MINUTE, campaign("b")),
        (midnight + 23 * 60 * MINUTE + 9 * MINUTE, {}),
        (midnight + 47 * 60 * MINUTE - 1, {}),
        (midnight + 47 * 60 * MINUTE, {}),
        (midnight + 47 * 60 * MINUTE + 7 * MINUTE, {}),
    )
    rules = dict(RULES["all"]) | {"start_events": ("open",), "time_zone": "Europe/Berlin", "max_session_minutes": 7}
    reasons = ["first", "sdk", "idle", "start_event", "idle", "campaign", "too_long", "idle", "midnight", "too_long"]
    assert [reason for _, reason in starts(duckdb, raws, **rules)] == reasons


@pytest.mark.slow
def test_whole_minutes_are_of_a_pause_alone(duckdb) -> None:
    """With `compatibility="dbt"`: a pause of 31:00, but a span of ten minutes to the microsecond."""
    moments = 0, 10 * MINUTE - 1, 10 * MINUTE, 41 * MINUTE - 1, 72 * MINUTE - 1
    raws = visit(*((at, {}) for at in moments))
    expected = [(0, "first"), (2, "too_long"), (3, "too_long"), (4, "idle")]
    assert starts(duckdb, raws, compatibility="dbt", max_session_minutes=10) == expected


@pytest.mark.slow
def test_columns_that_no_source_has(duckdb) -> None:
    """A rule that compares them never applies, and is not in the SQL; a source with some of the campaign's is enough."""
    raws = visit((0, {}), (1, {}), (IDLE + 2, {}))
    assert starts(duckdb, raws, sdk_sessions=True, cut_on_campaign=True) == [(0, "first"), (2, "idle")]
    chosen = Settings(context={"utm_source": [CAMPAIGN_COLUMN]}, cut_on_campaign=True)
    write_tracks(duckdb, visit((0, campaign("a")), (1, campaign("a")), (2, campaign("b"))))
    build_all(duckdb, chosen)
    assert sorted(row["start_reason"] for row in read(duckdb, "sessions", chosen)) == ["campaign", "first"]


WORDS = {
    "sdk": "previous_sdk_session_id",
    "start events": "'start_event'",
    "campaign": "brings_campaign",
    "midnight": "'midnight'",
    "longest": "'too_long'",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["none", *RULES])
def test_a_rule_that_is_off_is_not_in_the_sql(name) -> None:
    """Neither where events are marked nor where reasons are found, nor is a window that none of the rules in force needs."""
    chosen = Settings(**RULES.get(name, {}))
    text = "\n".join(write_statements(chosen, "duckdb"))
    assert {one for one, word in WORDS.items() if word in text} == (set(WORDS) if name == "all" else {name} & set(WORDS))
    assert ("lag(counted.ended_at)" in text) == (name != "none")


@pytest.mark.parametrize(
    ("dialect", "words"),
    [
        ("duckdb", "CAST((moment AT TIME ZONE 'Europe/Berlin') AS DATE)"),
        ("postgresql", "CAST((moment AT TIME ZONE 'Europe/Berlin') AS DATE)"),
        ("bigquery", "DATE(`moment`, 'Europe/Berlin')"),
        (
            "snowflake",
            "CAST(CONVERT_TIMEZONE('UTC', 'Europe/Berlin', CAST(CONVERT_TIMEZONE('UTC', moment) AS TIMESTAMP_NTZ(6))) AS DATE)",
        ),
        ("redshift", "CAST(CONVERT_TIMEZONE('UTC', 'Europe/Berlin', moment) AS DATE)"),
    ],
)
def test_how_a_date_in_a_zone_is_spelled(dialect, words) -> None:
    """By each warehouse's own function; a time without a zone is taken as UTC."""
    speaks = dialect_of(WAREHOUSES[dialect])
    assert text_of(date_in_zone(sa.column("moment", ZonedInstant()), "Europe/Berlin"), speaks) == words
    plain = text_of(date_in_zone(sa.column("moment", Instant()), "Europe/Berlin"), speaks)
    assert plain == {
        "snowflake": "CAST(CONVERT_TIMEZONE('UTC', 'Europe/Berlin', CAST(moment AS TIMESTAMP_NTZ(6))) AS DATE)",
        "bigquery": words,
        "redshift": words,
    }.get(dialect, "CAST(((moment AT TIME ZONE 'UTC') AT TIME ZONE 'Europe/Berlin') AS DATE)")
