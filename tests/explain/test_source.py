"""What became of an event's rows in the source, and what `explain` says of those that are in no relation."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from loads import HOUR, Statements
from oracle import MINUTE, Raw
from tables import instant, write_sources, write_tracks

from sessionmodels import Explanation, Settings, build_all, explain

NOON = 1_767_614_400_000_000  # 2026-01-05T12:00Z


def event(name: str | None, at: int = 0, loaded: int | None = 100, **changed: Any) -> Raw:
    """Return an event of the device `d`, minutes after noon, that was loaded so many hours after the noon of an earlier day."""
    raw = Raw(name, "d", None, "x", NOON + at * MINUTE, None if loaded is None else NOON - 200 * HOUR + loaded * HOUR)
    return replace(raw, **changed)


def became(found: Explanation) -> list[str]:
    return [one.became for one in found.source.rows]


def words(found: Explanation) -> str:
    """Return what is said of the rows in the source."""
    return "\n".join(one.why for one in found.source.rows)


LANDED = {
    "later": (101, "The next build reads it.", True),
    "in the overlap": (97, "It landed after build 1 had read the source. The next build reads it", True),
    "when nobody knows": (None, "No build has read it yet: the last one, build 1, ended on", True),
    "too late": (50, "Build with --full-refresh.", False),
}


@pytest.mark.slow
def test_an_event_that_no_build_has_read(duckdb) -> None:
    """It is said which build will read it, and that one does."""
    first, chosen = [event("first")], Settings(incremental=True)
    landed = [event(name, at, loaded) for at, (name, (loaded, _, _)) in enumerate(LANDED.items())]
    write_tracks(duckdb, first)
    build_all(duckdb, chosen)
    write_tracks(duckdb, [*first, *landed])
    for name, (_, said, _) in LANDED.items():
        found = explain(duckdb, name, chosen)
        assert (found.outcome, became(found)) == ("not_read", ["not_read"])
        assert said in words(found)
        assert f"The event '{name}' is in the source, but in no relation.\n" in str(found)
    build_all(duckdb, chosen)
    assert {name: bool(explain(duckdb, name, chosen).events) for name in LANDED} == {
        name: reads for name, (_, _, reads) in LANDED.items()
    }
    build_all(duckdb, chosen, full_refresh=True)
    assert explain(duckdb, "too late", chosen).outcome == "in_a_session"


@pytest.mark.slow
def test_without_load_times(duckdb) -> None:
    """Nothing is known but that the last build ended without the event."""
    write_tracks(duckdb, [event("first", loaded=None)], without=("uuid_ts",))
    build_all(duckdb)
    write_tracks(duckdb, [event("first", loaded=None), event("new", 1, None)], without=("uuid_ts",))
    assert "No build has read it yet: the last one, build 1, ended on 20" in words(explain(duckdb, "new"))
    with duckdb.begin() as connection:
        connection.exec_driver_sql("DROP TABLE sessionmodels_builds_dbt_")
    assert words(explain(duckdb, "new")) == "No build is recorded that could have read it: build again."


REJECTED: dict[str, tuple[dict[str, Any], str]] = {
    "no_id": ({"anonymous_id": " "}, "neither the id of a device (anonymous_id) nor of a user (user_id)"),
    "no_time": ({"timestamp": None}, "It is no event: it has no time."),
    "id_too_long": ({"user_id": "u" * 65_536}, "one of its ids has more than 65,535 characters"),
    "ignored_event": ({"event": "heartbeat"}, "It is no event: its name 'heartbeat' is in ignored_events."),
    "filtered": ({"event": "bot"}, "the setting where filters it out, because it does not satisfy: event != bot."),
}


@pytest.mark.slow
def test_a_rejected_event(duckdb) -> None:
    """The reason is named, with the value that is wrong and the setting that decides."""
    write_tracks(duckdb, [event("good"), *(event(name, **changed) for name, (changed, _) in REJECTED.items())])
    where = [{"column": "event", "operator": "!=", "value": "bot"}, {"column": "event", "operator": "is not null"}]
    chosen = Settings(ignored_events=["heartbeat"], where=where, max_excluded_share=1)
    build_all(duckdb, chosen)
    for name, (_, said) in REJECTED.items():
        found = explain(duckdb, name, chosen)
        assert found.outcome == ("filtered" if name == "filtered" else "rejected")
        assert [one.reason for one in found.source.rows] == [name]
        assert said in words(found)
        assert [(one.column, one.rows) for one in found.places] == [("event_id", 0)] * 4


@pytest.mark.slow
def test_which_condition_filters(duckdb) -> None:
    """The first one that a row does not satisfy is named, also if the others are satisfied, and an expression as a whole."""
    write_tracks(duckdb, [event("good"), event("none", event=None), event("robot", event="robot"), event("bot", event="bot")])
    where: list[dict[str, Any]] = [
        {"column": "event", "operator": "not in", "value": ["bot", "robot"]},
        {"column": "event", "operator": "is not null"},
    ]
    build_all(duckdb, Settings(where=where))
    for name, condition in {
        "bot": "event not in bot, robot",
        "robot": "event not in bot, robot",
        "none": "event is not null",
    }.items():
        assert f"because it does not satisfy: {condition}." in words(explain(duckdb, name, Settings(where=where)))
    by_expression = Settings(where=sa.column("event", sa.Text) == "x", max_excluded_share=1)
    assert "because it does not satisfy: event = :event_1." in words(explain(duckdb, "none", by_expression))


@pytest.mark.slow
def test_a_time_that_cannot_be_read(duckdb) -> None:
    """It is shown as it is written; a line of another type in a raw export is said to be one."""
    Path("events.csv").write_text(
        "id,anonymous_id,event,timestamp\n1,d,x,2026-01-05 12:00:00\n2,d,x,yesterday\n", encoding="utf-8"
    )
    chosen = Settings(tracks="events.csv")
    build_all(duckdb, chosen)
    assert "its time 'yesterday' cannot be read" in words(explain(duckdb, "2", chosen))
    assert "yesterday" in str(explain(duckdb, "2", chosen))
    line = '{"messageId": "%s", "anonymousId": "d", "event": "x", "type": "%s", "timestamp": "2026-01-05T12:00:00Z"}\n'
    Path("events.jsonl").write_text(line % ("1", "track") + line % ("3", "group"), encoding="utf-8")
    chosen = Settings(tracks="events.jsonl", format="rudderstack", allow_empty=True)
    build_all(duckdb, chosen)
    found = explain(duckdb, "3", chosen)
    assert (found.outcome, found.source.line_types) == ("not_an_event", ("group",))
    assert "Line of the type 'group': such lines are not events." in str(found)


DUPLICATES = {
    "it happened first": event("e", 1),
    "it was loaded first": event("e", 0, 101),
    "their other columns decided": event("e", 0, 100, event="y"),
}


@pytest.mark.slow
@pytest.mark.parametrize("why", DUPLICATES)
def test_a_duplicate(duckdb, why) -> None:
    """The row that is kept is named, and why it is that one."""
    write_tracks(duckdb, [DUPLICATES[why], event("e"), event("f", 2)])
    build_all(duckdb)
    found = explain(duckdb, "e")
    assert became(found) == ["event", "duplicate"]
    assert why in found.source.rows[1].why
    assert "the row of 'tracks' at 2026-01-05 12:00:00 UTC is kept" in found.source.rows[1].why
    assert "2 rows with the id 'e':" in str(found)


@pytest.mark.slow
def test_a_row_that_takes_the_place_of_the_event(duckdb) -> None:
    """One that arrived since, and happened before the row that stands."""
    write_tracks(duckdb, [event("e", 1)])
    build_all(duckdb, incremental=True)
    write_tracks(duckdb, [event("e", 1), event("e", 0, 101)])
    found = explain(duckdb, "e")
    assert (found.outcome, became(found)) == ("in_a_session", ["not_read", "duplicate"])
    assert found.source.rows[0].why.startswith("It takes the place of the event in the next build that reads it. No build has")


@pytest.mark.slow
def test_a_row_that_was_changed(duckdb) -> None:
    """The source has other values than the relations: nothing is said of when it landed."""
    write_tracks(duckdb, [event("e")])
    build_all(duckdb, incremental=True)
    write_tracks(duckdb, [event("e", event="y")])
    found = explain(duckdb, "e")
    assert became(found) == ["not_read"]
    assert words(found).startswith("The event in the relations has other values: this row was changed since")


@pytest.mark.slow
def test_duplicates_that_are_kept(duckdb) -> None:
    """Each is an event by itself, with a session and neighbours of its own."""
    write_tracks(duckdb, [event("e"), event("e", 40), event("f", 41)])
    chosen = Settings(deduplicate=False)
    build_all(duckdb, chosen)
    found = explain(duckdb, "e", chosen)
    assert became(found) == ["event", "event"]
    assert [(one.event.session_id, one.event.start_reason) for one in found.events] == [("1 - d", "first"), ("2 - d", "idle")]
    assert str(found).count("It is an event by itself") == 2


@pytest.mark.slow
def test_several_sources(duckdb) -> None:
    """Each row's source is named, and what a duplicate adds to the event."""
    raws = [
        event("e", context=(("revenue", None),)),
        event("e", 1, source="orders", context=(("revenue", "5"),)),
        event("e", 2, source="orders", context=(("revenue", "6"),)),
    ]
    write_sources(duckdb, raws, {"tracks": (), "orders": ()})
    chosen = Settings(sources={"tracks": {}, "orders": {}}, context={"revenue": ["revenue"]}, max_duplicate_share=1)
    build_all(duckdb, chosen)
    found = explain(duckdb, "e", chosen)
    shown = [(one.source, one.became, one.completes) for one in found.source.rows]
    assert shown == [("tracks", "event", ()), ("orders", "duplicate", ("revenue",)), ("orders", "duplicate", ())]
    assert "The event has its revenue from this row." in str(found)


