"""A build is one transaction: what others see meanwhile, and what is left after a fault, a kill or a second build at once."""

import threading
import time

import pytest
import sqlalchemy as sa
from engines import ENGINES, ROLLING_BACK, params
from killed import kill_a_build
from oracle import sessionize
from sqlalchemy import event
from standing import asked_outside, at_each, standing
from steps import steps_of_full_build
from streams import NEW, OLD
from tables import assert_same, names_in, read_all, write_tracks

from sessionmodels import BuildError, ConnectError, Settings, build_all
from sessionmodels.models import MODELS


def fill_old(engine) -> None:
    """Make results of an old source, and a new source."""
    write_tracks(engine, OLD)
    build_all(engine)
    write_tracks(engine, NEW)


nothing_built = standing(lambda engine: write_tracks(engine, OLD))
old_built = standing(fill_old)

OTHER = Settings(flow_depth=4)
"""What is built over the old results: a column is dropped, or a table and what reads it."""


def later(dialect: str) -> list[str]:
    """Return every moment of a later build."""
    return [*asked_outside(dialect), *steps_of_full_build(dialect, OTHER, Settings())]


def only_first(dialect: str) -> list[str]:
    """Return those moments of a first build that a later one does not have."""
    also_later = later(dialect)
    return [one for one in (*asked_outside(dialect, first=True), *first(dialect)) if one not in also_later]


def first(dialect: str) -> list[str]:
    """Return the steps of a first build."""
    return steps_of_full_build(dialect, Settings())


@pytest.mark.slow
@at_each("old_built", later)
def test_a_fault_at_each_step(old_built, moment) -> None:
    """Whatever fails: an error that says what, the old results as they were, and nothing stray."""
    old_built.strike(moment, settings=OTHER)


@at_each("nothing_built", only_first)
def test_a_fault_at_each_step_of_a_first_build(nothing_built, moment) -> None:
    """Whatever fails that only a first build does: the source is alone as before."""
    nothing_built.strike(moment)


@pytest.mark.slow
@pytest.mark.parametrize("old_built", params(*ROLLING_BACK), indirect=True)
def test_these_are_the_steps_of_a_build(old_built, request, tmp_path) -> None:
    """A build over old results takes these steps, once each fault is mended."""
    dialect = request.node.callspec.params["old_built"]
    taken, _, rows = old_built.build_in_copy(tmp_path, settings=OTHER)
    assert [*asked_outside(dialect), *taken] == later(dialect)
    assert len(rows["track_facts"]) == len(NEW)


@pytest.mark.slow
@pytest.mark.parametrize("nothing_built", params(*ROLLING_BACK), indirect=True)
def test_these_are_the_steps_of_a_first_build(nothing_built, request, tmp_path) -> None:
    """A first build takes these steps."""
    taken, _, rows = nothing_built.build_in_copy(tmp_path)
    assert taken == first(request.node.callspec.params["nothing_built"])
    assert_same(rows, sessionize(OLD)[0])


@pytest.mark.slow
@pytest.mark.parametrize("old_built", params(*ENGINES), indirect=True)
def test_readers_see_all_of_one_build(old_built, tmp_path) -> None:
    """A second connection reads during builds: the old rows or the new ones in every relation, and is never kept waiting."""
    engine = old_built.copy(tmp_path)
    old, new = ({name: len(rows) for name, rows in sessionize(raws)[0].items()} for raws in (OLD, NEW))
    seen, slowest, stop = [], 0.0, threading.Event()

    def poll() -> None:
        nonlocal slowest
        while not stop.is_set():
            started = time.monotonic()
            with engine.connect() as connection:
                if engine.dialect.name != "duckdb":
                    connection.execution_options(isolation_level="REPEATABLE READ")
                counts = {name: connection.exec_driver_sql(f"SELECT count(*) FROM dbt_{name}").scalar_one() for name in MODELS}
            seen.append(counts)
            slowest = max(slowest, time.monotonic() - started)
            time.sleep(0.01)

    reader = threading.Thread(target=poll)
    reader.start()
    try:
        for raws in (NEW, OLD):
            write_tracks(engine, raws)
            build_all(engine, watch=lambda *_: time.sleep(0.01))
    finally:
        stop.set()
        reader.join()
    assert all(counts in (old, new) for counts in seen), next(counts for counts in seen if counts not in (old, new))
    assert old in seen
    assert new in seen
    assert slowest < 5


