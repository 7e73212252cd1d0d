"""Progress and logs of a build: a progress bar, lines of text, or lines of JSON for log collectors."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

import click

from sessionmodels.cli.output import in_ascii, print_message
from sessionmodels.cli.progress import progress
from sessionmodels.connection import signals
from sessionmodels.errors import SessionmodelsError
from sessionmodels.errors.redaction import logger

if TYPE_CHECKING:
    from sessionmodels.execution.executor import Watcher

log_format = click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Format of progress and errors on the standard error. json writes one line each, for log collectors.",
)
FIELDS = "%(asctime)s %(levelname)s %(name)s %(message)s"


@contextmanager
def reporting(log_format: str, *, quiet: bool) -> "Iterator[Watcher]":
    """Report progress and logs on the standard error, and yield the function to call before each step."""
    if log_format == "json":
        with _logging(_JsonLines(), logging.INFO), _reporting_errors():
            yield lambda *_: None
        return
    with _logging(_Lines(), logging.WARNING), progress(quiet=quiet) as watch:
        yield watch


@contextmanager
def _reporting_errors() -> Iterator[None]:
    """Log our error as the last line, in the same format as the others, and exit with its status."""
    try:
        yield
    except SessionmodelsError as error:
        signals.raise_received()
        logger("sessionmodels").error(error.in_brief, extra={"exit_status": error.exit_status})
        sys.exit(error.exit_status)


class _Lines(logging.Handler):
    """Prints warnings for people, except that a build failed: the command's error or a retry's warning says so."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print one line."""
        if getattr(record, "outcome", None) != "failed":
            print_message(f"{record.levelname.capitalize()}: {record.getMessage()}")


class _JsonLines(logging.StreamHandler[TextIO]):
    """Writes all records as lines of JSON for programs."""

    def __init__(self) -> None:
        from pythonjsonlogger.json import JsonFormatter  # noqa: PLC0415 - only if requested

        super().__init__(sys.stderr)
        renamed = {"asctime": "time", "levelname": "level"}
        self.setFormatter(JsonFormatter(FIELDS, rename_fields=renamed, datefmt="%Y-%m-%dT%H:%M:%S%z"))

    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        return in_ascii(super().format(record))


@contextmanager
def _logging(handler: logging.Handler, level: int) -> Iterator[None]:
    log = logger("sessionmodels")
    handler.setLevel(level)
    before = log.level
    log.addHandler(handler)
    log.setLevel(level)
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(before)
