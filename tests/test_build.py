"""A build as a whole: what it returns, what it leaves after a failure, and what others see meanwhile."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
import sqlalchemy as sa
from oracle import MINUTE, Raw, sessionize
from sqlalchemy import event
from tables import assert_same, read, read_all, write_tracks

from sessionmodels import BuildError, ConnectError, Settings, SettingsError, TargetError, build_all
from sessionmodels.graph import STAGED
from sessionmodels.models import MODELS

OLD = [Raw(f"e{n}", f"d{n % 3}", None, "x", n * 20 * MINUTE) for n in range(9)]
NEW = [Raw(f"f{n}", f"d{n % 2}", "u" if n == 3 else None, "y", n * 40 * MINUTE) for n in range(7)]


def names_in(engine) -> set[str]:
    inspector = sa.inspect(engine)
    temporary = inspector.get_temp_table_names()
    return {*inspector.get_table_names(), *inspector.get_view_names(), *temporary}


def test_the_result(engine) -> None:
    """For each relation kind, rows and seconds; for the source what was read and what was not used; as text, HTML and data."""
    write_tracks(engine, [*OLD, OLD[0], Raw("z", None, " ", "x", 0), Raw("y", "d", None, "x", None)])
    result = build_all(engine)
    plain = json.loads(result.to_json())
    assert plain == result.to_dict()
    assert plain["source"] == {
        "events_read": 12,
        "events_kept": 9,
        "left_out": {"no_event_id": 0, "no_id": 1, "no_time": 1, "unreadable_time": 0},
        "duplicates_removed": 1,
        "taken_as_null": [],
    }
    assert {one["name"] for one in plain["relations"]} == set(MODELS)
    assert result["mapped_tracks"].rows == 9
    assert (result["session_duration"].kind, result["track_facts"].table) == ("view", "dbt_track_facts")
    assert all(one.seconds >= 0 for one in result.relations)
    assert "12 events read, 9 kept, 1 duplicates removed" in str(result)
    assert "1 with neither anonymous_id nor user_id" in str(result)
    assert "dbt_tracks_flow" in result._repr_html_()


def test_no_stray_tables(engine) -> None:
    """What a build stages is gone after it."""
    write_tracks(engine, OLD)
    build_all(engine)
    assert names_in(engine) == {"tracks", *(f"dbt_{name}" for name in MODELS)}


def test_a_selection_builds_a_part(engine) -> None:
    """Only what is selected; the rest stays as it was."""
    write_tracks(engine, OLD)
    with pytest.raises(
        TargetError, match=r"session_tracks reads dbt_track_facts, which is not built yet; select '\+session_tracks'"
    ):
        build_all(engine, select="session_tracks")
    assert names_in(engine) == {"tracks"}
    result = build_all(engine, select="+session_tracks")
    assert {one.name for one in result.relations} == {"aliases_mapping", "mapped_tracks", "track_facts", "session_tracks"}
    result = build_all(engine, select="session_tracks")
    assert result.source is None
    build_all(engine)
    write_tracks(engine, NEW)
    before = read(engine, "user_session_facts")
    build_all(engine, select=["+session_tracks"])
    assert read(engine, "user_session_facts") == before
    assert_same({"session_tracks": read(engine, "session_tracks")}, {"session_tracks": sessionize(NEW)[0]["session_tracks"]})


def test_a_part_loses_no_event(engine) -> None:
    """Events whose ids came after the mapping was built are their own visitors, not lost."""
    write_tracks(engine, OLD)
    build_all(engine)
    write_tracks(engine, [*OLD, Raw("n", "new", None, "x", 0)])
    build_all(engine, select="mapped_tracks")
    assert {"n": "new"}.items() <= {row["event_id"]: row["dbt_visitor_id"] for row in read(engine, "mapped_tracks")}.items()


def test_results_in_a_schema_of_their_own(engine) -> None:
    """The schema is made where it is missing; the prefix may be empty."""
    write_tracks(engine, OLD)
    settings = Settings(target_schema="analytics", table_prefix="")
    for _ in range(2):
        assert build_all(engine, settings)["track_facts"].table == "analytics.track_facts"
        assert_same(read_all(engine, settings), sessionize(OLD)[0])


def test_each_relation_of_either_kind(engine) -> None:
    """A relation turns from table to view and back, whatever reads it."""
    write_tracks(engine, OLD)
    for name in MODELS:
        for kind in ("view", "table"):
            result = build_all(engine, Settings(kinds={name: kind}))
            assert result[name].kind == kind
            assert_same(read_all(engine), sessionize(OLD)[0])


def test_a_prefix_in_another_case(duckdb) -> None:
    """DuckDB's names differ by more than case: the tables are the same ones."""
    write_tracks(duckdb, OLD)
    build_all(duckdb)
    write_tracks(duckdb, NEW)
    build_all(duckdb, Settings(table_prefix="DBT_"))
    assert_same(read_all(duckdb), sessionize(NEW)[0])


