"""What all checks cost, as a share of a full build: processor time on DuckDB, both in one run.

python benchmarks/checks.py 1000000 3000000

The first round warms up; read the others. Ratios count, not seconds.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

from build import events
from sqlalchemy import create_engine

from sessionmodels import build_all, check_all

ROUNDS = 3


def measure(count: int) -> None:
    """Build and check a few times, and print how long each took."""
    with TemporaryDirectory() as folder:
        engine = create_engine(f"duckdb:///{Path(folder) / 'bench.duckdb'}")
        events(engine, count, one_visitor=False)
        for _ in range(ROUNDS):
            started = process_time()
            build_all(engine)
            built = process_time()
            engine.dispose()  # the command opens the file anew
            opened = process_time()
            report = check_all(engine)
            checked = process_time()
            assert report.passed
            share = (checked - opened) / (built - started)
            print(
                f"{count:>12,} events  build {built - started:6.2f} s  checks {checked - opened:6.2f} s  {share:6.1%}", flush=True
            )
        engine.dispose()


if __name__ == "__main__":
    for wanted in map(int, sys.argv[1:] or ["1000000"]):
        measure(wanted)
