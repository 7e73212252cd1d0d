"""The demo, run once for all tests that look at what it shows and at what it has built."""

import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from command import processor_seconds
from environments import lean
from terminal import shown

IMPORTED = "import duckdb_sqlalchemy, rich.console, sessionmodels.cli, sessionmodels.demo.run, sessionmodels.reporting"


@dataclass(frozen=True)
class Demo:
    """What a terminal of 80 columns was shown, the database, and how much processor time it took."""

    shown: str
    file: Path
    starts: float
    """How many times as long as its start it took after that: what a slow processor does to one, it does to the other."""


@cache
def demo() -> Demo:
    """Return the demo as it runs under settings of somebody else's, in a folder below that of the test that asks first."""
    folder = Path("demo").absolute()
    folder.mkdir()
    (folder / "sessionmodels.toml").write_text("source_table = 'elsewhere'\ncompatibility = 'dbt'\n")
    # What is imported for the first time in an environment is compiled, which takes longer than much else.
    subprocess.run([sys.executable, "-c", IMPORTED], env=lean(), check=True)
    begun = processor_seconds()
    subprocess.run([sys.executable, "-c", "import duckdb_sqlalchemy, sessionmodels.cli"], env=lean(), check=True)
    started = processor_seconds()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("SESSIONMODELS_TABLE_PREFIX", "mine_")
        told = shown("demo")
    return Demo(told, folder / "sessionmodels_demo.duckdb", (processor_seconds() - started) / (started - begun) - 1)
