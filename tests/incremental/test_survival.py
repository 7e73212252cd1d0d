"""A fault at each step, a kill at any moment: the last complete build is there, and the next one repairs."""

from dataclasses import replace

import pytest
import sqlalchemy as sa
from engines import ENGINES, ROLLING_BACK, params
from faults import FaultAt, lease_has_ended, once_or_for_good
from killed import kill_a_build
from oracle import MINUTE, Raw, sessionize
from standing import asked_outside, at_each, standing
from steps import steps_of_incremental_build
from streams import NEW, OLD
from tables import assert_same, names_in, read_all, schema_of, write_tracks

from sessionmodels import BuildError, LockedError, Settings, build_all, status
from sessionmodels.execution.result import BuildResult
from sessionmodels.models import MODELS
from sessionmodels.state.builds import Builds
from sessionmodels.warehouses.locks.lock import Place

pytestmark = pytest.mark.slow

PLAIN = Settings(layout=False)
HOUR = 60 * MINUTE
BEFORE = [Raw(raw.id, raw.anonymous_id, raw.user_id, raw.event, raw.timestamp, 100 * HOUR) for raw in OLD]
AFTER = [*BEFORE, *(Raw(raw.id, raw.anonymous_id, raw.user_id, raw.event, raw.timestamp, 101 * HOUR) for raw in NEW)]
RESULTS = {"tracks", *(f"dbt_{name}" for name in MODELS)}


def fill_before(engine) -> None:
    """Make an incremental build's results, and more in the source."""
    write_tracks(engine, BEFORE)
    build_all(engine, incremental=True)
    write_tracks(engine, AFTER)


built_before = standing(fill_before)


def moments(dialect: str) -> list[str]:
    """Return every moment of an incremental build."""
    return [*asked_outside(dialect, continues=True), *steps_of_incremental_build(dialect, Settings())]


@at_each("built_before", moments)
def test_a_fault_at_each_step(built_before, moment) -> None:
    """Whatever fails of an incremental build, nothing has changed."""
    built_before.strike(moment, incremental=True)


@pytest.mark.parametrize("built_before", params(*ROLLING_BACK), indirect=True)
def test_these_are_the_steps_of_an_incremental_build(built_before, request, tmp_path) -> None:
    """Once the faults are mended, it takes these steps and gives what it should."""
    dialect = request.node.callspec.params["built_before"]
    taken, result, rows = built_before.build_in_copy(tmp_path, incremental=True)
    assert [*asked_outside(dialect, continues=True), *taken] == moments(dialect)
    assert result.mode == "incremental"
    assert_same(rows, sessionize(AFTER)[0])


def fill_plain(engine) -> None:
    """Make an incremental build's results as plain tables, and more in the source."""
    write_tracks(engine, BEFORE)
    build_all(engine, PLAIN, incremental=True)
    write_tracks(engine, AFTER)


plain_before = standing(fill_plain)

NOTHING_YET = (
    "tracks: find new and removed rows",  # before the first copy
    "sessions: clone it",  # while tables are copied
    "session_events: replace the rows of affected visitors",  # while copies are changed
    "check the lock",  # all is ready, and nobody has seen any of it
)
SOME_OR_ALL = (
    "sessions: swap in the new rows",  # between two swaps
    "the build: drop temporary tables",  # after the last swap, in clean-up
)
GONE = ("session_events: swap in the new rows", "tracks: keep the removed duplicates")
"""The last of them leaves other results, so that all others are struck before it."""

OF_THEIR_OWN = ("sessions: clone it", "sessions: swap in the new rows")
"""The steps that the two warehouses write each in its own words; all else is the same code."""


@pytest.mark.parametrize("plain_before", params("bigquery"), indirect=True)
def test_a_build_that_lost_its_lock_puts_nothing_in_place(plain_before) -> None:
    """A holder that comes back to life after its lease finds out before readers see anything of it."""
    with plain_before.unless_it_fails() as engine:
        table = sa.table("sessionmodels_lock_dbt_", sa.column("holder"), schema=schema_of(engine))

        def rob(_done, _known, step) -> None:
            if step.relation_name == "user_session_facts":
                with engine.begin() as connection:
                    connection.execute(sa.update(table).where(table.c.holder != "").values(holder="another one"))

        with pytest.raises(LockedError, match="has taken over"):
            build_all(engine, PLAIN, incremental=True, watch=rob)
        assert_same(read_all(engine), sessionize(BEFORE)[0])
        lease_has_ended(engine)


