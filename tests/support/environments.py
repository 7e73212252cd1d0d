"""Environments beside the tests' own, in which emulators and schedulers live: a variable names the folder."""

import os
import sys
from pathlib import Path
from typing import NoReturn

import pytest

LEAN = Path(__file__).parent / "lean"


def lean(**more: str) -> dict[str, str]:
    """Return the environment of a process of ours that starts in half the time: without pandas, which DuckDB would import."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(LEAN), *sys.path]), **more}


def python_of(variable: str, name: str, left_out: str) -> Path:
    """Return the Python of an environment; without it the test is skipped, but for CI, where that is an error."""
    return environment(variable, name, left_out) / "bin" / "python"


def environment(variable: str, name: str, left_out: str) -> Path:
    """Return the folder of an environment; without it the test is skipped, but for CI, where that is an error."""
    folder = os.environ.get(variable)
    return Path(folder) / name if folder else leave_out(left_out)


def leave_out(why: str) -> NoReturn:
    """Skip a test, for people whose machine lacks what it needs. In CI, where nothing may be lacking, this is an error."""
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(why)
