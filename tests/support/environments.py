"""Environments beside the tests' own, in which emulators and schedulers live: a variable names the folder."""

import os
from pathlib import Path

import pytest


def python_of(variable: str, name: str, left_out: str) -> Path:
    """Return the Python of an environment; without it the test is skipped, but for CI, where that is an error."""
    return environment(variable, name, left_out) / "bin" / "python"


def environment(variable: str, name: str, left_out: str) -> Path:
    """Return the folder of an environment; without it the test is skipped, but for CI, where that is an error."""
    folder = os.environ.get(variable)
    if folder:
        return Path(folder) / name
    if os.environ.get("CI"):
        pytest.fail(left_out)
    pytest.skip(left_out)