@pytest.mark.slow
@pytest.mark.parametrize("old_built", params(*ENGINES), indirect=True)
def test_an_open_reader_keeps_its_rows_and_holds_up_nobody(old_built, tmp_path) -> None:
    """A reader who began before a build and stays goes on reading the old rows; the build does not wait for them."""
    engine = old_built.copy(tmp_path)
    old, new = sessionize(OLD)[0], sessionize(NEW)[0]
    with engine.connect() as reader:
        if engine.dialect.name != "duckdb":
            reader.execution_options(isolation_level="REPEATABLE READ")
        count = "SELECT count(*) FROM dbt_session_duration"
        assert reader.exec_driver_sql(count).scalar_one() == len(old["session_duration"])
        build_all(engine)
        for name in MODELS:
            assert reader.exec_driver_sql(f"SELECT count(*) FROM dbt_{name}").scalar_one() == len(old[name]), name
    assert_same(read_all(engine), new)


@pytest.mark.slow
@pytest.mark.parametrize("old_built", params(*ENGINES), indirect=True)
@pytest.mark.parametrize("at", [1, 8])
def test_a_killed_build_leaves_the_old_one(old_built, tmp_path, at) -> None:
    """`kill -9` in the middle: the old rows are there, nothing stray is, and the next build is whole."""
    engine = old_built.copy(tmp_path)
    kill_a_build(engine, at)
    assert_same(read_all(engine), sessionize(OLD)[0])
    assert names_in(engine) == {"tracks", *(f"dbt_{name}" for name in MODELS)}
    build_all(engine)
    assert_same(read_all(engine), sessionize(NEW)[0])


@pytest.mark.slow
def test_a_statement_that_fails_says_which_and_why(postgresql) -> None:
    """The relation, the warehouse's own words, and that nothing was changed."""
    engine = postgresql  # where a sequence takes a table's name
    write_tracks(engine, OLD)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE SEQUENCE dbt_session_events")
    with pytest.raises(
        BuildError, match=r"session_events: could not create the table: .*dbt_session_events.*\nNothing was changed"
    ) as caught:
        build_all(engine)
    assert caught.value.relation == "session_events"
    assert (caught.value.statement or "").startswith("CREATE TABLE public.dbt_session_events")
    assert names_in(engine) == {"tracks"}


def test_a_warehouse_that_cannot_be_reached() -> None:
    """The error shows where, and not the password."""
    unreachable = sa.create_engine("postgresql://me:s3cret@127.0.0.1:1/db")
    with pytest.raises(ConnectError, match=r"cannot connect to postgresql://me@127.0.0.1:1/db: .*check the URL") as caught:
        build_all(unreachable)
    assert "s3cret" not in str(caught.value)


def test_an_interrupted_build_is_an_interruption(duckdb) -> None:
    """DuckDB answers Ctrl-C with an error of its own; a program that stops on KeyboardInterrupt stops."""
    write_tracks(duckdb, OLD)

    def interrupt(*_) -> None:
        msg = "Query interrupted"
        raise RuntimeError(msg)

    event.listen(duckdb, "before_cursor_execute", interrupt)
    with pytest.raises(KeyboardInterrupt):
        build_all(duckdb)


@pytest.mark.slow
def test_two_builds_at_once(engine) -> None:
    """One waits for the other; no row is lost or doubled, also on empty tables."""
    for raws in ([], OLD, NEW):
        write_tracks(engine, raws)
        failed = []

        def build(failed=failed) -> None:
            try:
                build_all(engine, watch=lambda *_: time.sleep(0.005), wait=60)
            except BuildError as error:
                failed.append(error)

        builders = [threading.Thread(target=build) for _ in range(3)]
        for builder in builders:
            builder.start()
        for builder in builders:
            builder.join()
        assert not failed
        assert_same(read_all(engine), sessionize(raws)[0])


def test_an_engine_that_commits_each_statement(engine) -> None:
    """The build is one transaction all the same."""
    write_tracks(engine, OLD)
    eager = engine.execution_options(isolation_level="AUTOCOMMIT")

    def stop(done, _total, _step) -> None:
        if done == 4:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        build_all(eager, watch=stop)
    assert names_in(engine) == {"tracks"}
