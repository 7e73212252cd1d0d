"""The help of the command and of its commands."""

import subprocess
import sys
import time

import pytest
from command import run

from sessionmodels.cli import main


@pytest.mark.slow
def test_help_answers_at_once() -> None:
    """Within 0.3 seconds, at the best of five."""
    command = [sys.executable, "-c", "from sessionmodels.cli import main; main()", "--help"]
    times, text = [], ""
    for _ in range(5):
        started = time.monotonic()
        text = subprocess.run(command, capture_output=True, check=True, text=True).stdout
        times.append(time.monotonic() - started)
    assert min(times) < 0.3
    for name in ("demo", "build", "sql", "graph", "report"):
        assert name in text


@pytest.mark.parametrize("command", main.commands)
def test_help_of_each_command_shows_an_example(command) -> None:
    """Help teaches: every command with flags shows how it is used."""
    text = run(command, "--help").output
    assert "Examples:" in text or command == "demo"


def test_help_cuts_no_sentence() -> None:
    """The lists of commands have first sentences whole, in as many lines as they need."""
    for words in ((), ("ask",)):
        text = run(*words, "--help").output.partition("Commands:")[2]
        assert "..." not in text
        assert text.rstrip().endswith(".")
