"""Checks of one's own in the settings: plain conditions, which no row of a relation may meet."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command import run, url_of
from kept import copy_of, kept
from oracle import MINUTE, Raw
from tables import read, write_tracks

from sessionmodels import Settings, SettingsError, build_all, check_all

NOON = 1_767_614_400_000_000  # 2026-01-05T12:00Z
RAWS = [Raw(f"e{n}", f"d{n % 3}", "u" if n == 4 else None, "page", NOON + n * 9 * MINUTE) for n in range(12)]
HOLDS: dict[str, tuple[list[dict[str, Any]], Callable[[dict], bool]]] = {
    "number": ([{"column": "num_pvs", "operator": ">=", "value": 4}], lambda row: row["num_pvs"] >= 4),
    "fraction": ([{"column": "session_duration", "operator": "<", "value": 27.5}], lambda row: row["session_duration"] < 27.5),
    "boolean": ([{"column": "is_bounce", "operator": "=", "value": False}], lambda row: row["is_bounce"] is False),
    "text": (
        [{"column": "dbt_visitor_id", "operator": "starts with", "value": "d"}],
        lambda row: row["dbt_visitor_id"][0] == "d",
    ),
    "list": ([{"column": "start_reason", "operator": "not in", "value": ["idle"]}], lambda row: row["start_reason"] != "idle"),
    "null": ([{"column": "user_id", "operator": "is null"}], lambda row: row["user_id"] is None),
    "time": (
        [{"column": "session_start_at", "operator": ">", "value": "2026-01-05T12:05Z"}],
        lambda row: row["session_start_at"] > NOON + 5 * MINUTE,
    ),
    "date": (
        [{"column": "session_date", "operator": "<=", "value": "2026-01-05"}],
        lambda row: row["session_date"] <= "2026-01-05",
    ),
    "both": (
        [{"column": "num_pvs", "operator": ">", "value": 3}, {"column": "SESSION_ID", "operator": "contains", "value": "d1"}],
        lambda row: row["num_pvs"] > 3 and "d1" in row["session_id"],
    ),
}
"""By name, conditions on sessions, and the same in Python."""


def own(relation: str, name: str, where: Any, **more: Any) -> dict[str, Any]:
    return {"relation": relation, "name": name, "where": where, **more}


def fill(engine) -> None:
    """Build relations of a few visitors."""
    write_tracks(engine, RAWS)
    build_all(engine)


built, changed = kept(fill), copy_of("built")


@pytest.mark.slow
def test_each_kind_of_column(engine) -> None:
    """Just the rows that meet all conditions are found, in one pass over the relation."""
    write_tracks(engine, RAWS)
    build_all(engine)
    settings = Settings(checks=[own("sessions", name, where) for name, (where, _) in HOLDS.items()])
    report = check_all(engine, settings)
    found = {one.name: one for one in report.checks}
    sessions = read(engine, "sessions")
    for name, (_, holds) in HOLDS.items():
        one, expected = found[f"sessions.{name}"], sorted(row["session_id"] for row in sessions if holds(row))
        assert (one.rows, one.relation) == (len(expected), "dbt_sessions"), name
        assert {row[0] for row in one.examples} <= set(expected)
        if one.query:
            with engine.connect() as connection:
                assert sorted(row[0] for row in connection.exec_driver_sql(one.query)) == expected
    assert found["sessions.both"].says == "No row has `num_pvs` > 3 and `SESSION_ID` contains 'd1'."


@pytest.mark.slow
def test_views_and_levels(changed) -> None:
    """A view can be checked, too; a check only warns, or so many rows are tolerated; and so do those that come with us."""
    with changed.begin() as connection:
        connection.exec_driver_sql("UPDATE dbt_sessions SET num_pvs = 7")
    flow = own("tracks_flow", "named", [{"column": "event_id", "operator": "in", "value": ["e1", "e2"]}], level="warn")
    rest = [
        {"relation": "sessions", "name": "num_pvs", "tolerate": 9},
        {"relation": "sessions", "name": "overlap", "level": "warn"},
    ]
    settings = Settings(checks=[flow, *rest])
    report = check_all(changed, settings)
    assert {one.name: (one.outcome, one.rows) for one in report.checks if one.rows} == {
        "tracks_flow.named": ("warned", 2),
        "sessions.num_pvs": ("tolerated", 3),
    }
    assert report.passed
    assert not check_all(changed, settings, tolerate={"sessions.num_pvs": 2}).passed


IS_NULL = [{"column": "session_id", "operator": "is null"}]


@pytest.mark.parametrize(
    ("check", "words"),
    [
        (own("sesions", "x", IS_NULL), "checks: there is no relation 'sesions'; did you mean 'sessions'?"),
        (own("sessions", "too long", IS_NULL), "'too long' is not the name of a check; write letters, digits and underscores"),
        (own("sessions", "x", []), "sessions.x: where names no condition"),
        (own("sessions", "x", "1 = 1; DROP TABLE tracks"), "sessions.x: expected a list of conditions such as"),
        (own("sessions", "x", [{"column": "a", "operator": "=="}]), "sessions.x: there is no operator '=='; did you mean '='?"),
        (own("sessions", "x", IS_NULL, level="error"), "sessions.x: level is 'error'; write 'fail' or 'warn'"),
        (own("sessions", "x", IS_NULL, tolerate=-1), "sessions.x: tolerate is -1; write how many rows"),
        (own("sessions", "x", IS_NULL, tolerate=True), "sessions.x: tolerate is True; write how many rows"),
        (own("sessions", "x", IS_NULL, levl="warn"), "sessions.x: there is no 'levl' in a check; did you mean 'level'?"),
        ({"relation": "sessions"}, "expected a check with a relation and a name, such as"),
        ("sessions.x", "expected a check with a relation and a name, such as"),
    ],
)
def test_a_wrong_check(check, words) -> None:
    """It is refused as any setting, and the message says what would be right."""
    with pytest.raises(SettingsError) as caught:
        Settings(checks=[check])
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("check", "words"),
    [
        (
            own("sessions", "x", [{"column": "num_pv", "operator": "is null"}]),
            "sessions has no column 'num_pv'; did you mean 'num_pvs'?",
        ),
        (
            own("sessions", "x", [{"column": "num_pvs", "operator": "=", "value": "a"}]),
            "'num_pvs' is compared with 'a', and takes a num",
        ),
        (
            own("sessions", "num_pvs", IS_NULL),
            "'sessions.num_pvs' is already a check; give your own another name, or remove where",
        ),
        (
            {"relation": "sessions", "name": "num_pv"},
            "has no where, and there is no such check; did you mean 'sessions.num_pvs'?",
        ),
    ],
)
def test_a_check_that_fits_no_relation(built, check, words) -> None:
    """What only the relation says is refused before any check runs."""
    with pytest.raises(SettingsError) as caught:
        check_all(built, Settings(checks=[check]))
    assert f"checks: {'sessions.x: ' if check['name'] == 'x' else ''}" in str(caught.value)
    assert words in str(caught.value)


def test_twice() -> None:
    """One of them would be lost."""
    with pytest.raises(SettingsError, match=r"checks: 'sessions\.x' is there twice; keep one of them"):
        Settings(checks=[own("sessions", "x", IS_NULL)] * 2)


@pytest.mark.slow
def test_flags(built) -> None:
    """Flags of one name are one check, whose conditions must all hold."""
    url = url_of(built)
    words = ("check", "--url", url, "--own-check", "sessions.x=num_pvs >= 1", "--own-check", "sessions.x=session_id contains = a")
    says = {one["name"]: one["says"] for one in json.loads(run(*words, "--json").stdout)["checks"]}
    assert says["sessions.x"] == "No row has `num_pvs` >= '1' and `session_id` contains '= a'."
    assert run(*words).exit_code == 0
    assert run("check", "--url", url, "--own-check", "sessions.x=num_pvs >= 1").exit_code == 1
    for wrong, message in (
        ("too_long=a = 1", "write it like --own-check 'sessions.too_long="),
        ("sessions.x=a", "is no condition"),
    ):
        result = run("check", "--url", url, "--own-check", wrong)
        assert (result.exit_code, message in " ".join(result.stderr.split())) == (2, True)


@pytest.mark.slow
def test_in_the_file(built, monkeypatch) -> None:
    """As tables of TOML, in the environment as JSON; `sessionmodels settings` shows them."""
    text = '[[checks]]\nrelation = "sessions"\nname = "short"\nwhere = [{column = "num_pvs", operator = "<", value = 100}]\n'
    Path("sessionmodels.toml").write_text(text, encoding="utf-8")
    (failed,) = check_all(built).failed
    assert (failed.name, failed.rows) == ("sessions.short", len(read(built, "sessions")))
    shown = json.loads(run("settings", "--json").stdout)["checks"]
    assert shown["value"] == [
        own("sessions", "short", [{"column": "num_pvs", "operator": "<", "value": 100}]) | {"level": "fail", "tolerate": 0}
    ]
    monkeypatch.setenv("SESSIONMODELS_CHECKS", json.dumps(shown["value"]).replace("fail", "warn"))
    assert [one.name for one in check_all(built).warned] == ["sessions.short"]
    monkeypatch.setenv("SESSIONMODELS_CHECKS", "overlap")
    with pytest.raises(SettingsError, match="SESSIONMODELS_CHECKS in the environment is not JSON"):
        Settings()
