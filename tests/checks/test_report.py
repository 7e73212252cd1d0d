"""What a reader sees of the checks: the broken rule, how many rows break it, a few of them, and the query that finds all."""

import json
import pickle
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import sqlalchemy as sa
from kept import copy_of, kept
from oracle import MINUTE, Raw
from tables import write_tracks
from written import reader_without

from sessionmodels import BuildError, CheckError, CheckReport, Settings, SettingsError, build_all, check_all
from sessionmodels.checks import CHECKS
from sessionmodels.state.recorded import DECISIVE

RAWS = [Raw(f"e{n}", "d" if n % 2 else "it's <b>\x1b[31m", None, "x", n * 20 * MINUTE) for n in range(10)]
SEVEN = "UPDATE dbt_sessions SET num_pvs = 7"


def fill(engine) -> None:
    """Build relations, and give every session a wrong number of events."""
    write_tracks(engine, RAWS)
    build_all(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql(SEVEN)


broken, changed = kept(fill), copy_of("broken")


@pytest.mark.slow
def test_text(broken) -> None:
    """The rule in words, the number of rows, a few of them, the query, what was not run and why, and the sum of it all."""
    report = check_all(broken)
    assert not report.passed
    (failed,) = report.failed
    assert (failed.name, failed.relation, failed.rows) == ("sessions.num_pvs", "dbt_sessions", 10)
    assert failed.columns == ("session_id", "num_pvs", "found_num_pvs")
    assert len(failed.examples) == 5
    assert {row[1:] for row in failed.examples} == {(7, 1)}
    text = str(report)
    assert text.startswith(
        "FAILED sessions.num_pvs: 10 rows in dbt_sessions. Rule: `num_pvs` is the number of the session's events.\n\n"
    )
    assert f"\n{failed.query};\n" in text
    assert "Not run: dbt_mapped_tracks, dbt_track_facts, dbt_tracks_flow: a view of dbt_session_events" in text
    assert "Not run: sessions.longest: max_session_minutes is not set.\n" in text
    passed, not_run = len(report.having("passed")), len(report.having("not_run"))
    assert f"{passed + 1} checks: 1 failed, {passed} passed. Not run: {not_run}. Checked in " in text
    with broken.connect() as connection:
        assert len(connection.exec_driver_sql(failed.query).all()) == 10


def test_a_rule_names_the_settings_that_decide_it(broken) -> None:
    """With their values, as in force."""
    found = {one.name: one.says for one in check_all(broken, Settings(idle_minutes=45)).checks}
    assert found["session_events.pauses"] == "No pause inside a session is longer than `idle_minutes` (idle_minutes = 45)."


def test_nothing_controls_a_terminal_or_a_page(broken) -> None:
    """Ids are shown with their control characters and markup escaped, and long ones shortened."""
    report = check_all(broken, own={"long": "SELECT repeat('x', 65000) AS it, '\x1b[31m<b>' AS other"})
    for shown in (str(report), report.to_junit(), report.to_json()):
        assert "\x1b" not in shown
    assert "x" * 61 not in str(report)
    assert f"{'x' * 57}..." in str(report)
    assert "<b>" not in report._repr_html_()


@pytest.mark.slow
def test_levels(broken) -> None:
    """A check can only warn, and so many rows can be tolerated; one more, and it fails."""
    assert check_all(broken, warn=["sessions.num_pvs"]).passed
    assert check_all(broken, warn=["sessions.num_pvs"]).warned[0].name == "sessions.num_pvs"
    assert str(check_all(broken, warn=["sessions.num_pvs"])).startswith("WARNED sessions.num_pvs: 10 rows")
    assert check_all(broken, tolerate={"sessions.num_pvs": 10}).having("tolerated")[0].rows == 10
    assert "10 rows in dbt_sessions (9 tolerated)" in str(check_all(broken, tolerate={"sessions.num_pvs": 9}))
    assert not check_all(broken, tolerate={"sessions.num_pvs": 9}).passed


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"warn": ["session.num_pvs"]}, "there is no check 'session.num_pvs'; did you mean 'sessions.num_pvs'?"),
        ({"tolerate": {"nonsense": 1}}, "there is no check 'nonsense'; known are: "),
        ({"tolerate": {"sessions.num_pvs": -1}}, "tolerate: found -1 for 'sessions.num_pvs'"),
        ({"own": {"sessions.num_pvs": "SELECT 1"}}, "'sessions.num_pvs' is already a check"),
    ],
)
def test_wrong_arguments(broken, arguments, words) -> None:
    """They are refused, and the message says what would be right."""
    with pytest.raises(SettingsError, match=words):
        check_all(broken, **arguments)