def test_other_columns_than_before(engine) -> None:
    """After a change of counters or depth the tables have the new columns."""
    write_tracks(engine, OLD)
    for chosen in ({}, {"flow_depth": 7, "event_counters": {"c": ["x"]}}, {"flow_depth": 1, "compatibility": "dbt"}, {}):
        build_all(engine, Settings(**chosen))
        flow = set(read(engine, "tracks_flow")[0])
        depth = chosen.get("flow_depth", 5)
        assert {name for name in flow if name.startswith("event_")} - {"event_id"} == {f"event_{n}" for n in range(2, depth + 1)}
    assert_same(read_all(engine), sessionize(OLD)[0])


@pytest.mark.parametrize("existing", [False, True], ids=["first build", "rebuild"])
def test_a_fault_at_each_statement(engine, existing) -> None:
    """Whichever statement fails: an error that names the relation, the old tables as they were, nothing stray; then it mends."""
    write_tracks(engine, OLD)
    if existing:
        build_all(engine)
        write_tracks(engine, NEW)
    names, before = names_in(engine), read_all(engine) if existing else {}
    faults = 0
    for nth in range(200):
        fault = Fault(engine, nth)
        try:
            build_all(engine, Settings(flow_depth=4))
        except BuildError as error:
            faults += 1
            assert "injected" in str(error)
            assert error.relation in {*MODELS, "tracks", STAGED, "the build"}
        else:
            break
        finally:
            fault.mend()
        assert names_in(engine) == names
        if existing:
            assert_same(read_all(engine), before)
    # One statement may fail unseen: the one that asks whether a view is right; then the view is made again.
    assert faults >= 2 * len(MODELS)
    assert len(read(engine, "track_facts")) == len(NEW if existing else OLD)


class Fault:
    """Makes the nth statement from now on fail, in the database itself."""

    def __init__(self, engine, nth: int) -> None:
        self.engine, self.left = engine, nth
        event.listen(engine, "before_cursor_execute", self.spoil, retval=True)

    def spoil(self, _connection, _cursor, statement, parameters, _context, _many):
        spares = "pg_get_viewdef" in statement or "sessionmodels_compared" in statement
        self.left -= not spares
        return (statement, parameters) if self.left != -1 or spares else ("SELECT injected FROM fault", None)

    def mend(self) -> None:
        event.remove(self.engine, "before_cursor_execute", self.spoil)


def test_readers_see_all_of_one_build(engine) -> None:
    """A second connection reads during builds: the old rows or the new ones in every relation, and is never kept waiting."""
    write_tracks(engine, OLD)
    build_all(engine)
    old, new = ({name: len(rows) for name, rows in sessionize(raws)[0].items()} for raws in (OLD, NEW))
    seen, slowest, stop = [], 0.0, threading.Event()

    def poll() -> None:
        nonlocal slowest
        while not stop.is_set():
            started = time.monotonic()
            with engine.connect() as connection:
                if engine.dialect.name == "postgresql":
                    connection.execution_options(isolation_level="REPEATABLE READ")
                counts = {name: connection.exec_driver_sql(f"SELECT count(*) FROM dbt_{name}").scalar_one() for name in MODELS}
            seen.append(counts)
            slowest = max(slowest, time.monotonic() - started)

    reader = threading.Thread(target=poll)
    reader.start()
    try:
        for raws in (NEW, OLD) * 4:
            write_tracks(engine, raws)
            build_all(engine, watch=lambda *_: time.sleep(0.01))
    finally:
        stop.set()
        reader.join()
    assert all(counts in (old, new) for counts in seen), next(counts for counts in seen if counts not in (old, new))
    assert old in seen
    assert new in seen
    assert slowest < 5


def test_an_open_reader_keeps_its_rows_and_holds_up_nobody(engine) -> None:
    """A reader who began before a build and stays goes on reading the old rows; the build does not wait for them."""
    write_tracks(engine, OLD)
    build_all(engine)
    old, new = sessionize(OLD)[0], sessionize(NEW)[0]
    with engine.connect() as reader:
        if engine.dialect.name == "postgresql":
            reader.execution_options(isolation_level="REPEATABLE READ")
        count = "SELECT count(*) FROM dbt_session_duration"
        assert reader.exec_driver_sql(count).scalar_one() == len(old["session_duration"])
        write_tracks(engine, NEW)
        build_all(engine)
        for name in MODELS:
            assert reader.exec_driver_sql(f"SELECT count(*) FROM dbt_{name}").scalar_one() == len(old[name]), name
    assert_same(read_all(engine), new)


KILLED = """
import sys, time, sqlalchemy as sa
from sessionmodels import build_all
def watch(done, total, step):
    print(done, flush=True)
    if done == int(sys.argv[2]):
        time.sleep(60)
build_all(sa.create_engine(sys.argv[1]), watch=watch)
"""


