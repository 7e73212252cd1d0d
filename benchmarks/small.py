"""What the smallest things take: a thousand events on an open engine, a build with nothing new, and `sessionmodels --help`.

    python benchmarks/small.py

Each is the best of five, in seconds, as these are waited for by people, and depend on what else the machine does.
"""

import subprocess
import sys
from collections.abc import Callable
from time import perf_counter

from build import events
from copies import database

from sessionmodels import Settings, build_all


def best(run: Callable[[], object], times: int = 5) -> float:
    """Return the shortest of several runs, after one that does not count."""
    run()
    found = []
    for _ in range(times):
        started = perf_counter()
        run()
        found.append(perf_counter() - started)
    return min(found)


if __name__ == "__main__":
    with database() as engine:
        events(engine, 1_000, one_visitor=False)
        print(f"a thousand events on an open engine: {best(lambda: build_all(engine, Settings())):.2f} s")
        print(f"nothing new: {best(lambda: build_all(engine, Settings(incremental=True))):.2f} s")
    command = [sys.executable, "-m", "sessionmodels", "--help"]
    print(f"--help: {best(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL)):.2f} s")
