"""What a reader sees: each rule in words, each identity, and what is amiss, without a word that only we know."""

import json
import pickle
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from graphs import write_graph
from kept import kept
from oracle import MINUTE, Raw
from tables import write_tracks

from sessionmodels import (
    Explanation,
    Settings,
    SettingsError,
    TargetError,
    VisitorExplanation,
    build_all,
    explain,
    explain_visitor,
)

NOON = 1_767_614_400_000_000  # 2026-01-05T12:00Z


def event(name: str, at: float = 0, device: str | None = "d", user: str | None = None, **changed: Any) -> Raw:
    """Return an event so many minutes after noon."""
    raw = Raw(name, device, user, changed.pop("event", "x"), NOON + int(at * MINUTE))
    return replace(raw, context=tuple(changed.items()))


ADS: dict[str, Any] = {"context_campaign_source": "ads", "context_campaign_name": "it's"}
ADS_WRITTEN = "utm_source 'ads', utm_campaign 'it's'"
TWO = [event("a"), event("b", 12 + 3 / 60)]
RULES: dict[str, dict[str, Any]] = {
    "several": {
        "sdk_sessions": True,
        "start_events": ["opened"],
        "cut_on_campaign": True,
        "cut_at_midnight": True,
        "time_zone": "Europe/Berlin",
    },
    "dbt": {"compatibility": "dbt"},
    "longest": {"max_session_minutes": 30},
}
"""Settings under which the rules are put in words: several rules are in force, of which an event shows one, and two alone."""

SENTENCES: dict[str, tuple[list[Raw], str, str]] = {
    "first": ([event("a")], "several", "it is the visitor's first event"),
    "goes on": (TWO, "several", "the pause of 12 min 3 s is not longer than 30 min (idle_minutes), and nothing else ends it"),
    "idle": ([event("a"), event("b", 90)], "several", "the pause of 1 h 30 min is longer than 30 min (idle_minutes)"),
    "idle by a little": (
        [event("a"), replace(event("b", 30), timestamp=NOON + 30 * MINUTE + 1)],
        "several",
        "the pause of 30 min 0.000001 s is longer than 30 min (idle_minutes)",
    ),
    "idle in whole minutes": (
        [event("a"), event("b", 30.5)],
        "dbt",
        "the pause of 30 min 30 s is not longer than 30 min (idle_minutes, in whole minutes), and nothing else ends it",
    ),
    "sdk": (
        [event("a", context_session_id="1"), event("b", 1, context_session_id="2")],
        "several",
        "the SDK names the session '2' instead of '1' (sdk_sessions)",
    ),
    "another device": (
        [event("a", 0, "d", "u", context_session_id="1"), event("b", 1, "e", "u", context_session_id="1")],
        "several",
        "the SDK's session is on another device, 'e of another device' instead of 'd of another device' (sdk_sessions)",
    ),
    "sdk goes on": (
        [event("a", context_session_id="1"), event("b", 45, context_session_id="1")],
        "several",
        "the pause of 45 min is longer than 30 min (idle_minutes), but the SDK still names the same session, '1' (sdk_sessions)",
    ),
    "start event": (
        [event("a"), event("b", 1, event="opened")],
        "several",
        "an event of the name 'opened' starts one (start_events)",
    ),
    "campaign": (
        [event("a"), event("b", 1, **ADS)],
        "several",
        f"the event carries the campaign {ADS_WRITTEN}, and no event of the visitor carried one before (cut_on_campaign)",
    ),
    "another campaign": (
        [event("a", **ADS), *(event(f"b{n}", 1) for n in range(20)), event("c", 2, context_campaign_source="news")],
        "several",
        f"the event carries the campaign utm_source 'news', and the last one was {ADS_WRITTEN} (cut_on_campaign)",
    ),
    "midnight": (
        [event("a", 650), event("b", 670)],
        "several",
        "it is another day in Europe/Berlin, 2026-01-06 and no longer 2026-01-05 (cut_at_midnight)",
    ),
    "too long": (
        [event("a"), event("b", 20), event("c", 40), event("d", 60)],
        "longest",
        "a session is cut every 30 min, counted from 2026-01-05 12:00:00 UTC (max_session_minutes)",
    ),
}


def of(rule: str, raw: Raw) -> Raw:
    """Return the row as one of that rule's own visitor."""
    device, user = f"{raw.anonymous_id} of {rule}", raw.user_id and f"{raw.user_id} of {rule}"
    return replace(raw, id=f"{raw.id} of {rule}", anonymous_id=device, user_id=user)