@pytest.mark.parametrize("at", [1, 4, 8])
def test_a_killed_build_leaves_the_old_one(engine, at) -> None:
    """`kill -9` in the middle: the old rows are there, nothing stray is, and the next build is whole."""
    write_tracks(engine, OLD)
    build_all(engine)
    write_tracks(engine, NEW)
    url = engine.url.render_as_string(hide_password=False)
    engine.dispose()
    process = subprocess.Popen([sys.executable, "-c", KILLED, url, str(at)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if int(line) == at:
            break
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert_same(read_all(engine), sessionize(OLD)[0])
    assert names_in(engine) == {"tracks", *(f"dbt_{name}" for name in MODELS)}
    build_all(engine)
    assert_same(read_all(engine), sessionize(NEW)[0])


def test_a_statement_that_fails_says_which_and_why(postgresql) -> None:
    """The relation, the warehouse's own words, and that nothing was changed."""
    engine = postgresql  # where a sequence takes a table's name
    write_tracks(engine, OLD)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE SEQUENCE dbt_track_facts")
    with pytest.raises(
        BuildError, match=r"track_facts: could not create the table: .*dbt_track_facts.*\nNothing was changed"
    ) as caught:
        build_all(engine)
    assert caught.value.relation == "track_facts"
    assert names_in(engine) == {"tracks"}


def test_a_warehouse_that_cannot_be_reached() -> None:
    """The error shows where, and not the password."""
    unreachable = sa.create_engine("postgresql://me:s3cret@127.0.0.1:1/db")
    with pytest.raises(ConnectError, match=r"cannot connect to postgresql://127.0.0.1:1/db: .*check the URL") as caught:
        build_all(unreachable)
    assert "s3cret" not in str(caught.value)


def test_a_warehouse_that_is_none_of_ours() -> None:
    """SQLite is told so, and what there is; BigQuery is not built yet."""
    with pytest.raises(SettingsError, match="'sqlite' is no warehouse that sessionmodels knows; known are: bigquery, duckdb"):
        build_all(sa.create_engine("sqlite://"))


def test_an_in_memory_database() -> None:
    """DuckDB without a file."""
    engine = sa.create_engine("duckdb://")
    write_tracks(engine, OLD)
    build_all(engine)
    assert_same(read_all(engine), sessionize(OLD)[0])


@pytest.mark.parametrize(
    ("engine_given", "settings_given"), [("duckdb://", None), (None, None), (sa.create_engine("duckdb://"), {"idle_minutes": 3})]
)
def test_arguments_of_the_wrong_kind(engine_given, settings_given) -> None:
    """What is taken and what was found."""
    with pytest.raises(SettingsError, match=r"build_all takes .*; found (str|NoneType|dict)"):
        build_all(engine_given, settings_given)


def test_a_relation_that_was_not_built(duckdb) -> None:
    """The result says which were."""
    write_tracks(duckdb, OLD)
    with pytest.raises(KeyError, match="'session_track' was not built; did you mean 'session_tracks'"):
        build_all(duckdb)["session_track"]


def test_an_interrupted_build_is_an_interruption(duckdb) -> None:
    """DuckDB answers Ctrl-C with an error of its own; a program that stops on KeyboardInterrupt stops."""
    write_tracks(duckdb, OLD)

    def interrupt(*_) -> None:
        msg = "Query interrupted"
        raise RuntimeError(msg)

    event.listen(duckdb, "before_cursor_execute", interrupt)
    with pytest.raises(KeyboardInterrupt):
        build_all(duckdb)


def test_two_builds_at_once(engine) -> None:
    """One waits for the other, or fails having changed nothing; no row is lost or doubled, also on empty tables."""
    for raws in ([], OLD, NEW):
        write_tracks(engine, raws)
        failed = []

        def build(failed=failed) -> None:
            try:
                build_all(engine, watch=lambda *_: time.sleep(0.02))
            except BuildError as error:
                failed.append(error)

        builders = [threading.Thread(target=build) for _ in range(3)]
        for builder in builders:
            builder.start()
        for builder in builders:
            builder.join()
        assert len(failed) < len(builders)
        assert not failed or engine.dialect.name == "duckdb"
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


def test_the_source_is_never_overwritten(engine) -> None:
    """A prefix and a schema that give a result the source's name are refused, however the schema is told."""
    write_tracks(engine, OLD, name="raw_session_tracks")
    default = sa.inspect(engine).default_schema_name
    for schemas in ({}, {"target_schema": default}, {"source_schema": default}):
        settings = Settings(source_table="raw_session_tracks", table_prefix="raw_", **schemas)
        for select in (None, "session_tracks"):
            with pytest.raises(SettingsError, match="'raw_session_tracks' is also the name of a result"):
                build_all(engine, settings, select=select)
    build_all(engine, Settings(source_table="raw_session_tracks", table_prefix="raw_", target_schema="other"))
    write_tracks(engine, OLD, name=STAGED)
    with pytest.raises(SettingsError, match="the name under which a build stages the events"):
        build_all(engine, Settings(source_table=STAGED))


def test_names_are_not_markup() -> None:
    """A table named like a style, or a smiley, is shown as it is."""
    engine = sa.create_engine("duckdb://")
    write_tracks(engine, OLD)
    shown = str(build_all(engine, Settings(target_schema="[/x] :smile:")))
    assert "[/x] :smile:.dbt_tracks_flow" in shown
