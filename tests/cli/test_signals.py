"""Signals at any moment of a command's life: the shell's status for them, no traceback, and tables of one build or the other."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from engines import duckdb_engine, put_into_its_file
from environments import lean
from oracle import sessionize
from streams import NEW, OLD
from tables import assert_same, names_in, read_all, write_tracks

from sessionmodels import build_all, status
from sessionmodels.models import MODELS

pytestmark = pytest.mark.slow

# A shell that runs tests in the background has told its children to ignore Ctrl-C.
COMMAND = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
print("started", flush=True)
from sessionmodels.__main__ import main
main()
"""
LIFE_PARTS = 10


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """A database in which a build is due."""
    engine = duckdb_engine(tmp_path_factory.mktemp("built"))
    write_tracks(engine, OLD)
    build_all(engine)
    write_tracks(engine, NEW)
    put_into_its_file(engine)
    return Path(str(engine.url.database))


@pytest.fixture
def databases(built, tmp_path) -> Callable[[str], str]:
    """Return a function that makes a copy of it."""

    def copy(name: str) -> str:
        shutil.copy(built, tmp_path / name)
        return f"duckdb:///{tmp_path / name}"

    return copy


def start(url: str, *path: Path) -> subprocess.Popen:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([*map(str, path), *sys.path])} if path else lean()
    return opened("-c", COMMAND, "build", "--url", url, "--quiet", env=environment)


def opened(*words: str, env: dict[str, str]) -> subprocess.Popen:
    """Start a Python whose standard input stays open until it is waited for: whoever reads it, reads that long."""
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, *words], env=env, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def wait_for(word: str, process: subprocess.Popen) -> None:
    assert process.stdout
    assert any(line.strip() == word for line in process.stdout)


def stop(process: subprocess.Popen, *numbers: int) -> str:
    """Send these signals, and return what the command said."""
    for number in numbers:
        process.send_signal(number)
        time.sleep(0.01)
    try:
        return process.communicate(timeout=60)[1]
    finally:
        process.kill()


def assert_whole(url: str) -> bool:
    """The tables are those of before, or where the build is written down as done those of after; return which."""
    engine = sa.create_engine(url)
    try:
        names = names_in(engine)
        assert names == {"tracks", *(f"dbt_{name}" for name in MODELS)}
        done = sum(one.outcome == "done" for one in status(engine, last=100).builds)
        assert_same(read_all(engine), sessionize(NEW if done == 2 else OLD)[0])
        return done == 2
    finally:
        engine.dispose()


def assert_builds_go_on(url: str) -> None:
    engine = sa.create_engine(url)
    build_all(engine)
    assert_same(read_all(engine), sessionize(NEW)[0])
    engine.dispose()


def test_a_signal_at_any_moment(databases) -> None:
    """From the first import to the last statement, each kind in turn and every fifth time twice: never lost.

    Each goes on in the database that the one before has left, until one is done; so does a build at the end.
    """
    began = time.monotonic()
    start(databases("whole.duckdb")).communicate()
    life = time.monotonic() - began
    lost, url = [], databases("whole.duckdb")
    for n in range(LIFE_PARTS):
        number = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)[n % 3]
        process = start(url)
        wait_for("started", process)
        time.sleep(life * n / LIFE_PARTS)
        told = stop(process, *(number,) * (2 if n % 5 == 4 else 1))
        # Before our handlers are set, which the first imports take, the system's own end the process.
        statuses = {128 + number, 0, *((-number,) if n == 0 else ())}
        if process.returncode not in statuses or "Traceback" in told:
            lost.append((n, number, process.returncode, told))
        if assert_whole(url):
            assert_builds_go_on(url)
            url = databases(f"{n}.duckdb")
    assert_builds_go_on(url)
    assert not lost


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_that_the_driver_swallows(databases, tmp_path, number) -> None:
    """DuckDB imports pandas from C++, where an exception is lost: the next statement is not begun."""
    (tmp_path / "pandas").mkdir()
    (tmp_path / "pandas" / "__init__.py").write_text("import os\nprint('importing', flush=True)\nos.read(0, 1)\n")
    process = start(url := databases("events2.duckdb"), tmp_path)
    wait_for("importing", process)
    told = stop(process, number)
    assert process.returncode == 128 + number
    assert told.splitlines()[-1] == ("Interrupted." if number == signal.SIGINT else "Stopped.")
    assert "Traceback" not in told
    assert_whole(url)
    assert_builds_go_on(url)


