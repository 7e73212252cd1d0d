"""A fault at each statement, a kill at any moment: the last complete build is there, and the next one repairs."""

import os
import signal
import subprocess
import sys
from dataclasses import replace

import pytest
import sqlalchemy as sa
from faults import Fault, lease_has_ended
from oracle import MINUTE, Raw, sessionize
from streams import NEW, OLD
from tables import assert_same, names_in, read_all, schema_of, write_tracks

from sessionmodels import BuildError, ConnectError, LockedError, Settings, SourceError, build_all, status
from sessionmodels.models import MODELS
from sessionmodels.state.builds import Builds
from sessionmodels.warehouses.locks.lock import Place

PLAIN = Settings(layout=False)
HOUR = 60 * MINUTE
BEFORE = [Raw(raw.id, raw.anonymous_id, raw.user_id, raw.event, raw.timestamp, 100 * HOUR) for raw in OLD]
AFTER = [*BEFORE, *(Raw(raw.id, raw.anonymous_id, raw.user_id, raw.event, raw.timestamp, 101 * HOUR) for raw in NEW)]
RESULTS = {"tracks", *(f"dbt_{name}" for name in MODELS)}


def test_a_fault_at_each_statement(transactional) -> None:
    """Whichever statement of an incremental build fails, nothing has changed, and the next one gives what it should."""
    write_tracks(transactional, BEFORE)
    build_all(transactional, incremental=True)
    before = read_all(transactional)
    write_tracks(transactional, AFTER)
    faults, result = 0, None
    for nth in range(0, 600, 6):
        fault = Fault(transactional, nth)
        try:
            result = build_all(transactional, incremental=True)
        except (BuildError, SourceError, LockedError, ConnectError):
            # Redshift's lock asks a question that can fail, and so can what sets the search path as the connection begins.
            faults += 1
        else:
            break
        finally:
            fault.patch_dialect()
        assert names_in(transactional) == RESULTS
        assert_same(read_all(transactional), before)
    assert faults > 15
    assert result
    assert result.mode == "incremental"
    assert_same(read_all(transactional), sessionize(AFTER)[0])


@pytest.mark.parametrize("for_good", [False, True], ids=["a statement fails", "nothing goes any more"])
def test_a_fault_where_each_statement_commits(committing, for_good) -> None:
    """What was being put in place is told by the error and by the state; whatever was, the next build gives what it should."""
    expected = {True: sessionize(AFTER)[0], False: sessionize(BEFORE)[0]}
    told = set()
    write_tracks(committing, BEFORE)
    build_all(committing, PLAIN, incremental=True)
    for nth in range(40, 400, 29):
        more = len(told) % 2 == 0
        write_tracks(committing, AFTER if more else BEFORE)
        fault = Fault(committing, nth, for_good=for_good)
        try:
            build_all(committing, PLAIN, incremental=True)
        except (BuildError, SourceError) as error:
            told.add(str(error).rpartition("\n")[2].partition(".")[0])
        finally:
            fault.patch_dialect()
            lease_has_ended(committing)
        build_all(committing, PLAIN, incremental=True)
        assert_same(read_all(committing), expected[more])
        assert names_in(committing) == RESULTS
        if fault.left >= 0:
            break
    assert len(told) >= 1


KILLED = """
import sys, time, sqlalchemy as sa
from sessionmodels import build_all
def watch(done, known, step):
    print(done, flush=True)
    if done == int(sys.argv[2]):
        time.sleep(60)
build_all(sa.create_engine(sys.argv[1]), incremental=True, watch=watch)
"""


@pytest.mark.parametrize("at", [0, 3, 6, 12, 20])
def test_a_killed_build(engine, at) -> None:
    """`kill -9` leaves the last complete build; the next one goes on from that, and writes down that the other was killed."""
    write_tracks(engine, BEFORE)
    build_all(engine, incremental=True)
    write_tracks(engine, AFTER)
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
    assert_same(read_all(engine), sessionize(BEFORE)[0])
    assert names_in(engine) == RESULTS
    assert [one.outcome for one in status(engine).builds] == ["running", "done"]
    assert build_all(engine, incremental=True, wait=30).mode == "incremental"
    assert_same(read_all(engine), sessionize(AFTER)[0])
    assert [(one.outcome, one.error) for one in status(engine).builds][1] == (
        "failed",
        "it was killed, or its connection was lost",
    )


def test_a_build_that_was_stopped_in_the_middle_of_its_places(committing) -> None:
    """Where some relations are new and others old, nothing can be gone on from: the next build is one in full, and says so."""
    write_tracks(committing, BEFORE)
    build_all(committing, PLAIN, incremental=True)
    write_tracks(committing, AFTER)

    def stop(_done, _known, step) -> None:
        if step.in_place and step.relation_name == "tracks_flow":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_all(committing, PLAIN, incremental=True, watch=stop)
    result = build_all(committing, PLAIN, incremental=True)
    assert (result.mode, result.reason) == ("full", "build 2 stopped while it was putting its rows in place")
    assert_same(read_all(committing), sessionize(AFTER)[0])
    assert names_in(committing) == RESULTS


def test_a_build_that_lost_its_lock_puts_nothing_in_place(committing) -> None:
    """A holder that comes back to life after its lease finds out before readers see anything of it."""
    write_tracks(committing, BEFORE)
    build_all(committing, PLAIN, incremental=True)
    write_tracks(committing, AFTER)
    table = sa.table("sessionmodels_lock_dbt_", sa.column("holder"), schema=schema_of(committing))

    def rob(_done, _known, step) -> None:
        if step.relation_name == "user_session_facts":
            with committing.begin() as connection:
                connection.execute(sa.update(table).where(table.c.holder != "").values(holder="another one"))

    with pytest.raises(LockedError, match="has taken over"):
        build_all(committing, PLAIN, incremental=True, watch=rob)
    assert_same(read_all(committing), sessionize(BEFORE)[0])


def test_a_killed_build_before_one_that_finds_nothing(engine) -> None:
    """Whichever build next holds the lock records it, also one that finds nothing; one that is still running stays so."""
    write_tracks(engine, BEFORE)
    build_all(engine, incremental=True)
    table = Builds(Place(sa.inspect(engine).default_schema_name, "dbt_"))
    row = replace(status(engine).builds[0], build="killed", number=2, outcome="running", changed="nothing")
    with engine.begin() as connection:
        connection.execute(table.begun(row))
    found = []

    def look(*_progress) -> None:
        if not found:
            found.append(build_all(engine, incremental=True).mode)
            found.append(status(engine).builds[0].outcome)

    build_all(engine, incremental=True, audit=1.0, watch=look)
    assert found == ["nothing", "running"]
    with engine.begin() as connection:
        connection.execute(table.begun(replace(row, build="killed too", number=9)))
    assert build_all(engine, incremental=True).mode == "nothing"
    assert [(one.number, one.outcome) for one in status(engine).builds] == [
        (9, "failed"),
        (3, "done"),
        (2, "failed"),
        (1, "done"),
    ]
