"""What `explain` says equals the oracle: for random events, settings, sources and identity graphs."""

from collections import Counter, defaultdict
from dataclasses import replace
from random import Random

import pytest
from any_settings import Case, cases
from batches import cut
from graphs import graph_by, write_graph
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import Raw, clean, sessionize
from oracle_identity import logins
from oracle_rows import blank, code_points, standing
from session_rules import busy_visitors
from streams import many_streams, of_sources
from tables import context_columns, microseconds, write_sources

from sessionmodels import Settings, build_all, explain, explain_visitor
from sessionmodels.explanation.event import MOST
from sessionmodels.explanation.reason_in_words import OTHER_SETTINGS
from sessionmodels.models import MODELS

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("unguarded")]

EXAMPLES = {"duckdb": 6, "postgresql": 2}
STREAMS = 8
AROUND = 3


class Truth:
    """The oracle's relations, and what the source has of each id."""

    def __init__(self, raws: list[Raw], case: Case, rules) -> None:
        self.raws, self.case, self.rules = raws, case, rules
        self.passing = [raw for raw in raws if case.passes(raw)]
        self.relations, _, _ = sessionize(self.passing, rules)
        self.mapping = {row["alias"]: row["dbt_visitor_id"] for row in self.relations["aliases_mapping"]}
        self.sessions = {row["session_id"]: row for row in self.relations["sessions"]}
        self.logins = logins(clean(self.passing, rules)[0])
        self.visits = defaultdict(list)
        for row in sorted(self.relations["session_events"], key=place):
            self.visits[row["dbt_visitor_id"]].append(row)

    def of_id(self, event_id: str) -> list[dict]:
        rows = [row for row in self.relations["session_events"] if row["event_id"] == event_id]
        return sorted(rows, key=lambda row: (code_points(row["dbt_visitor_id"]), place(row)))[:MOST]

    def rows_in_source(self, event_id: str) -> Counter:
        """Count the raw rows of an id by source, time, what became of each, and why."""
        alone = replace(self.rules, deduplicate=False)
        found, usable = Counter(), []
        for raw in self.raws:
            if raw.id != event_id:
                continue
            if not self.case.passes(raw):
                found[raw.source, raw.timestamp, "filtered", "filtered"] += 1
                continue
            kept, left_out, _ = clean([raw], alone)
            usable += kept
            for reason in (name for name, count in left_out.items() if count):
                found[raw.source, raw.timestamp, "rejected", reason] += 1
        for number, event in enumerate(sorted(usable, key=standing)):
            became = "duplicate" if self.rules.deduplicate and number else "event"
            found[event.source, event.timestamp, became, None] += 1
        return found

    def reason(self, row: dict) -> str | None:
        return self.sessions[row["session_id"]]["start_reason"] if row["track_sequence_number"] == 1 else None

    def login(self, row: dict) -> tuple | None:
        """Return the login that decides whose an event is."""
        device, user = row["anonymous_id"], row["user_id"]
        identity = self.rules.identity
        seen = self.logins.get(device if user is None or identity == "point_in_time" else user, [])
        if identity in {"device", "table"} or not seen or (identity == "point_in_time" and user is not None):
            return None
        if identity == "point_in_time":
            here = row["timestamp"], code_points(row["event_id"])
            return ([one for one in seen if (one[0], code_points(one[1])) <= here] or seen[:1])[-1]
        return seen[0] if identity == "first" else seen[-1]


def place(row: dict) -> tuple[int, int]:
    return row["session_sequence_number"], row["track_sequence_number"]


def hold_step(step, row: dict, before: dict | None, truth: Truth) -> None:
    names = "event_id", "source", "anonymous_id", "user_id", "event", "session_id", "track_sequence_number", "dbt_visitor_id"
    assert {name: getattr(step, name) for name in names} == {name: row[name] for name in names}
    assert step.pause_microseconds == (None if before is None else row["timestamp"] - before["timestamp"])
    assert step.start_reason == truth.reason(row)
    assert OTHER_SETTINGS not in step.why


def hold_event(explained, row: dict, truth: Truth) -> None:
    """Hold one event's visitor, session and neighbours against the oracle's."""
    visit = truth.visits[row["dbt_visitor_id"]]
    at = visit.index(row)
    nearby = range(max(at - AROUND, 0), min(at + AROUND + 1, len(visit)))
    assert len(explained.around) == len(nearby)
    for step, number in zip(explained.around, nearby, strict=True):
        hold_step(step, visit[number], visit[number - 1] if number else None, truth)
    start = next(n for n, one in enumerate(visit) if place(one) == (row["session_sequence_number"], 1))
    hold_step(explained.start, visit[start], visit[start - 1] if start else None, truth)
    hold_step(explained.event, row, visit[at - 1] if at else None, truth)
    assert explained.session.start_reason == truth.sessions[row["session_id"]]["start_reason"]
    hold_person(explained.person, row, truth)