def test_ignored_signals_stay_ignored(databases) -> None:
    """As SIGHUP under `nohup`: the build goes on to its end."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        process = start(databases("events2.duckdb"))
    finally:
        signal.signal(signal.SIGHUP, before)
    wait_for("started", process)
    assert stop(process, signal.SIGHUP) == ""
    assert process.returncode == 0


AROUND_THE_COMMIT = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from sqlalchemy import event
from sqlalchemy.engine import Engine
from duckdb_sqlalchemy import Dialect
commit, when, is_last = Dialect.do_commit, sys.argv.pop(), []

def pause(moment):
    if is_last and moment in when.split(","):
        print("now", flush=True)
        os.read(0, 1)

@event.listens_for(Engine, "after_cursor_execute")
def executed(_connection, _cursor, statement, _parameters, _context, _many):
    if statement.startswith("UPDATE") and "row_counts" in statement:
        is_last.append(statement)
        pause("before")
    elif statement.startswith("UPDATE"):
        pause("recorded")

def slow(self, connection):
    pause("meanwhile")
    commit(self, connection)
    pause("after")

Dialect.do_commit = slow
from sessionmodels.__main__ import main
main()
"""


@pytest.mark.parametrize(
    ("when", "number"),
    [("before", signal.SIGTERM), ("before", signal.SIGINT), ("meanwhile", signal.SIGTERM), ("after", signal.SIGINT)],
)
def test_a_signal_around_the_commit(databases, when, number) -> None:
    """Before it nothing is changed, and the status is the signal's; from then on the build is done, is told, and ends with 0."""
    words = "build", "--url", (url := databases("e.duckdb")), "--json", "--quiet", when
    process = opened("-c", AROUND_THE_COMMIT, *words, env=lean())
    wait_for("now", process)
    process.send_signal(number)
    time.sleep(0.2)
    process.send_signal(number)
    shown, told = process.communicate(timeout=60)
    assert process.returncode == (128 + number if when == "before" else 0), told
    assert "Traceback" not in told
    assert bool(shown) == (when != "before")
    engine = sa.create_engine(url)
    assert [one.outcome for one in status(engine).builds] == (["failed", "done"] if when == "before" else ["done", "done"])
    engine.dispose()
    assert_whole(url)
    assert_builds_go_on(url)


def test_a_signal_while_a_failure_is_recorded(databases) -> None:
    """The second one does not keep the first from being recorded."""
    words = "build", "--url", (url := databases("e.duckdb")), "--quiet", "before,recorded"
    process = opened("-c", AROUND_THE_COMMIT, *words, env=lean())
    for _ in range(2):
        wait_for("now", process)
        process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM
    engine = sa.create_engine(url)
    assert [(one.outcome, one.error) for one in status(engine).builds] == [
        ("failed", "it was stopped by SIGTERM"),
        ("done", None),
    ]
    engine.dispose()


LATE = """
import os, signal, sys, threading
signal.signal(signal.SIGINT, signal.default_int_handler)
from sessionmodels.__main__ import main

def late():
    threading.main_thread().join()
    print("now", flush=True)
    os.read(0, 1)

class AtTheVeryEnd:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)

sys.at_the_very_end = AtTheVeryEnd()
threading.Thread(target=late).start()
main()
"""


@pytest.mark.parametrize(
    ("numbers", "expected"), [((), 0), ((signal.SIGTERM,), 143), ((signal.SIGINT,), 130), ((signal.SIGINT, signal.SIGINT), 130)]
)
def test_a_signal_while_the_process_ends(numbers, expected) -> None:
    """It ends with a status, and never by the signal itself, which one more at the very end would otherwise have it do."""
    process = opened("-c", LATE, "graph", env=lean())
    wait_for("now", process)
    stop(process, *numbers)
    assert process.returncode == expected
