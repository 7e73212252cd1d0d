"""How a question is asked, from Python and on the command line, and what is refused before anything is read."""

import csv
import json
from dataclasses import replace
from datetime import date
from io import StringIO
from typing import Any

import click
import pytest
from command import run, url_of
from kept import copy_of, kept
from oracle import MINUTE, Raw
from tables import write_tracks

from sessionmodels import Settings, SettingsError, TargetError, ask, build_all
from sessionmodels.analyses import ANALYSES
from sessionmodels.cli import main
from sessionmodels.reading.ask import sql_of
from sessionmodels.warehouses import WAREHOUSES

NOON = 1_767_614_400_000_000  # 2026-01-05T12:00Z
RAWS = [
    Raw("1", "a", None, "page", NOON, None, (("context_campaign_source", "news"), ("context_campaign_medium", "email"))),
    Raw("2", "a", None, "signup", NOON + MINUTE),
    Raw(
        "3",
        "b",
        None,
        "page",
        NOON + 2 * MINUTE,
        None,
        (("context_page_referrer", "https://google.com/"), ("context_page_path", "/")),
    ),
    Raw("4", "b", None, "page", NOON + 24 * 60 * MINUTE),
]
ASKED: dict[str, Any] = {"funnel": {"steps": ["page", "signup"]}, "conversions": {"events": ["signup"]}}


def fill(engine) -> None:
    write_tracks(engine, RAWS)
    build_all(engine)


built, rebuilt = kept(fill), copy_of("built")


@pytest.mark.slow
def test_an_answer(built) -> None:
    """A table, dictionaries for data frames, CSV, HTML in a notebook, and the statement that gave it."""
    answer = ask(built, "sessions_by", by="channel", until="2026-01-05")
    assert answer.columns[:2] == ("channel", "sessions")
    assert answer.to_dicts()[0]["average_minutes"] == 1
    assert [row[:2] for row in answer.rows] == [("Email", 1), ("Organic Search", 1)]
    assert next(csv.reader(StringIO(answer.to_csv())))[0] == "channel"
    assert "Organic Search" in str(answer)
    assert "<table" in answer._repr_html_()
    with built.connect() as connection:
        assert connection.exec_driver_sql(answer.sql).fetchall() == list(answer.rows)


@pytest.mark.slow
def test_what_settings_decide(built) -> None:
    """Page views, conversions and the time zone, if nothing else is asked."""
    settings = Settings(conversion_events=["page"], time_zone="Pacific/Kiritimati")
    assert sum(row[1] for row in ask(built, "conversions", settings).rows) == 3
    assert ask(built, "active_visitors", settings).rows[0][0] == date(2026, 1, 6)
    assert ask(built, "active_visitors", settings, time_zone="UTC").rows[0][0] == date(2026, 1, 5)
    assert len(ask(built, "sessions_by", by=["dbt_visitor_id"], limit=1).rows) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "asked", "words"),
    [
        ("funel", {}, "there is no analysis 'funel'; did you mean 'funnel'"),
        ("funnel", {}, "funnel needs steps: the names of the events"),
        ("funnel", {"steps": []}, "funnel needs steps"),
        ("funnel", {"steps": ["a"], "within": "soon"}, "within='soon': expected a duration"),
        ("funnel", {"step": ["a"]}, "funnel cannot be asked step; did you mean 'steps'"),
        ("conversions", {}, "or the setting conversion_events"),
        ("sessions_by", {"by": ["chanel"]}, "sessions has no column 'chanel'; did you mean 'channel'"),
        ("sessions_by", {"period": "year"}, "period='year': known are: day, month, week"),
        ("sessions_by", {"by": 3}, "expected a list of names"),
        ("sessions_by", {"by": ["conversions"]}, "'conversions' is a figure of this answer; leave it out"),
        ("sessions_by", {"by": ["user_id", "user_id"]}, "'user_id' is there twice"),
        ("sessions_by", {"limit": 0}, "limit=0: expected a whole number from 1"),
        ("funnel", {"steps": ["a"], "within": "7"}, "add a unit, such as 7d for days"),
        ("funnel", {"steps": ["a"], "within": "0d"}, "expected a duration longer than 0"),
        ("retention", {"first_event": ["a"]}, "expected a string"),
        ("sessions_by", {"since": "last week"}, "since='last week' is not a date; write it like 2026-01-31"),
        ("sessions_by", {"since": "2026-02-01", "until": "2026-01-01"}, "is after until=2026-01-01"),
        ("sessions_by", {"time_zone": "Berlin"}, "there is no time zone 'Berlin'"),
        ("retention", {"periods": 0}, "periods=0: expected a whole number from 1 to 60"),
        ("paths", {"depth": 21}, "depth=21: expected a whole number from 1 to 20"),
        ("paths", {"start_at": "a", "end_at": "b"}, "paths takes start_at or end_at, not both"),
    ],
)
def test_a_question_that_cannot_be_asked(built, name, asked, words) -> None:
    """It is refused by what was wrong with it, and what would be right."""
    with pytest.raises(SettingsError) as refused:
        ask(built, name, **asked)
    assert words in str(refused.value)