@pytest.mark.slow
def test_checks_of_your_own(broken) -> None:
    """A select, or its text, of the rows that break a rule; with levels like any other."""
    sessions = sa.table("dbt_sessions", sa.column("session_id"), sa.column("num_pvs"))
    own = {
        "few events": sa.select(sessions).where(sessions.c.num_pvs > 5),
        "no events": "SELECT * FROM dbt_sessions WHERE num_pvs = 0;",
        "names": "SELECT session_id AS \"it's\" FROM dbt_sessions WHERE session_id LIKE '1 - d%'",
    }
    report = check_all(broken, own=own, warn=["few events"])
    found = {one.name: one for one in report.checks if one.name in own}
    assert {name: (one.outcome, one.rows) for name, one in found.items()} == {
        "few events": ("warned", 10),
        "no events": ("passed", 0),
        "names": ("failed", 1),
    }
    assert found["names"].examples == (("1 - d",),)
    with pytest.raises(BuildError, match="mine: could not check it: "):
        check_all(broken, own={"mine": "SELECT nonsense FROM dbt_sessions"})


@pytest.mark.slow
def test_text_is_taken_as_it_is(engine) -> None:
    """Quotes, colons and percent signs are no parameters, neither of SQLAlchemy nor of a driver; and so it is shown."""
    write_tracks(engine, RAWS)
    build_all(engine)
    query = (
        "SELECT session_id, ':name \\ 12:30 100% %s' AS it, 1::INTEGER AS one FROM main.dbt_sessions WHERE session_id LIKE '1%'"
    )
    if engine.dialect.name == "postgresql":
        query = query.replace("main.", "public.")
    (found,) = check_all(engine, own={"mine": query}).failed
    assert found.rows == 2
    assert found.examples[0][1:] == (":name \\ 12:30 100% %s", 1)
    assert found.query.split() == query.split()


def test_a_name_without_a_schema(postgresql) -> None:
    """It is not found, because no name is looked up on a path that others may write to; the error says what to do."""
    write_tracks(postgresql, RAWS)
    build_all(postgresql)
    with pytest.raises(BuildError, match="On PostgreSQL and Redshift, write each table's name with its schema"):
        check_all(postgresql, own={"mine": "SELECT * FROM dbt_sessions"})


def test_plain_data(broken) -> None:
    """As JSON, with every check, also those that were not run."""
    report = check_all(broken)
    plain = json.loads(report.to_json())
    assert plain == report.to_dict()
    assert plain["passed"] is False
    found = {one["name"]: one for one in plain["checks"]}
    assert found["sessions.num_pvs"]["outcome"] == "failed"
    assert found["sessions.num_pvs"]["query"].startswith("WITH ")
    assert found["sessions.longest"]["why"] == "max_session_minutes is not set"
    assert pickle.loads(pickle.dumps(report)) == report
    assert isinstance(report, CheckReport)


def test_junit(broken) -> None:
    """A case for each check: failures with what a reader must know, warnings as output, and the reasons of those not run."""
    report = check_all(broken, own={"none \x1b": "SELECT 1 AS one"}, warn=["none \x1b"])
    suite = ET.fromstring(report.to_junit())[0]
    assert (suite.get("tests"), suite.get("failures")) == (str(len(report.checks)), "1")
    cases = {one.get("name"): one for one in suite}
    failure = cases["sessions.num_pvs"].find("failure")
    assert failure is not None
    assert failure.get("message") == "10 rows: `num_pvs` is the number of the session's events."
    assert report.failed[0].query in (failure.text or "")
    skipped = cases["sessions.longest"].find("skipped")
    assert skipped is not None
    assert skipped.get("message") == "max_session_minutes is not set"
    warned = cases["none \\x1b"].find("system-out")
    assert warned is not None
    assert "WARNED" in (warned.text or "")
    assert len(cases["sessions.duration"]) == 0


