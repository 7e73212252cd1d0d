"""The list of forgotten people: who is on it, what it holds, and what happens when a build cannot use it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from kept import copy_of, kept
from oracle import MINUTE, Raw, Rules, sessionize
from oracle_rows import keyed
from people import KEY, LIST
from tables import assert_same, read, read_all, schema_of, write_sources, write_tracks

from sessionmodels import Settings, SettingsError, TargetError, build_all, check_all, explain, forget, migrate, plan_all, status

HOUR = 60 * MINUTE
RAWS = [
    Raw("1", "phone", "ann", "x", 1 * HOUR, 1 * HOUR),
    Raw("2", "phone", None, "x", 2 * HOUR, 2 * HOUR),
    Raw("3", "family", "ann", "x", 3 * HOUR, 3 * HOUR),
    Raw("4", "family", None, "x", 4 * HOUR, 4 * HOUR),
    Raw("5", "family", "bob", "x", 5 * HOUR, 5 * HOUR),
    Raw("6", "work", "bob", "x", 6 * HOUR, 6 * HOUR),
    Raw("1", "phone", "bob", "x", 7 * HOUR, 7 * HOUR),  # another row of ann's event
]
PRIVATE = "ann", "phone", KEY


@pytest.fixture(autouse=True)
def _key(monkeypatch) -> None:
    monkeypatch.setenv("SESSIONMODELS_KEY", KEY)


def without(*ids: str) -> dict[str, list[dict]]:
    return sessionize(RAWS, Rules(forgotten=frozenset(ids)))[0]


def entries(engine: sa.Engine) -> list[str]:
    return sorted(row["id_hash"] for row in read(engine, LIST, Settings(table_prefix="")))


def build(engine: sa.Engine) -> None:
    write_tracks(engine, RAWS)
    build_all(engine, incremental=True)


unforgotten = kept(build)
built = copy_of("unforgotten")


@pytest.mark.slow
def test_somebody_who_shares_a_device(built) -> None:
    """Their own rows go. Others' rows stay, and what nobody was logged in for on the shared device goes to the others."""
    done = forget(built, users="ann")
    assert (done.users, done.devices, done.listed, done.rows_removed, done.mode) == (1, 0, 1, 2, "forget")
    assert_same(read_all(built), without("ann"))
    assert {row["dbt_visitor_id"] for row in read(built, "session_events")} == {"bob"}


@pytest.mark.slow
def test_their_devices(duckdb) -> None:
    """Those on which nobody else was logged in are forgotten, too. A shared one is not."""
    raws = [raw for raw in RAWS if raw.loaded_at != 7 * HOUR]
    write_tracks(duckdb, raws)
    build_all(duckdb, incremental=True)
    done = forget(duckdb, users="ann", devices=True)
    assert (done.users, done.devices, done.rows_removed) == (1, 1, 3)
    assert entries(duckdb) == sorted(keyed(one, KEY) for one in ("ann", "phone"))
    assert_same(read_all(duckdb), sessionize(raws, Rules(forgotten=frozenset({"ann", "phone"})))[0])
    again = forget(duckdb, users=["ann"], devices=True)
    assert (again.users, again.devices, again.listed, again.rows_removed) == (0, 0, 2, 0)
    assert build_all(duckdb, incremental=True).mode == "nothing"


@pytest.mark.slow
def test_nothing_of_them_is_left(engine) -> None:
    """Of all tables but the raw one: no id of theirs, and nothing of the key."""
    raws = [raw for raw in RAWS if raw.loaded_at != 7 * HOUR]
    write_tracks(engine, raws)
    build_all(engine, incremental=True)
    forget(engine, users="ann", devices=True)
    with engine.connect() as connection:
        names = {*sa.inspect(connection).get_table_names(), *sa.inspect(connection).get_view_names()} - {"tracks"}
        everything = {name: str(connection.execute(sa.select(sa.text("*")).select_from(sa.table(name))).all()) for name in names}
    assert len(everything) >= 13
    assert not {name: word for name, text in everything.items() for word in PRIVATE if f"'{word}" in text or f"- {word}" in text}


@pytest.mark.slow
def test_everybody(built) -> None:
    """Results may become empty, and builds go on."""
    forget(built, users=["ann", "bob"], devices=True)
    assert_same(read_all(built), without("ann", "bob", "phone", "family", "work"))
    assert build_all(built, incremental=True).mode == "nothing"
    full = build_all(built)
    assert full.source
    assert (full.source.forgotten, full.source.events_kept) == (7, 0)
    assert "Skipped 7 events: of forgotten people" in str(full)


@pytest.mark.slow
def test_builds_that_are_not_incremental(duckdb) -> None:
    """Everything is built again, and nothing is kept for incremental builds."""
    write_tracks(duckdb, RAWS)
    build_all(duckdb)
    done = forget(duckdb, users="ann")
    assert (done.mode, done.rows_removed) == ("full", None)
    assert_same(read_all(duckdb), without("ann"))
    assert "sessionmodels_duplicates_dbt_" not in sa.inspect(duckdb).get_table_names()


@pytest.mark.slow
def test_before_the_first_build(duckdb) -> None:
    """It is a build. Devices are unknown as yet."""
    write_tracks(duckdb, RAWS)
    with pytest.raises(TargetError, match="Build first"):
        forget(duckdb, users="ann", devices=True)
    assert LIST not in sa.inspect(duckdb).get_table_names()
    assert forget(duckdb, users="ann").mode == "full"
    assert_same(read_all(duckdb), without("ann"))


