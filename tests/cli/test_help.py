"""The help of the command and of its commands."""

import subprocess
import sys

import pytest
from command import processor_seconds, run

from sessionmodels.cli import main


def worked(*words: str) -> tuple[float, str]:
    """Return how long the processor works for a fresh interpreter that runs this, and what it prints."""
    before = processor_seconds()
    text = subprocess.run([sys.executable, "-c", *words], capture_output=True, check=True, text=True).stdout
    return processor_seconds() - before, text


@pytest.mark.slow
def test_help_answers_at_once() -> None:
    """In half the time that importing SQLAlchemy alone takes: whatever the machine, nothing heavy is on the way to it."""
    runs = [(worked("from sessionmodels.cli import main; main()", "--help"), worked("import sqlalchemy")) for _ in range(5)]
    assert min(helped for (helped, _), _ in runs) < min(imported for _, (imported, _) in runs) / 2
    (_, text), _ = runs[0]
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