def test_a_foreign_relation_is_not_read(postgresql) -> None:
    """One that another role made could run its code with the reader's privileges."""
    write_tracks(postgresql, RAWS)
    build_all(postgresql)
    with postgresql.begin() as connection:
        connection.exec_driver_sql("CREATE ROLE somebody")
        connection.exec_driver_sql("ALTER VIEW dbt_tracks_flow OWNER TO somebody")
    with pytest.raises(Exception, match="dbt_tracks_flow"):
        check_all(postgresql)


OTHERS = {"idle_minutes": 45, "cut_at_midnight": True}


@pytest.mark.slow
def test_other_settings_than_those_of_the_build(engine) -> None:
    """What depends on them is not checked, which is said; the rest is checked, and the whole has not passed."""
    write_tracks(engine, RAWS)
    build_all(engine, Settings(**OTHERS))
    same = check_all(engine, Settings(**OTHERS))
    assert (same.passed, same.other_settings) == (True, {})
    report = check_all(engine)
    assert (report.passed, report.other_settings, report.failed) == (False, OTHERS, ())
    found = {one.name: one for one in report.checks}
    for name in ("session_events.pauses", "sessions.pauses", "sessions.start_reason", "sessions.midnights"):
        assert found[name].why == "built with other settings: idle_minutes = 45, cut_at_midnight = true"
    assert found["sessions.longest"].why == "max_session_minutes is not set"
    assert found["sessions.numbered"].outcome == found["session_events.event_id_unique"].outcome == "passed"
    assert str(report).startswith("The relations were built with other settings: idle_minutes = 45, cut_at_midnight = true. What")
    suite = ET.fromstring(report.to_junit())[0]
    assert suite.get("failures") == "1"
    assert len(suite) == int(suite.get("tests") or 0) == len(report.checks) + 1


@pytest.mark.slow
def test_builds_that_no_longer_count(duckdb) -> None:
    """A build that failed, and those before the last of all relations, say nothing; one of some relations after it does."""
    write_tracks(duckdb, RAWS)
    build_all(duckdb, Settings(idle_minutes=45))
    build_all(duckdb)
    none = {"relation": "sessions", "name": "none", "where": [{"column": "session_id", "operator": "is not null"}]}
    with pytest.raises(CheckError):
        build_all(duckdb, Settings(idle_minutes=45, checks=[none]), check=True)
    assert check_all(duckdb).other_settings == {}
    build_all(duckdb, Settings(idle_minutes=45), select="tracks_flow")
    assert check_all(duckdb).other_settings == {"idle_minutes": 45}


@pytest.mark.slow
def test_settings_that_no_build_recorded(changed) -> None:
    """An earlier version did not: that the settings may differ is a hint then."""
    assert "If the last build had other settings" not in str(check_all(changed))
    with changed.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE sessionmodels_builds_dbt_ DROP COLUMN settings")
    report = check_all(changed)
    assert report.other_settings is None
    assert "If the last build had other settings than these checks, check again with those" in str(report)


def test_a_reader_who_may_not_see_the_builds(postgresql) -> None:
    """Checks all the same."""
    write_tracks(postgresql, RAWS)
    build_all(postgresql)
    reader = reader_without(postgresql, "sessionmodels_builds_dbt_")
    report = check_all(reader)
    reader.dispose()
    assert (report.passed, report.other_settings) == (True, None)


@pytest.mark.slow
def test_every_setting_that_decides_is_recorded() -> None:
    """All that a check asks of the settings, by itself or through a setting that follows from others."""
    asked: set[str] = set()

    class Spy:
        """Settings that note what is asked of them."""

        def __getattr__(self, name: str) -> object:
            found = getattr(Settings, name, None)
            if isinstance(found, property) and found.fget:
                return found.fget(self)
            asked.add(name)
            return getattr(Settings(), name)

    spy: Any = Spy()
    for one in CHECKS.values():
        _ = one.why_not(spy), one.shows(spy), one.sentence(spy)
        for name in (*one.sets, *one.scan.sets):
            getattr(spy, name)
    assert asked == set(DECISIVE)
