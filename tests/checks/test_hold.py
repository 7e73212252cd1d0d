"""After a build, every check holds: under every setting that alters what must hold, in full and incrementally."""

from random import Random
from typing import Any

import pytest
from engines import EMULATED
from facts import FACTS
from loads import Statements
from oracle import MINUTE, Raw
from session_rules import RULES, busy_visitors
from streams import CODES, STARTS, events
from tables import context_columns, write_tracks

from sessionmodels import Settings, TargetError, build_all, check_all
from sessionmodels.checks import CHECKS, DECLARED
from sessionmodels.checks import RULES as RULES_CHECKED
from sessionmodels.models import MODELS

pytestmark = pytest.mark.usefixtures("unguarded")

VARIANTS: dict[str, dict[str, Any]] = {
    "default": {},
    "SDK sessions, first user": {**RULES["sdk"], "identity": "first"},
    "start events, device": {**RULES["start events"], "identity": "device"},
    "campaigns, point in time": {**RULES["campaign"], "identity": "point_in_time"},
    "midnight, facts": {**RULES["midnight"], **FACTS},
    "longest session, duplicates kept": {**RULES["longest"], "deduplicate": False},
    "every rule": RULES["all"],
    "dbt": {"compatibility": "dbt"},
    "dbt with every rule": {"compatibility": "dbt", **RULES["all"]},
    "a short pause": {"idle_minutes": 3, "table_prefix": "Out_", "flow_depth": 1},
    "no counters, no context, all tables": {
        "event_counters": {},
        "context": {},
        "page_events": [],
        "kinds": dict.fromkeys(MODELS, "table"),
    },
    "all views": {"kinds": dict.fromkeys(MODELS, "view")},
}
"""Each session rule and identity, as the conformance stream pairs them; and what else alters what must hold."""

INCREMENTALLY = {"default", "longest session, duplicates kept", "dbt with every rule"}
"""Those that an incremental build is checked under: its rows are a full build's, under any settings (`tests/incremental`)."""

NEEDS: dict[str, tuple[str, ...]] = {
    "session_events.sdk_sessions": ("sdk_sessions",),
    "session_events.start_events": ("start_events",),
    "session_events.campaigns": ("cut_on_campaign",),
    "sessions.midnights": ("cut_at_midnight",),
    "sessions.longest": ("max_session_minutes",),
}
"""The checks that need a setting."""


def stream(number: int) -> list[Raw]:
    """Return busy visitors, and some of whom nothing is left as it is."""
    dice = Random(number)
    wild = [raw for n in range(9) for raw in events(n, dice.choice(STARTS), [dice.randrange(CODES) for _ in range(6)])]
    return [*busy_visitors(20, dice), *(raw for raw in wild if len(raw.anonymous_id or "") < 60_000)]


def hold(engine, settings: Settings) -> set[str]:
    """Assert that every check holds, and return those that were run."""
    report = check_all(engine, settings)
    assert {one.name for one in report.checks} == set(CHECKS)
    broken = [one for one in report.checks if one.outcome not in {"passed", "not_run"}]
    assert not broken, report
    assert report.other_settings == {}
    return {one.name for one in report.having("passed")}


@pytest.mark.slow
@pytest.mark.parametrize("variant", VARIANTS)
def test_every_check_holds(duckdb, variant) -> None:
    """In full, or after a build that goes on from a full one; and those that apply are run."""
    settings, raws = Settings(**VARIANTS[variant]), stream(len(variant))
    if variant in INCREMENTALLY:
        write_tracks(duckdb, raws[::2], context=context_columns(raws))
        build_all(duckdb, settings, incremental=True)
    write_tracks(duckdb, raws, context=context_columns(raws))
    result = build_all(duckdb, settings, incremental=variant in INCREMENTALLY)
    assert (result.mode == "incremental") == (variant in INCREMENTALLY)
    run = hold(duckdb, settings)
    for name, needed in NEEDS.items():
        assert (name in run) == all(getattr(settings, one) for one in needed), name
    assert ("session_events.event_id_unique" in run) == settings.deduplicate
    assert ("session_events.visitor" in run) == (settings.identity != "point_in_time")
    assert ("session_events.idle_times" in run) == (settings.compatibility == "exact")
    assert ("session_events.pauses" in run) != settings.sdk_sessions
    assert ("mapped_tracks.event_id_unique" in run) == (settings.kinds["mapped_tracks"] == "table")
    others = {one.name for one in RULES_CHECKED} - NEEDS.keys()
    assert others - run <= {"session_events.visitor", "session_events.idle_times", "session_events.pauses"}


