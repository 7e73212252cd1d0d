"""Eight builders at once, events that arrive meanwhile, and readers who look all the time.

`SOAK=300 pytest tests/incremental/test_many_builders.py` goes on for so many seconds.
"""

import os
import threading
import time
from dataclasses import replace
from random import Random

import pytest
import sqlalchemy as sa
from conformance import some_of_the_stream
from engines import ROLLING_BACK, params
from faults import Fault, lease_has_ended
from oracle import Raw, sessionize
from streams import OLD
from tables import assert_same, context_columns, instant, read_all, schema_of, tracks_table, write_tracks

from sessionmodels import LockedError, Settings, build_all, status
from sessionmodels.connection.transaction import connected
from sessionmodels.warehouses import warehouse_of
from sessionmodels.warehouses.locks import lease
from sessionmodels.warehouses.locks.lock import Place

pytestmark = pytest.mark.slow

SECONDS = float(os.environ.get("SOAK", "2"))
PLAIN = Settings(layout=False)
FIRST_LOAD = 1_767_225_600_000_000
ALIKE = (
    ("SELECT count(*) FROM dbt_session_events", "SELECT coalesce(sum(num_pvs), 0) FROM dbt_sessions"),
    (
        "SELECT count(DISTINCT session_id) FROM dbt_tracks_flow",
        "SELECT count(*) FROM dbt_session_tracks",
        "SELECT coalesce(sum(number_of_sessions), 0) FROM dbt_user_session_facts",
    ),
    ("SELECT count(DISTINCT dbt_visitor_id) FROM dbt_track_facts", "SELECT count(*) FROM dbt_user_session_facts"),
)
"""Statements that count the same in different tables."""