@pytest.mark.parametrize("plain_before", params("bigquery"), indirect=True)
def test_a_build_that_was_stopped_in_the_middle_of_its_places(plain_before) -> None:
    """Where some relations are new and others old, nothing can be gone on from: the next build is one in full, and says so.

    It makes the old results again, in which faults strike.
    """

    def stop(_done, _known, step) -> None:
        if step.in_place and step.relation_name == "sessions":
            raise KeyboardInterrupt

    with plain_before.unless_it_fails() as engine:
        number = status(engine).builds[0].number + 1
        with pytest.raises(KeyboardInterrupt):
            build_all(engine, PLAIN, incremental=True, watch=stop)
        result = build_next(engine, BEFORE)
        assert (result.mode, result.reason) == ("full", f"build {number} stopped while it was replacing its results")
        write_tracks(engine, AFTER)


@pytest.mark.parametrize("plain_before", params("bigquery"), indirect=True)
@once_or_for_good((*NOTHING_YET, *SOME_OR_ALL), GONE)
def test_a_fault_where_each_statement_commits(plain_before, moment, for_good) -> None:
    """Whatever was put in place, the error tells it, and the next build gives what it should.

    A build takes seconds on an emulator. These moments differ in what has happened by then: before the first copy, while
    tables are copied and copies changed, before the lock is checked, between two swaps, and in clean-up.
    """
    strike_where_each_commits(plain_before, moment, for_good=for_good)


@pytest.mark.parametrize("plain_before", params("snowflake"), indirect=True)
@pytest.mark.parametrize("moment", OF_THEIR_OWN)
def test_a_fault_in_a_statement_of_their_own(plain_before, moment) -> None:
    """The same on Snowflake, at a step before anything is put in place and at one after that."""
    strike_where_each_commits(plain_before, moment, for_good=False)


def strike_where_each_commits(plain_before, moment: str, *, for_good: bool) -> None:
    with plain_before.unless_it_fails() as engine:
        with FaultAt(engine, moment, for_good=for_good) as fault, pytest.raises(BuildError) as caught:
            build_all(engine, PLAIN, incremental=True, watch=fault.watch)
        lease_has_ended(engine)
        assert fault.struck
        changed = moment in {*SOME_OR_ALL, GONE[0]}
        assert ("Nothing was changed." in str(caught.value)) != changed
        if not changed:
            assert_same(read_all(engine), sessionize(BEFORE)[0])
        if changed:  # some or all of it is new; the next build makes the old results again, in which the next fault strikes
            build_next(engine, BEFORE)
            write_tracks(engine, AFTER)
        elif for_good:
            build_next(engine, AFTER)
            plain_before.close()


def build_next(engine, raws: list[Raw]) -> BuildResult:
    """Build what the source now has, and hold it against the oracle; nothing is left of the build that failed."""
    write_tracks(engine, raws)
    result = build_all(engine, PLAIN, incremental=True)
    assert_same(read_all(engine), sessionize(raws)[0])
    assert names_in(engine) == RESULTS
    return result


@pytest.mark.parametrize("built_before", params(*ENGINES), indirect=True)
@pytest.mark.parametrize("at", [0, 6, 14])
def test_a_killed_build(built_before, tmp_path, at) -> None:
    """`kill -9` leaves the last complete build; the next one goes on from that, and writes down that the other was killed."""
    engine = built_before.copy(tmp_path)
    before = [one.outcome for one in status(engine, last=100).builds]  # faults may have struck in what it is a copy of
    kill_a_build(engine, at, incremental=True)
    assert_same(read_all(engine), sessionize(BEFORE)[0])
    assert names_in(engine) == RESULTS
    assert [one.outcome for one in status(engine, last=100).builds] == ["running", *before]
    assert build_all(engine, incremental=True, wait=30).mode == "incremental"
    assert_same(read_all(engine), sessionize(AFTER)[0])
    assert [(one.outcome, one.error) for one in status(engine).builds][1] == (
        "failed",
        "it was killed, or its connection was lost",
    )


def test_a_killed_build_before_one_that_finds_nothing(built) -> None:
    """Whichever build next holds the lock records it, also one that finds nothing; one that is still running stays so."""
    engine = built
    table = Builds(Place(sa.inspect(engine).default_schema_name, "dbt_"))
    row = replace(status(engine).builds[0], build="killed", number=2, outcome="running", changed="nothing")
    with engine.begin() as connection:
        connection.execute(table.insert(row))
    found = []

    def look(*_progress) -> None:
        if not found:
            found.append(build_all(engine, incremental=True).mode)
            found.append(status(engine).builds[0].outcome)

    build_all(engine, incremental=True, audit=1.0, watch=look)
    assert found == ["nothing", "running"]
    with engine.begin() as connection:
        connection.execute(table.insert(replace(row, build="killed too", number=9)))
    assert build_all(engine, incremental=True).mode == "nothing"
    assert [(one.number, one.outcome) for one in status(engine).builds] == [
        (9, "failed"),
        (3, "done"),
        (2, "failed"),
        (1, "done"),
    ]