def under(name: str) -> Settings:
    """Return these settings, whose results lie beside those of the others."""
    return Settings(table_prefix=f"{name}_", **RULES[name])


def fill(engine: sa.Engine) -> None:
    """Build the events of all rules under each of the settings."""
    write_tracks(engine, [of(rule, raw) for rule, (raws, _, _) in SENTENCES.items() for raw in raws])
    for name in RULES:
        build_all(engine, under(name), select="+sessions")


built = kept(fill)


@pytest.mark.slow
@pytest.mark.parametrize("rule", SENTENCES)
def test_each_rule_in_words(built, rule) -> None:
    """What started or kept the session at the last event, with the values that are compared and the setting that decides."""
    raws, name, said = SENTENCES[rule]
    assert explain(built, of(rule, raws[-1]).id or "", under(name)).events[0].event.why == said


LOGINS = [
    event("a", 0, "d"),
    event("b", 1, "d", "alice"),
    event("c", 2, "d"),
    event("d", 3, "d", "bob"),
    event("e", 4, "lonely"),
]
WHOSE: dict[str, tuple[str, str, list[str]]] = {
    "latest": (
        "c",
        "bob",
        [
            "'bob' is the latest user seen on the device 'd' (identity = 'latest').",
            "The event 'd' of 2026-01-05 12:03:00 UTC decides that.",
            "'bob' was first seen on the device on 2026-01-05 12:03:00 UTC.",
            "Another user was seen there, too: 'alice', from 2026-01-05 12:01:00 UTC to 2026-01-05 12:01:00 UTC (1 event).",
        ],
    ),
    "first": ("c", "alice", ["'alice' is the first user seen on the device 'd' (identity = 'first')."]),
    "device": ("d", "d", ["Ids are not connected (identity = 'device')"]),
    "point_in_time": (
        "c",
        "alice",
        ["'alice' is the last user seen on the device 'd' up to this event (identity = 'point_in_time')."],
    ),
    "table": ("c", "somebody", ["The identity table says that 'd' is 'somebody'. It does not say since when."]),
}


@pytest.mark.slow
@pytest.mark.parametrize("identity", WHOSE)
def test_each_identity_in_words(duckdb, identity) -> None:
    """Which id decides, which login, and since when; and where nobody was seen, that."""
    name, visitor, said = WHOSE[identity]
    settings = Settings(identity_table="graph") if identity == "table" else Settings(identity=identity)
    write_tracks(duckdb, LOGINS)
    write_graph(duckdb, [("d", "somebody")])
    build_all(duckdb, settings, select="+sessions")
    found = explain(duckdb, name, settings)
    assert found.events[0].event.dbt_visitor_id == visitor
    for sentence in said:
        assert sentence in str(found)
    lonely = str(explain(duckdb, "e", settings))
    if identity in {"latest", "first", "point_in_time"}:
        assert "No user was ever seen on the device 'lonely', so the device itself is the visitor." in lonely
    if identity == "point_in_time":
        assert "the next user seen on the device 'd', where nobody was seen before this event" in str(
            explain(duckdb, "a", settings)
        )
        assert "An event with a user belongs to that user, 'bob'" in str(explain(duckdb, "d", settings))
    if identity == "table":
        with duckdb.begin() as connection:
            connection.exec_driver_sql("DROP TABLE graph")
        assert "The identity table, which says whose an event is, could not be read." in str(explain(duckdb, name, settings))


@pytest.mark.slow
def test_other_settings(duckdb) -> None:
    """What the settings given do not explain is said, instead of a wrong reason."""
    write_tracks(duckdb, [event("a"), event("b", 20, user="u"), event("c", 60)])
    build_all(duckdb)
    assert "longer than 10 min (idle_minutes), but the relations were built with other" in str(
        explain(duckdb, "b", Settings(idle_minutes=10))
    )
    assert "longer than 10 min (idle_minutes), but the relations were built with other" in str(
        explain(duckdb, "b", Settings(idle_minutes=10, sdk_sessions=True))
    ), "no event names a session of the SDK"
    assert "not longer than 1 h (idle_minutes), but the relations were built with other" in str(
        explain(duckdb, "c", Settings(idle_minutes=60))
    )
    assert "By that, its visitor would be 'd'. The relations were built with other settings" in str(
        explain(duckdb, "a", Settings(identity="device"))
    )