class Soak:
    """A source into which events arrive, builders who build, and readers who count."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self.arrived: list[Raw] = []
        self.failures: list[BaseException] = []
        self.torn: list[tuple] = []
        self.went_on: list[str] = []
        self.looks = 0
        self.over = threading.Event()

    def load(self, raw: Raw) -> None:
        """Load a row, later than all before it."""
        table = tracks_table(context=[column for column, _ in raw.context])
        row = {name: getattr(raw, name) for name in ("id", "anonymous_id", "user_id", "event")}
        loaded_at = FIRST_LOAD + len(self.arrived) * 1_000_000
        times = {"timestamp": instant(raw.timestamp), "uuid_ts": instant(loaded_at)}
        with self.engine.begin() as connection:
            connection.execute(table.insert(), {**row, **times, **dict(raw.context)})
        self.arrived.append(replace(raw, loaded_at=loaded_at))

    def arrive(self, raws: list[Raw]) -> None:
        """Load rows one by one, as a loader does, but wait now and then for a build that goes on, however slow the machine is."""
        until = time.monotonic() + SECONDS + 60
        for number, raw in enumerate(raws):
            self.load(raw)
            time.sleep(SECONDS / len(raws))
            while len(self.went_on) < number * 4 // len(raws) and not self.failures and time.monotonic() < until:
                time.sleep(0.01)
        self.over.set()

    def build(self) -> None:
        """Build again and again; a builder that finds another one at work for too long is no failure."""
        try:
            while not self.over.is_set():
                result = build_all(self.engine, incremental=True, wait=60)
                if result.mode == "incremental":
                    self.went_on.append(result.mode)
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test must tell it
            self.failures.append(error)

    def read(self) -> None:
        """Count in one snapshot: the three tables and their views agree on how many events, sessions and visitors there are."""
        while not self.over.is_set():
            with self.engine.connect() as connection:
                if self.engine.dialect.name != "duckdb":
                    connection.execution_options(isolation_level="REPEATABLE READ")
                counts = [{connection.exec_driver_sql(one).scalar_one() for one in alike} for alike in ALIKE]
            self.looks += 1
            self.torn += [tuple(found) for found in counts if len(found) > 1]
            time.sleep(0.02)


@pytest.mark.parametrize("builders", [8])
def test_a_soak(engine, builders) -> None:
    """No torn read, no lost batch, no double count; in the end all equals the oracle, and each build went on from the last."""
    raws = some_of_the_stream(engine.dialect.name)
    Random(builders).shuffle(raws)
    write_tracks(engine, [], context=context_columns(raws))
    soak = Soak(engine)
    soak.load(raws[0])
    build_all(engine, incremental=True)
    threads = [threading.Thread(target=soak.arrive, args=(raws[1:],)), threading.Thread(target=soak.read)]
    threads += [threading.Thread(target=soak.build) for _ in range(builders)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not soak.failures
    assert not soak.torn
    assert soak.looks > 5
    build_all(engine, incremental=True)
    assert_same(read_all(engine), sessionize(soak.arrived)[0])
    builds = status(engine, last=1000).builds
    assert [one.number for one in builds] == list(range(len(builds), 0, -1))
    assert {one.outcome for one in builds} == {"done"}
    assert len([one for one in builds if one.mode == "incremental"]) > 2
    assert sum(one.events_new or 0 for one in builds if one.mode == "incremental") <= len(raws)


def take_and_give_back(engine: sa.Engine) -> None:
    """Hold the lease of a place for a moment, which makes its table."""
    place = Place(schema_of(engine) or "public", "dbt_")
    level = warehouse_of(engine.dialect.name).transactions.isolation_level
    with connected(engine, level) as connection, lease.lease(engine, connection, place, 0):
        pass


def test_a_dead_holder_is_taken_over_after_its_lease(committing) -> None:
    """And not before: a lease that has not ended is respected, whoever holds it."""
    write_tracks(committing, OLD)
    take_and_give_back(committing)
    lock = sa.table("sessionmodels_lock_dbt_", sa.column("holder"), sa.column("ends_at"), schema=schema_of(committing))
    for hours, free in ((1, False), (-1, True)):
        end = instant(int((time.time() + hours * 3600) * 1_000_000))
        with committing.begin() as connection:
            connection.execute(sa.update(lock).where(lock.c.holder != "x").values(holder="x far away process 1", ends_at=end))
        if free:
            take_and_give_back(committing)
        else:
            with pytest.raises(LockedError, match=r"is running \(far away process 1\)"):
                build_all(committing, PLAIN)
            lease_has_ended(committing)


def test_a_slow_but_living_holder_is_never_robbed(bigquery_dataset, monkeypatch) -> None:
    """It renews its lease while it works, however long one statement takes."""
    monkeypatch.setattr(lease, "SECONDS", 2)
    write_tracks(bigquery_dataset, OLD)
    tried = []

    def dawdle(_done, _known, step) -> None:
        if step.relation_name == "sessions" and not tried:
            time.sleep(3)
            tried.append(step)
            with pytest.raises(LockedError):
                build_all(bigquery_dataset, PLAIN)

    build_all(bigquery_dataset, PLAIN, watch=dawdle)
    assert tried


@pytest.mark.parametrize("warehouse", params(*ROLLING_BACK, "bigquery"), indirect=True)
def test_waiting(warehouse, monkeypatch) -> None:
    """A second build waits for the first to end, as long as it was told to, and then has nothing left to do.

    The two warehouses that have no locks of their own take turns by one lease.
    """
    monkeypatch.setattr(lease, "RETRY_AFTER", 0.5)
    write_tracks(warehouse, OLD)
    others: list = []

    def build_too() -> None:
        try:
            others.append(build_all(warehouse, PLAIN, incremental=True, full_refresh=True, wait=60).mode)
        except BaseException as error:  # noqa: BLE001 - told below
            others.append(error)

    thread = threading.Thread(target=build_too)

    def begin_another(_done, _known, step) -> None:
        if step.relation_name == "sessions" and not thread.ident:
            thread.start()
            time.sleep(1)

    build_all(warehouse, PLAIN, incremental=True, full_refresh=True, watch=begin_another)
    thread.join()
    assert others == ["full"]
    assert_same(read_all(warehouse), sessionize(OLD)[0])


def test_a_second_build_leaves_where_it_may_not_wait(transactional) -> None:
    """With an error of its own that says how to wait; and after a wait that was too short, too."""
    write_tracks(transactional, OLD)
    left: list[str] = []

    def begin_another(_done, _known, step) -> None:
        if step.relation_name == "sessions" and not left:
            for wait in (0, 0.6):
                with pytest.raises(LockedError) as caught:
                    in_another_thread(lambda wait=wait: build_all(transactional, wait=wait))
                left.append(str(caught.value))

    build_all(transactional, watch=begin_another)
    assert "wait for it with --wait 10m" in left[0]
    assert "timed out after 0.6 s of waiting for it" in left[1]


def in_another_thread(act) -> None:
    """Do something on another connection, and raise here what it raises."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            act()
        except BaseException as error:  # noqa: BLE001 - raised again below
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if raised:
        raise raised[0]


def test_a_lease_whose_taking_failed_is_given_back(committing) -> None:
    """Whichever statement of it fails: what took the lease may have been committed already, and nobody would hold it."""
    place = Place(schema_of(committing) or "public", "dbt_")
    level = warehouse_of(committing.dialect.name).transactions.isolation_level
    take_and_give_back(committing)
    faults = 0
    for nth in range(6):
        fault = Fault(committing, nth)
        try:
            with connected(committing, level) as connection, lease.lease(committing, connection, place, 0):
                fault.patch_dialect()
        except Exception:  # noqa: BLE001 - whatever its client raises
            fault.patch_dialect()
            faults += 1
        take_and_give_back(committing)
    assert faults > 1