@pytest.mark.slow
def test_somebody_who_is_listed_and_not_removed(built) -> None:
    """As after a `forget` that was killed where each statement commits: the next build is full, and so is what follows exact."""
    forget(built, users="nobody")
    table = sa.table(LIST, *map(sa.column, ("id_hash", "key_check", "forgotten_at")), schema=schema_of(built))
    with built.begin() as connection:
        check = connection.execute(sa.select(table.c.key_check)).scalar_one()
        connection.execute(table.insert().values(id_hash=keyed("ann", KEY), key_check=check))
    result = build_all(built, incremental=True)
    assert (result.mode, result.reason) == ("full", "people were forgotten who may still be in the results of build 2")
    assert_same(read_all(built), without("ann"))


@pytest.mark.slow
def test_a_list_that_was_made_again(built) -> None:
    """With as many entries as before, it is told from the old one: the next build is full, and excludes who is listed now."""
    forget(built, users="nobody")
    table = sa.table(LIST, *map(sa.column, ("id_hash", "key_check", "forgotten_at")), schema=schema_of(built))
    with built.begin() as connection:
        connection.execute(table.update().values(id_hash=keyed("ann", KEY), forgotten_at=datetime.now(UTC)))
    result = build_all(built, incremental=True)
    assert (result.mode, result.reason) == ("full", "people were forgotten who may still be in the results of build 2")
    assert_same(read_all(built), without("ann"))
    assert build_all(built, incremental=True).mode == "nothing"


NO_KEY_OF_THE_LIST = {
    "short": "fewer than 32 characters",
    "another key of enough characters for all": "is another key than the one",
    None: f"{LIST} lists forgotten people, and SESSIONMODELS_KEY is not set",
}


@pytest.mark.slow
def test_without_the_key(built, monkeypatch) -> None:
    """Every build, plan and `forget` is refused before anything is touched."""
    forget(built, users="ann")
    before, number = read_all(built), status(built).builds[0].number
    for key, words in NO_KEY_OF_THE_LIST.items():
        monkeypatch.setenv("SESSIONMODELS_KEY", key) if key else monkeypatch.delenv("SESSIONMODELS_KEY")
        for refused in (
            lambda: build_all(built),
            lambda: build_all(built, incremental=True),
            lambda: plan_all(built),
            lambda: build_all(built, select="session_tracks"),
        ):
            with pytest.raises(SettingsError, match=words):
                refused()
        with pytest.raises(SettingsError, match="SESSIONMODELS_KEY"):
            forget(built, users="bob")
    assert (read_all(built), status(built).builds[0].number) == (before, number)


@pytest.mark.parametrize("users", ["", "  ", [], ["ann", ""], [7]])
def test_nobody_in_particular(duckdb, users) -> None:
    """A blank id is refused: it is that of nobody."""
    with pytest.raises(SettingsError, match="none may be blank"):
        forget(duckdb, users=users)


@pytest.mark.slow
def test_views_of_the_source(duckdb) -> None:
    """Their definition would hold the key, so builds and migrations refuse them once somebody is forgotten.

    Migrations do so where ids are hashed, too. Other views are not refused.
    """
    write_tracks(duckdb, RAWS)
    build_all(duckdb)
    forget(duckdb, users="ann")
    views: dict[str, Any] = {"kinds": {"aliases_mapping": "view", "session_events": "view"}}
    with pytest.raises(SettingsError, match="set kinds: aliases_mapping = 'table', session_events = 'table'"):
        build_all(duckdb, Settings(**views))
    for chosen in (views, views | {"hash_ids": True, "table_prefix": "other_"}):
        with pytest.raises(SettingsError, match="a view of the source would show what they are hashed with"):
            migrate(duckdb, Settings(**chosen))
    assert migrate(duckdb).views
    assert check_all(duckdb).passed
    assert_same(read_all(duckdb), without("ann"))


@pytest.mark.slow
@pytest.mark.parametrize("chosen", [{}, {"hash_ids": True}])
def test_an_explanation(built, monkeypatch, chosen) -> None:
    """It says why an event of theirs is in no relation, and nothing else of it. With hashed ids it shows hashes."""
    settings = Settings(**chosen)
    forget(built, settings, users="ann")
    found = explain(built, "3", settings)
    assert [(one.reason, one.user_id, one.anonymous_id) for one in found.source.rows] == [("forgotten", None, None)]
    assert "one of its ids is that of a forgotten person" in str(found)
    assert "ann" not in str(found)
    bob = explain(built, "5", settings).source.rows[0].user_id
    assert bob == (keyed("bob", KEY) if chosen else "bob")
    monkeypatch.delenv("SESSIONMODELS_KEY")
    assert "SESSIONMODELS_KEY is not set" in str(explain(built, "5", settings))


def test_a_table_of_somebody_else(duckdb) -> None:
    """It is not taken for the list."""
    write_tracks(duckdb, RAWS)
    with duckdb.begin() as connection:
        connection.exec_driver_sql(f"CREATE TABLE {LIST} (x INT)")
    with pytest.raises(TargetError, match="were not created by sessionmodels"):
        build_all(duckdb)


@pytest.mark.slow
def test_each_source_counts_its_own(duckdb) -> None:
    """The table of sources has a column for it."""
    raws = [*RAWS, replace(RAWS[0], source="pages", id="8")]
    write_sources(duckdb, raws, {"tracks": (), "pages": ()})
    chosen = Settings(sources=["tracks", "pages"])
    build_all(duckdb, chosen)
    forget(duckdb, chosen, users="ann")
    result = build_all(duckdb, chosen)
    assert result.source
    assert {name: one.forgotten for name, one in result.source.sources.items()} == {"tracks": 2, "pages": 1}
    assert "filtered  forgotten" in str(result)
