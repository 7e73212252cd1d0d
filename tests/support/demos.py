"""The demo, run once for all tests that look at what it shows and at what it has built."""

import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from command import run


@dataclass(frozen=True)
class Demo:
    """What was printed, the database, and how much processor time it took."""

    shown: str
    file: Path
    seconds: float


@cache
def demo() -> Demo:
    """Return the demo as whoever types nothing more gets it, in the folder of the test that asks first."""
    started = time.process_time()  # not that of other processes on a busy machine
    result = run("demo")
    assert result.exit_code == 0, result.output
    return Demo(result.stdout, Path("sessionmodels_demo.duckdb").absolute(), time.process_time() - started)
