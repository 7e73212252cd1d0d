"""Every check can fail: one row is corrupted, and exactly that check fails, and those that must fail with it."""

import re
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
import sqlalchemy as sa
from engines import ENGINES, QUICK, on
from kept import kept_on
from loads import Statements
from oracle import MINUTE, Raw
from tables import write_tracks

from sessionmodels import Settings, build_all
from sessionmodels.checks import CHECKS
from sessionmodels.checks.check import Check
from sessionmodels.checks.plan import Planned, Subject, plan_checks
from sessionmodels.checks.result import CheckReport
from sessionmodels.checks.run import Levels, Runner, run_checks
from sessionmodels.models import MODELS
from sessionmodels.reading.built import built_graph
from sessionmodels.reading.check import check_on
from sessionmodels.relations.graph import Graph
from sessionmodels.sql import short_hash
from sessionmodels.warehouses import WAREHOUSES

pytestmark = pytest.mark.slow

BEFORE_NOON = 1_767_613_800_000_000  # 2026-01-05T11:50Z
TABLES: dict[str, Any] = {"kinds": dict.fromkeys(MODELS, "table")}


def event(name: str, at: int, device: str | None = "d", user: str | None = None, event: str = "x", **context: str) -> Raw:
    return Raw(name, device, user, event, BEFORE_NOON + at * MINUTE, None, tuple(context.items()))


RAWS = [
    event("a0", 0, event="viewed_product"),
    event("a1", 10, event="signup", context_campaign_source="ads"),
    event("a2", 20, event="page"),
    event("b0", 120, context_session_id="1"),
    event("b1", 130, context_session_id="2"),
    event("c0", 300),
    event("v0", 0, "v"),
    event("p0", 0, "p"),
    event("p1", 5, "p", "u"),
]
"""Three sessions of the visitor `d`, one of `v`, and one of `u`, who was not logged in at first on the device `p`."""


KEYS = {"alias": "p", "event_id": "a1", "session_id": "1 - v", "dbt_visitor_id": "v"}


def update(table: str, change: str, where: str) -> str:
    return f"UPDATE dbt_{table} SET {change} WHERE {where}"


def event_of(change: str, name: str = "a1") -> str:
    return update("session_events", change, f"event_id = '{name}'")


def session_of(change: str, name: str = "1 - v") -> str:
    return update("sessions", change, f"session_id = '{name}'")


def fact_of(change: str) -> str:
    return update("user_session_facts", change, "dbt_visitor_id = 'v'")


def copy(table: str, where: str) -> str:
    return f"INSERT INTO dbt_{table} SELECT * FROM dbt_{table} WHERE {where}"


UNKNOWN = """
INSERT INTO dbt_session_events
    (event_id, source, anonymous_id, dbt_visitor_id, timestamp, idle_time_minutes,
     session_id, session_sequence_number, track_sequence_number)
SELECT 'new', source, anonymous_id, dbt_visitor_id, timestamp, 40, '9 - d', 9, 1 FROM dbt_session_events WHERE event_id = 'c0'"""
GHOST = """
INSERT INTO dbt_user_session_facts
SELECT 'ghost', first_date, last_date, 1 FROM dbt_user_session_facts WHERE dbt_visitor_id = 'v'"""
BACKWARDS = "idle_time_minutes = CASE event_id WHEN 'a1' THEN 31 ELSE -11 END"