@pytest.mark.slow
def test_ids_that_are_none(duckdb) -> None:
    """An ignored id is named, because the row is rejected for want of it."""
    write_tracks(duckdb, [event("e", anonymous_id="unknown"), event("f")])
    chosen = Settings(ignored_ids=["unknown"])
    build_all(duckdb, chosen)
    found = explain(duckdb, "e", chosen)
    assert (found.source.ignored, found.source.rows[0].reason) == (("unknown",), "no_id")
    assert "The id 'unknown' is taken as none (ignored_ids)." in str(found)


@pytest.mark.slow
def test_loaded_since(duckdb) -> None:
    """A row that no build reads because it was loaded before."""
    write_tracks(duckdb, [event("old", 0, 90), event("new", 1, 100)])
    chosen = Settings(loaded_since=instant(NOON - 105 * HOUR))
    build_all(duckdb, chosen)
    assert explain(duckdb, "new", chosen).outcome == "in_a_session"
    found = explain(duckdb, "old", chosen)
    assert (found.outcome, found.source.rows[0].reason) == ("rejected", "loaded_before")
    assert "It is not read: it was not loaded since 2026-01-01 03:00:00 UTC (loaded_since)." in words(found)


@pytest.mark.slow
def test_near_the_event(duckdb) -> None:
    """With a number of days, rows that were loaded earlier or later are not read, and rows without a load time are."""
    write_tracks(duckdb, [event("e", 0, 100), event("e", 1, 51), event("e", 2, 149), event("e", 3, None), event("f")])
    build_all(duckdb, Settings(max_duplicate_share=1))
    assert explain(duckdb, "e").source.count == 4
    assert explain(duckdb, "e", within_days=3).source.count == 4
    assert explain(duckdb, "e", within_days=2).source.count == 2


