"""The law of forgetting: the results, and those of every later build, are those of a stream without the people on the list."""

from dataclasses import replace
from random import Random

import pytest
from any_settings import Case, cases
from batches import any_streams, cut
from conformance import some_of_the_stream
from graphs import graph_by, rerun, write_graph
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import Raw, Rules, sessionize
from people import KEY, list_people, remember_everybody, some_users, their_devices
from streams import DICE, of_sources
from tables import assert_same, context_columns, read_all, write_sources, write_tracks

from sessionmodels import Settings, build_all, forget

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("unguarded")]

EXAMPLES = {"duckdb": 2, "postgresql": 1}
STREAMS = 20


@pytest.fixture(autouse=True)
def _key(monkeypatch) -> None:
    monkeypatch.setenv("SESSIONMODELS_KEY", KEY)


def hold(engine, batches: list[list[Raw]], case: Case, dice: Random, *, hashed: bool) -> None:
    """Build after every batch, forget people after some, and build again: hold every relation against the oracle each time."""
    remember_everybody(engine)
    chosen = Settings(**case.chosen, hash_ids=hashed)
    rules, graph = replace(case.rules, key=KEY if hashed else None), graph_by(dice, STREAMS)
    everything = [raw for batch in batches for raw in batch]
    context = {name: context_columns(raw for raw in everything if raw.source == name) for name in case.sources}
    arrived: list[Raw] = []
    can_go_on = False

    def same() -> None:
        assert_same(read_all(engine, chosen), sessionize([raw for raw in arrived if case.passes(raw)], rules)[0])

    for number, batch in enumerate([*batches, []]):
        arrived += batch
        write_sources(engine, arrived, case.sources, context)
        if rules.identity == "table":
            graph = rerun(graph, dice, STREAMS)
            write_graph(engine, graph)
            rules = replace(rules, graph=tuple(graph))
        result = build_all(engine, chosen, incremental=True, full_refresh=number == 0)
        assert (result.mode in {"incremental", "nothing"}) == can_go_on, result.reason
        same()
        can_go_on = any(raw.loaded_at is not None for raw in arrived)
        users, devices = some_users(everything, dice), bool(dice.randrange(2))
        theirs = their_devices([raw for raw in arrived if case.passes(raw)], rules, users) if devices else set()
        if number < len(batches) and dice.randrange(3):
            done = forget(engine, chosen, users=users, devices=devices)
            assert (done.mode == "forget") == can_go_on, done.reason
            assert done.listed == len(rules.forgotten | set(users) | theirs)
            rules = replace(rules, forgotten=rules.forgotten | set(users) | theirs)
            same()
    result = build_all(engine, chosen)
    same()
    assert result.source
    wanted = sum(case.passes(raw) and _is_forgotten(raw, rules) for raw in arrived)
    assert result.source.forgotten == wanted


def _is_forgotten(raw: Raw, rules: Rules) -> bool:
    ids = {raw.anonymous_id, raw.user_id} - set(rules.ignored_ids)
    return bool(ids & rules.forgotten)


def test_anybody_of_any_stream(kept_engine) -> None:
    """Under any settings, with ids hashed or not, whoever shares whose device."""

    @settings(max_examples=EXAMPLES[kept_engine.dialect.name])
    @given(
        case=cases(),
        raws=any_streams(STREAMS, least=12),
        count=st.integers(1, 2),
        hashed=st.booleans(),
        dice=DICE,
    )
    def law(case, raws, count, hashed, dice) -> None:
        rows = of_sources(raws, list(case.sources), dice) if len(case.sources) > 1 else raws
        hold(kept_engine, cut(rows, count, dice, loadless=case.loadless), case, dice, hashed=hashed)

    law()


def test_on_every_warehouse(warehouse) -> None:
    """Every nasty id, hashed: who is listed is in no full build, others go from what stands, and no build brings them back."""
    dice, rules, chosen = Random(4), Rules(key=KEY), Settings(layout=False, hash_ids=True)
    (raws,) = cut(some_of_the_stream(warehouse.dialect.name), 1, dice)
    users = some_users(raws, dice)
    earlier, later = {*users[::2], "shared"}, users[1::2]  # the id of a device, too
    rules = replace(rules, forgotten=frozenset(earlier))
    write_tracks(warehouse, raws)
    list_people(warehouse, earlier)
    full = build_all(warehouse, chosen, incremental=True)
    assert_same(read_all(warehouse, chosen), sessionize(raws, rules)[0])
    assert full.source
    assert full.source.forgotten == sum(_is_forgotten(raw, rules) for raw in raws)
    rules = replace(rules, forgotten=rules.forgotten | set(later) | their_devices(raws, rules, later))
    done = forget(warehouse, chosen, users=later, devices=True)
    assert (done.mode, done.listed) == ("forget", len(rules.forgotten))
    assert_same(read_all(warehouse, chosen), sessionize(raws, rules)[0])
    assert build_all(warehouse, chosen, incremental=True).mode == "nothing"
    build_all(warehouse, chosen)
    assert_same(read_all(warehouse, chosen), sessionize(raws, rules)[0])