@pytest.mark.slow
def test_an_event_that_there_is_not(built) -> None:
    """It is named, with the nearest name that there is."""
    assert ask(built, "funnel", steps=["page", "singup"]).notes == ("No event is named 'singup'; did you mean 'signup'?",)
    assert ask(built, "paths", end_at="page").notes == ()
    shown = run("ask", "paths", "--url", url_of(built), "--end-at", "pge", "--csv")
    assert shown.stderr == "No event is named 'pge'; did you mean 'page'?\n"


@pytest.mark.slow
def test_conversions_that_no_event_has(rebuilt) -> None:
    """A misspelt name among the conversions would count none, without a word."""
    build_all(rebuilt, Settings(conversion_events=["pge"]))
    assert ask(rebuilt, "sessions_by").notes == ("No event is named 'pge'; did you mean 'page'?",)
    build_all(rebuilt, Settings(conversion_events=["page"]))
    assert ask(rebuilt, "sessions_by").notes == ()


@pytest.mark.slow
def test_settings_of_the_build(rebuilt) -> None:
    """They hold where nobody sets others, and if somebody does, the answer says so."""
    build_all(rebuilt, Settings(conversion_events=["page"], page_events=["signup"]))
    assert sum(row[1] for row in ask(rebuilt, "conversions").rows) == 3
    (note,) = ask(rebuilt, "conversions", Settings(conversion_events=["signup"])).notes
    assert note == (
        'The relations were built with conversion_events = ["page"], so figures of sessions follow that, not the present setting;'
        " leave it out, or build them again with it."
    )


@pytest.mark.slow
def test_a_limit_of_a_funnel(built) -> None:
    """It is one of values of `by`, the largest first, each with all of its steps; what is cut is said."""
    asked = {"steps": ["page", "signup"], "by": "dbt_visitor_id"}
    everything = ask(built, "funnel", **asked)
    assert [row[:4] for row in everything.rows] == [
        ("b", 1, "page", 2),
        ("b", 2, "signup", 0),
        ("a", 1, "page", 1),
        ("a", 2, "signup", 1),
    ]
    first = ask(built, "funnel", **asked, limit=1)
    assert first.rows == everything.rows[:2]
    assert first.notes == ("Limited to 1 value of dbt_visitor_id; there are more.",)
    with built.connect() as connection:
        assert connection.exec_driver_sql(first.sql).fetchall() == list(first.rows)
    assert ask(built, "funnel", **asked, limit=2) == replace(
        everything, statement=ask(built, "funnel", **asked, limit=2).statement
    )
    assert ask(built, "funnel", steps=["page", "signup"], limit=1).notes == ()
    assert len(ask(built, "funnel", steps=["page", "signup"], limit=1).rows) == 2


@pytest.mark.slow
def test_a_limit_of_rows(built) -> None:
    """What is cut is said, and nothing if nothing is."""
    assert ask(built, "paths", limit=1).notes == ("Limited to 1 row; there are more.",)
    assert ask(built, "sessions_by", by="session_id", limit=2).notes[-1] == "Limited to 2 rows; there are more."
    assert "Limited" not in str(ask(built, "sessions_by", by="session_id", limit=3).notes)


@pytest.mark.slow
def test_conversions_that_nobody_named(rebuilt) -> None:
    """That is said, until the settings name events, or those of the build did."""
    assert ask(rebuilt, "sessions_by").notes == (
        "Conversions are 0, because the setting conversion_events names no event. Set it and build again.",
    )
    assert ask(rebuilt, "active_visitors").notes == ()
    build_all(rebuilt, Settings(conversion_events=["page"]))
    assert ask(rebuilt, "sessions_by").notes == ()