@pytest.mark.slow
def test_a_source_that_is_gone(duckdb) -> None:
    """What the relations say is explained all the same."""
    write_tracks(duckdb, [event("e")])
    build_all(duckdb)
    with duckdb.begin() as connection:
        connection.exec_driver_sql("DROP TABLE tracks")
    found = explain(duckdb, "e")
    assert (found.outcome, found.events[0].event.why) == ("in_a_session", "it is the visitor's first event")
    assert "The source could not be read: there is no table 'tracks'" in str(found)
    assert "The event 'f' is in no relation.\n" in str(explain(duckdb, "f"))


def test_a_source_that_nobody_may_read(postgresql) -> None:
    """The privilege that is missing is named, and nothing else fails."""
    write_tracks(postgresql, [event("e")])
    build_all(postgresql)
    with postgresql.begin() as connection:
        connection.exec_driver_sql("CREATE ROLE explain_support LOGIN")
        connection.exec_driver_sql("GRANT SELECT ON ALL TABLES IN SCHEMA public TO explain_support")
        connection.exec_driver_sql("REVOKE SELECT ON tracks FROM explain_support")
    support = sa.create_engine(postgresql.url.set(username="explain_support"))
    found = explain(support, "e")
    support.dispose()
    assert found.events
    assert "GRANT SELECT ON" in found.source.unreadable


