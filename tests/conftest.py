"""Engines for the tests. Each worker starts the servers that its tests need, once: PostgreSQL and the emulators."""

import gc
import os
import signal
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import pytest
import sqlalchemy as sa
import sqlparse
from emulators import LEFT_OUT, emulator
from engines import ALL, COMMITTING, ENGINES, ROLLING_BACK, empty, make_engine, params
from hypothesis import HealthCheck, settings
from kept import Template
from postgres_server import postgres_server
from streams import OLD
from tables import write_tracks

from sessionmodels import build_all
from sessionmodels.conformance import run

# To lay out SQL takes longer than to write it: each text once for all tests that show it.
sqlparse.format = lru_cache(maxsize=1000)(sqlparse.format)

settings.register_profile(
    "ours", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
settings.load_profile("ours")

for ignored in (signal.SIGINT, getattr(signal, "SIGHUP", signal.SIGINT)):
    if signal.getsignal(ignored) is signal.SIG_IGN:  # under nohup, or in a shell's background: children would inherit it
        signal.signal(ignored, signal.default_int_handler if ignored == signal.SIGINT else signal.SIG_DFL)


def pytest_addoption(parser) -> None:
    """`pytest tests/test_golden.py --regenerate` writes the golden SQL anew, to be read in the diff."""
    parser.addoption("--regenerate", action="store_true", help="write the golden SQL anew")


def pytest_collection_finish() -> None:
    """Look for garbage among what tests make, not time and again among all that was imported."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def pytest_terminal_summary(terminalreporter) -> None:
    """Say what was left out, and which tests are no longer quick."""
    for seconds, name in no_longer_quick(terminalreporter.stats.get("passed", [])):
        terminalreporter.write_line(f"{name} took {seconds:.1f} s, but is not marked `slow`.")
    if not os.environ.get("EMULATORS"):
        terminalreporter.write_line(f"Left out: the emulators of BigQuery and Snowflake. {LEFT_OUT}.")
    if not os.environ.get("SCHEDULERS"):
        terminalreporter.write_line(
            "Left out: Airflow, Dagster and Prefect. `.ci/schedulers FOLDER` makes what SCHEDULERS names."
        )
    if not os.environ.get("READERS"):
        terminalreporter.write_line("Left out: dbt, MetricFlow and Cube. `.ci/readers FOLDER` makes what READERS names.")


def no_longer_quick(passed: list[pytest.TestReport]) -> list[tuple[float, str]]:
    """Return the tests that took more than a second and are not marked `slow`, the longest first: a busy machine makes some."""
    return sorted(((one.duration, one.nodeid) for one in passed if one.duration > 1 and "slow" not in one.keywords), reverse=True)


@pytest.fixture(autouse=True)
def nothing_from_outside(monkeypatch, tmp_path):
    """No setting comes from the environment or a file of whoever runs the tests."""
    for name in list(os.environ):
        if name.startswith("SESSIONMODELS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("OPENLINEAGE_DISABLED", "true")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_GCE_CHECK", "true")  # Google's library would ask the network for a login


@pytest.fixture
def unguarded(monkeypatch) -> None:
    """For streams that are made to be nasty: most events may be doubled or unusable, and results may become empty."""
    for name, value in (("MAX_EXCLUDED_SHARE", "1"), ("MAX_DUPLICATE_SHARE", "1"), ("ALLOW_EMPTY", "true")):
        monkeypatch.setenv(f"SESSIONMODELS_{name}", value)


@pytest.fixture
def by_the_contract(monkeypatch) -> None:
    """Let `verify` build by the defaults alone, where other settings would prove nothing more."""
    monkeypatch.setattr(run, "RULES", {"exact": run.RULES["exact"]})


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A server, as `host:port`. In CI it must sort text naturally, or the proof of order by code point would prove nothing."""
    with postgres_server() as (address, natural):
        assert natural or not os.environ.get("CI"), "the C library's locale sources are missing; install Debian's `locales`"
        yield address


@pytest.fixture(scope="session")
def bigquery() -> Iterator[int]:
    """The BigQuery emulator's port."""
    with emulator("bigquery", 2) as port:
        yield port


@pytest.fixture(scope="session")
def snowflake() -> Iterator[int]:
    """The Snowflake emulator's port."""
    with emulator("snowflake", 1) as port:
        yield port


@pytest.fixture(scope="session")
def googlesql() -> Any:
    """The judge of BigQuery's SQL; what it has taken once, it is not asked about again."""
    from googlesql import GoogleSQL  # noqa: PLC0415 - heavy

    return GoogleSQL()


def build_old(engine: sa.Engine) -> None:
    """Build from the rows of `OLD`, under the default settings."""
    write_tracks(engine, OLD)
    build_all(engine)


warehouse = empty(*ALL)
engine = empty(*ENGINES)
transactional = empty(*ROLLING_BACK)
committing = empty(*COMMITTING)
duckdb = empty("duckdb")
postgresql = empty("postgresql")
bigquery_dataset = empty("bigquery")
snowflake_database = empty("snowflake")
OLD_BUILD = Template(build_old)

old_results = OLD_BUILD.copies(*ENGINES)
duckdb_results = OLD_BUILD.copies("duckdb")
postgresql_results = OLD_BUILD.copies("postgresql")


@pytest.fixture(scope="module", params=params(*ENGINES))
def kept_engine(request, tmp_path_factory) -> Iterator[sa.Engine]:
    """A database that a module's tests share, for Hypothesis, which runs one test many times."""
    made = make_engine(request.param, request, tmp_path_factory.mktemp("kept"))
    yield made
    made.dispose()
