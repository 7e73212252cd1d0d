"""Signals at any moment of a command's life: the shell's status for them, no traceback, and tables of one build or the other."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy as sa
from oracle import sessionize
from streams import NEW, OLD
from tables import assert_same, names_in, read_all, write_tracks

from sessionmodels import build_all, status
from sessionmodels.models import MODELS

# A shell that runs tests in the background has told its children to ignore Ctrl-C.
COMMAND = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
print("started", flush=True)
from sessionmodels.__main__ import main
main()
"""
LIFE_PARTS = 12


@pytest.fixture
def databases(duckdb, tmp_path):
    """Return a function that makes a copy of a database in which a build is due."""
    write_tracks(duckdb, OLD)
    build_all(duckdb)
    write_tracks(duckdb, NEW)
    duckdb.dispose()
    built = Path(duckdb.url.database)

    def copy(name: str) -> str:
        shutil.copy(built, tmp_path / name)
        return f"duckdb:///{tmp_path / name}"

    return copy


def start(url: str, *path: Path) -> subprocess.Popen:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([*map(str, path), *sys.path])}
    words = [sys.executable, "-c", COMMAND, "build", "--url", url, "--quiet"]
    return subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


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


def assert_whole(url: str) -> None:
    """The tables are those of before, or where the build is written down as done those of after; and builds go on."""
    engine = sa.create_engine(url)
    try:
        names = names_in(engine)
        assert names == {"tracks", *(f"dbt_{name}" for name in MODELS)}
        done = sum(one.outcome == "done" for one in status(engine).builds)
        assert_same(read_all(engine), sessionize(NEW if done == 2 else OLD)[0])
        build_all(engine)
        assert_same(read_all(engine), sessionize(NEW)[0])
    finally:
        engine.dispose()


def test_a_signal_at_any_moment(databases) -> None:
    """From the first import to the last statement, each kind in turn and every fifth time twice: never lost."""
    began = time.monotonic()
    start(databases("whole.duckdb")).communicate()
    life = time.monotonic() - began
    lost = []
    for n in range(LIFE_PARTS):
        number = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)[n % 3]
        process = start(url := databases(f"{n}.duckdb"))
        wait_for("started", process)
        time.sleep(life * n / LIFE_PARTS)
        told = stop(process, *(number,) * (2 if n % 5 == 4 else 1))
        if process.returncode not in {128 + number, -number, 0} or "Traceback" in told:
            lost.append((n, number, process.returncode, told))
        assert_whole(url)
    assert not lost


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_that_the_driver_swallows(databases, tmp_path, number) -> None:
    """DuckDB imports pandas from C++, where an exception is lost: the next statement is not begun."""
    (tmp_path / "pandas").mkdir()
    (tmp_path / "pandas" / "__init__.py").write_text("import time\nprint('importing', flush=True)\ntime.sleep(2)\n")
    process = start(url := databases("events2.duckdb"), tmp_path)
    wait_for("importing", process)
    told = stop(process, number)
    assert process.returncode == 128 + number
    assert told.splitlines()[-1] == ("Interrupted." if number == signal.SIGINT else "Stopped.")
    assert "Traceback" not in told
    assert_whole(url)


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
