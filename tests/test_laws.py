"""Laws that hold for any stream: nothing depends on physical order, on the session's time zone, or on the collation."""

from dataclasses import replace
from itertools import permutations

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from laws import examples
from oracle import MINUTE, Raw, Rules, sessionize
from sqlalchemy import event
from streams import DICE, apart, many_streams
from tables import assert_same, read_all, tracks_table, write_tracks

from sessionmodels import Settings, build_all

pytestmark = pytest.mark.usefixtures("unguarded")


@pytest.mark.slow
def test_shuffled_input_gives_the_same_output(kept_engine) -> None:
    """Equal input, in any physical order, gives equal output: the oracle's for another order. Also where duplicates are kept."""

    @examples(kept_engine, 10)
    @given(raws=many_streams(8), dice=DICE, keep=st.booleans())
    def law(raws, dice, keep) -> None:
        expected = sessionize(raws, Rules(deduplicate=not keep))[0]
        dice.shuffle(raws)
        write_tracks(kept_engine, raws)
        build_all(kept_engine, Settings(deduplicate=not keep))
        assert_same(read_all(kept_engine), expected)

    law()


TIES = {
    "the event's name": [Raw("1", "d", None, "b", 0), Raw("1", "d", None, "a", 0), Raw("1", "d", None, None, 0)],
    "the device": [Raw("1", "e", "u", "a", 0), Raw("1", "d", "u", "a", 0), Raw("1", None, "u", "a", 0)],
    "the user": [Raw("1", "d", "v", "a", 0), Raw("1", "d", "u", "a", 0), Raw("1", "d", None, "a", 0)],
    "the load time": [Raw("1", "d", None, "a", 0, 2), Raw("1", "d", None, "b", 0, 1), Raw("1", "d", None, "0", 0)],
    "the id": [Raw("b", "d", "v", "a", 0), Raw("a", "d", "u", "b", 0)],
    "nothing": [Raw("1", "d", None, "a", 40 * MINUTE), Raw("1", "d", None, "a", 40 * MINUTE), Raw("0", "d", None, "a", 0)],
}
"""Rows that are equal but for the last key that can tell them apart."""


@pytest.mark.slow
@pytest.mark.parametrize("keep", [False, True], ids=["one of each", "duplicates kept"])
def test_ties(duckdb, keep) -> None:
    """Whichever was written first, the same row stands, and the same one comes first: each tie in each order, apart from all."""
    written = [order for tied in TIES.values() for order in permutations(tied)]
    raws = [
        replace(raw, id=apart(raw.id, n), anonymous_id=apart(raw.anonymous_id, n), user_id=apart(raw.user_id, n))
        for n, order in enumerate(written)
        for raw in order
    ]
    write_tracks(duckdb, raws)
    build_all(duckdb, Settings(deduplicate=not keep))
    assert_same(read_all(duckdb), sessionize(raws, Rules(deduplicate=not keep))[0])


@pytest.mark.slow
def test_the_session_time_zone_changes_nothing(engine) -> None:
    """Neither while building nor while reading, on either side of a clock change, for times with and without a zone."""
    start = 1_774_745_100_000_000  # 2026-03-29T00:45Z: Berlin's clocks go forward a quarter of an hour later
    raws = [Raw(f"e{n}", "d", None, "x", start + n * 31 * MINUTE, start + n) for n in range(4)]
    write_tracks(engine, raws)
    expected, _, _ = sessionize(raws)
    for zone in ("America/New_York", "Europe/Berlin", "Asia/Kolkata"):

        @event.listens_for(engine, "checkout")
        def elsewhere(dbapi_connection, *_, zone=zone):
            dbapi_connection.cursor().execute(f"SET TimeZone = '{zone}'")
            engine.dialect.do_commit(dbapi_connection)

        engine.dispose()
        build_all(engine)
        assert_same(read_all(engine), expected)


@pytest.mark.slow
def test_times_without_zone_are_utc(engine) -> None:
    """A `timestamp` column without zone is taken as UTC, whatever the session says."""
    raws = [Raw("1", "d", None, "x", 1_774_745_100_123_456), Raw("2", "d", None, "y", 1_774_745_100_123_456 + 31 * MINUTE)]
    write_tracks(engine, raws)
    table = tracks_table()
    naive = [sa.cast(sa.func.timezone("UTC", table.c[name]), sa.TIMESTAMP).label(name) for name in ("timestamp", "uuid_ts")]
    columns = [table.c[name] for name in ("id", "anonymous_id", "user_id", "event")]
    with engine.begin() as connection:
        connection.execute(sa.CreateTableAs(sa.select(*columns, *naive), "naive"))
        connection.exec_driver_sql("SET TimeZone = 'America/New_York'")
    build_all(engine, Settings(source_table="naive"))
    assert_same(read_all(engine), sessionize(raws)[0])


@pytest.mark.slow
def test_text_is_ordered_by_code_point(engine) -> None:
    """Ids of equal time, whatever the database's collation: `B` before `_` before `a` before `é`."""
    ids = ["é", "a", "_", "B", "Ä", "b", "10", "2", "😀"]
    write_tracks(engine, [Raw(name, "d", None, name, 0) for name in ids])
    build_all(engine)
    rows = sorted(read_all(engine)["track_facts"], key=lambda row: row["track_sequence_number"])
    assert [row["event"] for row in rows] == sorted(ids)


def test_the_server_would_sort_otherwise(postgresql) -> None:
    """The collation under which the law above is proved is a natural one, so that it could have failed."""
    with postgresql.connect() as connection:
        words = connection.execute(sa.text("SELECT x FROM (VALUES ('a'), ('B')) AS t (x) ORDER BY x")).scalars().all()
        collation = connection.execute(
            sa.text("SELECT datcollate FROM pg_database WHERE datname = current_database()")
        ).scalar_one()
    assert words == (["B", "a"] if collation.startswith("C") else ["a", "B"])


def test_a_column_with_a_collation_of_its_own(postgresql) -> None:
    """Ids of unequal collations meet in one mapping, and the results can be joined with the user's own tables."""
    with postgresql.begin() as connection:
        connection.exec_driver_sql(
            'CREATE TABLE tracks (id text, anonymous_id text COLLATE "C", user_id text COLLATE "POSIX",'
            " event text, timestamp timestamptz)"
        )
        connection.exec_driver_sql("INSERT INTO tracks VALUES ('1', 'd', 'u', 'x', now())")
        connection.exec_driver_sql("CREATE TABLE people AS SELECT 'u' AS id")
    build_all(postgresql)
    with postgresql.connect() as connection:
        joined = sa.text("SELECT count(*) FROM dbt_track_facts JOIN people ON people.id = dbt_track_facts.dbt_visitor_id")
        assert connection.execute(joined).scalar_one() == 1