CORRUPTED: dict[str, tuple[str | tuple[str, ...], set[str]]] = {
    "session_events.event_id_unique": (event_of("event_id = 'b1'"), set()),
    "session_events.session_id_not_null": (
        event_of("session_id = NULL"),
        {"session_events.in_a_session", "sessions.num_pvs", "sessions.counted", "session_events.numbered"}
        | {"session_events.idle_times"},
    ),
    "session_events.track_sequence_number_not_null": (
        event_of("track_sequence_number = NULL"),
        {"session_events.numbered", "session_events.idle_times"},
    ),
    "session_events.pauses": (update("session_events", BACKWARDS, "event_id IN ('a1', 'a2')"), set()),
    "session_events.first_idle_time": (event_of("idle_time_minutes = NULL", "b0"), set()),
    "session_events.idle_times": (event_of("idle_time_minutes = 11"), set()),
    "session_events.numbered": (event_of("track_sequence_number = 7"), set()),
    "session_events.in_a_session": (UNKNOWN, set()),
    "session_events.session_id": (event_of("session_sequence_number = 2"), set()),
    "session_events.visitor": (update("aliases_mapping", "dbt_visitor_id = 'u'", "alias = 'v'"), set()),
    "sessions.session_id_unique": (
        copy("sessions", "session_id = '3 - d'"),
        {"sessions.numbered", "sessions.next_start", "sessions.pauses", "user_session_facts.number_of_sessions"},
    ),
    "sessions.session_id_not_null": (
        session_of("session_id = NULL"),
        {"session_events.in_a_session", "sessions.has_events", "sessions.session_key"},
    ),
    "sessions.dbt_visitor_id_not_null": (
        session_of("dbt_visitor_id = NULL"),
        {"user_session_facts.every_visitor", "user_session_facts.has_sessions", "aliases_mapping.every_visitor"},
    ),
    "sessions.session_key": (session_of("session_key = 'v1'"), set()),
    "sessions.session_id": (
        tuple(update(one, "session_id = 'v'", "session_id = '1 - v'") for one in ("sessions", "session_events")),
        {"session_events.session_id"},
    ),
    "sessions.numbered": (
        session_of("session_sequence_number = 2"),
        {"sessions.session_id", "sessions.start_reason"},
    ),
    "sessions.ends_after_start": (
        session_of("ended_at = session_start_at - INTERVAL '1 minute'"),
        {"sessions.ends", "sessions.duration"},
    ),
    "sessions.duration": (session_of("session_duration = -1"), set()),
    "sessions.start_reason": (session_of("start_reason = 'sdk'", "2 - d"), set()),
    "sessions.overlap": (
        session_of("ended_at = next_session_start_at + INTERVAL '1 second'", "1 - d"),
        {"sessions.ends", "sessions.duration", "sessions.pauses"},
    ),
    "sessions.next_start": (session_of("next_session_start_at = NULL", "1 - d"), set()),
    "sessions.pauses": (
        session_of("ended_at = next_session_start_at - INTERVAL '30 minutes'", "1 - d"),
        {"sessions.ends", "sessions.duration"},
    ),
    "sessions.has_events": ("DELETE FROM dbt_session_events WHERE session_id = '3 - d'", {"sessions.session_key"}),
    "sessions.starts": (
        session_of("session_start_at = session_start_at - INTERVAL '1 second'"),
        {"sessions.duration", "user_session_facts.dates"},
    ),
    "sessions.ends": (session_of("ended_at = ended_at + INTERVAL '1 second'"), {"sessions.duration"}),
    "sessions.num_pvs": (session_of("num_pvs = num_pvs + 1"), set()),
    "sessions.counted": (session_of("cnt_signup = 0", "1 - d"), set()),
    "user_session_facts.dbt_visitor_id_not_null": (
        fact_of("dbt_visitor_id = NULL"),
        {"user_session_facts.every_visitor", "user_session_facts.has_sessions"},
    ),
    "user_session_facts.every_visitor": ("DELETE FROM dbt_user_session_facts WHERE dbt_visitor_id = 'v'", set()),
    "user_session_facts.has_sessions": (
        GHOST,
        set(),
    ),
    "user_session_facts.number_of_sessions": (fact_of("number_of_sessions = 2"), set()),
    "user_session_facts.dates": (fact_of("last_date = last_date + INTERVAL '1 day'"), set()),
    "aliases_mapping.alias_not_null": ("INSERT INTO dbt_aliases_mapping VALUES (NULL, 'u')", {"aliases_mapping.seen"}),
    "aliases_mapping.every_id": ("DELETE FROM dbt_aliases_mapping WHERE alias = 'p'", set()),
    "aliases_mapping.seen": ("INSERT INTO dbt_aliases_mapping VALUES ('ghost', 'u')", set()),
    "aliases_mapping.every_visitor": (
        "DELETE FROM dbt_aliases_mapping WHERE alias = 'v'",
        {"aliases_mapping.every_id"},
    ),
}
"""By check, the statements that corrupt a row, and what else must fail then."""

OTHER_SETTINGS: dict[str, dict[str, Any]] = {
    "session_events.start_events": {"start_events": ["signup"]},
    "session_events.campaigns": {"cut_on_campaign": True},
    "session_events.sdk_sessions": {"sdk_sessions": True},
    "sessions.midnights": {"cut_at_midnight": True, "time_zone": "Pacific/Majuro"},
    "sessions.longest": {"max_session_minutes": 20},
}
"""By check, the settings under which the sessions would have been cut otherwise."""


def fill(engine: sa.Engine) -> None:
    """Build the relations, all of them tables, which every test changes and rolls back."""
    write_tracks(engine, RAWS)
    build_all(engine, Settings(**TABLES))


built = kept_on(*ENGINES, fill=fill)


@cache
def planned(engine: sa.Engine) -> tuple[Graph, Planned]:
    """Bind the checks to these relations, once for all rows that are corrupted."""
    warehouse = WAREHOUSES[engine.dialect.name]
    with engine.connect() as connection:
        graph = built_graph(Settings(**TABLES), warehouse.catalogue(connection), warehouse)
    return graph, plan_checks(Subject(graph, dict.fromkeys(MODELS, "table")))


def corrupt(connection: sa.Connection, statements: tuple[str, ...]) -> None:
    for statement in statements:
        assert connection.exec_driver_sql(statement).rowcount


