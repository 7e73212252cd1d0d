"""An explanation on every warehouse, the dialect and the emulators."""

from typing import Any

import pytest
from oracle import MINUTE, Raw, Rules, sessionize
from session_rules import RULES
from tables import instant, write_sources

from sessionmodels import Settings, build_all, explain, explain_visitor

NOON = 1_767_614_400_000_000  # 2026-01-05T12:00Z
CONTEXTS: list[dict[str, str]] = [
    {},
    {"context_campaign_source": "ads"},
    {"context_session_id": "1"},
    {"context_session_id": "2"},
]


@pytest.mark.slow
def test_every_warehouse(warehouse) -> None:
    """Every kind of query runs: of an event with neighbours, a duplicate in another source, a rejected one, a visitor."""
    raws = [
        Raw(f"it's {n} %", "d", "u" if n == 4 else None, "x", NOON + n * 14 * MINUTE, NOON, tuple(CONTEXTS[n % 4].items()))
        for n in range(9)
    ]
    raws += [Raw("it's 2 %", "d", None, "x", NOON + 30 * MINUTE, NOON, (), "clicks"), Raw("lost", "d", None, "x", None, NOON)]
    names = ["context_campaign_source", "context_session_id"]
    write_sources(warehouse, raws, {"tracks": (), "clicks": ("uuid_ts",)}, {"tracks": names, "clicks": []})
    rules: dict[str, Any] = {**RULES["all"], "identity": "point_in_time"}
    chosen = Settings(sources={"tracks": {}, "clicks": {}}, **rules)
    build_all(warehouse, chosen)
    expected = sessionize(raws, Rules(**rules, sources=(("tracks", None), ("clicks", None))))[0]
    reasons = {row["session_id"]: row["start_reason"] for row in expected["sessions"]}
    found = explain(warehouse, "it's 2 %", chosen, around=9, within_days=3)
    assert not found.source.unreadable
    assert [(one.source, one.became) for one in found.source.rows] == [("tracks", "event"), ("clicks", "duplicate")]
    explained = found.events[0]
    (event,) = (row for row in expected["session_events"] if row["event_id"] == "it's 2 %")
    assert (explained.event.session_id, explained.event.timestamp) == (event["session_id"], instant(event["timestamp"]))
    assert explained.person.visitor == explained.event.dbt_visitor_id == "u"
    assert [one.event_id for one in explained.around] == [f"it's {n} %" for n in range(9)]
    assert all(one.start_reason == reasons[one.session_id] for one in explained.around if one.starts_session)
    assert all(one.rows for one in found.places)
    assert explain(warehouse, "lost", chosen).source.rows[0].reason == "no_time"
    visitor = explain_visitor(warehouse, "d", chosen, around=2)
    assert (visitor.visitor, [one.event_id for one in visitor.around]) == ("u", ["it's 7 %", "it's 8 %"])
