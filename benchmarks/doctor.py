"""What an examination of the source costs, as a share of a full build: processor time on DuckDB, both in one run.

python benchmarks/doctor.py 1000000 2000000

The first round warms up; read the others. Ratios count, not seconds.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

from build import events
from sqlalchemy import create_engine

from sessionmodels import build_all, examine_source

ROUNDS = 3


def measure(count: int) -> None:
    """Examine and build a few times, and print how long each took."""
    with TemporaryDirectory() as folder:
        engine = create_engine(f"duckdb:///{Path(folder) / 'bench.duckdb'}")
        events(engine, count, one_visitor=False)
        for _ in range(ROUNDS):
            started = process_time()
            report = examine_source(engine)
            examined = process_time()
            build_all(engine)
            build, doctor = process_time() - examined, examined - started
            rows = report.figures.sources[0].profile.rows
            print(f"{rows:>12,} of {count:,}  build {build:6.2f} s  doctor {doctor:6.2f} s  {doctor / build:6.1%}", flush=True)
        engine.dispose()


if __name__ == "__main__":
    for number in map(int, sys.argv[1:]):
        measure(number)