def failed(connection: sa.Connection, report: CheckReport) -> dict[str, int]:
    """Return the checks that failed, each with its number of rows, which its query finds again."""
    for one in report.failed:
        assert len(one.examples) == min(one.rows, 5), one.name
        again = connection.exec_driver_sql(one.query).all()
        assert len(again) == one.rows, one.name
    return {one.name: one.rows for one in report.failed}


def failing(engine: sa.Engine, *statements: str, **settings: Any) -> dict[str, int]:
    """Return the checks that fail after these statements, which are rolled back."""
    with engine.connect() as connection:
        corrupt(connection, statements)
        return failed(connection, check_on(connection, Settings(**TABLES, **settings), Levels(), {}))


READS = {one.scan.name: set(one.scan.reads) for one in CHECKS.values()}


def failing_of_those_that_read(engine: sa.Engine, *statements: str) -> dict[str, int]:
    """Return the checks that fail after these statements. Those that read no table that was changed cannot: they are not run."""
    graph, every = planned(engine)
    changed = {re.findall(r"dbt_(\w+)", one)[0] for one in statements}
    scans = tuple(one for one in every.scans if READS[one.name] & changed)
    with engine.connect() as connection:
        corrupt(connection, statements)
        runner = Runner(connection, WAREHOUSES[engine.dialect.name], graph, Levels())
        return failed(connection, run_checks(runner, replace(every, scans=scans), {}))


def corrupted(check: Check) -> tuple[tuple[str, ...], set[str]]:
    """Return the statements that make a check fail, and what else must fail then."""
    if check.name in CORRUPTED:
        statements, others = CORRUPTED[check.name]
        return (statements,) if isinstance(statements, str) else statements, others
    model = MODELS[check.relation]
    where = f"{model.key[0]} = '{KEYS[model.key[0]]}'"
    if check.rule.endswith("_unique"):
        return (copy(model.name, where),), set()
    return (update(model.name, f"{check.rule.removesuffix('_not_null')} = NULL", where),), set()


def test_nothing_is_corrupted(built) -> None:
    """Otherwise nothing below would prove anything; and what is planned below is every check that is run."""
    with built.connect() as connection:
        report = check_on(connection, Settings(**TABLES), Levels(), {})
    assert not report.failed
    _, every = planned(built)
    assert {one.name for scan in every.scans for one in scan.checks} == {one.name for one in report.having("passed")}


ALWAYS = [name for name in CHECKS if name not in OTHER_SETTINGS]
IN_OTHER_WORDS = (
    *("session_events.pauses", "session_events.session_id", "session_events.idle_times", "session_events.timestamp_not_null"),
    *("sessions.duration", "sessions.overlap", "sessions.next_start", "sessions.start_reason", "sessions.session_key"),
)
"""Checks in whose selects PostgreSQL has other words: of times, of texts, of nulls."""

BROKEN = [*(on(QUICK, name) for name in ALWAYS), *(on("postgresql", name) for name in IN_OTHER_WORDS)]


@pytest.mark.parametrize(("built", "name"), BROKEN, indirect=["built"])
def test_a_corrupted_row_is_found(built, name) -> None:
    """By that check, of which it is one row; and by no other than those named."""
    statements, others = corrupted(CHECKS[name])
    found = failing_of_those_that_read(built, *statements)
    assert found.keys() == {name, *others}
    assert found[name] == 1


def test_ids_are_counted_only_if_one_occurs_twice(built) -> None:
    """Before, short hashes prove that all differ."""
    asked = Statements(built)
    assert not failing(built)
    assert not [one for one in asked.run if "keys_of_" in one]
    failing(built, copy("session_events", "event_id = 'a1'"))
    assert [one for one in asked.run if "keys_of_session_events" in one]


def test_all_ids_share_a_hash(built, monkeypatch) -> None:
    """Then hashes prove nothing, and the ids themselves are counted: an id that occurs twice is found, and no other."""
    monkeypatch.setattr(short_hash, "short_hash", lambda _column: sa.literal(7))  # checks write their selects anew each time
    assert not failing(built)
    name = "session_events.event_id_unique"
    assert failing(built, *corrupted(CHECKS[name])[0]) == {name: 1}


@pytest.mark.parametrize("built", [QUICK], indirect=True)
@pytest.mark.parametrize("name", OTHER_SETTINGS)
def test_a_session_that_was_not_cut_is_found(built, name) -> None:
    """Under settings that would have cut it, and by no other check."""
    assert failing(built, **OTHER_SETTINGS[name]) == {name: 1}


def test_duplicates_that_are_kept(built) -> None:
    """An event id that is there twice breaks no rule then, and counts once."""
    twice = copy("session_events", "event_id = 'a1'")
    assert {"session_events.event_id_unique", "sessions.num_pvs"} <= failing(built, twice).keys()
    assert not failing(built, twice, deduplicate=False).keys() & {"session_events.event_id_unique", "sessions.num_pvs"}