def hold_person(person, row: dict, truth: Truth) -> None:
    assert person.visitor == row["dbt_visitor_id"]
    assert person.alias in {row["anonymous_id"], row["user_id"]}
    assert person.mapped == truth.mapping[person.alias]
    login = truth.login(row)
    assert (person.login is None) == (login is None)
    if login is not None:
        assert (microseconds(person.login.timestamp), person.login.event_id, person.login.user_id) == login
        device = truth.logins[person.alias]
        assert microseconds(person.since) == min(at for at, _, user in device if user == login[2])


def hold(engine, chosen: Settings, event_id: str, truth: Truth) -> None:
    """Hold all that is said of an id against the oracle."""
    found, expected = explain(engine, event_id, chosen, around=AROUND), truth.of_id(event_id)
    assert len(found.events) == len(expected)
    for explained, row in zip(found.events, expected, strict=True):
        hold_event(explained, row, truth)
    rows = truth.rows_in_source(event_id)
    assert not found.source.unreadable
    assert found.source.count == rows.total()
    if rows.total() == len(found.source.rows):
        assert rows == Counter((one.source, microseconds(one.timestamp), one.became, one.reason) for one in found.source.rows)
    became = {became for _, _, became, _ in rows}
    assert found.outcome == (
        "in_a_session" if expected else "filtered" if became == {"filtered"} else "rejected" if became else "not_found"
    )
    for one in found.places:
        relation = one.relation.removeprefix(chosen.table_prefix)
        assert one.rows == sum(row[one.column] == one.key for row in truth.relations[relation])
    wanted = set(MODELS) if expected else {name for name, model in MODELS.items() if model.key == ("event_id",)}
    assert {one.relation.removeprefix(chosen.table_prefix) for one in found.places} == wanted
    assert str(found)


def hold_visitor(engine, chosen: Settings, visitor: str, truth: Truth) -> None:
    """Hold a visitor's ids, sessions and last events against the oracle."""
    found, visit = explain_visitor(engine, visitor, chosen, around=AROUND), truth.visits[visitor]
    assert found.visitor == visitor
    aliases = sorted((alias for alias, one in truth.mapping.items() if one == visitor), key=code_points)
    assert [one.alias for one in found.aliases] == aliases[:10]
    assert all(one.visitor == visitor for one in found.aliases)
    assert [one.event_id for one in found.around] == [row["event_id"] for row in visit[-AROUND:]]
    mine = [row for row in truth.relations["sessions"] if row["dbt_visitor_id"] == visitor]
    assert [(one.session_id, one.start_reason) for one in found.sessions] == [
        (row["session_id"], row["start_reason"]) for row in mine[-AROUND:]
    ]
    assert str(found)


def test_any_event_under_any_settings(kept_engine) -> None:
    """Its visitor and the login that decides, its session and the reason, its neighbours, its rows in relations and source."""

    @settings(max_examples=EXAMPLES[kept_engine.dialect.name])
    @given(case=cases(), raws=many_streams(STREAMS, least=5), seed=st.integers(0, 2**32))
    def law(case, raws, seed) -> None:
        dice = Random(seed)
        rows = [*raws, *busy_visitors(6, dice)]
        rows = of_sources(rows, list(case.sources), dice) if len(case.sources) > 1 else rows
        (rows,) = cut(rows, 1, dice, loadless=case.loadless)
        write_sources(kept_engine, rows, case.sources, {name: context_columns(rows) for name in case.sources})
        rules, chosen = case.rules, Settings(**case.chosen)
        if rules.identity == "table":
            graph = graph_by(dice, STREAMS)
            write_graph(kept_engine, graph)
            rules = replace(rules, graph=tuple(graph))
        build_all(kept_engine, chosen)
        truth = Truth(rows, case, rules)
        ids = sorted({raw.id for raw in rows if raw.id is not None and blank(raw.id)})
        for event_id in [*dice.sample(ids, min(4, len(ids))), "nothing like it"]:
            hold(kept_engine, chosen, event_id, truth)
        if truth.visits:
            hold_visitor(kept_engine, chosen, dice.choice(sorted(truth.visits)), truth)

    law()