@pytest.mark.slow
def test_an_identity_graph(duckdb) -> None:
    """A visitor whom only the graph knows is the visitor of an alias."""
    raws = [Raw(f"e{n}", f"d{n % 2}", "u" if n > 5 else None, "x", n * 20 * MINUTE) for n in range(9)]
    write_tracks(duckdb, raws)
    with duckdb.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE graph (other_id VARCHAR(9), main_id VARCHAR(9))")
        connection.exec_driver_sql("INSERT INTO graph VALUES ('d0', 'somebody'), ('u', 'somebody')")
    settings = Settings(identity_table="graph")
    build_all(duckdb, settings)
    assert "aliases_mapping.every_visitor" in hold(duckdb, settings)


@pytest.mark.slow
def test_several_sources(duckdb) -> None:
    """Events of all of them are in sessions like any other."""
    for name in ("tracks", "clicks"):
        write_tracks(duckdb, [Raw(f"{name}{n}", f"d{n % 2}", None, "x", n * 11 * MINUTE) for n in range(9)], name=name)
    settings = Settings(sources={"tracks": {}, "clicks": {}})
    build_all(duckdb, settings)
    hold(duckdb, settings)


@pytest.mark.slow
def test_no_events_at_all(duckdb) -> None:
    """Empty relations break no rule."""
    write_tracks(duckdb, [])
    build_all(duckdb)
    hold(duckdb, Settings())


@pytest.mark.slow
def test_every_warehouse(warehouse) -> None:
    """Every query runs on every warehouse, the dialect and the emulators, with every session rule and without.

    Without, it runs on the emulators in `test_publish.py`, whose builds are checked. Short hashes prove there that ids differ, so
    that the ids themselves are not counted.
    """
    settings: list[dict[str, Any]] = [{"compatibility": "dbt", **RULES["all"]}]
    if warehouse.dialect.name not in EMULATED:
        settings.append({})
    write_tracks(warehouse, stream(7)[::3])
    for rules in settings:
        build_all(warehouse, Settings(**rules))
        asked = Statements(warehouse)
        hold(warehouse, Settings(**rules))
        assert not [one for one in asked.run if "WITH" in one and "keys_of_" in one]


@pytest.mark.slow
def test_times_without_a_zone(engine) -> None:
    """The date of a time is right, whatever its type."""
    zone: dict[str, Any] = {"cut_at_midnight": True, "time_zone": "America/New_York"}
    write_tracks(engine, stream(3))
    with engine.begin() as connection:
        plain = "SELECT id, anonymous_id, user_id, event, CAST(timestamp AS TIMESTAMP) AS timestamp FROM tracks"
        connection.exec_driver_sql(f"CREATE VIEW plain AS {plain}")
    for source in ("plain", "tracks"):
        settings = Settings(source_table=source, table_prefix=f"{source}_", **zone)
        build_all(engine, settings)
        assert "sessions.midnights" in hold(engine, settings)


@pytest.mark.slow
def test_part_of_the_relations(duckdb) -> None:
    """What is not built is not checked, and is said not to have been."""
    write_tracks(duckdb, [Raw("e", "d", None, "x", 0)])
    with pytest.raises(TargetError, match="there is no 'dbt_sessions' in the default schema; build it first"):
        check_all(duckdb)
    build_all(duckdb, select="+session_events")
    report = check_all(duckdb)
    found = {one.name: one for one in report.checks}
    assert found["session_events.numbered"].why == "dbt_sessions is missing"
    assert found["user_session_facts.dates"].why == "dbt_sessions and dbt_user_session_facts are missing"
    assert found["session_events.pauses"].outcome == found["aliases_mapping.every_id"].outcome == "passed"
    assert report.passed


@pytest.mark.slow
def test_other_settings_than_those_of_the_build(duckdb) -> None:
    """A column that these settings give a relation is missing: that is said, instead of an error of the database."""
    write_tracks(duckdb, [Raw("e", "d", None, "x", 0)])
    build_all(duckdb)
    with pytest.raises(TargetError, match="dbt_sessions has no column 'orders', so it was built with other settings"):
        check_all(duckdb, Settings(event_counters={"cnt_signup": ["signup"], "orders": ["ordered"]}))


@pytest.mark.slow
def test_the_source_is_not_read(duckdb) -> None:
    """Whoever checks need not be allowed to read the raw events, which may be gone."""
    write_tracks(duckdb, [Raw("e", "d", None, "x", 0)])
    settings = Settings(kinds=dict.fromkeys(MODELS, "table"))
    build_all(duckdb, settings)
    with duckdb.begin() as connection:
        connection.exec_driver_sql("DROP TABLE tracks")
    hold(duckdb, settings)


@pytest.mark.parametrize("name", MODELS)
def test_what_a_model_declares_is_checked(name) -> None:
    """Its key is unique, and its key and the columns that it names are never null."""
    model = MODELS[name]
    rules = {one.rule for one in DECLARED if one.relation == name}
    assert rules == {f"{'_'.join(model.key)}_unique", *(f"{one}_not_null" for one in (*model.key, *model.not_null))}