@pytest.mark.slow
def test_no_rows(built) -> None:
    """A range without events gives no null counts."""
    for name in ANALYSES:
        for row in ask(built, name, **ASKED.get(name, {}), since="2030-01-01").to_dicts():
            assert row.get("sessions", 0) == row.get("events", 0) == 0 or name == "funnel"


@pytest.mark.slow
def test_no_events(duckdb) -> None:
    """A name that no event has is said, also where there is no other; an empty table says that it is empty."""
    write_tracks(duckdb, [])
    build_all(duckdb)
    assert ask(duckdb, "paths", end_at="page").notes == ("No event is named 'page'; no event has a name",)
    duckdb.dispose()
    assert run("ask", "top_users", "--url", str(duckdb.url)).stdout.endswith("\n0 rows\n")


@pytest.mark.slow
def test_pages_without_paths(duckdb) -> None:
    """Where the context has no path of a page, the question is refused, and what to set is said."""
    write_tracks(duckdb, RAWS)
    build_all(duckdb, Settings(context={}))
    with pytest.raises(SettingsError, match=r"pages needs the column page_path of session_events; add it to the setting context"):
        ask(duckdb, "pages", Settings(context={}))
    with pytest.raises(SettingsError, match="pages needs the column page_path"):
        sql_of("pages", "bigquery", Settings(context={}))


def test_before_anything_is_built(duckdb) -> None:
    """The relation is named, and what says where it is."""
    with pytest.raises(TargetError, match="there is no 'dbt_sessions' in the default schema; build it first"):
        ask(duckdb, "sessions_by")


@pytest.mark.slow
@pytest.mark.parametrize("dialect", WAREHOUSES)
@pytest.mark.parametrize("name", ANALYSES)
def test_statements_without_a_connection(name, dialect) -> None:
    """Every analysis can be read in every dialect."""
    assert sql_of(name, dialect, **ASKED.get(name, {}), since="2026-01-01", time_zone="Europe/Berlin").startswith("WITH")


@pytest.mark.slow
def test_channels_of_ones_own(built) -> None:
    """Rules, sites and domains come from the settings, and from flags of what shows channels."""
    rules = [{"channel": "News", "where": [{"column": "source", "operator": "=", "value": "NEWS"}]}]
    answer = ask(built, "sessions_by", Settings(channel_rules=rules, own_domains=["google.com"]), by="channel")
    assert {row[:2] for row in answer.rows} == {("News", 1), ("Direct", 2)}
    words = ("--by", "channel", "--csv", "--channel-rule", "News=source = news", "--no-default-channels")
    shown = run("ask", "sessions_by", "--url", url_of(built), *words).stdout.splitlines()
    assert [line.split(",")[0] for line in shown[1:]] == ["Direct", "News", "Unassigned"]


@pytest.mark.slow
def test_the_command(built) -> None:
    """As a table, CSV, JSON, or the statement alone."""
    url = url_of(built)
    asked = ("ask", "funnel", "--url", url, "--step", "page", "--step", "signup")
    assert "share_of_previous" in run(*asked).stdout
    rows = json.loads(run(*asked, "--json").stdout)
    assert [(row["event"], row["sessions"]) for row in rows] == [("page", 3), ("signup", 1)]
    assert run(*asked, "--csv", "--limit", "1").stdout.splitlines()[1].startswith("1,page,3,1.0")
    assert "events_of_steps" in run("ask", "funnel", "--step", "a", "--sql").stdout
    refused = run("ask", "retention", "--url", url, "--periods", "61")
    assert refused.exit_code == 2
    assert "periods=61: expected a whole number from 1 to 60" in refused.stderr
    refused = run("ask", "conversions", "--url", url)
    assert refused.exit_code == 2
    assert "the setting conversion_events" in refused.stderr


@pytest.mark.parametrize("name", ANALYSES)
def test_the_help_of_a_question(name) -> None:
    """Each command asks the question of its analysis, in its words, and whatever that may be asked."""
    command = main.commands["ask"]
    assert isinstance(command, click.Group)
    asked = command.commands[name]
    assert asked.help == ANALYSES[name].question
    assert set(ANALYSES[name].asks) - {"days"} <= {one.name for one in asked.params}
