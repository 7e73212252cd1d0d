"""How long a full build takes, beside plain copies of the eight relations of the dbt project as tables.

    python benchmarks/copies.py 1000000 10000000
    python benchmarks/copies.py 1000000 10000000 --plot docs/performance.png

Ratios count, not seconds: of one run, on one machine, with two threads. Each is given by the clock and, in brackets, by the
processor's time, which tells more if the machine does other work, but nothing of threads that wait. A copy is `CREATE TABLE … AS
SELECT *`, the least that anybody must write who wants these relations as tables.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import NamedTuple

from build import events
from sqlalchemy import Engine, create_engine, event

from sessionmodels import Settings, build_all

EIGHT = (
    *("aliases_mapping", "mapped_tracks", "session_tracks", "track_facts"),
    *("session_track_facts", "user_session_facts", "session_duration", "tracks_flow"),
)
SHAPES = {"spread": {}, "one visitor": {"one_visitor": True}}


@contextmanager
def database() -> Iterator[Engine]:
    """Yield a fresh DuckDB file that two threads work on."""
    with TemporaryDirectory() as folder:
        engine = create_engine(f"duckdb:///{Path(folder) / 'bench.duckdb'}")
        event.listen(engine, "connect", lambda connection, _record: connection.cursor().execute("SET threads = 2"))
        yield engine
        engine.dispose()


class Took(NamedTuple):
    """How long something took."""

    seconds: float
    """By the clock."""

    processor: float
    """Of all threads' work."""


def timed(run: Callable[[], object]) -> Took:
    """Run, and return how long it took."""
    started, worked = perf_counter(), process_time()
    run()
    return Took(perf_counter() - started, process_time() - worked)


def build(engine: Engine, *, deduplicate: bool) -> Took:
    """Build in full."""
    return timed(lambda: build_all(engine, Settings(deduplicate=deduplicate)))


def copy(engine: Engine) -> Took:
    """Copy the eight relations in one transaction, as a build does."""

    def copies() -> None:
        with engine.begin() as connection:
            for name in EIGHT:
                connection.exec_driver_sql(f"CREATE TABLE copy_{name} AS SELECT * FROM dbt_{name}")

    took = timed(copies)
    with engine.begin() as connection:
        for name in EIGHT:
            connection.exec_driver_sql(f"DROP TABLE copy_{name}")
    return took


def measure(count: int, *, one_visitor: bool = False) -> tuple[Took, Took, Took]:
    """Return how long a build takes that keeps duplicates, one that removes them (1 %), and the copies."""
    with database() as engine:
        events(engine, count, one_visitor=one_visitor)
        kept = build(engine, deduplicate=False)
        copies = copy(engine)
        return kept, build(engine, deduplicate=True), copies


def ratio(one: Took, other: Took) -> str:
    """Return how many times as long one took, by the clock and by the processor's time."""
    return f"{one.seconds / other.seconds:.2f} ({one.processor / other.processor:.2f})"


def plot(rows: dict[int, tuple[float, ...]], file: Path) -> None:
    """Draw time over events, with matplotlib, which nothing else needs."""
    figure, axes = import_module("matplotlib.pyplot").subplots(figsize=(7, 4.2), layout="constrained")
    labels = "full build, duplicates kept", "full build, 1 % duplicates removed", "plain copies of the eight relations"
    for label, seconds in zip(labels, zip(*rows.values(), strict=True), strict=True):
        axes.plot([count / 1e6 for count in rows], seconds, marker="o", label=label)
    axes.set(xlabel="million events", ylabel="seconds", title="DuckDB, two threads", xscale="log", yscale="log")
    axes.grid(visible=True, alpha=0.3)
    axes.legend()
    figure.savefig(file, dpi=120)


if __name__ == "__main__":
    words = sys.argv[1:]
    picture = Path(words.pop(words.index("--plot") + 1)) if "--plot" in words else None
    counts = [int(word) for word in words if word != "--plot"] or [100_000, 1_000_000]
    print("| events | | duplicates kept | removed (1 %) | copies | kept ÷ copies | removed ÷ copies |")
    print("|---|---|---|---|---|---|---|")
    drawn = {}
    for events_wanted in counts:
        for shape, how in SHAPES.items():
            kept, removed, copies = measure(events_wanted, **how)
            if not how:
                drawn[events_wanted] = kept.seconds, removed.seconds, copies.seconds
            times = " | ".join(f"{one.seconds:.2f} s" for one in (kept, removed, copies))
            ratios = f"{ratio(kept, copies)} | {ratio(removed, copies)}"
            print(f"| {events_wanted:,} | {shape} | {times} | {ratios} |", flush=True)
    if picture:
        plot(drawn, picture)