@pytest.mark.slow
def test_part_of_the_relations(duckdb) -> None:
    """What does not exist is said not to; without the events there is nothing to explain."""
    write_tracks(duckdb, [event("a"), event("b", 1)])
    with pytest.raises(TargetError, match="there is no 'dbt_sessions'"):
        explain(duckdb, "a")
    build_all(duckdb, select="aliases_mapping")
    with pytest.raises(TargetError, match="dbt_session_events, which has the events, does not exist; build it first"):
        explain(duckdb, "a")
    build_all(duckdb, select="+session_events")
    found = explain(duckdb, "a")
    assert found.events[0].session is None
    assert "A session starts with it: the relation of sessions does not exist, or does not say why." in str(found)
    assert {one.relation: one.rows for one in found.places}["dbt_sessions"] is None
    assert "does not exist" in str(found)


@pytest.mark.slow
def test_a_visitor(duckdb) -> None:
    """Its ids and how each leads there, its last sessions and events; found by any of its ids."""
    write_tracks(duckdb, [*LOGINS, *(event(f"later{n}", 100 * (n + 1), "d", "bob") for n in range(8))])
    build_all(duckdb)
    found = explain_visitor(duckdb, "d", around=2)
    assert (found.id, found.visitor, found.found) == ("d", "bob", True)
    assert [(one.alias, one.visitor) for one in found.aliases] == [("bob", "bob"), ("d", "bob")]
    assert [one.event_id for one in found.around] == ["later6", "later7"]
    assert [(one.session_id, one.start_reason) for one in found.sessions] == [("8 - bob", "idle"), ("9 - bob", "idle")]
    text = str(found)
    assert text.startswith("The id 'd' belongs to the visitor 'bob'.\nThe visitor 'bob' has 9 sessions; the last one ended on")
    assert "The id 'd' leads to 'bob'.\n'bob' is the latest user seen on the device 'd'" in text
    unknown = explain_visitor(duckdb, "nobody")
    assert not unknown.found
    assert str(unknown).startswith("No visitor 'nobody' was found, and no relation has that id of a device or a user.")


@pytest.mark.slow
def test_what_is_not_found(duckdb) -> None:
    """It is said; and what else has the id."""
    write_tracks(duckdb, [event("a", user="u")])
    build_all(duckdb)
    assert "'u' is the id of a device or a user: use --visitor (explain_visitor in Python)." in str(explain(duckdb, "u"))
    assert "'1 - u' is the id of a session. Its first event is 'a'." in str(explain(duckdb, "1 - u"))
    assert "Ids are compared exactly, spaces and case included." in str(explain(duckdb, "A"))
    for ask in (explain, explain_visitor):
        with pytest.raises(SettingsError, match="a blank id is no id"):
            ask(duckdb, "  ")
        with pytest.raises(SettingsError, match="around: found -1"):
            ask(duckdb, "a", around=-1)


@pytest.mark.slow
def test_nothing_controls_a_terminal_or_a_page(duckdb) -> None:
    """Ids and names are shown with their control characters and markup escaped, and long ones shortened."""
    nasty = "it's <b>\x1b[31m"
    write_tracks(duckdb, [event(nasty, 0, "x" * 65_000, nasty, event=nasty), event("b", 1, "x" * 65_000, context_page_url=nasty)])
    build_all(duckdb)
    for found in (explain(duckdb, nasty), explain_visitor(duckdb, nasty), explain(duckdb, f"{nasty}!")):
        assert "\x1b" not in str(found) + found.to_json()
        assert "<b>" not in found._repr_html_()
        assert "x" * 61 not in str(found)


@pytest.mark.slow
def test_plain_data(duckdb) -> None:
    """As JSON, and pickled, for programs."""
    write_tracks(duckdb, LOGINS)
    build_all(duckdb)
    event_found, visitor_found = explain(duckdb, "c"), explain_visitor(duckdb, "bob")
    assert isinstance(event_found, Explanation)
    assert isinstance(visitor_found, VisitorExplanation)
    for found in (event_found, visitor_found):
        assert json.loads(found.to_json()) == found.to_dict()
        assert pickle.loads(pickle.dumps(found)) == found
    plain = event_found.to_dict()
    assert (plain["outcome"], plain["events"][0]["person"]["login"]["event_id"]) == ("in_a_session", "d")
    assert plain["events"][0]["event"]["timestamp"] == "2026-01-05T12:02:00+00:00"


def test_a_foreign_relation_is_not_read(postgresql) -> None:
    """One that another role made could run its code with the reader's privileges."""
    write_tracks(postgresql, [event("a")])
    build_all(postgresql)
    with postgresql.begin() as connection:
        connection.exec_driver_sql("CREATE ROLE explain_somebody")
        connection.exec_driver_sql("ALTER VIEW dbt_tracks_flow OWNER TO explain_somebody")
    with pytest.raises(TargetError, match="dbt_tracks_flow"):
        explain(postgresql, "a")