@pytest.mark.slow
def test_an_event_that_left_the_source(duckdb) -> None:
    """The relations keep it until the next full build."""
    write_tracks(duckdb, [event("e"), event("f")])
    build_all(duckdb)
    write_tracks(duckdb, [event("f")])
    assert "The source has no row with the id 'e' any more; the relations keep the event." in str(explain(duckdb, "e"))


@pytest.mark.slow
def test_a_source_that_is_not_given(duckdb) -> None:
    """A build read more sources than the settings name: the row may well be there, and nothing is said of it."""
    write_tracks(duckdb, [event("e")])
    write_tracks(duckdb, [event("p")], name="pages")
    build_all(duckdb, Settings(sources=["tracks", "pages"]))
    found = explain(duckdb, "p", Settings())
    assert (found.source.not_given, found.source.rows) == ("pages", ())
    assert "Its source 'pages' is not among the sources in the settings" in str(found)
    assert "any more" not in str(found)
    assert explain(duckdb, "e", Settings()).source.not_given == ""


@pytest.mark.slow
def test_many_rows_of_one_id(duckdb) -> None:
    """Only the first are shown, and how many there are."""
    write_tracks(duckdb, [event("e", n) for n in range(30)])
    build_all(duckdb, Settings(max_duplicate_share=1))
    found = explain(duckdb, "e")
    assert (len(found.source.rows), found.source.count) == (20, 30)
    assert "30 rows with the id 'e', of which these are the first 20:" in str(found)


@pytest.mark.slow
def test_every_query_is_limited(duckdb) -> None:
    """None reads a relation or the source without the id of an event, a visitor, a device or a session."""
    write_tracks(duckdb, [event("e", anonymous_id="d"), event("f", 40, user_id="u", context=(("context_campaign_source", "a"),))])
    chosen = Settings(cut_on_campaign=True, max_session_minutes=10)
    build_all(duckdb, chosen)
    asked = Statements(duckdb)
    for name in ("e", "f", "nothing"):
        explain(duckdb, name, chosen)
    queries = [one for one in asked.run if "dbt_" in one or "FROM tracks" in one]
    queries = [one for one in queries if "sessionmodels_builds" not in one and "information_schema" not in one]
    assert len(queries) > 20
    for query in queries:
        assert query.count(" = ") >= query.count("FROM dbt_") + query.count("FROM tracks"), query
